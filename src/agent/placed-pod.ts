/** Where the proxy of a pod stands, for what it is to be given. */
import { boundPort } from '../cluster/gateway-services.ts'
import { dnsOf, hasIpv6, type PodObject } from '../cluster/objects.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import type { ObservedWorkload } from '../cluster/workloads-of-pods.ts'
import type { Mesh } from '../model/mesh.ts'
import type { Locality, ProxyPlacement } from '../model/placement.ts'
import { gatewayPorts } from '../phases/4-emit/envoy/index.ts'
import type { XdsNode } from '../xds/node.ts'

export interface PodContext {
  readonly kind: XdsNode['kind']
  readonly workload: ObservedWorkload | undefined
  /** Where its machine stands, where anybody cares. */
  readonly locality: Locality | undefined
  readonly mesh: Mesh
  /** By which clients reach gateways. */
  readonly services: () => Iterable<ApiObject>
}

/** What its own pod says of a proxy. */
export function placedPod(node: XdsNode, pod: PodObject, context: PodContext): ProxyPlacement {
  const dns = dnsOf(pod)
  return {
    ...layoutOf(node, context),
    ...(hasIpv6(pod) ? { hasIpv6: true } : {}),
    ...(dns === undefined ? {} : { dns }),
    ...(context.locality === undefined ? {} : { locality: context.locality }),
  }
}

function layoutOf({ name, namespace, ip }: XdsNode, { kind, workload, mesh, services }: PodContext): ProxyPlacement {
  const labels = workload?.labels ?? {}
  const carried = workload === undefined ? {} : { workload: workload.name }
  const base = { name, namespace, kind, labels, address: ip, inbound: [], outbound: [], ...carried }
  if (kind === 'sidecar') return { ...base, servers: [], interception: 'redirect' }
  const servers = gatewayPorts(mesh, { name, namespace, labels }).map(port => ({
    port,
    listen: { address: '0.0.0.0', port: boundPort(services(), { port, namespace, labels }) },
  }))
  return { ...base, servers }
}
