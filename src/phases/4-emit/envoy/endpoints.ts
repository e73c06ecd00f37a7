/**
 * EDS: where each cluster's endpoints are. Depends on services, subsets, workloads and where they run; never on routes,
 * so that a moving endpoint rebuilds nothing else.
 */
import { nodeKey, selects } from '../../../model/node.ts'
import { type EffectiveMtls, effectiveMtls, mtlsOn } from '../../../model/peer-policy.ts'
import type {
  Address,
  EndpointWorkload,
  Locality,
  ObservedEndpoint,
  Placement,
  ProxyPlacement,
} from '../../../model/placement.ts'
import type { ServicePort } from '../../../model/service.ts'
import { containerPort, type Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { compact, type EnvoyResource, type Message, socketAddress } from './envoy-resource.ts'
import type { MeshIndex } from './index-mesh.ts'
import { takesMtls as meshTlsEndpoint } from './mtls.ts'
import { outboundCluster } from './names.ts'
import { askedMtls } from './security.ts'
import type { VisibleService } from './view.ts'

/** One place where a workload runs. */
interface Endpoint {
  /** Absent: something that is no pod of this cluster. */
  readonly workload?: EndpointWorkload
  readonly address: Address
  readonly locality?: Locality
  /** Does its proxy take mutual TLS on this port? */
  readonly takesMtls: boolean
}

/** Endpoints of all clusters of a service: as a cluster reports them, or else where its workloads are placed. */
export function endpointsOf(index: MeshIndex, placement: Placement, visible: VisibleService): readonly EnvoyResource[] {
  const observed = placement.endpoints?.[visible.service.host]
  return observed === undefined
    ? placedEndpoints(index, placement, visible)
    : observedEndpoints(index, visible, observed)
}

/** Only what moved is made again, whatever else a placement has new. */
const observedEndpoints = memo((index: MeshIndex, visible: VisibleService, observed: readonly ObservedEndpoint[]) =>
  assignmentsOf(visible, port => observed.flatMap(endpoint => observedAt(endpoint, port, index))),
)

const placedEndpoints = memo((index: MeshIndex, placement: Placement, visible: VisibleService) => {
  const places = placesByWorkload(placement)
  const workloads = index.workloadsOf(visible.service)
  return assignmentsOf(visible, port =>
    workloads.flatMap(workload => {
      const mtls = askedMtls(index.mesh, placement, workload)
      return endpointsAt(workload, port, { places, mtls })
    }),
  )
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
          all.filter(endpoint => selects(subset.labels, endpoint.workload?.labels ?? {})),
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
    return inbound === undefined ? [] : [{ workload, address: inbound.listen, takesMtls }]
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
    load_balancing_weight: members.length,
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
function lbEndpoint({ workload, address, takesMtls }: Endpoint): Message {
  if (workload === undefined) return { endpoint: { address: socketAddress(address) }, load_balancing_weight: 1 }
  const app = workload.labels['app'] ?? workload.name
  const version = workload.labels['version'] ?? ''
  return {
    endpoint: { address: socketAddress(address) },
    load_balancing_weight: 1,
    metadata: {
      filter_metadata: {
        ...(takesMtls ? meshTlsEndpoint : {}),
        istio: { workload: `${workload.name};${workload.namespace};${app};${version};local` },
        mesh: { workload: workload.name, namespace: workload.namespace, app, version, cluster: 'local' },
      },
    },
  }
}
