import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { LastWords } from './last-words.ts'
import { LogFile } from './log-file.ts'
import { type Probe, probe } from './probe.ts'

/** A program to keep running. Two equal specs are the same program: a changed one means a restart. */
export interface ProcessSpec {
  /** Unique in an instance: `app:details-v1`, `proxy:details-v1`. */
  readonly id: string
  readonly command: readonly [string, ...string[]]
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<{ [name: string]: string }>
  readonly cwd: string
  readonly log: string
  readonly ready: Probe
}

export type ProcessState =
  | { readonly kind: 'starting'; readonly reason: string | undefined }
  | { readonly kind: 'running' }
  /** Ended by itself; starts again at `until` (ms since the epoch). */
  | { readonly kind: 'waiting'; readonly reason: string; readonly until: number }
  | { readonly kind: 'stopped' }

/** Times in ms. */
export interface Timing {
  readonly firstBackoffMs: number
  readonly maxBackoffMs: number
  /** A process that has run this long has recovered: its next crash counts as the first. */
  readonly resetAfterMs: number
  readonly probeEveryMs: number
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number
}

/** Kubernetes doubles likewise, from 10 s to 5 min, and resets after 10 min; a developer waits less gladly. */
export const defaultTiming: Timing = {
  firstBackoffMs: 250,
  maxBackoffMs: 15_000,
  resetAfterMs: 10_000,
  probeEveryMs: 50,
  graceMs: 3000,
}

/** One program, kept running until it is stopped: started again when it ends, later each time. */
export class SupervisedProcess {
  readonly spec: ProcessSpec
  readonly #timing: Timing
  readonly #changed: () => void
  readonly #log: LogFile
  #state: ProcessState = { kind: 'starting', reason: undefined }
  #child: ChildProcess | undefined
  /** Of the run that crashed last, until one has got on its feet. */
  #lastWords: LastWords | undefined
  #restarts = 0
  #crashes = 0
  #since = Date.now()
  #timer: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined

  /** Starts at once. `changed` is called after each change of `state` or `pid`. */
  constructor(spec: ProcessSpec, changed: () => void, timing: Timing = defaultTiming) {
    this.spec = spec
    this.#timing = timing
    this.#changed = changed
    this.#log = new LogFile(spec.log)
    this.#start()
  }

  get state(): ProcessState {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** How often it was started again. */
  get restarts(): number {
    return this.#restarts
  }

  /** What the run that crashed said last; undefined once it runs again. */
  get lastWords(): string | undefined {
    return this.#lastWords?.line()
  }

  /** Since when it is in its state, ms since the epoch. */
  get since(): number {
    return this.#since
  }

  /** Ends the process and what it started: SIGTERM, and SIGKILL after the grace. Resolves once it is gone. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  #start(): void {
    const [program, ...args] = this.spec.command
    // A session of its own: Ctrl-C in the terminal reaches us alone, and we end the whole group.
    const child = spawn(program, args, {
      cwd: this.spec.cwd,
      env: this.spec.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const started = Date.now()
    const words = new LastWords()
    for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => this.#hear(chunk, words))
    const ended = (reason: string) => this.#ended(child, started, { reason, words })
    child.once('error', (error: NodeJS.ErrnoException) => ended(startProblem(error, this.spec)))
    child.once('exit', (code, signal) => ended(signal ? `killed by ${signal}` : `exit code ${code}`))
    if (child.pid !== undefined) this.#log.note(`started as process ${child.pid}`)
    this.#enter({ kind: 'starting', reason: undefined })
    void this.#awaitReady(child)
  }

  async #awaitReady(child: ChildProcess): Promise<void> {
    while (this.#child === child && this.#stopping === undefined) {
      const reason = await probe(this.spec.ready)
      if (this.#child !== child || this.#stopping !== undefined) return
      if (reason === undefined) return this.#enter({ kind: 'running' })
      if (this.#state.kind === 'starting' && this.#state.reason !== reason) this.#enter({ kind: 'starting', reason })
      await sleep(this.#timing.probeEveryMs)
    }
  }

  #hear(chunk: Buffer, words: LastWords): void {
    this.#log.write(chunk)
    words.hear(chunk)
    // The last of it is read after the process has ended.
    if (words === this.#lastWords) this.#changed()
  }

  #ended(
    child: ChildProcess,
    started: number,
    { reason, words }: { readonly reason: string; readonly words: LastWords },
  ): void {
    if (this.#child !== child) return
    killGroup(child, 'SIGKILL')
    this.#child = undefined
    if (this.#stopping !== undefined) return
    this.#lastWords = words
    this.#crashes = Date.now() - started >= this.#timing.resetAfterMs ? 1 : this.#crashes + 1
    const wait = Math.min(this.#timing.maxBackoffMs, this.#timing.firstBackoffMs * 2 ** (this.#crashes - 1))
    this.#log.note(`ended: ${reason}; starts again in ${wait} ms`)
    this.#timer = setTimeout(() => {
      this.#restarts++
      this.#start()
    }, wait)
    this.#enter({ kind: 'waiting', reason, until: Date.now() + wait })
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer)
    const child = this.#child
    if (child !== undefined && child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const gone = new Promise(resolve => child.once('exit', resolve))
      killGroup(child, 'SIGTERM')
      // A stopped process (SIGSTOP) hears SIGTERM only once it goes on.
      killGroup(child, 'SIGCONT')
      const force = setTimeout(() => killGroup(child, 'SIGKILL'), this.#timing.graceMs)
      await gone
      clearTimeout(force)
      killGroup(child, 'SIGKILL')
    }
    this.#child = undefined
    this.#log.note('stopped')
    this.#log.close()
    this.#enter({ kind: 'stopped' })
  }

  #enter(state: ProcessState): void {
    if (state.kind !== this.#state.kind) this.#since = Date.now()
    if (state.kind === 'running' || state.kind === 'stopped') this.#lastWords = undefined
    this.#state = state
    this.#changed()
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Nobody of the group is left.
  }
}

function startProblem(error: NodeJS.ErrnoException, spec: ProcessSpec): string {
  if (error.code === 'ENOENT') return `cannot start: there is no program ${spec.command[0]}`
  if (error.code === 'EACCES') return `cannot start: ${spec.command[0]} is not executable`
  return `cannot start: ${error.message}`
}
