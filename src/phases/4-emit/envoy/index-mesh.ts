import type { Mesh } from '../../../model/mesh.ts'
import { nodeKey, selects } from '../../../model/node.ts'
import type { ProxyPlacement } from '../../../model/placement.ts'
import { defaultRecording, type Recording } from '../../../model/recording.ts'
import type { Scope } from '../../../model/scope.ts'
import type { Service } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { type GatewayProxy, gatewayProxies } from './gateway-proxies.ts'

/**
 * The part of a Mesh that routing depends on. Workloads are not in it, so a workload that comes or goes rebuilds no
 * route: the same lists give the same object.
 */
export interface RoutingIndex {
  readonly services: Mesh['services']
  readonly destinations: Mesh['destinations']
  readonly routings: Mesh['routings']
  readonly recording: Recording
  readonly serviceByHost: ReadonlyMap<string, Service>
}

/** Look-ups over one Mesh, made once. */
export interface MeshIndex {
  readonly mesh: Mesh
  readonly routing: RoutingIndex
  readonly gatewayProxies: readonly GatewayProxy[]
  readonly workloadByKey: ReadonlyMap<string, Workload>
  readonly workloadsOf: (service: Service) => readonly Workload[]
  readonly servicesOf: (workload: Workload) => readonly Service[]
  /** The scope that holds for a workload: one that selects it, else its namespace's own. */
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
  const byLabel = workloadsByLabel(mesh.workloads)
  const workloadsOf = memo((service: Service) => workloadsFor(service, byLabel))
  const servicesOf = new Map<Workload, Service[]>()
  for (const service of mesh.services) {
    for (const workload of workloadsOf(service))
      servicesOf.set(workload, [...(servicesOf.get(workload) ?? []), service])
  }
  return {
    mesh,
    routing: routingIndex(mesh.recording ?? defaultRecording, mesh.services, mesh.destinations, mesh.routings),
    gatewayProxies: gatewayProxies(mesh),
    workloadByKey: new Map(mesh.workloads.map(workload => [nodeKey(workload), workload])),
    workloadsOf,
    servicesOf: workload => servicesOf.get(workload) ?? [],
    scopeOf: scopeFinder(mesh.scopes),
  }
}

const routingIndex = memo(
  (
    recording: Recording,
    services: Mesh['services'],
    destinations: Mesh['destinations'],
    routings: Mesh['routings'],
  ): RoutingIndex => {
    const serviceByHost = new Map(services.map(service => [service.host, service]))
    return { services, destinations, routings, recording, serviceByHost }
  },
)

/** Workloads by `namespace/label=value`: with thousands of services, comparing each with each would be slow. */
function workloadsByLabel(workloads: readonly Workload[]): ReadonlyMap<string, readonly Workload[]> {
  const byLabel = new Map<string, Workload[]>()
  for (const workload of workloads) {
    for (const [label, value] of Object.entries(workload.labels)) {
      const key = labelKey(workload.namespace, [label, value])
      const list = byLabel.get(key)
      if (list === undefined) byLabel.set(key, [workload])
      else list.push(workload)
    }
  }
  return byLabel
}

/** A service without a selector picks nothing (Kubernetes: its endpoints are managed by hand). */
function workloadsFor(service: Service, byLabel: ReadonlyMap<string, readonly Workload[]>): readonly Workload[] {
  const first = Object.entries(service.selector)[0]
  if (first === undefined) return []
  const candidates = byLabel.get(labelKey(service.namespace, first)) ?? []
  return candidates.filter(workload => selects(service.selector, workload.labels))
}

/**
 * Istio's choice: a scope with a selector goes before the namespace's own; of several, the first by name. Found by the
 * first label of its selector, for there may be as many scopes as workloads.
 */
function scopeFinder(scopes: readonly Scope[]): MeshIndex['scopeOf'] {
  const rank = new Map(scopes.map((scope, index) => [scope, index]))
  const byLabel = Map.groupBy(scopes, ({ namespace, selector }) =>
    labelKey(namespace, Object.entries(selector ?? {})[0]),
  )
  return ({ namespace, labels }) => {
    const selecting = [undefined, ...Object.entries(labels)]
      .flatMap(label => byLabel.get(labelKey(namespace, label)) ?? [])
      .filter(({ selector }) => selector !== undefined && selects(selector, labels))
      .sort((a, b) => rank.get(a)! - rank.get(b)!)
    return selecting[0] ?? byLabel.get(labelKey(namespace, undefined))?.find(({ selector }) => selector === undefined)
  }
}

/** `namespace/label=value`; without a label, what selects nothing in particular. */
function labelKey(namespace: string, label: readonly [string, string] | undefined): string {
  return label === undefined ? `${namespace}/` : `${namespace}/${label[0]}=${label[1]}`
}
