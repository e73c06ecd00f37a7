/**
 * From one mesh to the next where workloads begin or cease to take mutual TLS: whoever calls them would be told before or
 * after they are, and what is sent in between would be lost. So it goes in three steps, each once the one before has been
 * accepted: they take both, their callers are told, they take what they are to take.
 */
import type { Mesh } from '../model/mesh.ts'
import { mtlsChanges } from '../model/mtls-change.ts'
import type { Placement } from '../model/placement.ts'

/** What is handed out at a time. */
export interface Handed {
  readonly revision: string
  /** Counts the revisions that were handed out. */
  readonly push: number
  readonly mesh: Mesh
  readonly placement: Placement
}

export interface Step extends Handed {
  /** Counts what was handed out, steps of a push by themselves. */
  readonly number: number
  /** Is it what was asked for, and no step on the way? */
  readonly isLast: boolean
}

export interface HandoverOptions {
  /** Has everybody who can accepted the step of this number? */
  readonly isAccepted: (number: number) => boolean
  /** The next step is to be handed out. */
  readonly onStep: () => void
  /** Nobody holds the others up for longer, ms. Default 5000: as new clusters may hold up what names them. */
  readonly deadlineMs?: number
  /** How long a step that all have accepted may still go unheeded, ms. Default 1200. */
  readonly quietMs?: number
}

/**
 * An Envoy that has accepted endpoints hands them to its workers up to a second later, ms: it gathers what changes of them
 * (`update_merge_window`). Till then these connect as before.
 */
const defaultQuietMs = 1200
/** Numbers that a push has for its steps. */
const stepsPerPush = 3

/** The push that a step is of. */
export function pushOf(number: number): number {
  return Math.floor(number / stepsPerPush)
}

export class Handover {
  readonly #options: HandoverOptions
  #current: Step | undefined
  #coming: readonly Step[] = []
  #quiet: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined

  constructor(options: HandoverOptions) {
    this.#options = options
  }

  /** What everybody gets now; undefined before the first push. */
  get current(): Step | undefined {
    return this.#current
  }

  /** Hands out a push; what is left of the one before is left out. */
  begin(next: Handed): void {
    const [first, ...rest] = stepsTo(next, this.#current)
    this.#coming = rest
    this.#hand(first)
  }

  /** Somebody has accepted something, or has left. */
  changed(): void {
    const { isAccepted } = this.#options
    if (this.#current === undefined || this.#coming.length === 0 || this.#quiet !== undefined) return
    if (isAccepted(this.#current.number))
      this.#quiet = setTimeout(() => this.#next(), this.#options.quietMs ?? defaultQuietMs)
  }

  stop(): void {
    this.#coming = []
    this.#forgetTimers()
  }

  #next(): void {
    const [first, ...rest] = this.#coming
    this.#coming = rest
    if (first !== undefined) this.#hand(first)
  }

  #hand(step: Step): void {
    this.#forgetTimers()
    this.#current = step
    if (!step.isLast) this.#deadline = setTimeout(() => this.#next(), this.#options.deadlineMs ?? 5000)
    this.#options.onStep()
  }

  #forgetTimers(): void {
    clearTimeout(this.#quiet)
    clearTimeout(this.#deadline)
    this.#quiet = undefined
    this.#deadline = undefined
  }
}

function stepsTo(next: Handed, before: Step | undefined): [Step, ...Step[]] {
  const first = next.push * stepsPerPush
  const last = { ...next, number: first + stepsPerPush - 1, isLast: true }
  if (before === undefined) return [last]
  // Who was to take both in a push that is overtaken may have callers of either kind.
  const open = before.isLast ? [] : (before.placement.takesBoth ?? [])
  const takesBoth = [...new Set([...open, ...mtlsChanges(before.mesh, next.mesh)])].sort()
  if (takesBoth.length === 0) return [last]
  const widened = ({ placement, ...rest }: Handed): Handed => ({ ...rest, placement: { ...placement, takesBoth } })
  return [
    { ...widened(before), push: next.push, number: first, isLast: false },
    { ...widened(next), number: first + 1, isLast: false },
    last,
  ]
}
