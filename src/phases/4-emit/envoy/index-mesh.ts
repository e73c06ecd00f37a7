import type { Retries } from '../../../model/http-route.ts'
import type { Machine } from '../../../model/machine.ts'
import type { Mesh } from '../../../model/mesh.ts'
import { type MeshSettings, settingsOf, type TrafficDefaults } from '../../../model/mesh-settings.ts'
import { type Labels, nodeKey, selects } from '../../../model/node.ts'
import type { ProxyPlacement } from '../../../model/placement.ts'
import {
  type EgressHost,
  type EgressListener,
  passedHosts,
  type Scope,
  type UnknownHosts,
} from '../../../model/scope.ts'
import { hostsOf, type Service } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import type { WrittenPlace } from '../../../model/written-endpoints.ts'
import { memo } from '../../../util/memo.ts'
import { type GatewayProxy, gatewayProxies } from './gateway-proxies.ts'
import { groundOf } from './guard.ts'

/**
 * The part of a Mesh that routing depends on. Workloads are not in it, so a workload that comes or goes rebuilds no
 * route: the same lists give the same object.
 */
export interface RoutingIndex {
  readonly services: Mesh['services']
  readonly destinations: Mesh['destinations']
  readonly routings: Mesh['routings']
  /** Whose policies hold for the whole mesh. */
  readonly rootNamespaces: Mesh['rootNamespaces']
  /** Of callers whose scope says nothing of it. */
  readonly unknownHosts: UnknownHosts
  /** How services are called, where no policy says so. */
  readonly traffic: TrafficDefaults
  /** Tries after the first, of routes that say nothing. Absent: as `Retries` has it. */
  readonly retries?: Retries
  /** Where the applications of all pods find a proxy of HTTP. Absent: nowhere. */
  readonly httpProxy?: EgressListener
  /** Of several with one host, those of Kubernetes first. */
  readonly servicesByHost: ReadonlyMap<string, readonly Service[]>
}

/** Look-ups over one Mesh, made once. */
export interface MeshIndex {
  readonly mesh: Mesh
  readonly routing: RoutingIndex
  readonly gatewayProxies: readonly GatewayProxy[]
  readonly workloadByKey: ReadonlyMap<string, Workload>
  readonly workloadsOf: (service: Service) => readonly Workload[]
  /** Machines that a service selects. */
  readonly machinesOf: (service: Service) => readonly Machine[]
  /** Places of a service that picks nothing by labels, as somebody wrote them down. */
  readonly writtenOf: (service: Service) => readonly WrittenPlace[]
  readonly servicesOf: (workload: Workload) => readonly Service[]
  /** The scope that holds for a workload: one that selects it, else its namespace's own, else a root namespace's. */
  readonly scopeOf: (workload: { readonly namespace: string; readonly labels: Workload['labels'] }) => Scope | undefined
}

/** The look-ups of a Mesh. */
export const indexMesh = memo(buildIndex)

/** The workload that a sidecar carries. */
export function workloadOf(index: MeshIndex, proxy: ProxyPlacement): Workload | undefined {
  const { workload, namespace } = proxy
  return workload === undefined ? undefined : index.workloadByKey.get(nodeKey({ namespace, name: workload }))
}

function buildIndex(mesh: Mesh): MeshIndex {
  const byLabel = groupByLabel(mesh.workloads)
  const workloadsOf = memo((service: Service) => selectedBy(service, byLabel))
  const machinesByLabel = groupByLabel(mesh.machines)
  const servicesOf = new Map<Workload, Service[]>()
  // What a Service of Kubernetes says of a workload's port goes before what is declared of some host.
  for (const service of entriesLast(mesh.services)) {
    for (const workload of workloadsOf(service))
      servicesOf.set(workload, [...(servicesOf.get(workload) ?? []), service])
  }
  return {
    mesh,
    routing: routingIndex(
      mesh.services,
      mesh.destinations,
      mesh.routings,
      mesh.rootNamespaces,
      settingsOf(mesh)?.unknownHosts ?? passedHosts,
      groundOf(mesh).defaults,
      routingDefaults(mesh),
    ),
    gatewayProxies: gatewayProxies(mesh),
    workloadByKey: new Map(mesh.workloads.map(workload => [nodeKey(workload), workload])),
    workloadsOf,
    machinesOf: memo((service: Service) => selectedBy(service, machinesByLabel)),
    writtenOf: writtenFinder(mesh.writtenEndpoints ?? []),
    servicesOf: workload => servicesOf.get(workload) ?? [],
    scopeOf: scopeFinder(mesh.scopes, mesh.rootNamespaces),
  }
}

const routingIndex = memo(
  (
    services: Mesh['services'],
    destinations: Mesh['destinations'],
    routings: Mesh['routings'],
    rootNamespaces: Mesh['rootNamespaces'],
    unknownHosts: UnknownHosts,
    traffic: TrafficDefaults,
    defaults: RoutingDefaults,
  ): RoutingIndex => {
    const servicesByHost = new Map<string, Service[]>()
    for (const service of entriesLast(services))
      for (const host of hostsOf(service)) servicesByHost.set(host, [...(servicesByHost.get(host) ?? []), service])
    return { services, destinations, routings, rootNamespaces, unknownHosts, traffic, ...defaults, servicesByHost }
  },
)

type RoutingDefaults = Pick<RoutingIndex, 'retries' | 'httpProxy'>

const noDefaults: RoutingDefaults = {}

/** The same object for as long as it says the same. */
function routingDefaults(mesh: Mesh): RoutingDefaults {
  const settings = settingsOf(mesh)
  return settings === undefined ? noDefaults : defaultsIn(settings)
}

const defaultsIn = memo(({ retries, wide, at }: MeshSettings): RoutingDefaults => {
  const port = wide?.httpProxyPort
  if (retries === undefined && port === undefined) return noDefaults
  return {
    ...(retries === undefined ? {} : { retries }),
    ...(port === undefined ? {} : { httpProxy: { port, isBound: true, apart: { hosts: [], carries: 'http' }, at } }),
  }
})

function entriesLast(services: Mesh['services']): Mesh['services'] {
  const entries = services.filter(({ entry }) => entry !== undefined)
  return entries.length === 0 ? services : [...services.filter(({ entry }) => entry === undefined), ...entries]
}

/** What services select. */
interface Selectable {
  readonly namespace: string
  readonly labels: Labels
}

/** By `namespace/label=value`: with thousands of services, comparing each with each would be slow. */
function groupByLabel<Node extends Selectable>(nodes: readonly Node[]): ReadonlyMap<string, readonly Node[]> {
  const byLabel = new Map<string, Node[]>()
  for (const node of nodes) {
    for (const [label, value] of Object.entries(node.labels)) {
      const key = labelKey(node.namespace, [label, value])
      const list = byLabel.get(key)
      if (list === undefined) byLabel.set(key, [node])
      else list.push(node)
    }
  }
  return byLabel
}

/** A service without a selector picks nothing (Kubernetes: its endpoints are managed by hand). */
function selectedBy<Node extends Selectable>(
  { selector, namespace }: Service,
  byLabel: ReadonlyMap<string, readonly Node[]>,
): readonly Node[] {
  const first = Object.entries(selector)[0]
  if (first === undefined) return []
  const candidates = byLabel.get(labelKey(namespace, first)) ?? []
  return candidates.filter(({ labels }) => selects(selector, labels))
}

const nowhere: readonly WrittenPlace[] = []

/** Each place once: while a slice is split in two, one may stand in both. What a service selects is not written down. */
function writtenFinder(written: Mesh['writtenEndpoints'] & {}): MeshIndex['writtenOf'] {
  const byService = Map.groupBy(written, ({ namespace, service }) => nodeKey({ namespace, name: service }))
  return memo((service: Service) => {
    const own = service.entry === undefined && Object.keys(service.selector).length === 0
    const places = (own ? byService.get(nodeKey(service)) : undefined)?.flatMap(each => each.places) ?? nowhere
    return [...new Map(places.map(place => [JSON.stringify([place.address, place.ports]), place])).values()]
  })
}

/**
 * Istio's choice: a scope with a selector goes before the namespace's own, and that before a root namespace's; of several, the
 * first by name. Found by the first label of its selector, for there may be as many scopes as workloads.
 */
function scopeFinder(scopes: readonly Scope[], rootNamespaces: readonly string[]): MeshIndex['scopeOf'] {
  const rank = new Map(scopes.map((scope, index) => [scope, index]))
  const byLabel = Map.groupBy(scopes, ({ namespace, selector }) =>
    labelKey(namespace, Object.entries(selector ?? {})[0]),
  )
  const wideOf = (namespace: string) =>
    byLabel.get(labelKey(namespace, undefined))?.find(({ selector }) => selector === undefined)
  const [root] = rootNamespaces.flatMap(namespace => wideOf(namespace) ?? [])
  return ({ namespace, labels }) => {
    const selecting = [undefined, ...Object.entries(labels)]
      .flatMap(label => byLabel.get(labelKey(namespace, label)) ?? [])
      .filter(({ selector }) => selector !== undefined && selects(selector, labels))
      .sort((a, b) => rank.get(a)! - rank.get(b)!)
    return selecting[0] ?? wideOf(namespace) ?? (root === undefined ? undefined : seenFrom(root, namespace))
  }
}

/** The same object for one namespace: what is made of a scope is kept by it. */
function seenFrom(scope: Scope, namespace: string): Scope {
  if (scope.namespace === namespace) return scope
  const known = scopesSeen(scope)
  const from = (hosts: readonly EgressHost[]) =>
    hosts.map(host => (host.isOwn === true ? { ...host, namespace } : host))
  const listeners = scope.listeners?.map(listener =>
    listener.apart === undefined
      ? listener
      : { ...listener, apart: { ...listener.apart, hosts: from(listener.apart.hosts) } },
  )
  const seen = known.get(namespace) ?? {
    ...scope,
    egress: from(scope.egress),
    ...(listeners === undefined ? {} : { listeners }),
  }
  known.set(namespace, seen)
  return seen
}

const scopesSeen = memo((_scope: Scope) => new Map<string, Scope>())

/** The scope that holds for a workload. */
export function scopeFor(mesh: Mesh, workload: Parameters<MeshIndex['scopeOf']>[0]): Scope | undefined {
  return indexMesh(mesh).scopeOf(workload)
}

/** `namespace/label=value`; without a label, what selects nothing in particular. */
function labelKey(namespace: string, label: readonly [string, string] | undefined): string {
  return label === undefined ? `${namespace}/` : `${namespace}/${label[0]}=${label[1]}`
}
