/**
 * Keeps a set of programs running.
 *
 * This folder owns processes: starting, watching, restarting and ending them, and their logs. It knows neither meshes
 * nor proxies: it is told which programs there shall be.
 */
import { type ChildRecord, writeChildren } from '../state/child-records.ts'
import { identify } from '../state/process-identity.ts'
import type { StateFolder } from '../state/state-folder.ts'
import { defaultTiming, type ProcessSpec, SupervisedProcess, type Timing } from './supervised-process.ts'

/** Which programs an `apply` touched, by id. */
export interface Applied {
  readonly started: readonly string[]
  readonly restarted: readonly string[]
  readonly stopped: readonly string[]
}

export class Supervisor {
  readonly #state: StateFolder
  readonly #changed: () => void
  readonly #timing: Timing
  readonly #processes = new Map<string, SupervisedProcess>()
  #recorded = ''

  /** `changed` is called after each change of any process. */
  constructor(state: StateFolder, changed: () => void, timing: Timing = defaultTiming) {
    this.#state = state
    this.#changed = changed
    this.#timing = timing
  }

  /** By id, in the order of the last `apply`. */
  get processes(): ReadonlyMap<string, SupervisedProcess> {
    return this.#processes
  }

  /** Makes the programs that run those of the list: ends what is not on it, restarts what has changed, starts the rest. */
  async apply(specs: readonly ProcessSpec[]): Promise<Applied> {
    const wanted = new Map(specs.map(spec => [spec.id, spec]))
    const gone = [...this.#processes.values()].filter(({ spec }) => !isSame(spec, wanted.get(spec.id)))
    await Promise.all(gone.map(process => process.stop()))
    for (const { spec } of gone) this.#processes.delete(spec.id)
    const fresh = specs.filter(spec => !this.#processes.has(spec.id))
    for (const spec of fresh)
      this.#processes.set(spec.id, new SupervisedProcess(spec, () => this.#onChange(), this.#timing))
    this.#onChange()
    const ended = new Set(gone.map(({ spec }) => spec.id))
    return {
      started: fresh.filter(spec => !ended.has(spec.id)).map(spec => spec.id),
      restarted: fresh.filter(spec => ended.has(spec.id)).map(spec => spec.id),
      stopped: [...ended].filter(id => !wanted.has(id)),
    }
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    await this.apply([])
  }

  #onChange(): void {
    const children = [...this.#processes.values()].flatMap(process => record(process))
    const pids = children.map(child => child.pid).join()
    if (pids !== this.#recorded) {
      this.#recorded = pids
      writeChildren(this.#state, children)
    }
    this.#changed()
  }
}

function record({ spec, pid }: SupervisedProcess): ChildRecord[] {
  const identity = pid === undefined ? undefined : identify(pid)
  return identity === undefined ? [] : [{ ...identity, id: spec.id, command: spec.command.join(' ') }]
}

function isSame(spec: ProcessSpec, other: ProcessSpec | undefined): boolean {
  return other !== undefined && JSON.stringify(spec) === JSON.stringify(other)
}
