/** Listeners that are bound, through which a sidecar takes in what others send to its workload. */
import type { Inbound, ProxyPlacement } from '../../../model/placement.ts'
import type { Workload } from '../../../model/workload.ts'
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
    if (served === undefined) return []
    return knownResources(inbound, served, workload)
  })
}

interface Made extends ServedPort {
  readonly workload: Workload
  readonly resources: readonly EnvoyResource[]
}

const made = new WeakMap<Inbound, Made>()

/** Made once for as long as address, service and workload stay. */
function knownResources(inbound: Inbound, served: ServedPort, workload: Workload): readonly EnvoyResource[] {
  const known = made.get(inbound)
  if (known?.service === served.service && known.port === served.port && known.workload === workload)
    return known.resources
  const from = [served.port.at, served.service.at, workload.at]
  const target = { kind: 'address', address: inbound.app } as const
  const resources = [
    inboundListener(inbound, served, from),
    inboundClusterOf(target, { port: inbound.port, protocol: served.port.protocol, from }),
  ]
  made.set(inbound, { ...served, workload, resources })
  return resources
}

function inboundListener(inbound: Inbound, served: ServedPort, from: readonly string[]): EnvoyResource {
  const name = listenerName(inbound.listen)
  const value = {
    ...listenerBase(inbound.listen, 'INBOUND'),
    ...(served.port.protocol === 'AUTO' ? detection : {}),
    filter_chains: inboundChains({ ...served, number: inbound.port, name }),
  }
  return { type: 'listener', name, value, needs: { cluster: [inboundCluster(inbound.port)] }, from }
}
