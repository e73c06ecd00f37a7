/** Listeners of gateway proxies: one for each port; TLS servers are told apart by the client's server name. */

import { isIP } from 'node:net'
import type { Server } from '../../../model/gateway.ts'
import { hostCovers } from '../../../model/host-entry.ts'
import type { BoundServer, ProxyPlacement } from '../../../model/placement.ts'
import type { Recording } from '../../../model/recording.ts'
import { ownValue } from '../../../util/own-value.ts'
import { passedOnBy } from './auto-passthrough.ts'
import { withoutOverlaps } from './chain-overlaps.ts'
import { datagramListeners } from './datagrams.ts'
import { compact, type EnvoyResource, type Message, typed } from './envoy-resource.ts'
import { type GatewayPort, type GatewayProxy, portsOf } from './gateway-proxies.ts'
import { boundRoutings, type GatewayPlace, type GatewayServer, gatewayRoutes } from './gateway-routes.ts'
import { type CertificateSources, canEndTls, endedTls, serverSecrets } from './gateway-tls.ts'
import { type Guard, networkGuards } from './guard.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import { guardClusters, keyClusters } from './key-clusters.ts'
import { l4Chains } from './l4-routes.ts'
import { listenerBase, tlsInspector } from './listener.ts'
import { listenerName, plainRoutesName } from './names.ts'
import { askedClusters, needsOf, type RouteNeeds } from './route-needs.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { recordingClusters } from './tracing.ts'
import type { View } from './view.ts'

/** What a server does with connections. */
export type Handling =
  /** Reads requests. */
  | 'http'
  /** Ends TLS and reads requests. */
  | 'https'
  /** Passes TLS on by its server name. */
  | 'passthrough'
  /** Passes the mesh's own TLS on to whom its server name says. */
  | 'automatic'
  /** Ends TLS and passes on what is in it. */
  | 'tls'
  /** Passes everything on. */
  | 'tcp'

const protocols: Readonly<{ [protocol: string]: Handling }> = {
  ...{ HTTP: 'http', HTTP2: 'http', GRPC: 'http', 'GRPC-WEB': 'http', HTTPS: 'https', TLS: 'tls' },
  ...{ TCP: 'tcp', MONGO: 'tcp', MYSQL: 'tcp', REDIS: 'tcp' },
}

/** Undefined for what Envoy is not configured for: a check says so. */
export function handlingOf(
  { server }: Pick<GatewayServer, 'server'>,
  sources: CertificateSources,
): Handling | undefined {
  const handling = ownValue(protocols, server.port.protocol)
  if (handling !== 'https' && handling !== 'tls') return handling
  if (server.tls?.mode === 'PASSTHROUGH') return 'passthrough'
  if (server.tls?.mode === 'AUTO_PASSTHROUGH') return 'automatic'
  return canEndTls(server, sources) ? handling : undefined
}

interface GatewayContext extends CertificateSources {
  readonly view: View
  /** File with the roots by which those who serve keys are known. */
  readonly caFile: string
  /** What holds for some of the gateway's servers. */
  readonly guardOf: (servers: readonly GatewayServer[]) => Guard
  readonly recordingOf: (servers: readonly GatewayServer[]) => Recording
  /** Do connections begin with a PROXY header? */
  readonly takesProxyHeader: boolean
}

/** Listeners and route configurations of a gateway proxy. */
export function gatewayResources(
  proxy: GatewayProxy,
  placement: ProxyPlacement,
  context: GatewayContext,
): EnvoyResource[] {
  const guards: Guard[] = []
  const listeners = portsOf(proxy).flatMap(port => {
    const place = placement.servers.find(each => each.port === port.port && each.transport === port.transport)
    if (place === undefined) return []
    if (port.transport === 'UDP') return datagramsAt(port, place, context)
    const shared = {
      ...context,
      peer: placement.workload ?? proxy.name,
      proxy,
      reachedPort: place.isMapped === true ? port.port : place.listen.port,
      guardOf: (servers: readonly GatewayServer[]) => {
        const guard = context.guardOf(servers)
        guards.push(guard)
        return guardOn(port.port, place.listen.port, guard)
      },
    }
    return boundAt(port, place.listen).flatMap(({ port: number, servers, ...at }) =>
      portResources({ port: number, servers }, { ...shared, ...at }),
    )
  })
  return [
    ...listeners,
    ...keyClusters({ tokens: [...new Set(guards.flatMap(({ tokens }) => tokens))], caFile: context.caFile }),
  ]
}

function datagramsAt({ servers }: GatewayPort, { listen }: BoundServer, context: GatewayContext): EnvoyResource[] {
  const { view, guardOf, recordingOf } = context
  return datagramListeners(servers, { view, listen, guard: guardOf(servers), recording: recordingOf(servers) })
}

/** Where a gateway listens on all addresses, its servers may want one alone (`bind`). */
function boundAt(
  port: GatewayPort,
  listen: PortContext['listen'],
): (GatewayPort & Pick<PortContext, 'listen' | 'bind'>)[] {
  if (listen.address !== '0.0.0.0' && listen.address !== '::') return [{ ...port, listen }]
  const bindOf = ({ server: { bind = '' } }: GatewayServer) => (isIP(bind) === 0 ? '' : bind)
  return [...Map.groupBy(port.servers, bindOf)].map(([bind, servers]) => {
    return bind === '' ? { ...port, servers, listen } : { ...port, servers, bind, listen: { ...listen, address: bind } }
  })
}

interface PortContext extends GatewayContext {
  /** What the gateway calls itself to others: pods of one workload say the same. */
  readonly peer: string
  readonly proxy: GatewayProxy
  readonly listen: { readonly address: string; readonly port: number }
  /** The port that clients know. */
  readonly reachedPort: number
  /** The one address that servers want; absent: any. */
  readonly bind?: string
}

/** Policies name the server's port, or the one that is bound for it (Istio's gateways know no other). */
function guardOn(port: number, bound: number, guard: Guard): Guard {
  return { ...guard, port: { named: [port, bound], bound } }
}

function placeOf({ view, reachedPort, proxy }: PortContext, isSecure: boolean): GatewayPlace {
  return { view, reachedPort, isSecure, source: proxy }
}

/** What holds for the connections of some servers. */
interface ChainContext extends PortContext {
  readonly guard: Guard
  readonly recording: Recording
  /** What their routes ask for. */
  readonly asked: RouteNeeds
}

function chainContext(servers: readonly GatewayServer[], context: PortContext): ChainContext {
  const routings = servers.flatMap(bound => boundRoutings(bound, context.view).routings)
  const asked = needsOf([...new Set(routings)])
  return { ...context, guard: context.guardOf(servers), recording: context.recordingOf(servers), asked }
}

/** Chains of a listener, what they need, and the policies that they come from. */
interface Chains {
  readonly chains: readonly Message[]
  readonly routes: readonly EnvoyResource[]
  readonly clusters: readonly string[]
  readonly from: readonly string[]
}

const nothing: Chains = { chains: [], routes: [], clusters: [], from: [] }

/** Beside what connections are led to: where keys are, who is asked, and who is told. */
function watched({ guard, recording, asked }: ChainContext): Pick<Chains, 'clusters' | 'from'> {
  return {
    clusters: [...guardClusters(guard), ...recordingClusters(recording), ...askedClusters(asked)],
    from: [...guard.from, ...(recording.from ?? [])],
  }
}

function portResources(port: GatewayPort, context: PortContext): EnvoyResource[] {
  const servers = Map.groupBy(port.servers, bound => handlingOf(bound, context))
  const of = (handling: Handling) => servers.get(handling) ?? []
  const secure = [...of('https'), ...of('tls')]
  // What connections are picked by: Envoy refuses two chains with the same.
  const taken = new Set<string>()
  const parts = [
    ...of('https').map(bound => httpsChains(bound, othersOf(bound, of('https')), context)),
    ...of('passthrough').map(bound => passthroughChains(bound, context, taken)),
    ...of('automatic').map(bound => automaticChains(bound, context, taken)),
    ...of('tls').map(bound => tcpChains(bound, context, taken)),
    of('http').length === 0 ? plainTcp(of('tcp'), context, taken) : httpChains(of('http'), context),
  ]
  const chains = withoutOverlaps(parts.flatMap(part => part.chains))
  if (chains.length === 0) return []
  const routes = parts.flatMap(part => part.routes)
  const asksForNames = secure.length + of('passthrough').length + of('automatic').length > 0
  const value = compact({
    ...listenerBase(context.listen, 'OUTBOUND'),
    listener_filters: listenerFilters({ asksForNames, takesProxyHeader: context.takesProxyHeader }),
    filter_chains: chains,
  })
  const cluster = [...new Set(parts.flatMap(part => part.clusters))]
  const secret = serverSecrets(secure.map(({ server }) => server))
  const listener: EnvoyResource = {
    type: 'listener',
    name: listenerName(context.listen),
    value,
    needs: {
      route: routes.map(resource => resource.name),
      ...(cluster.length === 0 ? {} : { cluster }),
      ...(secret.length === 0 ? {} : { secret }),
    },
    from: [...servedBy(servers), ...new Set(parts.flatMap(part => part.from))],
  }
  return [listener, ...routes]
}

/** A PROXY header stands before all that a client sends. */
function listenerFilters(wants: { readonly asksForNames: boolean; readonly takesProxyHeader: boolean }) {
  const filters = [...(wants.takesProxyHeader ? [proxyHeader] : []), ...(wants.asksForNames ? [tlsInspector] : [])]
  return filters.length === 0 ? undefined : filters
}

const proxyHeader: Message = {
  name: 'envoy.filters.listener.proxy_protocol',
  typed_config: typed('envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'),
}

function servedBy(servers: ReadonlyMap<Handling | undefined, readonly GatewayServer[]>): string[] {
  return [...servers].flatMap(([handling, list]) => (handling === undefined ? [] : list.map(({ server }) => server.at)))
}

function manager(routes: string, servers: readonly GatewayServer[], context: ChainContext): Message {
  const { peer, proxy, listen, guard, recording, asked } = context
  return httpConnectionManager({
    recording,
    statPrefix: `outbound_${listenerName(listen)}`,
    routes: { kind: 'rds', name: routes },
    direction: 'gateway',
    peer: `${proxy.namespace}/${peer}`,
    isGrpcWeb: servers.some(({ server }) => server.port.protocol === 'GRPC-WEB'),
    guard,
    asked,
  })
}

/** All plain servers of a port have one set of routes. */
function httpChains(servers: readonly GatewayServer[], context: PortContext): Chains {
  const name = plainRoutesName(servers[0]!.server.port.number, context.bind)
  const routes = [gatewayRoutes(name, servers, placeOf(context, false))]
  const own = chainContext(servers, context)
  return { chains: [{ filters: [manager(name, servers, own)] }], routes, ...watched(own) }
}

/** Hosts of other listeners of the Gateway API that read requests at the port, too. */
function othersOf({ gateway, server }: GatewayServer, servers: readonly GatewayServer[]): string[] {
  if (gateway.apiGateway === undefined) return []
  const hosts = (each: Server) => each.hosts.map(({ host }) => host.toLowerCase())
  const own = new Set(hosts(server))
  const others = servers.filter(each => each.gateway.apiGateway !== undefined)
  return [...new Set(others.flatMap(each => hosts(each.server)))].filter(host => !own.has(host))
}

function httpsChains(bound: GatewayServer, others: readonly string[], context: PortContext): Chains {
  const { server, gateway } = bound
  const name = `https.${server.port.number}.${server.port.name}.${gateway.name}.${gateway.namespace}`
  const own = chainContext([bound], context)
  const chain = compact({
    filter_chain_match: namesOf(bound),
    filters: [manager(name, [bound], own)],
    ...endedTls(server.tls!, 'http', own.guard),
  })
  return {
    chains: [chain],
    routes: [gatewayRoutes(name, [bound], { ...placeOf(context, true), others })],
    ...watched(own),
  }
}

/** Server names that a server is for; undefined where it is for all, as it is without TLS: bytes ask for no name. */
function namesOf({ server }: GatewayServer): Message | undefined {
  const names = server.hosts.map(({ host }) => host.toLowerCase())
  return server.tls === undefined || names.includes('*') ? undefined : { server_names: names }
}

function passthroughChains(bound: GatewayServer, context: PortContext, taken: Set<string>): Chains {
  const { server } = bound
  const within = (name: string) => server.hosts.some(({ host }) => hostCovers(host, name))
  return ruled(bound, chainContext([bound], context), { taken, kind: 'tls', within })
}

function automaticChains(bound: GatewayServer, context: PortContext, taken: Set<string>): Chains {
  const own = chainContext([bound], context)
  const guards = networkGuards(own.guard)
  const passed = passedOnBy(bound.server, context.view).filter(({ name }) => !taken.has(name))
  for (const { name } of passed) taken.add(name)
  const chains = passed.map(({ name, match }) => ({
    filter_chain_match: match,
    filters: [...guards, tcpProxy(name, own.recording)],
  }))
  const { clusters, from } = watched(own)
  return { ...nothing, chains, clusters: [...passed.map(({ name }) => name), ...clusters], from }
}

function tcpChains(bound: GatewayServer, context: PortContext, taken: Set<string>): Chains {
  const names = namesOf(bound)
  const own = chainContext([bound], context)
  const socket = bound.server.tls === undefined ? {} : endedTls(bound.server.tls, 'tcp', own.guard)
  // Servers with names of their own do not take anything from each other.
  const part = ruled(bound, own, { taken: names === undefined ? taken : new Set(), kind: 'tcp' })
  const chains = part.chains.map(chain => {
    const match = { ...names, ...(chain['filter_chain_match'] as Message | undefined) }
    return compact({
      ...chain,
      filter_chain_match: Object.keys(match).length === 0 ? undefined : match,
      ...socket,
    })
  })
  return { ...part, chains }
}

function plainTcp(servers: readonly GatewayServer[], context: PortContext, taken: Set<string>): Chains {
  return servers.reduce((before, bound) => joined(before, tcpChains(bound, context, taken)), nothing)
}

/** What VirtualServices say of a server's connections; of several that are for all, the first has them. */
function ruled(
  bound: GatewayServer,
  own: ChainContext,
  { taken, kind, within }: { taken: Set<string>; kind: 'tls' | 'tcp'; within?: (name: string) => boolean },
): Chains {
  const { view, guard, recording, proxy: source } = own
  const { routings, key } = boundRoutings(bound, view)
  const { number: port } = bound.server.port
  const audience = { port, gateway: key, source, view, recording, guards: networkGuards(guard) }
  const context = within === undefined ? audience : { ...audience, within }
  return routings.reduce<Chains>(
    (before, routing) => {
      const { chains, clusters } = l4Chains(routing[kind], routing, { context, taken })
      return joined(before, { ...nothing, chains, clusters })
    },
    { ...nothing, ...watched(own) },
  )
}

function joined(a: Chains, b: Chains): Chains {
  return {
    chains: [...a.chains, ...b.chains],
    routes: [...a.routes, ...b.routes],
    clusters: [...a.clusters, ...b.clusters],
    from: [...a.from, ...b.from],
  }
}
