/**
 * The thread that runs untrusted code: one QuickJS per job, in WebAssembly, from which nothing of Node can be reached.
 *
 * Knows modules by name and JSON; not what a mesh is. The parent ends this thread where a job overstays, because
 * QuickJS polls its deadline between instructions only and some built-in functions run long.
 */
import { parentPort } from 'node:worker_threads'
import variant from '@jitl/quickjs-wasmfile-release-sync'
import {
  DefaultIntrinsics,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core'
import { ownValue } from '../../util/own-value.ts'
import type { SandboxModule } from './bundle.ts'
import type { SandboxAnswer, SandboxJob, SandboxLimits } from './evaluate.ts'
import { sandboxPrelude } from './sandbox-prelude.ts'
import { clockMs } from './time-limit.ts'

/**
 * Bytes of native stack for QuickJS. Measured: with 512 KB a deep recursion aborts the WebAssembly module; up to 320 KB
 * it ends in a clean "stack overflow".
 */
const maxStackBytes = 256 * 1024

/** Names the global under which the entry leaves its result, a string. */
const resultGlobal = '__meshwrightResult'

const port = parentPort!
port.on('message', (job: SandboxJob) => {
  run(job).then(
    answer => port.postMessage(answer),
    // WebAssembly aborts (out of memory inside the engine, say) surface as exceptions of the host.
    (error: unknown) => port.postMessage({ kind: 'crashed', message: String(error) } satisfies SandboxAnswer),
  )
})

/** Node's types leave out WebAssembly's classes, which belong to the browser's. */
interface EngineMemory {
  readonly buffer: ArrayBuffer
}
interface EngineHost {
  readonly WebAssembly: {
    readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => EngineMemory
  }
}
const { Memory } = (globalThis as unknown as EngineHost).WebAssembly

/** Bytes of a WebAssembly page. */
const pageBytes = 64 * 1024

/** The engine with a ceiling on its memory as a whole: QuickJS's own limit counts single allocations only here, because
 * this build cannot tell the size of a block: a thousand arrays of 1 MB passed a limit of 256 MB. */
function limitedMemory(memoryBytes: number): EngineMemory {
  const initial = (16 * 1024 * 1024) / pageBytes
  const maximum = Math.max(initial, Math.ceil(memoryBytes / pageBytes))
  return new Memory({ initial, maximum })
}

async function run(job: SandboxJob): Promise<SandboxAnswer> {
  // A module of its own for each job: no memory is shared with what ran before.
  const wasmMemory = limitedMemory(job.limits.memoryBytes)
  // The variant's types describe its CommonJS build; the module that Node loads is the variant itself.
  const sandbox = newVariant(variant as unknown as QuickJSSyncVariant, { wasmMemory })
  const engine = await newQuickJSWASMModuleFromVariant(sandbox)
  const runtime = engine.newRuntime()
  runtime.setMemoryLimit(job.limits.memoryBytes)
  runtime.setMaxStackSize(maxStackBytes)
  const context = runtime.newContext({ intrinsics: { ...DefaultIntrinsics, Date: false } })
  const modules: ReadonlyMap<string, SandboxModule> = new Map(Object.entries(job.modules))
  runtime.setModuleLoader(
    name => modules.get(name)?.code ?? { error: new Error(`there is no module ${name}`) },
    (base, requested) =>
      ownValue(modules.get(base)?.imports ?? {}, requested) ?? { error: new Error(`there is no module ${requested}`) },
  )
  const prelude = `${sandboxPrelude};${Object.entries(job.globals).map(setGlobal).join(';')}`
  context.unwrapResult(context.evalCode(prelude, 'meshwright:prelude')).dispose()
  runtime.setInterruptHandler(timeIsUp(job.limits))
  const thrown = evaluateEntry(context, job)
  // Nothing is disposed: the whole WebAssembly instance goes with this function's frame.
  if (
    thrown?.kind === 'thrown' &&
    thrown.message === '' &&
    wasmMemory.buffer.byteLength > job.limits.memoryBytes * 0.9
  ) {
    // Where not even the error could be allocated, QuickJS throws null.
    return { ...thrown, name: 'InternalError', message: 'out of memory' }
  }
  return thrown ?? resultOf(context, job.limits.outputBytes)
}

/**
 * Says when this thread has used up its time on a processor. By the clock a mesh would be too slow where others are busy:
 * the type-checker runs beside it, on all processors that there are.
 */
function timeIsUp({ timeMs }: SandboxLimits): () => boolean {
  const start = process.threadCpuUsage()
  const latest = Date.now() + clockMs(timeMs)
  return () => {
    const { user, system } = process.threadCpuUsage(start)
    return user + system > timeMs * 1000 || Date.now() > latest
  }
}

function setGlobal([name, json]: [string, string]): string {
  const freeze = 'JSON.parse(s, (k, v) => Object.freeze(v))'
  const value = `((s) => ${freeze})(${JSON.stringify(json)})`
  return `Object.defineProperty(globalThis, ${JSON.stringify(name)}, { value: ${value} })`
}

function evaluateEntry(context: QuickJSContext, job: SandboxJob): SandboxAnswer | undefined {
  const result = context.evalCode(job.modules[job.entry]!.code, job.entry, { type: 'module' })
  if (result.error !== undefined) return thrownBy(context, result.error)
  const jobs = context.runtime.executePendingJobs()
  if (jobs.error !== undefined) return thrownBy(context, jobs.error)
  const state = context.getPromiseState(result.value)
  if (state.type === 'rejected') return thrownBy(context, state.error)
  if (state.type === 'pending') return { kind: 'thrown', name: 'Error', message: 'a module never finished', stack: '' }
  return undefined
}

function resultOf(context: QuickJSContext, outputBytes: number): SandboxAnswer {
  const handle = context.getProp(context.global, resultGlobal)
  const length = context.getNumber(context.getProp(handle, 'length'))
  if (!(length <= outputBytes)) return { kind: 'output-too-large', length }
  return { kind: 'value', json: context.getString(handle) }
}

function thrownBy(context: QuickJSContext, error: QuickJSHandle): SandboxAnswer {
  // Reading the properties runs user code where they are getters, so the deadline still holds here.
  const read = (name: string) => {
    try {
      return context.getString(context.getProp(error, name)).slice(0, 20_000)
    } catch {
      return ''
    }
  }
  if (context.typeof(error) !== 'object')
    return { kind: 'thrown', name: '', message: context.getString(error).slice(0, 2000), stack: '' }
  return { kind: 'thrown', name: read('name'), message: read('message'), stack: read('stack') }
}
