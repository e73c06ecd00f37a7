/**
 * Which replica writes: the holder of a Lease.
 *
 * A holder that was paused may wake up and write as if nothing had happened: so it counts itself as holder only for as long
 * as its own clock says that its lease has not run out, and a successor waits until the old lease and a request that may
 * still be under way are over.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions, ClusterClient } from './client.ts'
import type { ApiObject } from './reflector.ts'

export interface LeaseOptions {
  readonly client: ClusterClient
  readonly namespace: string
  readonly name: string
  /** Of this replica: its pod's name. */
  readonly identity: string
  readonly onGained: () => void
  readonly onLost: () => void
  /** Default: 15 s. All replicas have the same. */
  readonly durationMs?: number
}

interface LeaseObject extends ApiObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

/** Longest that a request of ours may take, ms: so long after its lease a holder's last write may still arrive. */
export const writeTimeoutMs = 10_000
/** A replica that ends does not wait longer than this for a server that is gone itself, ms. */
const releaseTimeoutMs = 3_000

const never = { monotonic: 0, wall: 0 }

export class LeaseHolder {
  readonly #options: LeaseOptions
  readonly #durationMs: number
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  /**
   * Until when this replica may write, ms: by the monotonic clock, and by the wall's, for the first may stand still while a
   * machine is suspended.
   */
  #validUntil = never
  /** Another's lease as we last saw it, and when we saw it change, by the monotonic clock: clocks of machines differ. */
  #seen: { readonly text: string; readonly at: number } | undefined
  #wasHolder = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#durationMs = options.durationMs ?? 15_000
  }

  /** May this replica write now? Asked before each write. */
  get isHolder(): boolean {
    return performance.now() < this.#validUntil.monotonic && Date.now() < this.#validUntil.wall
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /**
   * Gives the lease back, so that another replica need not wait; from the first moment on nothing more is written.
   *
   * @param pending a write that is under way: it has to be over before another replica writes
   */
  async stop(pending: Promise<unknown> = Promise.resolve()): Promise<void> {
    const wasHolder = this.isHolder
    this.#validUntil = never
    this.#stop.abort()
    await Promise.all([this.#running, pending])
    // What was under way may have taken it again.
    const isHolder = wasHolder || this.isHolder
    this.#validUntil = never
    if (isHolder) await this.#release().catch(() => {})
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#tryOnce()
      } catch {
        // Nothing to do but to try again: when the lease has run out, we are no holder any more.
      }
      this.#tell()
      await sleep((this.#durationMs / 3) * (0.8 + Math.random() / 5), undefined, { signal: this.#stop.signal }).catch(
        () => {},
      )
      this.#tell()
    }
  }

  #tell(): void {
    if (this.isHolder === this.#wasHolder) return
    this.#wasHolder = this.isHolder
    if (this.#wasHolder) this.#options.onGained()
    else this.#options.onLost()
  }

  get #path(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#options.namespace}/leases`
  }

  async #tryOnce(): Promise<void> {
    const { client, identity, name } = this.#options
    const [started, wall] = [performance.now(), Date.now()]
    // A try takes no longer than a write may: what comes of it later is nobody's.
    const limits = { deadline: started + writeTimeoutMs, signal: this.#stop.signal }
    const lease = await this.#read(limits)
    if (lease === undefined) {
      await client.call('POST', this.#path, { ...limits, body: this.#body(undefined) })
    } else {
      const { spec = {} } = lease
      const isOurs = spec.holderIdentity === identity
      if (!isOurs && !this.#hasRunOut(spec)) return
      // With the resourceVersion that was read: if another replica was quicker, this fails.
      await client.call('PUT', `${this.#path}/${name}`, { ...limits, body: this.#body(lease) })
    }
    // From before we asked: the server counts from when it took it.
    this.#validUntil = { monotonic: started + this.#durationMs, wall: wall + this.#durationMs }
  }

  #read(limits: CallOptions): Promise<LeaseObject | undefined> {
    return this.#options.client.find<LeaseObject>(`${this.#path}/${this.#options.name}`, limits)
  }

  /** By our own clock, from when we saw it last change, plus the time that a write of its holder may still take. */
  #hasRunOut(spec: NonNullable<LeaseObject['spec']>): boolean {
    if (spec.holderIdentity === undefined || spec.holderIdentity === '') return true
    const text = `${spec.holderIdentity} ${spec.renewTime}`
    if (this.#seen?.text !== text) this.#seen = { text, at: performance.now() }
    const durationMs = (spec.leaseDurationSeconds ?? 15) * 1000
    return performance.now() - this.#seen.at > durationMs + writeTimeoutMs
  }

  #body(lease: LeaseObject | undefined): object {
    const { identity, name, namespace } = this.#options
    const isTaken = lease?.spec?.holderIdentity !== identity
    const now = new Date().toISOString().replace('Z', '000Z')
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name,
        namespace,
        ...(lease === undefined ? {} : { resourceVersion: lease.metadata.resourceVersion }),
      },
      spec: {
        ...(isTaken ? { acquireTime: now } : lease?.spec),
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(this.#durationMs / 1000),
        renewTime: now,
        leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (isTaken && lease !== undefined ? 1 : 0),
      },
    }
  }

  async #release(): Promise<void> {
    const deadline = performance.now() + releaseTimeoutMs
    const lease = await this.#read({ deadline })
    if (lease?.spec?.holderIdentity !== this.#options.identity) return
    const body = { ...lease, spec: { ...lease.spec, holderIdentity: '' } }
    await this.#options.client.call('PUT', `${this.#path}/${this.#options.name}`, { body, deadline })
  }
}
