/**
 * EDS: where each cluster's endpoints are. Depends on services, subsets, workloads and where they run; never on routes,
 * so that a moving endpoint rebuilds nothing else.
 */
import type { CallerPlace } from '../../../model/locality.ts'
import type { TrafficDefaults } from '../../../model/mesh-settings.ts'
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
import { type DatagramPort, hostKey, type Service, type ServicePort } from '../../../model/service.ts'
import type { Subset } from '../../../model/traffic-policy.ts'
import { containerPort, type Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { ownValue } from '../../../util/own-value.ts'
import { shownName } from './credentials.ts'
import { effectivePolicy } from './effective-policy.ts'
import { compact, type EnvoyResource, type Message, socketAddress } from './envoy-resource.ts'
import { groundOf } from './guard.ts'
import { declaredEndpoints, isSelfContained, machineEndpoints, usesEds, writtenEndpoints } from './host-endpoints.ts'
import type { MeshIndex } from './index-mesh.ts'
import { type LocalityGroup, localityGroups } from './locality-groups.ts'
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
export function endpointsOf(
  index: MeshIndex,
  placement: Placement,
  visible: VisibleService,
  caller?: CallerPlace,
): readonly EnvoyResource[] {
  return usesEds(visible.service) ? allEndpointsOf(index, placement, visible, caller) : []
}

/**
 * Endpoints of all clusters of any service: of pods, as a cluster reports them, or else where they are placed; and of whatever
 * runs elsewhere.
 *
 * @param caller absent where it makes no difference, or is not known
 */
export function allEndpointsOf(
  index: MeshIndex,
  placement: Placement,
  visible: VisibleService,
  caller?: CallerPlace,
): readonly EnvoyResource[] {
  if (caller !== undefined) {
    const { defaults } = groundOf(index.mesh)
    return assignmentsOf(visible, endpointsAtPorts(index, placement, visible), { caller, defaults })
  }
  if (isSelfContained(visible.service)) return outsideEndpoints(visible)
  const observed = placement.endpoints?.[hostKey(visible.service)]
  return observed === undefined
    ? placedEndpoints(index, placement, visible)
    : observedEndpoints(index, visible, observed)
}

type EndpointsAtPort = (port: DatagramPort) => readonly Endpoint[]

function endpointsAtPorts(index: MeshIndex, placement: Placement, visible: VisibleService): EndpointsAtPort {
  if (isSelfContained(visible.service)) return outsideAt(visible)
  const observed = placement.endpoints?.[hostKey(visible.service)]
  return observed === undefined ? placedAt(index, placement, visible) : observedAtPorts(index, visible, observed)
}

/** Where a service takes datagrams: at its pods themselves, for no proxy takes them in. */
export function datagramEndpoints(
  index: MeshIndex,
  placement: Placement,
  { service }: VisibleService,
  port: DatagramPort,
): readonly Endpoint[] {
  const observed = placement.endpoints?.[hostKey(service)]
  const endpoints =
    observed === undefined
      ? index.workloadsOf(service).flatMap(workload => datagramsOf(workload, port, placement))
      : observed.flatMap(endpoint => observedAt(endpoint, port, index))
  return [...endpoints, ...machineEndpoints(index, false, service, port)].map(plain)
}

/** In plain text, whatever its proxy does with connections. */
function plain(endpoint: Endpoint): Endpoint {
  return { ...endpoint, takesMtls: false }
}

function datagramsOf(workload: Workload, port: DatagramPort, placement: Placement): Endpoint[] {
  const target = containerPort(workload, port.targetPort)
  return (placesByWorkload(placement).get(nodeKey(workload)) ?? []).flatMap(({ datagrams = [] }) => {
    const place = datagrams.find(candidate => candidate.port === target)
    return place === undefined
      ? []
      : [{ workload, labels: workload.labels, weight: 1, address: place.app, takesMtls: false }]
  })
}

/** Where a service's port is, for whoever has picked a place already. */
export interface PlaceAtPort {
  readonly address: string
  readonly takesMtls: boolean
}

/** By port: the places of a service, each once. */
export function placesAtPorts(
  index: MeshIndex,
  placement: Placement,
  visible: VisibleService,
): ReadonlyMap<ServicePort, readonly PlaceAtPort[]> {
  const observed = placement.endpoints?.[hostKey(visible.service)]
  return observed === undefined ? placedPlaces(index, placement, visible) : observedPlaces(index, visible, observed)
}

const placedPlaces = memo((index: MeshIndex, placement: Placement, visible: VisibleService) =>
  placesIn(visible, placedAt(index, placement, visible)),
)

const observedPlaces = memo((index: MeshIndex, visible: VisibleService, observed: readonly ObservedEndpoint[]) =>
  placesIn(visible, observedAtPorts(index, visible, observed)),
)

function placesIn({ service }: VisibleService, at: EndpointsAtPort): ReadonlyMap<ServicePort, readonly PlaceAtPort[]> {
  const places = (port: ServicePort) =>
    at(port).flatMap(({ address, takesMtls }) =>
      'address' in address ? [[address.address, { address: address.address, takesMtls }] as const] : [],
    )
  return new Map(service.ports.map(port => [port, [...new Map(places(port)).values()]]))
}

/** Only what moved is made again, whatever else a placement has new. */
const observedEndpoints = memo((index: MeshIndex, visible: VisibleService, observed: readonly ObservedEndpoint[]) =>
  assignmentsOf(visible, observedAtPorts(index, visible, observed)),
)

function observedAtPorts(
  index: MeshIndex,
  { service }: VisibleService,
  observed: readonly ObservedEndpoint[],
): EndpointsAtPort {
  return port => [
    ...observed.flatMap(endpoint => observedAt(endpoint, port, index)),
    ...elsewhere(index, true, service, port),
  ]
}

/** Of hosts that depend on nothing but their own declaration. */
const outsideEndpoints = memo((visible: VisibleService) => assignmentsOf(visible, outsideAt(visible)))

function outsideAt({ service }: VisibleService): EndpointsAtPort {
  return port => declaredEndpoints(undefined, false, service, port)
}

function elsewhere(
  index: MeshIndex,
  hasIdentity: Placement['hasIdentity'],
  service: Service,
  port: DatagramPort,
): readonly Endpoint[] {
  return [
    ...machineEndpoints(index, hasIdentity, service, port),
    ...declaredEndpoints(index, hasIdentity, service, port),
  ]
}

const placedEndpoints = memo((index: MeshIndex, placement: Placement, visible: VisibleService) =>
  assignmentsOf(visible, placedAt(index, placement, visible)),
)

function placedAt(index: MeshIndex, placement: Placement, { service }: VisibleService): EndpointsAtPort {
  const places = placesByWorkload(placement)
  const workloads = index.workloadsOf(service)
  return port => [
    ...workloads.flatMap(workload => {
      const mtls = askedMtls(index.mesh, placement, workload)
      return endpointsAt(workload, port, { places, mtls })
    }),
    ...elsewhere(index, placement.hasIdentity, service, port),
    ...writtenEndpoints(index, service, port),
  ]
}

function assignmentsOf(
  { service, destination }: VisibleService,
  endpointsAtPort: EndpointsAtPort,
  { caller, defaults }: { readonly caller?: CallerPlace; readonly defaults?: TrafficDefaults } = {},
): readonly EnvoyResource[] {
  const one = (port: ServicePort, endpoints: readonly Endpoint[], subset: Subset | undefined, part = subset?.name) => {
    const policy = effectivePolicy(destination, subset, port.number, defaults)
    const name = outboundCluster(service.host, port.number, part)
    return assignment(name, localityGroups(endpoints, policy, caller), subset?.at ?? service.at)
  }
  return service.ports.flatMap(port => {
    const all = endpointsAtPort(port)
    return [
      one(port, all, undefined),
      ...(destination?.subsets ?? []).map(subset =>
        one(
          port,
          all.filter(({ labels }) => selects(subset.labels, labels)),
          subset,
        ),
      ),
      ...(service.shownCertificates ?? []).map(shown => one(port, all, undefined, shownName(shown))),
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
  port: DatagramPort,
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
  port: DatagramPort,
  { mesh: { peerPolicies: policies, rootNamespaces } }: MeshIndex,
): Endpoint[] {
  const number = ownValue(ports, port.name)
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
function assignment(name: string, groups: readonly LocalityGroup[], from: string): EnvoyResource {
  const endpoints = groups.map(({ locality, priority, weight, endpoints: members }) =>
    compact({
      locality: localityMessage(locality),
      // 0 is what is meant where nothing is said.
      priority: priority === 0 ? undefined : priority,
      load_balancing_weight: weight,
      lb_endpoints: members.map(endpoint => lbEndpoint(endpoint)),
    }),
  )
  return { type: 'endpoint', name, value: { cluster_name: name, endpoints }, needs: {}, from: [from] }
}

function localityMessage({ region, zone, subzone }: Locality): Message {
  return compact({ region, zone, sub_zone: subzone })
}

/** Under `mesh`, who answers, for access logs and metrics; under `istio`, the same in istiod's form. */
export function lbEndpoint({ workload, address: place, weight, takesMtls }: Endpoint): Message {
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
