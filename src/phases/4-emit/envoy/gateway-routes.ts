/** RDS of gateways: a virtual host for each host that a server opens and a VirtualService binds to, or that is led to HTTPS. */
import { boundHosts } from '../../../model/bound-hosts.ts'
import { isSeenFrom } from '../../../model/exported.ts'
import type { Gateway, Server } from '../../../model/gateway.ts'
import { hostCovers, isWildcard } from '../../../model/host-entry.ts'
import type { HttpRouting } from '../../../model/http-route.ts'
import { nodeKey } from '../../../model/node.ts'
import { memo } from '../../../util/memo.ts'
import { type Audience, isNamed } from './applicable.ts'
import { type EnvoyResource, type Message, routeConfiguration } from './envoy-resource.ts'
import { virtualHostName } from './names.ts'
import type { View } from './view.ts'
import { compileRules } from './virtual-host.ts'

export interface GatewayServer {
  readonly gateway: Gateway
  readonly server: Server
}

/**
 * Routes of one route configuration: all plain servers of a port together, or one TLS server.
 *
 * @param others hosts of other listeners of the Gateway API that end TLS at the port: a client may send requests for them here
 */
export function gatewayRoutes(
  name: string,
  servers: readonly GatewayServer[],
  { others = [], ...place }: GatewayPlace & { readonly others?: readonly string[] },
): EnvoyResource {
  const hosts = new Map<string, HostDraft>()
  for (const bound of servers) {
    for (const routing of routingsSeen(place.view)) addBound(hosts, { bound, routing, place })
    if (bound.server.tls?.httpsRedirect === true) addRedirects(hosts, bound.server)
  }
  for (const bound of servers) addUnrouted(hosts, bound)
  leaveToOthers(hosts, servers, others)
  const drafts = [...hosts.values()].sort((a, b) => (a.host < b.host ? -1 : 1))
  const port = servers[0]?.server.port.number ?? 0
  const own = drafts.map(draft => virtualHost(draft, port))
  const all = others.length === 0 ? own : [...own, misdirected(others, port)]
  const virtualHosts = all.length === 0 ? [blackhole(port)] : all
  return {
    type: 'route',
    name,
    value: routeConfiguration(name, virtualHosts),
    needs: { cluster: [...new Set(drafts.flatMap(draft => [...draft.clusters]))] },
    from: [...drafts.flatMap(draft => draft.from), ...servers.map(({ server }) => server.at)],
  }
}

/** What the proxies see, and how clients reach them. */
export interface GatewayPlace {
  readonly view: View
  readonly reachedPort: number
  readonly isSecure: boolean
  /** The proxies themselves: what a match says of callers is compared with their labels (Istio's rule). */
  readonly source: NonNullable<Audience['source']>
}

interface HostDraft {
  readonly host: string
  readonly routes: Message[]
  /** The routes that take what no other did: of the first of all routings that has any. */
  last: readonly Message[]
  readonly clusters: Set<string>
  readonly from: string[]
  redirectsToTls: boolean
  /** Gateways of the Gateway API that have it. */
  readonly owners: Set<string>
  /** Whose routes it has, by the gateways that they came by: several servers may cover the host. */
  readonly routed: Map<HttpRouting, Set<string>>
}

function newDraft(host: string): HostDraft {
  return {
    ...{ host, routes: [], last: [], clusters: new Set(), from: [], redirectsToTls: false, owners: new Set() },
    routed: new Map(),
  }
}

interface Binding {
  readonly bound: GatewayServer
  readonly routing: HttpRouting
  readonly place: GatewayPlace
}

/**
 * VirtualServices of one host are merged at gateways, in order of their names; a route for everything goes to the end,
 * so that it hides no other's routes (Istio's rule). One without any for requests of the port leaves these to a wider host's, as istiod
 * does; of the Gateway API a listener's own host takes them in any case.
 */
function addBound(hosts: Map<string, HostDraft>, { bound, routing, place }: Binding): void {
  const { gateway, server } = bound
  const key = nodeKey(gateway)
  if (!isNamed(routing, key)) return
  const owner = ownerOf(gateway)
  for (const host of boundHosts(routing, server)) {
    const draft = hosts.get(host) ?? newDraft(host)
    const by = draft.routed.get(routing) ?? new Set()
    const compiled = by.has(key)
      ? undefined
      : compileRules(
          routing,
          { ...place, port: server.port.number, gateway: key, ...(isWildcard(host) ? {} : { onlyHost: host }) },
          virtualHostName(host, server.port.number),
        )
    if (compiled?.routes.length === 0 && owner === undefined) continue
    hosts.set(host, draft)
    if (owner !== undefined) draft.owners.add(owner)
    draft.redirectsToTls ||= server.tls?.httpsRedirect === true
    if (compiled === undefined) continue
    draft.routed.set(routing, by.add(key))
    const own = compiled.routes.length - compiled.lasting
    draft.routes.push(...compiled.routes.slice(0, own))
    if (draft.last.length === 0) draft.last = compiled.routes.slice(own)
    draft.from.push(...compiled.from)
    for (const cluster of compiled.clusters) draft.clusters.add(cluster)
  }
}

/** What a listener of the Gateway API has no route for is not left to a wider one of the same Gateway. */
function addUnrouted(hosts: Map<string, HostDraft>, { gateway, server }: GatewayServer): void {
  const owner = ownerOf(gateway)
  if (owner === undefined) return
  for (const { host } of server.hosts) {
    const isWithin = ({ host: wide, owners }: HostDraft) => owners.has(owner) && hostCovers(wide, host)
    if (!hosts.has(host) && [...hosts.values()].some(isWithin)) hosts.set(host, newDraft(host))
  }
}

/** Routes that are attached here, too, are asked by no connection of this server where a narrower one has the host by its name. */
function leaveToOthers(
  hosts: Map<string, HostDraft>,
  servers: readonly GatewayServer[],
  others: readonly string[],
): void {
  const own = servers.flatMap(({ server }) => server.hosts.map(({ host }) => host.toLowerCase()))
  for (const other of others) {
    hosts.delete(other)
    if (own.some(host => hostCovers(host, other)))
      for (const host of [...hosts.keys()]) if (hostCovers(other, host)) hosts.delete(host)
  }
  for (const host of own)
    if (!hosts.has(host) && others.some(other => hostCovers(other, host))) hosts.set(host, newDraft(host))
}

/**
 * Clients reuse a connection for all hosts of the certificate that they were shown. The specification has requests for another listener's
 * hosts answered with 421, whereupon they come by a connection of their own, and are judged as that listener wants it.
 */
function misdirected(hosts: readonly string[], port: number): Message {
  return {
    name: `misdirected:${port}`,
    domains: hosts.toSorted(),
    routes: [{ name: 'misdirected', match: { prefix: '/' }, direct_response: { status: 421 } }],
  }
}

function ownerOf({ namespace, apiGateway }: Gateway): string | undefined {
  return apiGateway === undefined ? undefined : `${namespace}/${apiGateway}`
}

/** All of the server's hosts are led on, whether or not a VirtualService is for them (Istio's rule). */
function addRedirects(hosts: Map<string, HostDraft>, server: Server): void {
  for (const { host } of server.hosts) {
    const draft = hosts.get(host) ?? newDraft(host)
    hosts.set(host, draft)
    draft.redirectsToTls = true
  }
}

/** What the namespace of the gateway's proxies sees: one that is not exported there is not served there (Istio's rule). */
const routingsSeen = memo(({ index, namespace }: View): readonly HttpRouting[] =>
  index.routings.filter(routing => isSeenFrom(routing, namespace)),
)

/** Routings that a server's connections are for, and the gateway's key by which they name it. */
export function boundRoutings(
  { gateway, server }: GatewayServer,
  view: View,
): { readonly routings: readonly HttpRouting[]; readonly key: string } {
  const key = nodeKey(gateway)
  const named = routingsSeen(view).filter(routing => isNamed(routing, key))
  return { routings: named.filter(routing => boundHosts(routing, server).length > 0), key }
}

function virtualHost(draft: HostDraft, port: number): Message {
  return {
    name: virtualHostName(draft.host, port),
    domains: [draft.host],
    routes: [...draft.routes, ...draft.last],
    include_request_attempt_count: true,
    ...(draft.redirectsToTls ? { require_tls: 'ALL' } : {}),
  }
}

/** A port to which no VirtualService is bound answers 404 rather than closing connections. */
function blackhole(port: number): Message {
  return {
    name: `blackhole:${port}`,
    domains: ['*'],
    routes: [{ name: 'blackhole', match: { prefix: '/' }, direct_response: { status: 404 } }],
  }
}
