/**
 * Lets proxies in a few at a time. When thousands come back at once, those that are in get all of their configuration quickly
 * and go on being served, instead of all waiting for all; and the first configurations don't lie in memory together.
 */
import { grpcStatus, StreamRefused } from './grpc-status.ts'
import type { XdsLimits } from './limits.ts'

interface Waiting {
  readonly comeIn: () => void
  readonly timer: NodeJS.Timeout
}

export class AdmissionQueue<Caller> {
  readonly #limits: Pick<XdsLimits, 'joining' | 'joinMs' | 'admissionMs'>
  /** Those that are in and have not got everything yet, each for so long at most. */
  readonly #joining = new Map<Caller, NodeJS.Timeout>()
  /** In the order in which they came. */
  readonly #waiting = new Map<Caller, Waiting>()

  constructor(limits: Pick<XdsLimits, 'joining' | 'joinMs' | 'admissionMs'>) {
    this.#limits = limits
  }

  /**
   * Undefined where the caller is in at once; else a promise that it will be.
   *
   * @throws StreamRefused, by the promise, UNAVAILABLE after `admissionMs`: the peer comes again, later and not with all others
   */
  enter(caller: Caller): Promise<void> | undefined {
    if (this.#joining.size < this.#limits.joining) {
      this.#letIn(caller)
      return undefined
    }
    return new Promise((resolve, reject) => {
      const { joining, admissionMs } = this.#limits
      const timer = setTimeout(() => {
        this.#waiting.delete(caller)
        reject(new StreamRefused(grpcStatus.unavailable, `${joining} other proxies are joining: come again`))
      }, admissionMs)
      const comeIn = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.set(caller, { comeIn, timer })
    })
  }

  /** The caller has all of the configuration that it asks for, or has gone: the next one's turn. Idempotent. */
  leave(caller: Caller): void {
    clearTimeout(this.#waiting.get(caller)?.timer)
    this.#waiting.delete(caller)
    clearTimeout(this.#joining.get(caller))
    if (!this.#joining.delete(caller)) return
    const next = this.#waiting.entries().next().value
    if (next === undefined) return
    const [other, { comeIn }] = next
    this.#waiting.delete(other)
    this.#letIn(other)
    comeIn()
  }

  #letIn(caller: Caller): void {
    const timer = setTimeout(() => this.leave(caller), this.#limits.joinMs)
    timer.unref()
    this.#joining.set(caller, timer)
  }
}
