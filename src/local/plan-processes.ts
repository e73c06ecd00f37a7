import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { grpcBootstrap } from '../agent/grpc-clients.ts'
import { configurationLogFlags } from '../cluster/inject/proxy-log-flags.ts'
import type { ProxyPlacement } from '../model/placement.ts'
import { type ProxySetup, proxySetupFor } from '../model/proxy-setup.ts'
import type { Workload } from '../model/workload.ts'
import { appEnvironment } from './app-environment.ts'
import type { Delivery, Served } from './delivery.ts'
import type { Probe } from './process/probe.ts'
import type { ProcessSpec } from './process/supervised-process.ts'
import { adminSocketOf, type StateFolder } from './state/state-folder.ts'

export interface PlanOptions {
  readonly state: StateFolder
  /** Path of Envoy's binary. */
  readonly envoy: string
  readonly delivery: Delivery
  readonly base: Readonly<{ [name: string]: string }>
}

export type ProcessRole = 'app' | 'proxy'

export function processId(role: ProcessRole, name: string): string {
  return `${role}:${name}`
}

/** Which programs a placed revision needs: an Envoy for each proxy, and each workload that says how to start it. */
export function planProcesses(served: Served, options: PlanOptions): ProcessSpec[] {
  return Object.entries(served.placement.proxies).flatMap(([name, proxy]) => {
    const workload = served.mesh.workloads.find(
      candidate => candidate.name === proxy.workload && candidate.namespace === proxy.namespace,
    )
    const app = workload === undefined ? [] : planApp({ served, name, workload, proxy, options })
    return [planProxy(served, name, options), ...app]
  })
}

/** Where the log of a process lies. */
export function logOf(state: StateFolder, role: ProcessRole, name: string): string {
  return join(state.logs, `${name}.${role}.log`)
}

interface AppPlan {
  readonly served: Served
  readonly name: string
  readonly workload: Workload
  readonly proxy: ProxyPlacement
  readonly options: PlanOptions
}

function planApp({ served, name, workload, proxy, options }: AppPlan): ProcessSpec[] {
  const [program, ...args] = workload.container.command ?? []
  // A program that has ended is started again here: what is to run once is not.
  if (program === undefined || workload.runsOnce) return []
  return [
    {
      id: processId('app', name),
      // Not looked up on PATH: the Node that runs the mesh may be called otherwise.
      command: [program === 'node' ? process.execPath : program, ...args],
      env: appEnvironment({
        mesh: served.mesh,
        workload,
        proxy,
        base: { ...options.base, ...grpcVariable(options, proxy) },
      }),
      cwd: options.state.dir,
      log: logOf(options.state, 'app', name),
      ready: appProbe(workload, proxy),
    },
  ]
}

/** By which an application that speaks gRPC may do without its proxy: `xds:///reviews:9080`. */
function grpcVariable(
  { state }: PlanOptions,
  { name, namespace }: ProxyPlacement,
): { readonly [name: string]: string } {
  const bootstrap = grpcBootstrap(`unix://${state.xdsSocket}`, { namespace, carrier: name })
  return { GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) }
}

function appProbe(workload: Workload, proxy: ProxyPlacement): Probe {
  const health = workload.container.health
  const inbound = proxy.inbound.find(candidate => candidate.port === health?.port) ?? proxy.inbound[0]
  if (inbound === undefined) return { kind: 'none' }
  const where = { host: inbound.app.address, port: inbound.app.port }
  return health === undefined ? { kind: 'tcp', ...where } : { kind: 'http', ...where, path: health.path }
}

function planProxy(served: Served, name: string, { state, envoy, delivery, base }: PlanOptions): ProcessSpec {
  const proxy = served.placement.proxies[name]!
  const admin = adminSocketOf(state, name)
  const bootstrap = JSON.stringify(delivery.bootstrap(served, proxy, { kind: 'socket', path: admin }))
  const { concurrency = 1, environment = {} } = setupOf(served, proxy)
  // One worker each: a mesh of ten proxies shares a laptop's cores. 0 is one for each core.
  const threads = concurrency === 0 ? [] : ['--concurrency', String(concurrency)]
  // Its content is in the file's name, so that the Envoy starts again exactly when its bootstrap changes.
  const hash = createHash('sha256').update(`${name}\n${bootstrap}`).digest('hex').slice(0, 16)
  const file = join(state.envoy, `${hash}.json`)
  writeFileSync(file, bootstrap, { mode: 0o600 })
  return {
    id: processId('proxy', name),
    command: [envoy, '-c', file, ...envoyFlags, ...threads],
    env: { ...base, ...environment },
    // Files that the mesh names, certificates say, are relative to its folder.
    cwd: state.dir,
    log: logOf(state, 'proxy', name),
    ready: { kind: 'socket', socket: admin, path: '/ready' },
  }
}

function setupOf({ mesh }: Served, { namespace, workload, labels = {} }: ProxyPlacement): ProxySetup {
  const own = mesh.workloads.find(candidate => candidate.name === workload && candidate.namespace === namespace)
  return proxySetupFor(mesh, { namespace, labels: own?.labels ?? labels })
}

const envoyFlags = [
  // Hot restart needs shared memory under an id; two Envoys on one machine would take each other for a predecessor.
  '--disable-hot-restart',
  ...['--log-level', 'warning'],
  ...configurationLogFlags,
  // A listener that moved or went closes after this many seconds, not after Envoy's ten minutes.
  ...['--drain-time-s', '5'],
]
