/**
 * Runs a mesh on this machine: compiles its folder, gives each proxy its addresses, starts what it needs, and follows
 * the files.
 *
 * This folder owns processes, sockets and state on one machine. How configuration is made and delivered is not its
 * business: it calls the compiler, and a Delivery.
 */
import type { Server } from 'node:http'
import { type Compiled, type CompileOptions, compile } from '../compile.ts'
import { noCommand } from '../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { type AllocateOptions, patchFindings, secretFindings } from '../phases/4-emit/envoy/index.ts'
import { type Inspection, serveControl } from './control.ts'
import type { Delivery, DeliveryContext } from './delivery.ts'
import { findEnvoy, versionWarning } from './envoy/find-envoy.ts'
import { Instance, type Readiness, type ReadyOptions } from './instance.ts'
import { isBindable } from './net/port-holder.ts'
import { publicRoots } from './public-roots.ts'
import { reapChildren } from './state/child-records.ts'
import { liveHolder, releaseLock, takeLock } from './state/instance-lock.ts'
import { folderOf, makeStateFolder, type StateFolder, stateFolders } from './state/state-folder.ts'
import type { InstanceStatus, RefusedSource } from './status.ts'
import { watchFolder } from './watch-folder.ts'

export interface UpOptions extends Omit<CompileOptions, 'previous'> {
  /** The value of `--envoy`. */
  readonly envoy?: string
  /** `addressing` is found out where it is not given. */
  readonly allocate: Omit<AllocateOptions, 'previous'>
  readonly env: Readonly<{ [name: string]: string | undefined }>
  readonly createDelivery: (context: DeliveryContext) => Promise<Delivery>
}

/** What `up` tells whoever shows it. */
export interface Reporter {
  progress(line: string): void
  /** Findings of a compile, of the first and of each after a change. */
  findings(compiled: Compiled): void
  /** Something of the status has changed. */
  changed(status: InstanceStatus): void
}

/** A mesh that is up. */
export interface Running {
  readonly state: StateFolder
  status(): InstanceStatus
  /** See `Instance.ready`. */
  ready(options: ReadyOptions): Promise<Readiness>
  /** Resolves when somebody calls `mesh down`. */
  readonly stopRequested: Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a mesh.
 *
 * @returns undefined where its source has errors, which have been reported
 * @throws Failure where it is up already, a port is in use, or there is no Envoy
 */
export async function up(options: UpOptions, reporter: Reporter): Promise<Running | undefined> {
  const state = await claim(options, reporter)
  try {
    const compiled = await compileAndReport(options, undefined, reporter)
    if (compiled.isBroken || compiled.resolved === undefined) {
      releaseLock(state.folder)
      return undefined
    }
    return await start({ options, reporter, compiled, ...state })
  } catch (error) {
    releaseLock(state.folder)
    throw error
  }
}

interface Claim {
  readonly folder: StateFolder
  readonly holder: ReturnType<typeof takeLock>
}

/** Takes the instance, and ends what one that was killed has left. */
async function claim({ path, env }: UpOptions, reporter: Reporter): Promise<Claim> {
  folderOf(path)
  const folders = stateFolders(path, env)
  // A session with another XDG_RUNTIME_DIR may run this very mesh: its lock lies in one of the other folders.
  const folder = folders.find(candidate => liveHolder(candidate) !== undefined) ?? folders[0]
  makeStateFolder(folder)
  const holder = takeLock(folder)
  const reaped = await reapChildren(folder)
  if (reaped.length > 0) reporter.progress(`ended ${reaped.length} processes that a killed \`mesh up\` had left`)
  return { folder, holder }
}

interface Start extends Claim {
  readonly options: UpOptions
  readonly reporter: Reporter
  readonly compiled: Compiled
}

async function start({ options, reporter, compiled, folder, holder }: Start): Promise<Running> {
  const envoy = await findEnvoy({ path: options.envoy, env: options.env, progress: reporter.progress })
  const warning = versionWarning(envoy)
  if (warning !== undefined) reporter.progress(warning)
  let instance: Instance | undefined
  const changed = () => {
    if (instance !== undefined) reporter.changed(instance.status())
  }
  const current = { compiled }
  const rejected = (why: Diagnostic) => reporter.findings({ ...current.compiled, diagnostics: [why] })
  const failed = (error: Error) => reporter.progress(`certificates: ${error.message}`)
  const delivery = await options.createDelivery({ state: folder, changed, failed, rejected })
  const addressing = options.allocate.addressing ?? ((await isBindable('127.0.0.2')) ? 'addresses' : 'ports')
  instance = new Instance({
    ...{ state: folder, holder, envoy: envoy.path, delivery, env: options.env, changed },
    allocate: { ...options.allocate, addressing },
  })
  try {
    await instance.apply(compiled.resolved!)
    return await run({ options, reporter, current, folder, instance, inspect: delivery.inspection })
  } catch (error) {
    await instance.stop()
    throw error
  }
}

interface Run {
  readonly options: UpOptions
  readonly reporter: Reporter
  /** What was compiled last without an error. */
  readonly current: { compiled: Compiled }
  readonly folder: StateFolder
  readonly instance: Instance
  readonly inspect: Inspection
}

async function run(running: Run): Promise<Running> {
  const { folder, instance } = running
  const stopRequested = Promise.withResolvers<void>()
  const abort = new AbortController()
  const control: Server = await serveControl(folder, {
    status: () => instance.status(),
    inspect: running.inspect,
    stop: stopRequested.resolve,
  })
  const watching = await watchFolder(folder.dir, async () => {
    if (!abort.signal.aborted) await recompile(running)
  })
  let stopping: Promise<void> | undefined
  const end = async () => {
    abort.abort()
    control.close()
    await watching.close()
    await instance.stop()
    // Last, so that who asked for the end has been answered; who never reads an answer must not keep us.
    control.closeAllConnections()
  }
  return {
    state: folder,
    status: () => instance.status(),
    ready: options => instance.ready(options, abort.signal),
    stopRequested: stopRequested.promise,
    stop() {
      stopping ??= end()
      return stopping
    },
  }
}

/** Compiles what has changed; the last good revision stays where there are errors. */
async function recompile({ options, reporter, current, instance }: Run): Promise<void> {
  try {
    const next = await compileAndReport(options, current.compiled, reporter)
    const { resolved } = next
    if (next.isBroken || resolved === undefined) return instance.refuse(refusedSource(next, instance.status()))
    const isSame = resolved.digest === current.compiled.resolved?.digest
    if (!isSame) await instance.apply(resolved)
    current.compiled = next
    // What is told from now on, of this too, is shown in the lines of the new source.
    if (isSame) instance.relocate(resolved)
    if (instance.status().instance.refused !== null) {
      if (isSame) reporter.progress('the files are right again, and what is served is what they say')
      instance.refuse(undefined)
    }
  } catch (error) {
    // A port that somebody else holds, say: traffic goes on as before, and the next save tries again.
    reporter.progress(error instanceof Error ? error.message : String(error))
  }
}

function refusedSource({ diagnostics }: Compiled, { instance }: InstanceStatus): RefusedSource {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const [found] = errors
  const { file, line, column } = found?.span ?? {}
  const place = file === undefined ? '' : `${file}:${line}:${column}: `
  const since = instance.refused?.since ?? new Date().toISOString()
  return { since, errors: errors.length, first: `${place}[${found?.code}] ${found?.message}` }
}

async function compileAndReport(
  options: UpOptions,
  previous: Compiled | undefined,
  reporter: Reporter,
): Promise<Compiled> {
  const { envoy: _, allocate: __, env, createDelivery: ____, ...compileOptions } = options
  const compiled = await compile({
    caFile: publicRoots(env),
    ...compileOptions,
    isLocal: true,
    ...(previous === undefined ? {} : { previous }),
  })
  const { resolved } = compiled
  const here =
    resolved === undefined
      ? []
      : [...secretFindings(resolved, 'run here'), ...patchFindings(resolved, compiled.diagnostics)]
  const reported = { ...compiled, diagnostics: [...compiled.diagnostics, ...here, ...commandFindings(compiled)] }
  reporter.findings(reported)
  return reported
}

/** Workloads that nothing says how to start, though they are to be kept running. */
function commandFindings({ resolved }: Compiled): readonly Diagnostic[] {
  const silent =
    resolved?.mesh.workloads.filter(({ container, runsOnce }) => container.command === undefined && !runsOnce) ?? []
  return silent.map(({ name, at }) => {
    const span = resolved?.spans.spanOf(at)
    return noCommand({ ...(span === undefined ? {} : { span }) }, { name })
  })
}
