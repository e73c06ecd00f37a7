import type { Snapshot } from './snapshot.ts'

/** How far one push has come with one proxy. */
export type Outcome = 'pending' | 'accepted' | 'unconcerned' | 'rejected' | 'left'

export interface PushedProxy {
  readonly id: string
  /** `unconcerned`: the push changed nothing for it. */
  readonly outcome: Outcome
  /** From assignment to the outcome, in ms; for a pending one, undefined. */
  readonly ms: number | undefined
}

export interface PushStatus {
  readonly push: number
  readonly revision: string
  /** When it was first assigned, in ms since 1970. */
  readonly since: number
  readonly proxies: readonly PushedProxy[]
}

/** Pushes that are remembered: enough to look back over an afternoon's edits. */
const kept = 16

interface Entry extends Omit<PushStatus, 'proxies'> {
  readonly proxies: Map<string, PushedProxy>
}

/**
 * Who was concerned by which push, and accepted it after how long. By push and not by revision: who undoes an edit
 * hands out an earlier revision anew, which concerns other proxies than it did at first.
 */
export class Pushes {
  readonly #pushes = new Map<number, Entry>()

  note({ push, revision }: Snapshot, proxy: PushedProxy): void {
    let entry = this.#pushes.get(push)
    if (entry === undefined) {
      entry = { push, revision, since: Date.now(), proxies: new Map() }
      this.#pushes.set(push, entry)
      const oldest = this.#pushes.keys().next().value
      if (this.#pushes.size > kept && oldest !== undefined) this.#pushes.delete(oldest)
    }
    entry.proxies.set(proxy.id, proxy)
  }

  /** The newest push of a revision. */
  latest(revision: string): PushStatus | undefined {
    const entry = [...this.#pushes.values()].findLast(candidate => candidate.revision === revision)
    return entry === undefined ? undefined : { ...entry, proxies: [...entry.proxies.values()] }
  }
}
