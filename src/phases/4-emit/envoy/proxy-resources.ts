/**
 * All xDS resources of one proxy: a function of the revision's Mesh, of where things run, and of which proxy it is.
 *
 * Whatever does not depend on the proxy itself is made once and is the same object for all proxies.
 */
import type { Outbound, Placement, ProxyPlacement, ServiceAddresses } from '../../../model/placement.ts'
import { isHttp } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { clustersOf } from './clusters.ts'
import { endpointsOf } from './endpoints.ts'
import type { EnvoyResource } from './envoy-resource.ts'
import { gatewayResources } from './gateway-listeners.ts'
import { gatewayOf } from './gateway-proxies.ts'
import { inboundResources } from './inbound-listeners.ts'
import type { MeshIndex } from './index-mesh.ts'
import { hasOwnRoutes, outboundListeners } from './outbound-listeners.ts'
import { redirectedInbound } from './redirected-inbound.ts'
import { passthroughCluster, redirectedOutbound } from './redirected-outbound.ts'
import { dependsOnCaller, httpPorts, type SidecarRoutesContext, sidecarRoutes, soleRoutes } from './sidecar-routes.ts'
import { type View, viewOf } from './view.ts'

/** What one proxy is configured with, in parts that many proxies may share and a part of its own. */
export interface ProxyResources {
  /** Each list is the same object for all proxies that it is equal for. */
  readonly shared: readonly (readonly EnvoyResource[])[]
  readonly own: readonly EnvoyResource[]
}

export interface ProxyContext {
  readonly index: MeshIndex
  readonly placement: Placement
}

export function proxyResources(proxy: ProxyPlacement, context: ProxyContext): ProxyResources {
  if (proxy.kind === 'router') return routerResources(proxy, context)
  return proxy.interception === 'redirect' ? redirectedResources(proxy, context) : sidecarResources(proxy, context)
}

/** Under interception nothing depends on the pod itself: pods of one workload share all. */
function redirectedResources(proxy: ProxyPlacement, { index, placement }: ProxyContext): ProxyResources {
  const workload = workloadOf(proxy, index)
  const source = workload ?? { namespace: proxy.namespace, labels: proxy.labels ?? {} }
  const view = viewOf(index.routing, proxy.namespace, index.scopeOf(source))
  const addresses = placement.addresses ?? noAddresses
  const routes = dependsOnCaller(view)
    ? redirectedRoutes(view, addresses, source)
    : sharedRedirectedRoutes(view, addresses)
  const inbound = workload === undefined ? [] : redirectedInbound(index, workload)
  return {
    shared: [...sharedOf(view, { index, placement }), redirectedOutbound(view, addresses), routes, inbound],
    own: [],
  }
}

const noAddresses: ServiceAddresses = {}

const sharedRedirectedRoutes = memo((view: View, addresses: ServiceAddresses) =>
  redirectedRoutes(view, addresses, { namespace: view.namespace, labels: {} }),
)

function redirectedRoutes(
  view: View,
  addresses: ServiceAddresses,
  source: SidecarRoutesContext['source'],
): readonly EnvoyResource[] {
  const context: SidecarRoutesContext = {
    view,
    source,
    addressesOf: host => addresses[host] ?? [],
    unknownHosts: { cluster: passthroughCluster },
  }
  return [...httpPorts(view).map(port => sidecarRoutes(port, context)), ...detectedOf(view, context)]
}

function workloadOf(proxy: ProxyPlacement, index: MeshIndex): Workload | undefined {
  return proxy.workload === undefined ? undefined : index.workloadByKey.get(`${proxy.namespace}/${proxy.workload}`)
}

function sidecarResources(proxy: ProxyPlacement, { index, placement }: ProxyContext): ProxyResources {
  const workload = workloadOf(proxy, index)
  const identity = workload ?? { namespace: proxy.namespace, labels: proxy.labels ?? {} }
  const view = viewOf(index.routing, proxy.namespace, index.scopeOf(identity))
  const peer = `${proxy.namespace}/${proxy.workload ?? proxy.name}`
  const routes = routesOf(proxy, view, identity)
  const own = [
    ...outboundListeners({ view, peer, proxy }),
    ...(workload === undefined ? [] : inboundResources(proxy, workload, index)),
    ...routes.own,
  ]
  return { shared: [...sharedOf(view, { index, placement }), routes.shared], own }
}

const clustersByView = new WeakMap<View, readonly EnvoyResource[]>()
const endpointsByView = new WeakMap<View, WeakMap<MeshIndex, WeakMap<Placement, readonly EnvoyResource[]>>>()

/** Clusters and endpoints of all that a view sees: the first depend on the view alone, the others on what runs where. */
function sharedOf(view: View, { index, placement }: ProxyContext): readonly (readonly EnvoyResource[])[] {
  const clusters = clustersByView.get(view) ?? view.reachable.flatMap(clustersOf)
  clustersByView.set(view, clusters)
  const byIndex = endpointsByView.get(view) ?? new WeakMap<MeshIndex, WeakMap<Placement, readonly EnvoyResource[]>>()
  endpointsByView.set(view, byIndex)
  const byPlacement = byIndex.get(index) ?? new WeakMap<Placement, readonly EnvoyResource[]>()
  byIndex.set(index, byPlacement)
  const endpoints =
    byPlacement.get(placement) ?? view.reachable.flatMap(visible => endpointsOf(visible, index, placement))
  byPlacement.set(placement, endpoints)
  return [clusters, endpoints]
}

const routesByView = new WeakMap<View, readonly EnvoyResource[]>()

function routesOf(
  proxy: ProxyPlacement,
  view: View,
  source: Pick<Workload, 'namespace' | 'labels'>,
): { shared: readonly EnvoyResource[]; own: readonly EnvoyResource[] } {
  const ports = httpPorts(view)
  const alone = proxy.outbound.filter(outbound => hasOwnRoutes(outbound, proxy))
  const dedicated = proxy.outbound.filter(outbound => outbound.host !== undefined && !alone.includes(outbound))
  const context: SidecarRoutesContext = {
    view,
    source,
    addressesOf: (host, port) =>
      dedicated
        .filter(outbound => outbound.host === host && outbound.port === port)
        .map(outbound => outbound.listen.address),
  }
  const make = () => [
    // Where each listener has routes of its own, nobody asks for those of the port.
    ...(alone.length > 0 ? [] : ports.map(port => sidecarRoutes(port, context))),
    ...alone.flatMap(outbound => aloneRoutes(outbound, view, context)),
    ...detectedOf(view, context),
  ]
  if (dedicated.length + alone.length > 0 || dependsOnCaller(view)) return { shared: [], own: make() }
  const known = routesByView.get(view) ?? make()
  routesByView.set(view, known)
  return { shared: known, own: [] }
}

function aloneRoutes(outbound: Outbound, view: View, context: SidecarRoutesContext): EnvoyResource[] {
  const visible = view.byHost.get(outbound.host ?? '')
  const port = visible?.service.ports.find(({ number, protocol }) => number === outbound.port && isHttp(protocol))
  return visible === undefined || port === undefined ? [] : [soleRoutes(visible, port, context)]
}

function detectedOf(view: View, context: SidecarRoutesContext): EnvoyResource[] {
  return view.services.flatMap(visible =>
    visible.service.ports.filter(port => port.protocol === 'AUTO').map(port => soleRoutes(visible, port, context)),
  )
}

/** A gateway knows the services that its routes lead to, and no others. */
function routerResources(proxy: ProxyPlacement, { index, placement }: ProxyContext): ProxyResources {
  const gateway = gatewayOf(index.mesh, proxy)
  if (gateway === undefined) return { shared: [], own: [] }
  const view = viewOf(index.routing, proxy.namespace, undefined)
  const own = gatewayResources(gateway, proxy, view)
  const needed = new Set(own.flatMap(resource => resource.needs.cluster ?? []))
  const services = view.services.filter(visible => clustersOf(visible).some(cluster => needed.has(cluster.name)))
  return {
    shared: [],
    own: [
      ...own,
      ...services.flatMap(clustersOf),
      ...services.flatMap(visible => endpointsOf(visible, index, placement)),
    ],
  }
}
