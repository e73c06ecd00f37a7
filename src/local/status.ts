import { carriedBy } from '../model/gateway.ts'
import type { Mesh } from '../model/mesh.ts'
import type { Placement, ProxyPlacement } from '../model/placement.ts'
import { type Handling, handlingOf } from '../phases/4-emit/envoy/index.ts'
import type { Delivery } from './delivery.ts'
import { processId } from './plan-processes.ts'
import type { SupervisedProcess } from './process/supervised-process.ts'
import { adminSocketOf, type StateFolder } from './state/state-folder.ts'

/** What `mesh status --format json` prints. Fields are added, never renamed; times in ms. */
export interface InstanceStatus {
  readonly instance: {
    readonly dir: string
    readonly pid: number
    /** ISO 8601. */
    readonly since: string
    /** Digest of the revision that is served; null before the first. */
    readonly revision: string | null
    /** Counts the revisions that were handed out; going back to an earlier one counts too. */
    readonly push: number | null
    /** Where to look. */
    readonly urls: readonly string[]
    /** The files have errors since then, so what is served is older than they are; null where it is not. */
    readonly refused: RefusedSource | null
  }
  readonly proxies: readonly ProxyStatus[]
  readonly workloads: readonly WorkloadStatus[]
}

/** A source that can't be served. */
export interface RefusedSource {
  /** ISO 8601. */
  readonly since: string
  readonly errors: number
  /** The first error: its place and what it says. */
  readonly first: string
}

export interface ProcessStatus {
  readonly name: string
  readonly namespace: string
  readonly address: string
  readonly pid: number | null
  /** `absent`: it has no command, or is to run once, so nothing runs here. */
  readonly state: 'starting' | 'running' | 'waiting' | 'stopped' | 'absent'
  /** Why it is not running; null where there is nothing to say. */
  readonly reason: string | null
  /** The line of its output that most likely says why it ended; null while it runs. */
  readonly lastWords: string | null
  readonly restarts: number
}

export interface WorkloadStatus extends ProcessStatus {
  /** Since its state last changed. */
  readonly ageMs: number
}

export interface ProxyStatus extends ProcessStatus {
  readonly kind: 'sidecar' | 'router'
  readonly workload: string | null
  /** Has it accepted all that the current revision gives it? */
  readonly accepted: boolean
  /** Why it refused the current revision. */
  readonly rejection: string | null
  /** Revision that it last took something from. */
  readonly revision: string | null
  /** The push that this came with. */
  readonly push: number | null
  /** From the last push that concerned it to its acceptance. */
  readonly tookMs: number | null
  /** Since that acceptance; since its state last changed before there is one. */
  readonly ageMs: number
  /** Path of Envoy's admin socket. */
  readonly admin: string
}

export interface StatusInput {
  readonly state: StateFolder
  readonly since: string
  readonly revision: string | undefined
  readonly push: number | undefined
  readonly mesh: Mesh | undefined
  readonly placement: Placement | undefined
  readonly processes: ReadonlyMap<string, SupervisedProcess>
  readonly delivery: Delivery
  readonly refused: RefusedSource | undefined
}

/** The state of an instance as plain data. */
export function statusOf(input: StatusInput): InstanceStatus {
  const now = Date.now()
  const placed = Object.entries(input.placement?.proxies ?? {})
  return {
    instance: {
      dir: input.state.dir,
      pid: process.pid,
      since: input.since,
      revision: input.revision ?? null,
      push: input.push ?? null,
      urls: urlsOf(input.mesh, input.placement),
      refused: input.refused ?? null,
    },
    proxies: placed.map(([name, proxy]) => proxyStatus(input, name, { proxy, now })),
    workloads: placed.flatMap(([name, proxy]) => {
      if (proxy.workload === undefined) return []
      const supervised = input.processes.get(processId('app', name))
      const address = proxy.inbound[0]?.app.address ?? proxy.address
      const ageMs = supervised === undefined ? 0 : now - supervised.since
      return [{ ...processStatus(supervised), name: proxy.workload, namespace: proxy.namespace, address, ageMs }]
    }),
  }
}

/** Does everything run, and has every proxy accepted the revision? Otherwise the names of what lags, each with why. */
export function laggardsOf(status: InstanceStatus): readonly string[] {
  const slow = (process: ProcessStatus) => process.state !== 'running' && process.state !== 'absent'
  return [
    ...status.workloads
      .filter(slow)
      .map(({ name, state, reason, lastWords }) => `${name} is ${state}${because(reason, lastWords)}`),
    ...status.proxies
      .filter(proxy => slow(proxy) || !proxy.accepted)
      .map(
        proxy =>
          `the proxy of ${proxy.name} ${proxyLag(proxy)}${because(proxy.rejection ?? proxy.reason, proxy.lastWords)}`,
      ),
  ]
}

function because(reason: string | null, lastWords: string | null): string {
  const why = [reason, lastWords === null ? null : `"${lastWords}"`].filter(part => part !== null)
  return why.length === 0 ? '' : ` (${why.join(': ')})`
}

function proxyLag(proxy: ProxyStatus): string {
  if (proxy.rejection !== null) return 'rejected its configuration'
  return proxy.state === 'running' ? 'has not accepted its configuration yet' : `is ${proxy.state}`
}

function proxyStatus(
  input: StatusInput,
  name: string,
  { proxy, now }: { readonly proxy: ProxyPlacement; readonly now: number },
): ProxyStatus {
  const supervised = input.processes.get(processId('proxy', name))
  const delivery = input.delivery.proxyOf(name)
  return {
    ...processStatus(supervised),
    name: proxy.name,
    namespace: proxy.namespace,
    kind: proxy.kind,
    workload: proxy.workload ?? null,
    address: proxy.address,
    accepted: delivery.isAccepted,
    rejection: delivery.rejection?.message ?? null,
    revision: delivery.revision ?? null,
    push: delivery.push ?? null,
    tookMs: delivery.tookMs ?? null,
    ageMs: now - (delivery.acceptedAt ?? supervised?.since ?? now),
    admin: adminSocketOf(input.state, name),
  }
}

function processStatus(
  supervised: SupervisedProcess | undefined,
): Pick<ProcessStatus, 'pid' | 'state' | 'reason' | 'lastWords' | 'restarts'> {
  if (supervised === undefined) return { pid: null, state: 'absent', reason: null, lastWords: null, restarts: 0 }
  const { state, pid, restarts } = supervised
  const reason = 'reason' in state ? (state.reason ?? null) : null
  return { pid: pid ?? null, state: state.kind, reason, lastWords: supervised.lastWords ?? null, restarts }
}

/** Each port that gateways have opened, with a path that is served there where it is a page's. */
function urlsOf(mesh: Mesh | undefined, placement: Placement | undefined): readonly string[] {
  if (mesh === undefined || placement === undefined) return []
  const sources = { hasSecrets: placement.hasSecrets === true, hasIdentity: placement.hasIdentity === true }
  const all = mesh.gateways.flatMap(gateway => gateway.servers)
  return Object.values(placement.proxies).flatMap(({ kind, servers }) =>
    (kind === 'router' ? servers : []).flatMap(({ port, listen, transport }) => {
      const place = `${listen.address}:${listen.port}`
      if (transport === 'UDP') return `udp://${place}`
      const here = all.filter(server => server.port.number === port && carriedBy(server).transport === undefined)
      const [handling] = here.flatMap(server => handlingOf({ server }, sources) ?? [])
      if (handling === undefined) return []
      const scheme = schemes[handling]
      return `${scheme}://${place}${scheme.startsWith('http') ? pathOf(mesh) : ''}`
    }),
  )
}

const schemes: Readonly<{ [handling in Handling]: string }> = {
  ...{ http: 'http', https: 'https', tcp: 'tcp' },
  // What is in it, only its server knows.
  ...{ passthrough: 'tls', automatic: 'tls', tls: 'tls' },
}

// An exact path that a service answers is a page; of several the first one that says more than `/`.
function pathOf(mesh: Mesh): string {
  const routings = mesh.routings.filter(routing => routing.gateways.some(({ gateway }) => gateway !== 'mesh'))
  const pages = routings.flatMap(routing => routing.rules.filter(rule => rule.action.kind === 'forward'))
  const uris = pages.flatMap(rule => rule.matches.map(match => match.uri))
  const paths = uris.flatMap(uri => (uri?.kind === 'exact' ? [uri.value] : []))
  return paths.find(path => path !== '/') ?? '/'
}
