/** RDS of sidecars: one route configuration for each port, one virtual host for each visible service on it. */
import { isWildcard } from '../../../model/host-entry.ts'
import type { HttpRouting, Retries } from '../../../model/http-route.ts'
import type { Labels } from '../../../model/node.ts'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import { memo } from '../../../util/memo.ts'
import { dependsOnSource } from './applicable.ts'
import { compact, type EnvoyResource, type Message, routeConfiguration, seconds } from './envoy-resource.ts'
import { carriesRequests, clusterAtPort, headlessPorts, podsHost } from './headless.ts'
import { domainsOf, operation, outboundCluster, virtualHostName } from './names.ts'
import { retryPolicy } from './retry-policy.ts'
import { hashPolicy } from './route-action.ts'
import type { BareHost } from './routings-for.ts'
import { allRoutings, type View, type VisibleService } from './view.ts'
import { type CompiledRoutes, compileRules } from './virtual-host.ts'

/** For whom routes are made. */
export interface SidecarRoutesContext {
  readonly view: View
  readonly source: { readonly namespace: string; readonly labels: Labels }
  /** Addresses of this proxy's own listeners for a service's port, which the virtual host takes as its own. */
  readonly addressesOf: (service: Service, port: number) => readonly string[]
  /** Has a service's port a listener that the application names instead of the host? Absent: none has. */
  readonly hasListener?: (service: Service, port: number) => boolean
  /** Where requests for hosts that nobody declared go; absent: nowhere, for there is no original destination. */
  readonly unknownHosts?: { readonly cluster: string }
}

interface VirtualHost {
  readonly value: Message
  readonly clusters: readonly string[]
  readonly from: readonly string[]
}

/** Ports of the view on which HTTP is spoken, ascending. */
export function httpPorts(view: View): number[] {
  const all = view.services.flatMap(({ service }) => service.ports)
  const ports = all.filter(port => isHttp(port.protocol)).map(port => port.number)
  const isOthers = all.some(({ number, protocol }) => number === portOfBareHosts && !isHttp(protocol))
  const more = view.beside.some(hasRules) && !isOthers ? [portOfBareHosts] : []
  return [...new Set([...ports, ...more])].sort((a, b) => a - b)
}

/** Where hosts are called that are no service, for nobody says another one (istiod's rule). */
const portOfBareHosts = 80

function hasRules({ routings }: BareHost): boolean {
  return routings.some(({ rules }) => rules.length > 0)
}

/** The route configuration of a port. */
export function sidecarRoutes(port: number, context: SidecarRoutesContext): EnvoyResource {
  const hosts = context.view.services.flatMap(visible => {
    const servicePort = visible.service.ports.find(candidate => candidate.number === port && isHttp(candidate.protocol))
    return servicePort === undefined
      ? []
      : [virtualHost(visible, servicePort, context), ...hostsIn(visible, servicePort, context)]
  })
  return assembled(String(port), [...hosts, ...hostsAt(port, context)], context.unknownHosts)
}

/** The same where traffic is redirected: pods of headless services are called by names of their own, too. */
export function redirectedRoutesOf(port: number, context: SidecarRoutesContext): EnvoyResource {
  const { view } = context
  const headless = headlessPorts(view).get(port)
  if (headless === undefined) return sidecarRoutes(port, context)
  const hosts = view.services.flatMap(visible => {
    const { service } = visible
    const isServed = ({ number, protocol }: ServicePort) =>
      number === port && (isHttp(protocol) || (service.isHeadless === true && protocol === 'AUTO'))
    const servicePort = service.ports.find(isServed)
    if (servicePort === undefined) return []
    const host = virtualHost(visible, servicePort, context)
    if (service.isHeadless === true) return [host, podsVirtualHost(service, servicePort, context)]
    return [host, ...hostsIn(visible, servicePort, context)]
  })
  // Hosts may well be addresses of pods.
  return assembled(String(port), [...hosts, ...hostsAt(port, context)], { cluster: clusterAtPort(headless) })
}

/** Of a service whose host is a wildcard: hosts within it that have rules of their own. */
function hostsIn({ service, within }: VisibleService, port: ServicePort, context: SidecarRoutesContext): VirtualHost[] {
  return within.flatMap(host => bareVirtualHost(host, { ...service, host: host.host }, { port, context }))
}

/** Hosts that are no service. */
function hostsAt(port: number, context: SidecarRoutesContext): VirtualHost[] {
  if (port !== portOfBareHosts) return []
  return context.view.beside.flatMap(bare => {
    const { namespace, at } = bare.routings[0]!
    const known: ServicePort = { name: 'http', number: port, targetPort: port, protocol: 'HTTP', declared: true, at }
    return bareVirtualHost(
      bare,
      { name: bare.host, namespace, host: bare.host, ports: [], selector: {}, labels: {}, at },
      { port: known, context },
    )
  })
}

/** Nothing where no rule holds for the caller: there is no other way to it. */
function bareVirtualHost(
  { host, routings }: BareHost,
  service: Service,
  { port, context }: { readonly port: ServicePort; readonly context: SidecarRoutesContext },
): VirtualHost[] {
  const compiled = ruledRoutes(routings, service, { port, context })
  if (compiled === undefined) return []
  const value = {
    name: virtualHostName(host, port.number),
    domains: isWildcard(host) ? [host] : [host, `${host}.`],
    routes: compiled.routes,
    include_request_attempt_count: true,
  }
  return [{ value, clusters: compiled.clusters, from: [...compiled.from, port.at] }]
}

/** Ports on which requests are read, where traffic is redirected. */
export function redirectedHttpPorts(view: View): readonly number[] {
  const headless = [...headlessPorts(view)].filter(([, ports]) => ports.some(({ port }) => carriesRequests(port)))
  return [...new Set([...httpPorts(view), ...headless.map(([number]) => number)])].sort((a, b) => a - b)
}

/** `web-0.web.shop.svc.cluster.local` and its short forms: the caller has picked the pod. */
function podsVirtualHost(service: Service, port: ServicePort, { source, view }: SidecarRoutesContext): VirtualHost {
  const { routes, clusters } = plainRoute({ ...service, host: podsHost(service) }, port, {
    retries: view.index.retries,
  })
  const value = {
    name: virtualHostName(podsHost(service), port.number),
    domains: domainsOf(service, source.namespace).map(domain => `*.${domain}`),
    routes,
    include_request_attempt_count: true,
  }
  return { value, clusters, from: [port.at] }
}

/** The route configuration of a listener for all ports of some services: requests name the port beside the host, where it is not 80. */
export function apartRoutes(
  name: string,
  services: readonly VisibleService[],
  context: SidecarRoutesContext,
): EnvoyResource {
  const hosts = services.flatMap(visible =>
    visible.service.ports
      .filter(({ protocol }) => isHttp(protocol))
      .map(port => {
        const host = virtualHost(visible, port, context)
        const domains = host.value['domains'] as readonly string[]
        const withPort = domains.map(domain => `${domain}:${port.number}`)
        return { ...host, value: { ...host.value, domains: port.number === 80 ? [...domains, ...withPort] : withPort } }
      }),
  )
  const routes = assembled(name, hosts, context.unknownHosts)
  return { ...routes, value: { ...routes.value, ignore_port_in_host_matching: false } }
}

/** The route configuration of a listener that stands for one service alone: every host means that one. */
export function soleRoutes(visible: VisibleService, port: ServicePort, context: SidecarRoutesContext): EnvoyResource {
  const host = virtualHost(visible, port, context)
  const any = { ...host, value: { ...host.value, domains: ['*'] } }
  return assembled(virtualHostName(visible.service.host, port.number), [any])
}

function assembled(
  name: string,
  all: readonly VirtualHost[],
  unknownHosts?: SidecarRoutesContext['unknownHosts'],
): EnvoyResource {
  const hosts = withOwnDomains(all)
  const isComplete = hosts.some(host => (host.value['domains'] as string[]).includes('*'))
  const last = unknownHosts === undefined ? blockAll : allowAny(unknownHosts.cluster)
  const value = routeConfiguration(name, [...hosts.map(host => host.value), ...(isComplete ? [] : [last])])
  const clusters = [
    ...hosts.flatMap(host => host.clusters),
    ...(unknownHosts === undefined ? [] : [unknownHosts.cluster]),
  ]
  return {
    type: 'route',
    name,
    value,
    needs: { cluster: [...new Set(clusters)] },
    from: hosts.flatMap(host => host.from),
  }
}

/** Envoy refuses routes with a name twice, in whatever letters: the first of two hosts that have it keeps it. */
function withOwnDomains(hosts: readonly VirtualHost[]): readonly VirtualHost[] {
  const taken = new Set<string>()
  return hosts.flatMap(host => {
    const domains = host.value['domains'] as readonly string[]
    const own = domains.filter(domain => !taken.has(domain.toLowerCase()))
    for (const domain of own) taken.add(domain.toLowerCase())
    if (own.length === domains.length) return [host]
    return own.length === 0 ? [] : [{ ...host, value: { ...host.value, domains: own } }]
  })
}

/** A host that nobody declared: with no original destination there is nowhere to pass it on to. */
const blockAll: Message = {
  name: 'block_all',
  domains: ['*'],
  routes: [{ name: 'block_all', match: { prefix: '/' }, direct_response: { status: 502 } }],
}

/** Under interception a request goes on to where it was going (Istio's ALLOW_ANY). */
function allowAny(cluster: string): Message {
  return {
    name: 'allow_any',
    domains: ['*'],
    routes: [{ name: 'allow_any', match: { prefix: '/' }, route: { cluster, timeout: seconds(0) } }],
    include_request_attempt_count: true,
  }
}

function virtualHost(
  { service, routings }: VisibleService,
  port: ServicePort,
  context: SidecarRoutesContext,
): VirtualHost {
  const compiled =
    ruledRoutes(routings, service, { port, context }) ??
    plainRoute(service, port, {
      ...authorityOf(service, port, context),
      hash: hashOf(service, port, context),
      retries: context.view.index.retries,
    })
  return {
    value: {
      name: virtualHostName(service.host, port.number),
      domains: [...domainsOf(service, context.source.namespace), ...context.addressesOf(service, port.number)],
      routes: compiled.routes,
      include_request_attempt_count: true,
    },
    clusters: compiled.clusters,
    from: [...compiled.from, port.at],
  }
}

/** Those of the first rules of which one holds at the port, for the caller (istiod's rule); undefined where none do. */
function ruledRoutes(
  routings: readonly HttpRouting[],
  service: Service,
  { port, context }: { readonly port: ServicePort; readonly context: SidecarRoutesContext },
): CompiledRoutes | undefined {
  const { view, source } = context
  const audience = { view, port: port.number, gateway: 'mesh', source, ...authorityOf(service, port, context) }
  for (const routing of routings) {
    const compiled = compileRules(routing, audience, operation(service, port))
    if (compiled.routes.length > 0) return compiled
  }
  return undefined
}

function hashOf(
  { host }: Service,
  { number: port }: ServicePort,
  { view }: SidecarRoutesContext,
): Message[] | undefined {
  return hashPolicy([{ host, port }], { view, port })
}

/** Whom an outside server must be asked for: it tells its sites apart by host, and knows nothing of our listeners. */
function authorityOf(
  service: Service,
  { number }: ServicePort,
  { hasListener }: SidecarRoutesContext,
): { readonly authority?: string } {
  const { entry, externalName } = service
  const host = externalName ?? service.host
  if (entry?.isExternal !== true || isWildcard(host) || hasListener?.(service, number) !== true) return {}
  return { authority: number === 80 ? host : `${host}:${number}` }
}

/** Do any rules look at the caller's labels? Then like scopes do not mean like routes. */
export const dependsOnCaller = memo(({ services, apart, beside }: View): boolean =>
  allRoutings({ services: [...services, ...apart.flatMap(each => each.services)], beside }).some(looksAtCaller),
)

function looksAtCaller({ rules, tls, tcp }: HttpRouting): boolean {
  return [...rules, ...tls, ...tcp].some(({ matches }) => matches.some(match => dependsOnSource(match)))
}

/** Without a VirtualService all requests go to all endpoints, without a timeout and with the mesh's default retries. */
function plainRoute(
  service: Service,
  port: ServicePort,
  {
    authority,
    hash,
    retries,
  }: {
    readonly authority?: string
    readonly hash?: readonly Message[] | undefined
    readonly retries: Retries | undefined
  },
): CompiledRoutes {
  const cluster = outboundCluster(service.host, port.number)
  const route = {
    name: 'default',
    match: { prefix: '/' },
    route: compact({
      cluster,
      timeout: seconds(0),
      max_grpc_timeout: seconds(0),
      retry_policy: retryPolicy(retries, { isHashed: hash !== undefined }),
      host_rewrite_literal: authority,
      hash_policy: hash,
    }),
    decorator: { operation: operation(service, port) },
  }
  return { routes: [route], clusters: [cluster], from: [port.at], lasting: 1 }
}
