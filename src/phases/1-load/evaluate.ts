import { Worker } from 'node:worker_threads'
import type { SandboxModule } from './bundle.ts'
import type { LoadLimits } from './loaded.ts'
import { clockMs } from './time-limit.ts'

/** Limits of one run in the sandbox. */
export interface SandboxLimits extends Pick<LoadLimits, 'timeMs' | 'memoryBytes'> {
  /** The longest result, UTF-16 code units. */
  readonly outputBytes: number
}

/** Modules to run; the entry leaves a JSON text in `globalThis.__meshwrightResult`. */
export interface SandboxJob {
  readonly modules: Readonly<{ [name: string]: SandboxModule }>
  readonly entry: string
  /** Frozen globals, by name: JSON texts. */
  readonly globals: Readonly<{ [name: string]: string }>
  readonly limits: SandboxLimits
}

/** What came of a job. `stack` holds QuickJS frames: `at name (module:line:column)`. */
export type SandboxAnswer =
  | { readonly kind: 'value'; readonly json: string }
  | { readonly kind: 'thrown'; readonly name: string; readonly message: string; readonly stack: string }
  | { readonly kind: 'output-too-large'; readonly length: number }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'crashed'; readonly message: string }

/** 64 MB of JSON hold some 50,000 resources with their traces. */
export const defaultSandboxLimits: SandboxLimits = {
  timeMs: 5000,
  memoryBytes: 256 * 1024 * 1024,
  outputBytes: 64 * 1024 * 1024,
}

/**
 * How much longer than its time by the clock a job may take to say so itself, ms; then its thread is ended. On a busy
 * machine a cold thread alone starts in a second, which is no fault of the mesh.
 */
const graceMs = 2000

/** One warm thread is kept: starting one takes about as long as evaluating a mesh. */
let idle: Worker | undefined

/** Runs untrusted modules to their end or to the limits; never rejects for what they do. */
export function runJob(job: SandboxJob): Promise<SandboxAnswer> {
  const worker = idle ?? startWorker()
  idle = undefined
  worker.ref()
  return new Promise(resolve => {
    const listeners = {
      message: (answer: SandboxAnswer) => settle(answer),
      error: (error: Error) => settle({ kind: 'crashed', message: error.message }),
      exit: () => settle({ kind: 'crashed', message: 'the sandbox ended' }),
    }
    const settle = (answer: SandboxAnswer) => {
      clearTimeout(timer)
      for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener)
      release(worker, answer)
      resolve(answer)
    }
    for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener)
    const timer = setTimeout(() => settle({ kind: 'timed-out' }), clockMs(job.limits.timeMs) + graceMs)
    worker.postMessage(job)
  })
}

/** A thread that overstayed or whose WebAssembly broke is not used again. */
function release(worker: Worker, answer: SandboxAnswer): void {
  if (answer.kind === 'crashed' || answer.kind === 'timed-out' || idle !== undefined) {
    void worker.terminate()
    return
  }
  park(worker)
}

function park(worker: Worker): void {
  worker.unref()
  idle = worker
}

/** The extension of this file: modules run from sources and, bundled, from the published package. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))

function startWorker(): Worker {
  const worker = new Worker(new URL(`./evaluate-worker${extension}`, import.meta.url), {
    // Untrusted code cannot reach Node, and were it to, it would find no environment and no output.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  })
  // Also what a thread says while it is ended must not become an uncaught error; 'exit' tells enough.
  worker.on('error', () => {})
  worker.once('exit', () => {
    if (idle === worker) idle = undefined
  })
  return worker
}

/** Starts the sandbox's thread ahead of the first job, so that it warms while modules are still being compiled. */
export function warmUp(): void {
  if (idle === undefined) park(startWorker())
}

/**
 * Calls an exported function of a bundle (made by `buildScript`) in the sandbox, or reads an exported value.
 *
 * @param bundleJs script that sets `meshwrightBundle`
 * @returns its result as JSON text, or why there is none
 */
export function runInSandbox(
  bundleJs: string,
  options: { readonly entryCall: string; readonly input: unknown; readonly limits?: Partial<SandboxLimits> },
): Promise<SandboxAnswer> {
  const entry = `bundle[${JSON.stringify(options.entryCall)}]`
  const value = `typeof ${entry} === 'function' ? ${entry}(globalThis.__meshwrightInput) : ${entry}`
  return runJob({
    modules: {
      bundle: { code: `${bundleJs}\nexport default meshwrightBundle`, imports: {} },
      entry: {
        code: `import bundle from 'bundle'\nglobalThis.__meshwrightResult = JSON.stringify(${value}) ?? 'null'`,
        imports: { bundle: 'bundle' },
      },
    },
    entry: 'entry',
    globals: { __meshwrightInput: JSON.stringify(options.input) ?? 'null' },
    limits: { ...defaultSandboxLimits, ...options.limits },
  })
}
