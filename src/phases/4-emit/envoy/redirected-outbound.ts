/**
 * How a sidecar sends out what its pod's containers connect to under interception: one listener that is bound, and
 * behind it one for each port of HTTP and for each address of other services, which only redirected connections reach.
 *
 * Nothing in it depends on the pod, so all pods that see the same share it.
 */
import type { ServiceAddresses } from '../../../model/placement.ts'
import type { Recording } from '../../../model/recording.ts'
import { isHttp, type ServicePort } from '../../../model/service.ts'
import { memo } from '../../../util/memo.ts'
import { effectivePolicy, originalDestination } from './clusters.ts'
import type { EnvoyResource, Message } from './envoy-resource.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import { detection, isDetectedHttp, listenerBase } from './listener.ts'
import { outboundCluster, virtualHostName } from './names.ts'
import { redirectPorts } from './redirect-ports.ts'
import { httpPorts } from './sidecar-routes.ts'
import { tcpProxy } from './tcp-proxy.ts'
import type { View, VisibleService } from './view.ts'

/** Where what no service of the mesh is goes. */
export const passthroughCluster = 'PassthroughCluster'
const blackHole = 'BlackHoleCluster'
/** A pod tells its proxy who it is by this variable: so listeners that name the caller are equal for all pods. */
const peer = '%ENVIRONMENT(MESHWRIGHT_PEER)%'

/** Listeners and the clusters that they need beside those of services. */
export const redirectedOutbound = memo((view: View, addresses: ServiceAddresses): readonly EnvoyResource[] => {
  const { recording } = view.index
  const ports = httpPorts(view).filter(port => port !== redirectPorts.outbound && port !== redirectPorts.inbound)
  const others = view.services.flatMap(visible =>
    visible.service.ports
      .filter(port => !isHttp(port.protocol))
      .flatMap(port =>
        (addresses[visible.service.host] ?? []).map(address => otherListener(visible, port, { address, recording })),
      ),
  )
  return [virtualOutbound(recording), ...ports.map(port => httpListener(port, view)), ...unique(others), ...clusters]
})

/** Two services on one address and port: the first has it, as in istiod. */
function unique(listeners: readonly EnvoyResource[]): EnvoyResource[] {
  return [...Map.groupBy(listeners, ({ name }) => name).values()].map(([first]) => first!)
}

const virtualOutbound = memo(
  (recording: Recording): EnvoyResource => ({
    type: 'listener',
    name: 'virtualOutbound',
    value: {
      ...listenerBase({ address: '0.0.0.0', port: redirectPorts.outbound }, 'OUTBOUND'),
      name: 'virtualOutbound',
      use_original_dst: true,
      filter_chains: [
        // Whoever connects to the proxy's own port was not redirected: there is nowhere to send it but here again.
        { filter_chain_match: { destination_port: redirectPorts.outbound }, filters: [tcpProxy(blackHole, recording)] },
        { filters: [tcpProxy(passthroughCluster, recording)] },
      ],
    },
    needs: { cluster: [blackHole, passthroughCluster] },
    from: [],
  }),
)

const clusters: readonly EnvoyResource[] = [
  {
    type: 'cluster',
    name: passthroughCluster,
    value: { name: passthroughCluster, connect_timeout: '10s', ...originalDestination(false) },
    needs: {},
    from: [],
  },
  {
    type: 'cluster',
    name: blackHole,
    value: { name: blackHole, connect_timeout: '10s', type: 'STATIC' },
    needs: {},
    from: [],
  },
]

/** All HTTP services of a port: told apart by the host that the application names. */
function httpListener(port: number, view: View): EnvoyResource {
  const { recording } = view.index
  const name = `0.0.0.0_${port}`
  const served = view.services.flatMap(({ service }) => service.ports.filter(({ number }) => number === port))
  const value = {
    ...unbound({ address: '0.0.0.0', port }),
    ...detection,
    filter_chains: [
      { filter_chain_match: isDetectedHttp, filters: [http(name, String(port), { ports: served, recording })] },
    ],
    // What is no HTTP goes where it was going: the port may be another server's beyond the mesh.
    default_filter_chain: { filters: [tcpProxy(passthroughCluster, recording)] },
  }
  return {
    type: 'listener',
    name,
    value,
    needs: { route: [String(port)], cluster: [passthroughCluster] },
    from: served.map(({ at }) => at),
  }
}

/** TCP, or what is detected: only an address can tell such services apart. */
function otherListener(
  { service, destination }: VisibleService,
  port: ServicePort,
  { address, recording }: { readonly address: string; readonly recording: Recording },
): EnvoyResource {
  const listen = { address, port: port.number }
  const name = `${address}_${port.number}`
  const cluster = outboundCluster(service.host, port.number)
  const { connectionPool } = effectivePolicy(destination, undefined, port.number)
  const tcp = { filters: [tcpProxy(cluster, recording, connectionPool)] }
  const base = unbound(listen)
  const from = [service.at, port.at]
  if (port.protocol !== 'AUTO')
    return { type: 'listener', name, value: { ...base, filter_chains: [tcp] }, needs: { cluster: [cluster] }, from }
  const routes = virtualHostName(service.host, port.number)
  const value = {
    ...base,
    ...detection,
    filter_chains: [
      { filter_chain_match: isDetectedHttp, filters: [http(name, routes, { ports: [port], recording })] },
    ],
    default_filter_chain: tcp,
  }
  return { type: 'listener', name, value, needs: { route: [routes], cluster: [cluster] }, from }
}

/** A listener without a socket: `virtualOutbound` hands connections over that were going to its address. */
function unbound(listen: { readonly address: string; readonly port: number }): Message {
  return { ...listenerBase(listen, 'OUTBOUND'), bind_to_port: false }
}

function http(
  name: string,
  routes: string,
  { ports, recording }: { readonly ports: readonly ServicePort[]; readonly recording: Recording },
): Message {
  return httpConnectionManager({
    recording,
    statPrefix: `outbound_${name}`,
    routes: { kind: 'rds', name: routes },
    direction: 'outbound',
    peer,
    isGrpcWeb: ports.some(({ protocol }) => protocol === 'GRPC-WEB'),
    isDetected: ports.some(({ protocol }) => protocol === 'AUTO'),
  })
}
