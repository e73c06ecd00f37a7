/**
 * EDS: where each cluster's endpoints are. Depends on services, subsets, workloads and where they run; never on routes,
 * so that a moving endpoint rebuilds nothing else.
 */
import { type Labels, nodeKey, selects } from '../../../model/node.ts'
import { type EffectiveMtls, effectiveMtls, mtlsOn } from '../../../model/peer-policy.ts'
import type {
  Address,
  EndpointWorkload,
  Locality,
  ObservedEndpoint,
  Placement,
  ProxyPlacement,
} from '../../../model/placement.ts'
import { hostKey, type Service, type ServicePort } from '../../../model/service.ts'
import { containerPort, type Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { compact, type EnvoyResource, type Message, socketAddress } from './envoy-resource.ts'
import { declaredEndpoints, isSelfContained, machineEndpoints, usesEds } from './host-endpoints.ts'
import type { MeshIndex } from './index-mesh.ts'
import { takesMtls as meshTlsEndpoint } from './mtls.ts'
import { outboundCluster } from './names.ts'
import { askedMtls } from './security.ts'
import type { VisibleService } from './view.ts'

/** One place where a workload runs. */
export interface Endpoint {
  /** Absent: something of which only the place is known. */
  readonly workload?: EndpointWorkload
  /** By which subsets tell versions apart. */
  readonly labels: Labels
  readonly address: Address | { readonly path: string }
  readonly locality?: Locality
  /** Its share of the requests. */
  readonly weight: number
  /** Does its proxy take mutual TLS on this port? */
  readonly takesMtls: boolean
}

/** Endpoints of all clusters of a service, as far as it is EDS that tells them. */
export function endpointsOf(index: MeshIndex, placement: Placement, visible: VisibleService): readonly EnvoyResource[] {
  return usesEds(visible.service) ? allEndpointsOf(index, placement, visible) : []
}

/**
 * Endpoints of all clusters of any service: of pods, as a cluster reports them, or else where they are placed; and of whatever
 * runs elsewhere.
 */
export function allEndpointsOf(
  index: MeshIndex,
  placement: Placement,
  visible: VisibleService,
): readonly EnvoyResource[] {
  if (isSelfContained(visible.service)) return outsideEndpoints(visible)
  const observed = placement.endpoints?.[hostKey(visible.service)]
  return observed === undefined
    ? placedEndpoints(index, placement, visible)
    : observedEndpoints(index, visible, observed)
}

/** Only what moved is made again, whatever else a placement has new. */
const observedEndpoints = memo((index: MeshIndex, visible: VisibleService, observed: readonly ObservedEndpoint[]) =>
  assignmentsOf(visible, port => [
    ...observed.flatMap(endpoint => observedAt(endpoint, port, index)),
    ...elsewhere(index, true, visible.service, port),
  ]),
)

/** Of hosts that depend on nothing but their own declaration. */
const outsideEndpoints = memo((visible: VisibleService) =>
  assignmentsOf(visible, port => declaredEndpoints(undefined, false, visible.service, port)),
)

function elsewhere(
  index: MeshIndex,
  hasIdentity: Placement['hasIdentity'],
  service: Service,
  port: ServicePort,
): readonly Endpoint[] {
  return [
    ...machineEndpoints(index, hasIdentity, service, port),
    ...declaredEndpoints(index, hasIdentity, service, port),
  ]
}

const placedEndpoints = memo((index: MeshIndex, placement: Placement, visible: VisibleService) => {
  const places = placesByWorkload(placement)
  const workloads = index.workloadsOf(visible.service)
  return assignmentsOf(visible, port => [
    ...workloads.flatMap(workload => {
      const mtls = askedMtls(index.mesh, placement, workload)
      return endpointsAt(workload, port, { places, mtls })
    }),
    ...elsewhere(index, placement.hasIdentity, visible.service, port),
  ])
})

function assignmentsOf(
  { service, destination }: VisibleService,
  endpointsAtPort: (port: ServicePort) => readonly Endpoint[],
): readonly EnvoyResource[] {
  return service.ports.flatMap(port => {
    const all = endpointsAtPort(port)
    return [
      assignment(outboundCluster(service.host, port.number), all, service.at),
      ...(destination?.subsets ?? []).map(subset =>
        assignment(
          outboundCluster(service.host, port.number, subset.name),
          all.filter(({ labels }) => selects(subset.labels, labels)),
          subset.at,
        ),
      ),
    ]
  })
}

/** Sidecars by the workload that they carry. */
const placesByWorkload = memo(({ proxies }: Placement): ReadonlyMap<string, readonly ProxyPlacement[]> => {
  const sidecars = Object.values(proxies).filter(proxy => proxy.workload !== undefined)
  return Map.groupBy(sidecars, proxy => `${proxy.namespace}/${proxy.workload}`)
})

function endpointsAt(
  workload: Workload,
  port: ServicePort,
  {
    places,
    mtls,
  }: { readonly places: ReadonlyMap<string, readonly ProxyPlacement[]>; readonly mtls: EffectiveMtls | undefined },
): Endpoint[] {
  const target = containerPort(workload, port.targetPort)
  const takesMtls = mtls !== undefined && target !== undefined && mtlsOn(mtls, target) !== 'DISABLE'
  return (places.get(nodeKey(workload)) ?? []).flatMap(place => {
    const inbound = place.inbound.find(candidate => candidate.port === target)
    return inbound === undefined
      ? []
      : [{ workload, labels: workload.labels, weight: 1, address: inbound.listen, takesMtls }]
  })
}

function observedAt(
  { address, ports, locality, workload, hasSidecar }: ObservedEndpoint,
  port: ServicePort,
  { mesh: { peerPolicies: policies, rootNamespaces } }: MeshIndex,
): Endpoint[] {
  const number = ports[port.name]
  if (number === undefined) return []
  const takesMtls =
    hasSidecar &&
    workload !== undefined &&
    mtlsOn(effectiveMtls({ policies, rootNamespaces }, workload), number) !== 'DISABLE'
  return [
    {
      ...(workload === undefined ? {} : { workload }),
      ...(locality === undefined ? {} : { locality }),
      labels: workload?.labels ?? {},
      weight: 1,
      address: { address, port: number },
      takesMtls,
    },
  ]
}

/** A cluster without endpoints still needs its answer: a hole would keep Envoy from starting. */
function assignment(name: string, endpoints: readonly Endpoint[], from: string): EnvoyResource {
  const localities = [...Map.groupBy(endpoints, localityKey)].sort(([a], [b]) => (a < b ? -1 : 1))
  const groups = localities.map(([, members]) => ({
    locality: localityMessage(members[0]?.locality),
    load_balancing_weight: members.reduce((sum, { weight }) => sum + weight, 0),
    lb_endpoints: members.map(endpoint => lbEndpoint(endpoint)),
  }))
  return { type: 'endpoint', name, value: { cluster_name: name, endpoints: groups }, needs: {}, from: [from] }
}

function localityKey({ locality: { region = '', zone = '', subzone = '' } = {} }: Endpoint): string {
  return [region, zone, subzone].join('/')
}

function localityMessage({ region, zone, subzone }: Locality = {}): Message {
  return compact({ region, zone, sub_zone: subzone })
}

/** Under `mesh`, who answers, for access logs and metrics; under `istio`, the same in istiod's form. */
function lbEndpoint({ workload, address: place, weight, takesMtls }: Endpoint): Message {
  const address = 'path' in place ? { pipe: { path: place.path } } : socketAddress(place)
  const base = { endpoint: { address }, load_balancing_weight: weight }
  if (workload === undefined) return takesMtls ? { ...base, metadata: { filter_metadata: meshTlsEndpoint } } : base
  const app = workload.labels['app'] ?? workload.name
  const version = workload.labels['version'] ?? ''
  return {
    ...base,
    metadata: {
      filter_metadata: {
        ...(takesMtls ? meshTlsEndpoint : {}),
        istio: { workload: `${workload.name};${workload.namespace};${app};${version};local` },
        mesh: { workload: workload.name, namespace: workload.namespace, app, version, cluster: 'local' },
      },
    },
  }
}
