import { boundPorts, portKey, servicesOf } from '../cluster/gateway-services.ts'
import { dnsOf, hasIpv6, type PodObject, type ServiceObject } from '../cluster/objects.ts'
import type { ObservedWorkload } from '../cluster/workloads-of-pods.ts'
import type { Mesh } from '../model/mesh.ts'
import type { Locality, ProxyPlacement } from '../model/placement.ts'
import { gatewayPorts } from '../phases/4-emit/envoy/index.ts'
import type { XdsNode } from '../xds/node.ts'

/** What tells a pod's proxy from others. */
export type PodNode = Pick<XdsNode, 'name' | 'namespace' | 'ip'>

export interface PodPlace {
  readonly node: PodNode
  readonly kind: XdsNode['kind']
  readonly workload: ObservedWorkload | undefined
  readonly services: Iterable<ServiceObject>
}

/** How a pod's proxy stands in the mesh: as its sidecar, or as a gateway that binds what its Service leads to. */
export function placePod(mesh: Mesh, { node, kind, workload, services }: PodPlace): ProxyPlacement {
  const { name, namespace, ip } = node
  const labels = workload?.labels ?? {}
  const base = { name, namespace, kind, labels, address: ip, inbound: [], outbound: [] }
  const known = workload === undefined ? {} : { workload: workload.name }
  if (kind === 'sidecar') return { ...base, servers: [], interception: 'redirect', ...known }
  const wanted = gatewayPorts(mesh, { name, namespace, labels })
  const ports = boundPorts(servicesOf(services, { namespace, labels }), wanted)
  const servers = wanted.flatMap(server => {
    const place = ports.get(portKey(server))
    if (place === undefined || !('bound' in place)) return []
    return [{ ...server, listen: { address: '0.0.0.0', port: place.bound }, isMapped: true as const }]
  })
  return { ...base, servers, ...known }
}

/** What its own pod, and where its machine stands, say of a proxy. */
export function podTraits(
  pod: PodObject,
  locality: Locality | undefined,
): Pick<ProxyPlacement, 'hasIpv6' | 'dns' | 'locality'> {
  const dns = dnsOf(pod)
  return {
    ...(hasIpv6(pod) ? { hasIpv6: true } : {}),
    ...(dns === undefined ? {} : { dns }),
    ...(locality === undefined ? {} : { locality }),
  }
}
