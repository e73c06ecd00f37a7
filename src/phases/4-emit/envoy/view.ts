import { byHostLength, chosenDestination } from '../../../model/chosen-destination.ts'
import { isSeenFrom } from '../../../model/exported.ts'
import { hostCovers } from '../../../model/host-entry.ts'
import { allDestinations, type HttpRouting } from '../../../model/http-route.ts'
import { byPrecedence, type Labels, selects } from '../../../model/node.ts'
import type { EgressHost, EgressListener, Scope, UnknownHosts } from '../../../model/scope.ts'
import { hostsOf, type Service } from '../../../model/service.ts'
import type { DestinationPolicy } from '../../../model/traffic-policy.ts'
import { memo } from '../../../util/memo.ts'
import type { RoutingIndex } from './index-mesh.ts'
import { type BareHost, hostsBeside, hostsWithin, routingsFor } from './routings-for.ts'

/** What the proxies of one namespace and scope see of the mesh; shared by all of them. */
export interface View {
  readonly index: RoutingIndex
  readonly namespace: string
  /** Policies that pick the workloads that look, and hold for no others. */
  readonly own: readonly DestinationPolicy[]
  readonly services: readonly VisibleService[]
  /** The same, and where their routes lead beyond: clusters are needed there, names are not (Istio's rule). */
  readonly reachable: readonly VisibleService[]
  readonly byHost: ReadonlyMap<string, VisibleService>
  /** Does a scope limit the view? */
  readonly isScoped: boolean
  readonly unknownHosts: UnknownHosts
  /** Addresses at which a scope wants services to be found. */
  readonly listeners: readonly EgressListener[]
  /** Services that are called through a listener of their own alone. */
  readonly apart: readonly ApartServices[]
  /** Hosts that have rules, and that no service has. */
  readonly beside: readonly BareHost[]
}

export interface ApartServices {
  readonly listener: EgressListener
  readonly services: readonly VisibleService[]
}

/** A service together with what says how it is called, from this namespace. */
export interface VisibleService {
  readonly service: Service
  readonly destination?: DestinationPolicy
  /** Rules for calls within the mesh, in the order in which they are asked. */
  readonly routings: readonly HttpRouting[]
  /** Where its host is a wildcard: hosts within it that have rules of their own. */
  readonly within: readonly BareHost[]
}

const viewsOf = memo((_index: RoutingIndex) => new Map<string, View>())

/** Who looks. */
export interface Viewer {
  readonly namespace: string
  readonly labels: Labels
}

/** What a workload sees through a scope; the same object for equal namespaces, scopes and policies of its own. */
export function viewOf(index: RoutingIndex, { namespace, labels }: Viewer, scope: Scope | undefined): View {
  const own = hostTables(index).picking.filter(
    destination => destination.namespace === namespace && selects(destination.selector ?? {}, labels),
  )
  return knownView({ index, namespace, own }, scope)
}

/** The same without a scope. */
export function unscopedView({ namespace, own }: View, index: RoutingIndex): View {
  return knownView({ index, namespace, own }, undefined)
}

type Look = Pick<View, 'index' | 'namespace' | 'own'>

function knownView(look: Look, scope: Scope | undefined): View {
  const known = viewsOf(look.index)
  const key = [look.namespace, scopeKey(scope, look.namespace), ...look.own.map(({ at }) => at)].join(' ')
  const view = known.get(key) ?? buildView(look, scope)
  known.set(key, view)
  return view
}

/** Equal lists of hosts make equal views, whatever the scopes are called. */
function scopeKey(scope: Scope | undefined, namespace: string): string {
  if (scope === undefined) return '*/*:*'
  const hosts = scope.egress
    .map(host => `${host.namespace === '.' ? namespace : host.namespace}/${host.host}:${host.port ?? '*'}`)
    .sort()
    .join(' ')
  const { unknownHosts, listeners } = scope
  return unknownHosts === undefined && listeners === undefined
    ? hosts
    : `${hosts} ${JSON.stringify([unknownHosts, listeners])}`
}

function buildView(look: Look, scope: Scope | undefined): View {
  const inScope = (limits: Scope | undefined) =>
    seenFrom(look.namespace, servicesInScope(look.index, limits)).map(service => visible(service, look, limits))
  const beside = hostsBeside({ ...look, scope })
  const whole = inScope(scope)
  const listeners = scope?.listeners ?? noListeners
  const services = scope === undefined ? whole : whole.map(item => withPortsOf(item, scope))
  const ownApart = listeners.flatMap(listener =>
    listener.apart === undefined || scope === undefined
      ? []
      : [{ listener, services: inScope({ ...scope, egress: listener.apart.hosts }) }],
  )
  const { httpProxy } = look.index
  // A scope may want something else at its address.
  const isFree = !listeners.some(({ port, isBound }) => isBound && port === httpProxy?.port)
  const apart = httpProxy === undefined || !isFree ? ownApart : [...ownApart, { listener: httpProxy, services }]
  const isScoped =
    scope !== undefined &&
    !scope.egress.some(({ host, namespace, port }) => host === '*' && namespace !== '~' && port === undefined)
  const unknownHosts = scope?.unknownHosts ?? look.index.unknownHosts
  const called = [...new Set([...whole, ...apart.flatMap(each => each.services)])]
  const reachable = [...oncePerHost(called), ...targetsBeyond(called, { unknownHosts, beside }, look)]
  const byHost = new Map(reachable.flatMap(item => hostsOf(item.service).map(host => [host, item])))
  return { ...look, services, reachable, byHost, isScoped, unknownHosts, listeners, apart, beside }
}

/** A listener of its own may see other rules for a service, or fewer of its ports; its clusters are the same. */
function oncePerHost(services: readonly VisibleService[]): readonly VisibleService[] {
  const byHost = new Map(services.toReversed().map(item => [item.service.host, item]))
  return byHost.size === services.length ? services : services.filter(item => byHost.get(item.service.host) === item)
}

const noListeners: readonly EgressListener[] = []

/** A service with no more ports than a scope lets be called; routes may lead to the others all the same. */
function withPortsOf(item: VisibleService, scope: Scope): VisibleService {
  const { ports } = item.service
  const own = ports.filter(({ number }) => isPortInScope(item.service, number, scope))
  if (own.length === ports.length) return item
  const known = narrowed(item)
  const key = own.map(({ number }) => number).join(' ')
  const narrow = known.get(key) ?? { ...item, service: { ...item.service, ports: own } }
  known.set(key, narrow)
  return narrow
}

const narrowed = memo((_item: VisibleService) => new Map<string, VisibleService>())

/** A port that any listener is for is that one's alone (Istio's rule). */
function isPortInScope(service: Service, port: number, { egress }: Scope): boolean {
  const isOwn = egress.some(host => host.port === port)
  return egress.some(host => host.port === (isOwn ? port : undefined) && covers(host, service))
}

/** All rules of these. */
export function allRoutings({ services, beside }: Pick<View, 'services' | 'beside'>): readonly HttpRouting[] {
  return [
    ...services.flatMap(({ routings, within }) => [...routings, ...within.flatMap(host => host.routings)]),
    ...beside.flatMap(host => host.routings),
  ]
}

/** Services that routes and mirrors of these name, or that unknown hosts are called through, and that are not among them. */
function targetsBeyond(
  services: readonly VisibleService[],
  { unknownHosts: unknown, beside }: Pick<View, 'unknownHosts' | 'beside'>,
  from: Look,
): VisibleService[] {
  const routed = allRoutings({ services, beside }).flatMap(allDestinations)
  const targets = unknown.kind === 'proxied' ? [...routed, unknown] : routed
  const known = new Set(services.flatMap(({ service }) => hostsOf(service)))
  const beyond = [...new Set(targets.map(({ host }) => host))].filter(host => !known.has(host)).sort()
  const candidates = beyond.flatMap(host => from.index.servicesByHost.get(host) ?? [])
  return seenFrom(from.namespace, [...new Set(candidates)]).map(service => visible(service, from, undefined))
}

/** Hosts that are named in full are looked up: with thousands of scopes, each must not look at all services. */
function servicesInScope(index: RoutingIndex, scope: Scope | undefined): readonly Service[] {
  if (scope === undefined) return index.services
  if (scope.egress.some(({ host }) => host.startsWith('*')))
    return index.services.filter(service => isInScope(service, scope))
  const named = new Set(scope.egress.flatMap(({ host }) => index.servicesByHost.get(host) ?? []))
  return [...named].filter(service => isInScope(service, scope)).sort(byPrecedence)
}

/**
 * What a namespace sees of these. Of several with one host it sees one: its own, else Kubernetes', else the first (clusters
 * and routes are named after hosts).
 */
function seenFrom(namespace: string, services: readonly Service[]): readonly Service[] {
  if (services.every(({ entry, exportTo }) => entry === undefined && exportTo === undefined)) return services
  const chosen = new Map<string, Service>()
  for (const service of services) {
    if (!isSeenFrom(service, namespace)) continue
    const { host } = service
    const known = chosen.get(host)
    if (known === undefined || rankFrom(namespace, service) < rankFrom(namespace, known)) chosen.set(host, service)
  }
  return services.filter(service => chosen.get(service.host) === service)
}

function rankFrom(namespace: string, service: Service): number {
  return service.namespace === namespace ? 0 : service.entry === undefined ? 1 : 2
}

function isInScope(service: Service, scope: Scope | undefined): boolean {
  if (scope === undefined) return true
  return service.ports.length === 0
    ? scope.egress.some(host => covers(host, service))
    : service.ports.some(({ number }) => isPortInScope(service, number, scope))
}

function covers({ namespace, host }: EgressHost, service: Service): boolean {
  return (namespace === '*' || namespace === service.namespace) && hostCovers(host, service.host)
}

const visiblesOf = memo((_service: Service): VisibleService[] => [])

/** Equal triples are one object, so that whatever is made from one is made once, across revisions too. */
function visible(service: Service, from: Look, scope: Scope | undefined): VisibleService {
  const destination = destinationFor(service, from)
  const looker = { ...from, scope }
  const [routings, within] = [routingsFor(service, looker), hostsWithin(service, looker)]
  const known = visiblesOf(service)
  const same = known.find(
    item =>
      item.destination === destination &&
      areSame(item.routings, routings) &&
      areSame(rulesOf(item.within), rulesOf(within)),
  )
  if (same !== undefined) return same
  const item = { service, ...(destination === undefined ? {} : { destination }), routings, within }
  // Only the latest few combinations can come again: a client's namespace more or less.
  known.push(item)
  if (known.length > 16) known.shift()
  return item
}

function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]))
}

/** Rules know their hosts. */
function rulesOf(hosts: readonly BareHost[]): readonly HttpRouting[] {
  return hosts.flatMap(({ routings }) => routings)
}

interface HostTables {
  /** Those that are for some workloads alone. */
  readonly picking: readonly DestinationPolicy[]
  readonly destinations: ReadonlyMap<string, readonly DestinationPolicy[]>
  readonly wildcardDestinations: readonly DestinationPolicy[]
}

const hostTables = memo(({ destinations }: RoutingIndex): HostTables => {
  const forAll = destinations.filter(({ selector }) => selector === undefined)
  return {
    picking: destinations.filter(({ selector }) => selector !== undefined),
    destinations: Map.groupBy(forAll, destination => destination.host),
    wildcardDestinations: forAll.filter(destination => destination.host.startsWith('*')),
  }
})

function destinationFor(service: Service, { index, namespace, own }: Look): DestinationPolicy | undefined {
  const { destinations, wildcardDestinations } = hostTables(index)
  const exact = destinations.get(service.host) ?? []
  const wildcards = wildcardDestinations
    .filter(destination => hostCovers(destination.host, service.host))
    .toSorted(byHostLength)
  return chosenDestination(service, [...exact, ...wildcards], { namespace, own, rootNamespaces: index.rootNamespaces })
}
