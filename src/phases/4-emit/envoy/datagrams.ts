/**
 * What gateways do with datagrams: a listener for each port, and for each route a cluster of its own.
 *
 * Envoy's filter for UDP knows no clusters with weights. So all backends of a route are one cluster, and their weights are shared out
 * among its endpoints; who sends from one address and port stays with the endpoint that was picked.
 */
import { decidesAccess } from '../../../model/access-policy.ts'
import type { Destination, HttpRouting } from '../../../model/http-route.ts'
import type { L4Rule } from '../../../model/l4-route.ts'
import type { Address, Placement } from '../../../model/placement.ts'
import type { Recording } from '../../../model/recording.ts'
import { accessLog } from './access-log.ts'
import { isBound } from './applicable.ts'
import { thresholds } from './clusters.ts'
import { datagramEndpoints, type Endpoint, lbEndpoint } from './endpoints.ts'
import { compact, type EnvoyResource, fromAds, type Message, seconds, typed } from './envoy-resource.ts'
import { boundRoutings, type GatewayServer } from './gateway-routes.ts'
import type { Guard } from './guard.ts'
import type { MeshIndex } from './index-mesh.ts'
import { listenerBase } from './listener.ts'
import { datagramCluster, listenerName } from './names.ts'
import { recordingClusters } from './tracing.ts'
import type { View } from './view.ts'

/** Where the datagrams of a gateway's server go. */
interface DatagramRoute {
  readonly routing: HttpRouting
  readonly rule: L4Rule
}

/** Of several routes of one port the first has all, for nothing tells their datagrams apart. */
function routeOf(servers: readonly GatewayServer[], view: View): DatagramRoute | undefined {
  for (const bound of servers) {
    const { routings, key } = boundRoutings(bound, view)
    for (const routing of routings) {
      const [rule] = routing.udp ?? []
      if (rule !== undefined && isBound(routing, { gateway: key })) return { routing, rule }
    }
  }
  return undefined
}

interface ListenerContext {
  readonly view: View
  readonly listen: Address
  readonly guard: Pick<Guard, 'access' | 'from'>
  readonly recording: Recording
}

/** Nothing listens where no route leads on, nor where policies say who may come in: Envoy has no way to hold datagrams against them. */
export function datagramListeners(
  servers: readonly GatewayServer[],
  { view, listen, guard, recording }: ListenerContext,
): EnvoyResource[] {
  const route = routeOf(servers, view)
  if (route === undefined || guard.access.some(decidesAccess)) return []
  const cluster = datagramCluster(route.routing)
  const name = listenerName({ ...listen, transport: 'UDP' })
  const value = {
    ...listenerBase(listen, 'OUTBOUND'),
    name,
    address: { socket_address: { protocol: 'UDP', address: listen.address, port_value: listen.port } },
    // Each worker has its own socket, as Envoy wants it of UDP.
    enable_reuse_port: true,
    udp_listener_config: {},
    listener_filters: [udpProxy(cluster, recording)],
  }
  const from = [...servers.map(({ server }) => server.at), route.rule.at, ...(recording.from ?? []), ...guard.from]
  return [{ type: 'listener', name, value, needs: { cluster: [cluster, ...recordingClusters(recording)] }, from }]
}

/** Envoy's default, said aloud: how long answers still find their way back. */
const idleMs = 60_000

function udpProxy(cluster: string, recording: Recording): Message {
  const route = typed('envoy.extensions.filters.udp.udp_proxy.v3.Route', { cluster })
  return {
    name: 'envoy.filters.udp_listener.udp_proxy',
    typed_config: typed(
      'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig',
      compact({
        stat_prefix: cluster,
        matcher: { on_no_match: { action: { name: 'route', typed_config: route } } },
        idle_timeout: seconds(idleMs),
        access_log: accessLog('udp', recording),
      }),
    ),
  }
}

interface ClusterContext {
  readonly index: MeshIndex
  readonly placement: Placement
  readonly view: View
  /** Names of the clusters that listeners lead to. */
  readonly needed: ReadonlySet<string>
}

/** Clusters of routes for datagrams, and their endpoints. */
export function datagramClusters(context: ClusterContext): EnvoyResource[] {
  const rules = context.view.index.routings.flatMap(routing => {
    const name = datagramCluster(routing)
    return context.needed.has(name) ? (routing.udp ?? []).map(rule => [name, rule] as const) : []
  })
  // Of one route there is a routing for each of its listeners.
  return [...new Map(rules)].flatMap(([name, rule]) => [clusterOf(name, rule), assignmentOf(name, rule, context)])
}

function clusterOf(name: string, { at }: L4Rule): EnvoyResource {
  const value = {
    name,
    alt_stat_name: `${name};`,
    type: 'EDS',
    eds_cluster_config: { eds_config: fromAds, service_name: name },
    // By turns, at each worker: weights hold however few senders there are.
    lb_policy: 'ROUND_ROBIN',
    // Of connections, which are senders here, Envoy would let 1024 be.
    circuit_breakers: { thresholds: [thresholds(undefined)] },
    common_lb_config: { healthy_panic_threshold: { value: 0 } },
  }
  return { type: 'cluster', name, value, needs: { endpoint: [name] }, from: [at] }
}

/** The sum that shares are parts of: among endpoints Envoy takes whole numbers, up to 2^32 together. */
const whole = 1_000_000_000

/** No program can have port 0: what is sent there, nobody gets. */
const nobody: Endpoint = { labels: {}, address: { address: '127.0.0.1', port: 0 }, weight: 1, takesMtls: false }

function assignmentOf(name: string, rule: L4Rule, context: ClusterContext): EnvoyResource {
  const weighing = rule.destinations.filter(({ weight }) => weight > 0)
  const sum = weighing.reduce((total, { weight }) => total + weight, 0)
  const shares = new Map<string, Endpoint>()
  for (const destination of weighing) {
    const found = endpointsOf(destination, context)
    // A backend that is not there keeps its share, and what would be sent to it is lost.
    const endpoints = found.length === 0 ? [nobody] : found
    const all = endpoints.reduce((total, { weight }) => total + weight, 0)
    for (const endpoint of endpoints) {
      const key = JSON.stringify(endpoint.address)
      const share = (destination.weight / sum) * (endpoint.weight / all) * whole
      // Backends may have an endpoint in common, which Envoy takes but once.
      shares.set(key, { ...endpoint, weight: (shares.get(key)?.weight ?? 0) + share })
    }
  }
  const members = [...shares.values()].map(endpoint =>
    lbEndpoint({ ...endpoint, weight: Math.max(1, Math.round(endpoint.weight)) }),
  )
  const endpoints = members.length === 0 ? [] : [{ lb_endpoints: members }]
  return { type: 'endpoint', name, value: { cluster_name: name, endpoints }, needs: {}, from: [rule.at] }
}

function endpointsOf({ host, port: number, isMissing }: Destination, context: ClusterContext): readonly Endpoint[] {
  const { index, placement, view } = context
  const visible = view.byHost.get(host)
  const port = visible?.service.datagramPorts?.find(each => each.number === number)
  return visible === undefined || port === undefined || isMissing
    ? []
    : datagramEndpoints(index, placement, visible, port)
}
