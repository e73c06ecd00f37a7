/**
 * EDS: where each cluster's endpoints are. Depends on services, subsets, workloads and where they run; never on routes,
 * so that a moving endpoint rebuilds nothing else.
 */
import { nodeKey, selects } from '../../../model/node.ts'
import type {
  Address,
  EndpointWorkload,
  ObservedEndpoint,
  Placement,
  ProxyPlacement,
} from '../../../model/placement.ts'
import type { ServicePort } from '../../../model/service.ts'
import { containerPort, type Workload } from '../../../model/workload.ts'
import { type EnvoyResource, type Message, socketAddress } from './envoy-resource.ts'
import type { MeshIndex } from './index-mesh.ts'
import { outboundCluster } from './names.ts'
import type { VisibleService } from './view.ts'

/** One place where a workload runs. */
interface Endpoint {
  /** Absent: something that is no pod of this cluster. */
  readonly workload?: EndpointWorkload
  readonly address: Address
}

/** Endpoints of all clusters of a service. */
export function endpointsOf(visible: VisibleService, index: MeshIndex, placement: Placement): readonly EnvoyResource[] {
  const { service, destination } = visible
  const known = assignmentsFor(index, placement)
  const made = known.get(visible)
  if (made !== undefined) return made
  const observed = placement.endpoints?.[service.host]
  const places = placesByWorkload(placement)
  const resources = service.ports.flatMap(port => {
    const all =
      observed === undefined
        ? index.workloadsOf(service).flatMap(workload => endpointsAt(workload, port, places))
        : observed.flatMap(endpoint => observedAt(endpoint, port))
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
  known.set(visible, resources)
  return resources
}

const assignments = new WeakMap<MeshIndex, WeakMap<Placement, Map<VisibleService, readonly EnvoyResource[]>>>()

function assignmentsFor(index: MeshIndex, placement: Placement): Map<VisibleService, readonly EnvoyResource[]> {
  const byPlacement = assignments.get(index) ?? new WeakMap<Placement, Map<VisibleService, readonly EnvoyResource[]>>()
  assignments.set(index, byPlacement)
  const known = byPlacement.get(placement) ?? new Map<VisibleService, readonly EnvoyResource[]>()
  byPlacement.set(placement, known)
  return known
}

const placesOf = new WeakMap<Placement, ReadonlyMap<string, readonly ProxyPlacement[]>>()

/** Sidecars by the workload that they carry. */
function placesByWorkload(placement: Placement): ReadonlyMap<string, readonly ProxyPlacement[]> {
  const known = placesOf.get(placement)
  if (known !== undefined) return known
  const sidecars = Object.values(placement.proxies).filter(proxy => proxy.workload !== undefined)
  const built = Map.groupBy(sidecars, proxy => `${proxy.namespace}/${proxy.workload}`)
  placesOf.set(placement, built)
  return built
}

function endpointsAt(
  workload: Workload,
  port: ServicePort,
  places: ReadonlyMap<string, readonly ProxyPlacement[]>,
): Endpoint[] {
  const target = containerPort(workload, port.targetPort)
  return (places.get(nodeKey(workload)) ?? []).flatMap(place => {
    const inbound = place.inbound.find(candidate => candidate.port === target)
    return inbound === undefined ? [] : [{ workload, address: inbound.listen }]
  })
}

function observedAt({ address, ports, workload }: ObservedEndpoint, port: ServicePort): Endpoint[] {
  const number = ports[port.name]
  if (number === undefined) return []
  return [{ ...(workload === undefined ? {} : { workload }), address: { address, port: number } }]
}

/** A cluster without endpoints still needs its answer: a hole would keep Envoy from starting. */
function assignment(name: string, endpoints: readonly Endpoint[], from: string): EnvoyResource {
  const localities =
    endpoints.length === 0
      ? []
      : [
          {
            locality: {},
            load_balancing_weight: endpoints.length,
            lb_endpoints: endpoints.map(endpoint => lbEndpoint(endpoint)),
          },
        ]
  return { type: 'endpoint', name, value: { cluster_name: name, endpoints: localities }, needs: {}, from: [from] }
}

/** Under `mesh`, who answers, for access logs and metrics; under `istio`, the same in istiod's form. */
function lbEndpoint({ workload, address }: Endpoint): Message {
  if (workload === undefined) return { endpoint: { address: socketAddress(address) }, load_balancing_weight: 1 }
  const app = workload.labels['app'] ?? workload.name
  const version = workload.labels['version'] ?? ''
  return {
    endpoint: { address: socketAddress(address) },
    load_balancing_weight: 1,
    metadata: {
      filter_metadata: {
        istio: { workload: `${workload.name};${workload.namespace};${app};${version};local` },
        mesh: { workload: workload.name, namespace: workload.namespace, app, version, cluster: 'local' },
      },
    },
  }
}
