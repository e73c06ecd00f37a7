/** TLSRoutes, TCPRoutes and UDPRoutes as the Mesh's routings of connections and datagrams. */
import { at, nodeOf } from '../../../kinds/definition.ts'
import type { WeightedBackend } from '../../../kinds/gateway-api/l4-rule.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { NamedSecret } from '../../../model/gateway.ts'
import { hostCovers } from '../../../model/host-entry.ts'
import type { Destination, HttpRouting, UnheardRoute } from '../../../model/http-route.ts'
import type { L4Match, L4Rule } from '../../../model/l4-route.ts'
import { type At, nodeKey } from '../../../model/node.ts'
import { oldestFirst } from './age.ts'
import { securedHosts } from './backend-tls.ts'
import { destinationFor, type RouteContext } from './backends.ts'
import type { Listener } from './listeners.ts'
import type { Attachment } from './parents.ts'
import { byHostname } from './precedence.ts'
import type { ApiResources, L4ApiRoute } from './resources.ts'
import { showing, shownBy } from './shown-certificates.ts'

/** A route with what its parents make of it. */
export interface L4Route {
  readonly route: L4ApiRoute
  readonly attachments: readonly Attachment[]
}

/** One for each of its parents' listeners, for each has hosts of its own; and one for each Service. */
export function l4Routings(routes: readonly L4Route[], resources: ApiResources): HttpRouting[] {
  const secured = securedHosts(resources)
  const ordered = oldestFirst(routes, ({ route }) => route.metadata)
  const bound = ordered.flatMap(boundAt)
  const claims = Map.groupBy(
    bound.flatMap(each => each.names.map(name => ({ ...each, name }))),
    ({ listener, name }) => `${nodeKey(listener.node)} ${name}`,
  )
  for (const [key, all] of claims) claims.set(key, byHostname(all[0]!.name, all).flat())
  return [
    ...bound.flatMap(({ route, listener, hosts, names }) => {
      const gateway = nodeKey(listener.node)
      // What comes after another one would have nothing, whatever the order of the Mesh.
      const own = names.filter(name => claims.get(`${gateway} ${name}`)?.[0]?.route === route)
      if (own.length === 0) return []
      const unheard = own.flatMap(name => claims.get(`${gateway} ${name}`)!.slice(1)).map(unheardOf)
      const match = { serverNames: own.filter(name => name !== any) }
      const shows = shownBy(listener.gateway, resources)
      const where = { hosts, gateway, kind: ruleKindAt(listener), match, shows }
      const routing = routingFor({ route, resources, secured }, where)
      return [unheard.length === 0 ? routing : { ...routing, unheard }]
    }),
    ...ordered.flatMap(({ route, attachments }) =>
      attachments.flatMap(attachment => serviceRoutings({ route, resources, secured }, attachment)),
    ),
  ]
}

/** A route at a listener. */
interface Bound {
  readonly route: L4ApiRoute
  readonly listener: Listener
  readonly hosts: readonly string[]
  /** Server names that it is for, or `any`. */
  readonly names: readonly string[]
  /** The parent by which it came there. */
  readonly at: At
}

const any = ''

/** Several parents may lead to one listener. */
function boundAt({ route, attachments }: L4Route): Bound[] {
  const bound = attachments.flatMap(({ listeners, accepted: { at: place } }) =>
    listeners.map(({ listener, hosts }): Bound => {
      // Where TLS ends, the server's own names pick the connection, and a route's the part that it is for.
      const serverNames = route.kind === 'TLSRoute' ? hosts.filter(host => host !== '*') : []
      return { route, listener, hosts, names: serverNames.length === 0 ? [any] : serverNames, at: place }
    }),
  )
  return bound.filter((each, index) => bound.findIndex(({ listener }) => listener === each.listener) === index)
}

function unheardOf({ route, name, at: place }: Bound & { readonly name: string }): UnheardRoute {
  const hostnames = route.kind === 'TLSRoute' ? route.spec.hostnames : []
  const own = hostnames.indexOf(name)
  const index = own < 0 ? hostnames.findIndex(hostname => hostCovers(hostname, name)) : own
  return {
    name: route.metadata.name,
    ...(name === any ? {} : { serverName: name }),
    at: index < 0 ? place : at(route as unknown as Resource, `/spec/hostnames/${index}`),
  }
}

type RuleKind = 'tls' | 'tcp' | 'udp'

function ruleKindAt({ listener: { protocol, tls } }: Listener): RuleKind {
  if (protocol === 'UDP') return 'udp'
  return tls?.mode === 'Passthrough' ? 'tls' : 'tcp'
}

function serviceRoutings(context: L4Context, { service: bound }: Attachment): HttpRouting[] {
  if (bound === undefined) return []
  const { route } = context
  const serverNames = route.kind === 'TLSRoute' ? route.spec.hostnames : []
  const own = route.metadata.namespace ?? ''
  const match = {
    serverNames,
    ...(bound.port === undefined ? {} : { port: bound.port }),
    // A route of another namespace than the Service's holds for that namespace's own calls.
    ...(own === bound.service.namespace ? {} : { sourceNamespace: own }),
  }
  const kind = serverNames.length === 0 ? 'tcp' : 'tls'
  return [
    routingFor(
      { ...context, isOfMesh: true },
      { hosts: [bound.service.host], gateway: 'mesh', kind, match, shows: undefined },
    ),
  ]
}

interface L4Context extends RouteContext<L4ApiRoute> {
  /** Hosts that are called by TLS of their own. */
  readonly secured: ReadonlySet<string>
}

interface Where {
  readonly hosts: readonly string[]
  /** `mesh`, or the key of a gateway. */
  readonly gateway: string
  readonly kind: RuleKind
  readonly match: Pick<L4Match, 'serverNames' | 'port' | 'sourceNamespace'>
  /** What backends are shown; undefined: nothing. */
  readonly shows: NamedSecret | undefined
}

function routingFor(context: L4Context, { hosts, gateway, kind, match, shows }: Where): HttpRouting {
  const { route } = context
  const resource = route as unknown as Resource
  const place = at(resource, '/spec')
  const isAll = Object.values(match).every(value => Array.isArray(value) && value.length === 0)
  const matches: L4Match[] = isAll ? [] : [{ ...match, destinationSubnets: [], sourceLabels: {}, at: place }]
  const rules = route.spec.rules.map(({ backendRefs }, index): L4Rule => {
    const pointer = `/spec/rules/${index}`
    const destinations = destinationsOf(backendRefs, pointer, context).map(each =>
      showing(each, shows, context.secured),
    )
    return { matches, destinations, at: at(resource, pointer) }
  })
  return {
    ...nodeOf(resource),
    hosts: hosts.map(host => ({ host, at: place })),
    gateways: [{ gateway, at: `${place}/parentRefs` }],
    rules: [],
    tls: [],
    tcp: [],
    [kind]: rules,
    exportTo: ['*'],
  }
}

function destinationsOf(
  refs: readonly WeightedBackend[],
  pointer: string,
  context: RouteContext<L4ApiRoute>,
): Destination[] {
  return refs.map((ref, index) => ({
    ...destinationFor(ref, `${pointer}/backendRefs/${index}`, context),
    weight: ref.weight ?? 1,
  }))
}
