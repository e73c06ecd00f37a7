/** RDS of gateways: a virtual host for each host that a server opens and a VirtualService binds to. */
import { boundHosts } from '../../../model/bound-hosts.ts'
import type { Gateway, Server } from '../../../model/gateway.ts'
import type { HttpRouting } from '../../../model/http-route.ts'
import { nodeKey } from '../../../model/node.ts'
import { isNamed } from './applicable.ts'
import { type EnvoyResource, type Message, routeConfiguration } from './envoy-resource.ts'
import { virtualHostName } from './names.ts'
import type { View } from './view.ts'
import { compileRules } from './virtual-host.ts'

export interface GatewayServer {
  readonly gateway: Gateway
  readonly server: Server
}

/** Routes of one route configuration: all plain servers of a port together, or one TLS server. */
export function gatewayRoutes(name: string, servers: readonly GatewayServer[], place: GatewayPlace): EnvoyResource {
  const hosts = new Map<string, HostDraft>()
  for (const bound of servers) {
    for (const routing of place.view.index.routings) addBound(hosts, { bound, routing, place })
  }
  const drafts = [...hosts.values()].sort((a, b) => (a.host < b.host ? -1 : 1))
  const port = servers[0]?.server.port.number ?? 0
  const virtualHosts = drafts.length === 0 ? [blackhole(port, servers)] : drafts.map(draft => virtualHost(draft, port))
  return {
    type: 'route',
    name,
    value: routeConfiguration(name, virtualHosts),
    needs: { cluster: [...new Set(drafts.flatMap(draft => [...draft.clusters]))] },
    from: [...drafts.flatMap(draft => draft.from), ...servers.map(({ server }) => server.at)],
  }
}

/** What the proxies see, and the port that they really bind. */
export interface GatewayPlace {
  readonly view: View
  readonly boundPort: number
}

interface HostDraft {
  readonly host: string
  readonly routes: Message[]
  /** The route that takes what no other did: the first of all routings that has one. */
  last?: Message
  readonly clusters: Set<string>
  readonly from: string[]
  redirectsToTls: boolean
}

interface Binding {
  readonly bound: GatewayServer
  readonly routing: HttpRouting
  readonly place: GatewayPlace
}

/**
 * VirtualServices of one host are merged at gateways, in order of their names; a route for everything goes to the end,
 * so that it hides no other's routes (Istio's rule).
 */
function addBound(hosts: Map<string, HostDraft>, { bound, routing, place }: Binding): void {
  const { gateway, server } = bound
  const key = nodeKey(gateway)
  if (!isNamed(routing, key)) return
  for (const host of boundHosts(routing, server)) {
    const draft = hosts.get(host) ?? { host, routes: [], clusters: new Set<string>(), from: [], redirectsToTls: false }
    hosts.set(host, draft)
    const compiled = compileRules(
      routing,
      { ...place, port: server.port.number, gateway: key },
      virtualHostName(host, server.port.number),
    )
    draft.routes.push(...(compiled.isComplete ? compiled.routes.slice(0, -1) : compiled.routes))
    if (compiled.isComplete) draft.last ??= compiled.routes.at(-1)!
    draft.from.push(...compiled.from)
    for (const cluster of compiled.clusters) draft.clusters.add(cluster)
    draft.redirectsToTls ||= server.tls?.httpsRedirect === true
  }
}

/** Routings that a server's connections are for, and the gateway's key by which they name it. */
export function boundRoutings(
  { gateway, server }: GatewayServer,
  view: View,
): { readonly routings: readonly HttpRouting[]; readonly key: string } {
  const key = nodeKey(gateway)
  const named = view.index.routings.filter(routing => isNamed(routing, key))
  return { routings: named.filter(routing => boundHosts(routing, server).length > 0), key }
}

function virtualHost(draft: HostDraft, port: number): Message {
  return {
    name: virtualHostName(draft.host, port),
    domains: [draft.host],
    routes: [...draft.routes, ...(draft.last === undefined ? [] : [draft.last])],
    include_request_attempt_count: true,
    ...(draft.redirectsToTls ? { require_tls: 'ALL' } : {}),
  }
}

/** A port to which no VirtualService is bound answers 404 rather than closing connections. */
function blackhole(port: number, servers: readonly GatewayServer[]): Message {
  const redirectsToTls = servers.some(({ server }) => server.tls?.httpsRedirect === true)
  return {
    name: `blackhole:${port}`,
    domains: ['*'],
    ...(redirectsToTls ? { require_tls: 'ALL' } : {}),
    routes: [{ name: 'blackhole', match: { prefix: '/' }, direct_response: { status: 404 } }],
  }
}
