/** How far one revision has come with one proxy. */
export type Outcome = 'pending' | 'accepted' | 'unconcerned' | 'rejected' | 'left'

export interface RevisionProxy {
  readonly id: string
  /** `unconcerned`: the revision changed nothing for it. */
  readonly outcome: Outcome
  /** From assignment to the outcome, in ms; for a pending one, undefined. */
  readonly ms: number | undefined
}

export interface RevisionStatus {
  readonly revision: string
  /** When it was first assigned, in ms since 1970. */
  readonly since: number
  readonly proxies: readonly RevisionProxy[]
}

/** Revisions that are remembered: enough to look back over an afternoon's edits. */
const kept = 16

/** Who was concerned by which revision, and accepted it after how long. */
export class Revisions {
  readonly #revisions = new Map<string, { readonly since: number; readonly proxies: Map<string, RevisionProxy> }>()

  note(revision: string, proxy: RevisionProxy): void {
    let entry = this.#revisions.get(revision)
    if (entry === undefined) {
      entry = { since: Date.now(), proxies: new Map() }
      this.#revisions.set(revision, entry)
      const oldest = this.#revisions.keys().next().value
      if (this.#revisions.size > kept && oldest !== undefined) this.#revisions.delete(oldest)
    }
    entry.proxies.set(proxy.id, proxy)
  }

  status(revision: string): RevisionStatus | undefined {
    const entry = this.#revisions.get(revision)
    return entry === undefined ? undefined : { revision, since: entry.since, proxies: [...entry.proxies.values()] }
  }
}
