/** Listeners that are bound, through which a sidecar takes in what others send to its workload. */
import type { Inbound, Placement, ProxyPlacement } from '../../../model/placement.ts'
import type { Recording } from '../../../model/recording.ts'
import type { Service, ServicePort } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { inboundClusterOf } from './clusters.ts'
import type { EnvoyResource } from './envoy-resource.ts'
import type { Guard } from './guard.ts'
import { inboundChains, type ServedPort, securedAt, servedBy } from './inbound-chains.ts'
import type { InboundSettings } from './inbound-settings.ts'
import type { MeshIndex } from './index-mesh.ts'
import { guardClusters, keyClusters } from './key-clusters.ts'
import { httpInspector, listenerBase } from './listener.ts'
import { inspection, neededSecrets } from './mtls.ts'
import { inboundCluster, listenerName } from './names.ts'
import { recordingOf } from './recordings.ts'
import { securityOf, securityOn, type WorkloadSecurity } from './security.ts'
import { recordingClusters } from './tracing.ts'

/** Listener and cluster for each port that the proxy takes in. */
export function inboundResources(
  proxy: ProxyPlacement,
  workload: Workload,
  { index, placement }: { readonly index: MeshIndex; readonly placement: Placement },
): EnvoyResource[] {
  const security = securityOf(index, placement, workload)
  const recording = recordingOf(index.mesh, workload).server
  const listeners = proxy.inbound.flatMap(inbound => {
    const served = servedBy(workload, inbound.port, index)
    if (served === undefined) return []
    return resourcesOf(recording, security, workload, served.settings, served.service, served.port, inbound)
  })
  return [...listeners, ...keyClusters(security.guard)]
}

/** Made once for as long as address, service, workload and policies stay. */
const resourcesOf = memo(
  (
    recording: Recording,
    security: WorkloadSecurity,
    workload: Workload,
    settings: InboundSettings,
    service: Service,
    port: ServicePort,
    inbound: Inbound,
  ) => {
    const from = [...new Set([port.at, service.at, workload.at])]
    const target =
      inbound.socket === undefined
        ? ({ kind: 'address', address: inbound.app } as const)
        : ({ kind: 'socket', path: inbound.socket } as const)
    return [
      inboundListener(
        inbound,
        { service, port, settings },
        { security, recording, from: [...from, ...security.from, ...(recording.from ?? [])] },
      ),
      inboundClusterOf(target, { port: inbound.port, protocol: port.protocol, pool: settings.pool, from }),
    ]
  },
)

function inboundListener(
  inbound: Inbound,
  served: ServedPort,
  {
    security,
    recording,
    from,
  }: { readonly security: WorkloadSecurity; readonly recording: Recording; readonly from: readonly string[] },
): EnvoyResource {
  const own = { ...securedAt(securityOn(security, inbound.port), served.settings), ...boundAt(inbound) }
  const name = listenerName(inbound.listen)
  const value = {
    ...listenerBase(inbound.listen, 'INBOUND'),
    ...inspection(served.port.protocol === 'AUTO' ? [httpInspector] : [], own),
    filter_chains: inboundChains({ ...served, number: inbound.port, name, security: own, recording }),
  }
  return {
    type: 'listener',
    name,
    value,
    needs: {
      cluster: [inboundCluster(inbound.port), ...guardClusters(own), ...recordingClusters(recording)],
      ...neededSecrets([own]),
    },
    from,
  }
}

/** Policies name the container's port, wherever the proxy listens for it. */
function boundAt({ port, listen }: Inbound): Pick<Guard, 'port'> {
  return port === listen.port ? {} : { port: { named: [port], bound: listen.port } }
}
