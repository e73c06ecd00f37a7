/** Listeners that are bound, through which a sidecar takes in what others send to its workload. */
import type { Inbound, ProxyPlacement } from '../../../model/placement.ts'
import type { Service, ServicePort } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { inboundClusterOf } from './clusters.ts'
import type { EnvoyResource } from './envoy-resource.ts'
import { inboundChains, type ServedPort, servedBy } from './inbound-chains.ts'
import type { MeshIndex } from './index-mesh.ts'
import { detection, listenerBase } from './listener.ts'
import { inboundCluster, listenerName } from './names.ts'

/** Listener and cluster for each port that the proxy takes in. */
export function inboundResources(proxy: ProxyPlacement, workload: Workload, index: MeshIndex): EnvoyResource[] {
  return proxy.inbound.flatMap(inbound => {
    const served = servedBy(workload, inbound.port, index)
    return served === undefined ? [] : resourcesOf(workload, served.service, served.port, inbound)
  })
}

/** Made once for as long as address, service and workload stay. */
const resourcesOf = memo((workload: Workload, service: Service, port: ServicePort, inbound: Inbound) => {
  const from = [port.at, service.at, workload.at]
  const target = { kind: 'address', address: inbound.app } as const
  return [
    inboundListener(inbound, { service, port }, from),
    inboundClusterOf(target, { port: inbound.port, protocol: port.protocol, from }),
  ]
})

function inboundListener(inbound: Inbound, served: ServedPort, from: readonly string[]): EnvoyResource {
  const name = listenerName(inbound.listen)
  const value = {
    ...listenerBase(inbound.listen, 'INBOUND'),
    ...(served.port.protocol === 'AUTO' ? detection : {}),
    filter_chains: inboundChains({ ...served, number: inbound.port, name }),
  }
  return { type: 'listener', name, value, needs: { cluster: [inboundCluster(inbound.port)] }, from }
}
