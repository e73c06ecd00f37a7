/**
 * The Gateway API as the Mesh has it: gateways for listeners, and for each host of a listener the rules of all routes that are
 * attached there, in the order in which they are tried. What has become of each resource stands beside it.
 */
import { at } from '../../../kinds/definition.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Gateway, NamedSecret } from '../../../model/gateway.ts'
import type { HttpRouting, RouteAuthorizer } from '../../../model/http-route.ts'
import { nodeKey } from '../../../model/node.ts'
import type { Standing } from '../../../model/standing.ts'
import { canonicalJson } from '../digest.ts'
import { authorizersIn } from './authorizers.ts'
import { backendTlsStandings, securedHosts } from './backend-tls.ts'
import { referencesOf } from './backends.ts'
import { withoutCrossings } from './crossed-routes.ts'
import { isolated, type TakerOf } from './isolation.ts'
import { type L4Route, l4Routings } from './l4.ts'
import { type Listener, listenersOf } from './listeners.ts'
import { type Attachment, attachmentsOf, isService } from './parents.ts'
import { byHostname, byPrecedence } from './precedence.ts'
import type { ApiResources, ApiRoute, HttpApiRoute, L4ApiRoute } from './resources.ts'
import { type RankedRule, rankedRules } from './rules.ts'
import { withoutServiceCrossings } from './service-crossings.ts'
import { ruleShowing, shownBy } from './shown-certificates.ts'
import { gatewaysWith } from './unheard.ts'

export interface Attached {
  readonly gateways: readonly Gateway[]
  readonly routings: readonly HttpRouting[]
  readonly standings: readonly Standing[]
}

/** A route with what its parents make of it. */
interface Route {
  readonly route: HttpApiRoute
  readonly attachments: readonly Attachment[]
  /** At gateways. */
  readonly rules: readonly RankedRule[]
  /** For calls to Services that are its parents. */
  readonly meshRules: readonly RankedRule[]
}

/**
 * @param previous what was made before: of what is equal, the same object is given
 */
export function attachRoutes(resources: ApiResources, previous: Partial<Attached> = {}): Attached {
  const { listeners, standings } = listenersOf(resources)
  const attached = (route: ApiRoute) => ({ route, attachments: attachmentsOf({ route, resources, listeners }) })
  const all = withoutServiceCrossings(resources.routes.map(attached))
  const http = withoutCrossings(
    all.flatMap(({ route, attachments }): Route[] =>
      isHttp(route) ? [{ route, attachments, ...rankedFor(route, attachments, resources) }] : [],
    ),
  )
  const l4 = all.flatMap(({ route, attachments }): L4Route[] => (isL4(route) ? [{ route, attachments }] : []))
  const takerOf = isolated(listeners)
  const gateways = gatewaysWith(http, listeners, takerOf)
  const routings = [...gatewayRoutings(http, takerOf, resources), ...meshRoutings(http), ...l4Routings(l4, resources)]
  return {
    gateways: interned(gateways, previous.gateways),
    routings: interned(routings, previous.routings),
    standings: interned(
      [
        ...standings.map(attachedTo([...http, ...l4])),
        ...[...http, ...l4].flatMap(route => standingsOf(route, resources)),
        // What goes by UDP is in plain text, whatever policies its Service has.
        ...backendTlsStandings(resources, [...http, ...l4.filter(({ route }) => route.kind !== 'UDPRoute')]),
      ],
      previous.standings,
    ),
  }
}

function rankedFor(route: HttpApiRoute, attachments: readonly Attachment[], resources: ApiResources) {
  const isAtGateways = attachments.some(({ listeners }) => listeners.length > 0)
  const isOfMesh = attachments.some(({ service }) => service !== undefined)
  return {
    rules: isAtGateways ? rankedRules({ route, resources }) : [],
    meshRules: isOfMesh ? rankedRules({ route, resources, isOfMesh }) : [],
  }
}

function isHttp(route: ApiRoute): route is HttpApiRoute {
  return route.kind === 'HTTPRoute' || route.kind === 'GRPCRoute'
}

function isL4(route: ApiRoute): route is L4ApiRoute {
  return !isHttp(route)
}

function interned<T extends { readonly at: string }>(nodes: readonly T[], previous: readonly T[] = []): readonly T[] {
  const places = new Set(nodes.map(node => node.at))
  const before = new Map(previous.filter(node => places.has(node.at)).map(node => [canonicalJson(node), node]))
  return nodes.map(node => before.get(canonicalJson(node)) ?? node)
}

/** How many routes there are at a listener, whatever has become of it and of their backends (the specification's rule). */
function attachedTo(routes: readonly (Route | L4Route)[]): (standing: Standing) => Standing {
  const keyOf = (kind: string, { namespace = '', name }: Partial<Standing>, listener: string) =>
    `${kind} ${namespace}/${name} ${listener}`
  const bound = routes.flatMap(({ attachments }) => {
    const listeners = attachments.flatMap(({ listeners: served, unserved = [] }) => [
      ...served.map(({ listener }) => listener),
      ...unserved,
    ])
    return [...new Set(listeners.map(({ owner, listener }) => keyOf(owner.kind, owner.metadata, listener.name)))]
  })
  const counts = Map.groupBy(bound, key => key)
  return standing =>
    standing.listener === undefined
      ? standing
      : { ...standing, attachedRoutes: counts.get(keyOf(standing.kind, standing, standing.listener))?.length ?? 0 }
}

function standingsOf({ route, attachments }: Route | L4Route, resources: ApiResources): Standing[] {
  const { name, namespace = '' } = route.metadata
  return attachments.map(({ parent, isOurs, isDefault, accepted }, parentIndex) => ({
    kind: route.kind,
    name,
    namespace,
    at: at(route as unknown as Resource),
    isOurs,
    parent,
    ...(isDefault ? { isDefault } : { parentIndex }),
    conditions: [accepted, ...referencesOf({ route, resources, isOfMesh: isService(parent) })],
  }))
}

/** Hosts of a listener that are served alike. */
interface Binding {
  readonly gateway: string
  readonly added: Added
  readonly host: string
  readonly routes: readonly Route[]
}

function gatewayRoutings(routes: readonly Route[], takerOf: TakerOf, resources: ApiResources): HttpRouting[] {
  const bindings = new Map<string, Binding>()
  const additions = new Map<Listener, Added>()
  const secured = securedHosts(resources)
  for (const route of routes)
    for (const bound of route.attachments.flatMap(attachment => attachment.listeners))
      for (const host of bound.hosts) {
        if (takerOf(bound, host) !== undefined) continue
        const { listener } = bound
        const gateway = nodeKey(listener.node)
        const added = additions.get(listener) ?? addedBy(listener, resources)
        additions.set(listener, added)
        const key = `${gateway} ${host}`
        const known = bindings.get(key)?.routes ?? []
        bindings.set(key, { gateway, added, host, routes: known.includes(route) ? known : [...known, route] })
      }
  const alike = Map.groupBy(bindings.values(), binding => [binding.gateway, orderOf(binding)].join(' '))
  const byHosts = Map.groupBy(alike.values(), group => {
    const hosts = group.map(({ host }) => host).sort()
    return [...hosts, '', orderOf(group[0]!), '', keyOf(group[0]!.added)].join(' ')
  })
  return [...byHosts.values()].map(groups => {
    const { host: first, routes: bound, added } = groups[0]![0]!
    const rulesOf = (some: readonly Route[]) =>
      some.flatMap(({ rules }) => rules.map(each => withAdded(each, added, secured)))
    const place = at(bound[0]!.route as unknown as Resource, '/spec')
    const hosts = groups[0]!.map(({ host }) => host).sort()
    const gateways = groups.map(([each]) => each!.gateway).sort()
    return routing(bound, {
      hosts: hosts.map(host => ({ host, at: `${place}/hostnames` })),
      gateways: gateways.map(gateway => ({ gateway, at: `${place}/parentRefs` })),
      rules: byHostname(first, bound).flatMap(some => byPrecedence(rulesOf(some))),
    })
  })
}

/** Its routes in groups, as they are asked. */
function orderOf({ host, routes }: Binding): string {
  const nameOf = ({ route: { kind, metadata } }: Route) => `${kind} ${metadata.namespace}/${metadata.name}`
  return byHostname(host, routes)
    .map(some => some.map(nameOf).join(' '))
    .join(', ')
}

/** What a listener adds to rules of routes. */
interface Added {
  /** Whom it asks of requests before any rule does; undefined: it lets none pass. */
  readonly authorizers: readonly RouteAuthorizer[] | undefined
  /** What its Gateway shows to backends; undefined: nothing. */
  readonly shows: NamedSecret | undefined
}

function addedBy({ gateway, owner, listener, at: place }: Listener, resources: ApiResources): Added {
  const pointer = `${place.slice(place.indexOf('#') + 1)}/filters/requests`
  return {
    authorizers: authorizersIn(listener.filters?.requests ?? [], pointer, { route: owner, resources }),
    shows: shownBy(gateway, resources),
  }
}

function keyOf({ authorizers, shows }: Added): string {
  const guard = authorizers === undefined ? 'closed' : authorizers.map(({ name }) => name).join(' ')
  return shows === undefined ? guard : `${guard} ${shows.namespace}/${shows.name}`
}

function withAdded(ranked: RankedRule, { authorizers, shows }: Added, secured: ReadonlySet<string>): RankedRule {
  const { rule } = ranked
  if (authorizers === undefined) return { ...ranked, rule: { ...rule, action: { kind: 'respond', status: 500 } } }
  if (authorizers.length === 0 && shows === undefined) return ranked
  const own = rule.authorizers ?? []
  const asking = authorizers.length === 0 ? rule : { ...rule, authorizers: [...authorizers, ...own] }
  return { ...ranked, rule: ruleShowing(asking, shows, secured) }
}

/** Of a Service as parent: rules of its own namespace's routes hold for all, other namespaces' for their own calls, and first. */
function meshRoutings(routes: readonly Route[]): HttpRouting[] {
  const all = routes.flatMap(route =>
    route.attachments.flatMap(({ service }) => (service === undefined ? [] : [{ route, ...service }])),
  )
  return [...Map.groupBy(all, ({ service }) => service).entries()].map(([service, bound]) => {
    const ranked = bound.flatMap(({ route, port }) => {
      const { namespace = '' } = route.route.metadata
      const isGuest = namespace !== service.namespace
      return route.meshRules.map(each => {
        const match = {
          ...each.match,
          ...(port === undefined ? {} : { port }),
          ...(isGuest ? { sourceNamespace: namespace } : {}),
        }
        return { ...each, match, rule: { ...each.rule, matches: [match] }, isGuest }
      })
    })
    const place = at(bound[0]!.route.route as unknown as Resource, '/spec/parentRefs')
    return routing(
      bound.map(({ route }) => route),
      {
        hosts: [{ host: service.host, at: place }],
        gateways: [{ gateway: 'mesh', at: place }],
        rules: [
          ...byPrecedence(ranked.filter(({ isGuest }) => isGuest)),
          ...byPrecedence(ranked.filter(({ isGuest }) => !isGuest)),
        ],
      },
    )
  })
}

function routing(
  routes: readonly Route[],
  { rules, ...where }: Pick<HttpRouting, 'hosts' | 'gateways'> & { readonly rules: readonly RankedRule[] },
): HttpRouting {
  const names = [...new Set(routes.map(({ route }) => route.metadata.name))].sort()
  const [first] = routes as [Route]
  return {
    name: names.join('+'),
    namespace: first.route.metadata.namespace ?? '',
    at: at(first.route as unknown as Resource),
    ...where,
    rules: rules.map(({ rule }) => rule),
    tls: [],
    tcp: [],
    exportTo: ['*'],
  }
}
