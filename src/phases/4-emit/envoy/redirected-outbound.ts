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
import { passedThrough } from './clusters.ts'
import { addressesOf } from './dns.ts'
import type { EnvoyResource } from './envoy-resource.ts'
import { headlessPorts } from './headless.ts'
import { portChains, withChains } from './l4-routes.ts'
import { listenerBase } from './listener.ts'
import { virtualHostName } from './names.ts'
import { redirectPorts } from './redirect-ports.ts'
import { apartListeners, scopeListeners } from './redirected-bound.ts'
import { blackHole, clusterForOthers, passthroughCluster, redirectedHttp, unbound } from './redirected-http.ts'
import { type Caller, isTls, sharedListener, sharedPorts } from './redirected-shared.ts'
import { askedClusters, needsWithin } from './route-needs.ts'
import { dependsOnCaller, httpPorts } from './sidecar-routes.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { recordingClusters } from './tracing.ts'
import type { View, VisibleService } from './view.ts'

/** Listeners and the clusters that they need beside those of services. */
export function redirectedOutbound(caller: Caller, addresses: ServiceAddresses): readonly EnvoyResource[] {
  const { view, recording } = caller
  return dependsOnCaller(view) ? outboundFor(caller, addresses) : sharedOutbound(recording, view, addresses)
}

const sharedOutbound = memo((recording: Recording, view: View, addresses: ServiceAddresses) =>
  outboundFor({ view, recording, source: { namespace: view.namespace, labels: {} } }, addresses),
)

function outboundFor(caller: Caller, addresses: ServiceAddresses): readonly EnvoyResource[] {
  const { view, recording } = caller
  const shared = sharedPorts(view, addresses)
  const ports = [...new Set([...httpPorts(view), ...shared.keys(), ...headlessPorts(view).keys()])].filter(
    port => port !== redirectPorts.outbound && port !== redirectPorts.inbound,
  )
  const others = view.services.flatMap(visible =>
    visible.service.ports
      .filter(port => !isHttp(port.protocol) && !(visible.service.entry !== undefined && isTls(port)))
      .flatMap(port =>
        addressesOf(visible.service, addresses).map(address => otherListener(visible, port, { address, ...caller })),
      ),
  )
  return [
    virtualOutbound(recording, view),
    ...ports.map(port => sharedListener(port, shared.get(port) ?? [], caller)),
    ...unique([...others, ...scopeListeners(caller), ...apartListeners(caller)]),
    ...clusters,
  ]
}

/** Two services on one address and port: the first has it, as in istiod. */
function unique(listeners: readonly EnvoyResource[]): EnvoyResource[] {
  return [...Map.groupBy(listeners, ({ name }) => name).values()].map(([first]) => first!)
}

const virtualOutbound = memo(
  (recording: Recording, view: View): EnvoyResource => ({
    type: 'listener',
    name: 'virtualOutbound',
    value: {
      ...listenerBase({ address: '0.0.0.0', port: redirectPorts.outbound }, 'OUTBOUND'),
      name: 'virtualOutbound',
      use_original_dst: true,
      filter_chains: [
        // Whoever connects to the proxy's own port was not redirected: there is nowhere to send it but here again.
        { filter_chain_match: { destination_port: redirectPorts.outbound }, filters: [tcpProxy(blackHole, recording)] },
        { filters: [tcpProxy(clusterForOthers(view), recording)] },
      ],
    },
    needs: { cluster: [...new Set([blackHole, clusterForOthers(view)])] },
    from: recording.from ?? [],
  }),
)

const clusters: readonly EnvoyResource[] = [
  {
    type: 'cluster',
    name: passthroughCluster,
    value: passedThrough(passthroughCluster, false),
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

/** TCP, or what is detected: only an address can tell such services apart. */
function otherListener(
  visible: VisibleService,
  port: ServicePort,
  { address, ...caller }: Caller & { readonly address: string },
): EnvoyResource {
  const { service } = visible
  const name = `${address}_${port.number}`
  const tcp = portChains(visible, port, { port: port.number, gateway: 'mesh', ...caller })
  const base = unbound({ address, port: port.number })
  const { recording } = caller
  const from = [service.at, port.at, ...tcp.from, ...(recording.from ?? [])]
  if (port.protocol !== 'AUTO')
    return { type: 'listener', name, value: withChains(base, tcp), needs: { cluster: tcp.clusters }, from }
  const routes = virtualHostName(service.host, port.number)
  const asked = needsWithin(caller.view)
  const value = withChains(base, tcp, redirectedHttp(name, routes, { ports: [port], recording, asked }))
  return {
    type: 'listener',
    name,
    value,
    needs: { route: [routes], cluster: [...tcp.clusters, ...recordingClusters(recording), ...askedClusters(asked)] },
    from,
  }
}
