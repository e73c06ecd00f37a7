/**
 * All xDS resources of one proxy: a function of the revision's Mesh, of where things run, and of which proxy it is.
 *
 * Whatever does not depend on the proxy itself is made once and is the same object for all proxies.
 */
import type { CallerPlace } from '../../../model/locality.ts'
import { settingsOf } from '../../../model/mesh-settings.ts'
import type { Outbound, Placement, ProxyPlacement, ServiceAddresses } from '../../../model/placement.ts'
import { isHttp, type Service } from '../../../model/service.ts'
import type { ProxyRecording } from '../../../model/telemetry-policy.ts'
import { memo } from '../../../util/memo.ts'
import { passedOnCluster } from './auto-passthrough.ts'
import { callerOf } from './callers.ts'
import { clustersOf } from './clusters.ts'
import { datagramClusters } from './datagrams.ts'
import { addressesFor, addressesOf, dnsListener } from './dns.ts'
import { endpointsOf } from './endpoints.ts'
import { byPlace, endpointsFor, prefers } from './endpoints-for.ts'
import type { EnvoyResource } from './envoy-resource.ts'
import { extendResources } from './extensions/index.ts'
import { guardOfServers, partOfServers } from './gateway-guards.ts'
import { gatewayResources } from './gateway-listeners.ts'
import { gatewayOf } from './gateway-proxies.ts'
import { grpcClientResources } from './grpc-client.ts'
import { type Ground, type Guard, groundOf, guardOf } from './guard.ts'
import { headlessClusters } from './headless.ts'
import { clustersFor, groundFor, type Origin } from './host-clusters.ts'
import { usesEds } from './host-endpoints.ts'
import { inboundResources } from './inbound-listeners.ts'
import { type MeshIndex, workloadOf } from './index-mesh.ts'
import { ipv6Twins, kubeletTwins } from './ipv6.ts'
import { guardServices } from './key-clusters.ts'
import { withMeshSettings } from './mesh-wide.ts'
import { hasOwnRoutes, outboundListeners } from './outbound-listeners.ts'
import { clustersNamed, type PatchedResources, patchResources } from './patches/index.ts'
import { recordingOf } from './recordings.ts'
import { apartNames } from './redirected-bound.ts'
import { clusterForUnknown, passthroughCluster } from './redirected-http.ts'
import { redirectedInbound } from './redirected-inbound.ts'
import { redirectedOutbound } from './redirected-outbound.ts'
import { identitiesOf, noIdentities, securityOf } from './security.ts'
import {
  apartRoutes,
  dependsOnCaller,
  httpPorts,
  redirectedHttpPorts,
  redirectedRoutesOf,
  type SidecarRoutesContext,
  sidecarRoutes,
  soleRoutes,
} from './sidecar-routes.ts'
import { recordingServices } from './tracing.ts'
import { unscopedView, type View, type VisibleService, viewOf } from './view.ts'

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
  const { resources } = patchedResources(proxy, context)
  if (proxy.hasIpv6 !== true) return resources
  const { shared, own } = resources
  return { shared: [...shared, ...shared.map(ipv6Twins), kubeletTwins], own: [...own, ...ipv6Twins(own)] }
}

/** What the mesh asks for, with what it asks for in Envoy's own words. */
export function patchedResources(proxy: ProxyPlacement, context: ProxyContext): PatchedResources {
  const { index } = context
  const { mesh } = index
  const made =
    proxy.generator === 'grpc' ? resourcesOf(proxy, context) : withMeshSettings(resourcesOf(proxy, context), mesh)
  const isPlain = mesh.proxyPatches.length + mesh.proxyExtensions.length === 0
  // What is said in Envoy's own words is for Envoy.
  if (isPlain || proxy.generator === 'grpc') return { resources: made, applied: [] }
  const gateway = proxy.kind === 'router' ? gatewayOf(index, proxy) : undefined
  const sidecar = workloadOf(index, proxy) ?? { namespace: proxy.namespace, labels: proxy.labels ?? {} }
  const subject = gateway === undefined ? sidecar : { ...gateway, gateway }
  const resources = extendResources(made, proxy, { mesh, subject })
  return mesh.proxyPatches.length === 0
    ? { resources, applied: [] }
    : patchResources(resources, proxy, { mesh, subject })
}

function resourcesOf(proxy: ProxyPlacement, context: ProxyContext): ProxyResources {
  if (proxy.generator === 'grpc') return grpcResources(proxy, context)
  if (proxy.kind === 'router') return routerResources(proxy, context)
  return proxy.interception === 'redirect' ? redirectedResources(proxy, context) : sidecarResources(proxy, context)
}

/** Under interception nothing depends on the pod itself: pods of one workload share all. */
function redirectedResources(proxy: ProxyPlacement, { index, placement }: ProxyContext): ProxyResources {
  const workload = workloadOf(index, proxy)
  const source = workload ?? { namespace: proxy.namespace, labels: proxy.labels ?? {} }
  const view = viewOf(index.routing, source, index.scopeOf(source))
  const recording = recordingOf(index.mesh, source)
  const addresses = addressesFor(proxy, index.mesh, placement.addresses ?? noAddresses)
  const routes = dependsOnCaller(view)
    ? redirectedRoutes(view, addresses, source)
    : sharedRedirectedRoutes(view, addresses)
  const inbound =
    workload === undefined ? [] : redirectedInbound(securityOf(index, placement, workload), index, workload)
  const outbound = redirectedOutbound({ view, source, recording: recording.client }, addresses)
  const caller = callerOf(proxy, source.labels, { index, placement })
  return {
    shared: [
      clustersIn(index, placement, view),
      hostClustersIn.known({ index, placement }, view, caller),
      headlessClusters(index, placement, view),
      ...endpointsFor({ index, placement }, view, caller),
      outbound,
      ...(proxy.dns === undefined ? [] : [dnsListener(view, addresses)]),
      routes,
      inbound.length === 0 ? inbound : besideOthers(outbound, inbound),
      namedServicesIn(
        index,
        placement,
        view,
        workload === undefined ? noGuard : guardOf(index.mesh, workload),
        recording,
      ),
    ],
    own: [],
  }
}

/** A scope may want one address for what comes in and for what is called: Envoy takes one listener, the latter. */
const besideOthers = memo((others: readonly EnvoyResource[], resources: readonly EnvoyResource[]) => {
  const taken = new Set(others.flatMap(({ type, name }) => (type === 'listener' ? name : [])))
  const beside = resources.filter(({ type, name }) => type !== 'listener' || !taken.has(name))
  return beside.length === resources.length ? resources : beside
})

const noAddresses: ServiceAddresses = {}
const noResources: readonly EnvoyResource[] = []
const noGuard: Pick<Guard, 'tokens' | 'authorizers'> = { tokens: [], authorizers: [] }

/**
 * Services of the mesh whose keys the proxy fetches for itself, that it asks who may come in, or tells of traces, where its
 * workload does not call them. Their clusters and endpoints are as those of any other.
 */
const namedServicesIn = memo(
  (
    index: MeshIndex,
    placement: Placement,
    view: View,
    guard: Pick<Guard, 'tokens' | 'authorizers'>,
    recording: ProxyRecording,
  ): readonly EnvoyResource[] => {
    const all = unscopedView(view, index.routing)
    const named = [...guardServices(guard), ...recordingServices(recording)]
    const missing = named.filter(host => !view.byHost.has(host))
    const services = [...new Set(missing)].flatMap(host => all.byHost.get(host) ?? [])
    return services.flatMap(visible => [
      ...clustersFor(visible, { index, placement, origin: 'unknown', kind: 'sidecar' }),
      ...endpointsOf(index, placement, visible),
    ])
  },
)

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
    // As hosts have it: an address of IPv6 stands in brackets.
    addressesOf: service =>
      addressesOf(service, addresses).map(address => (address.includes(':') ? `[${address}]` : address)),
    ...unknownHostsOf(view, passthroughCluster),
  }
  const apart = view.apart
    .filter(({ listener }) => listener.apart?.carries === 'http')
    .map(({ listener, services }) => apartRoutes(apartNames(listener).routes, services, context))
  return [
    ...redirectedHttpPorts(view).map(port => redirectedRoutesOf(port, context)),
    // Those of headless services have no listener of their own.
    ...detectedOf(view, context, ({ isHeadless }) => isHeadless !== true),
    ...apart,
  ]
}

/** Without interception nobody knows where a call was going: only a service may have those of unknown hosts. */
function unknownHostsOf(view: View, whereKnown?: string): Pick<SidecarRoutesContext, 'unknownHosts'> {
  const cluster = clusterForUnknown(view, whereKnown)
  return cluster === undefined ? {} : { unknownHosts: { cluster } }
}

function sidecarResources(proxy: ProxyPlacement, { index, placement }: ProxyContext): ProxyResources {
  const workload = workloadOf(index, proxy)
  const identity = workload ?? { namespace: proxy.namespace, labels: proxy.labels ?? {} }
  const view = viewOf(index.routing, identity, index.scopeOf(identity))
  const peer = `${proxy.namespace}/${proxy.workload ?? proxy.name}`
  const recording = recordingOf(index.mesh, identity)
  const routes = routesOf(proxy, view, identity)
  const own = [
    ...outboundListeners({ view, source: identity, peer, proxy, recording: recording.client }),
    ...(workload === undefined ? [] : inboundResources(proxy, workload, { index, placement })),
    ...routes.own,
  ]
  const guard = workload === undefined ? noGuard : guardOf(index.mesh, workload)
  const named = namedServicesIn(index, placement, view, guard, recording)
  const caller = callerOf(proxy, identity.labels, { index, placement })
  const clusters = [clustersIn(index, placement, view), hostClustersIn.unknown({ index, placement }, view, caller)]
  const endpoints = endpointsFor({ index, placement }, view, caller)
  return { shared: [...clusters, ...endpoints, routes.shared, named], own }
}

/** Without a proxy there are no certificates: clients speak plain text. */
function grpcResources(proxy: ProxyPlacement, { index, placement }: ProxyContext): ProxyResources {
  const source = workloadOf(index, proxy) ?? { namespace: proxy.namespace, labels: proxy.labels ?? {} }
  const view = viewOf(index.routing, source, index.scopeOf(source))
  const clusters = plainClusters(groundOf(index.mesh), view)
  const endpoints = endpointsFor(
    { index, placement },
    view,
    callerOf(proxy, source.labels, { index, placement }),
  ).flat()
  return { shared: [], own: grpcClientResources(view, source, { clusters, endpoints }) }
}

/** Clusters of all that a view sees, and that EDS tells the endpoints of. */
function clustersIn(index: MeshIndex, placement: Placement, view: View): readonly EnvoyResource[] {
  // Without identities nothing of where things run is in them, and a workload that moves makes none of them again.
  if (placement.hasIdentity !== true) return plainClusters(groundOf(index.mesh), view)
  return secureClusters(index, placement.hasSecrets === true ? secretsServed : noSecrets, view)
}

const plainClusters = memo((ground: Ground, view: View) =>
  throughEds(view).flatMap(visible => clustersOf(ground, noIdentities, visible)),
)

const [secretsServed, noSecrets] = [true, false].map(hasSecrets => ({ proxies: {}, hasSecrets })) as [
  Placement,
  Placement,
]

const secureClusters = memo((index: MeshIndex, placement: Placement, view: View) =>
  throughEds(view).flatMap(visible => {
    const ground = groundFor(visible, { index, placement, kind: 'sidecar' })
    return clustersOf(ground, identitiesOf(index, visible.service), visible)
  }),
)

function throughEds({ reachable }: View): readonly VisibleService[] {
  return reachable.filter(({ service }) => usesEds(service))
}

/** Clusters of the other hosts, by what the proxy knows of where connections were going; callers that stand alike share them. */
const hostClustersIn = { known: hostClusters('known'), unknown: hostClusters('unknown') } as const

function hostClusters(origin: Origin) {
  const madeFor = (context: ProxyContext, view: View, caller: CallerPlace | undefined) =>
    besideEds(view).flatMap(visible => clustersFor(visible, { ...context, origin, kind: 'sidecar', caller }))
  const forAll = memo((index: MeshIndex, placement: Placement, view: View) =>
    madeFor({ index, placement }, view, undefined),
  )
  const forPlace = byPlace(madeFor)
  return (context: ProxyContext, view: View, caller: CallerPlace | undefined): readonly EnvoyResource[] => {
    const { index, placement } = context
    if (besideEds(view).length === 0) return noResources
    if (caller === undefined || !anyPreferring(index, view).any) return forAll(index, placement, view)
    return forPlace(context, view, caller)
  }
}

const besideEds = memo((view: View) => view.reachable.filter(({ service }) => !usesEds(service)))
const anyPreferring = memo((index: MeshIndex, view: View) => ({
  any: besideEds(view).some(visible => prefers(index, visible)),
}))

function routesOf(
  proxy: ProxyPlacement,
  view: View,
  source: SidecarRoutesContext['source'],
): { shared: readonly EnvoyResource[]; own: readonly EnvoyResource[] } {
  const alone = proxy.outbound.filter(outbound => hasOwnRoutes(outbound, proxy))
  const dedicated = proxy.outbound.filter(outbound => outbound.host !== undefined && !alone.includes(outbound))
  if (dedicated.length + alone.length === 0 && !dependsOnCaller(view)) return { shared: sharedRoutes(view), own: [] }
  const listenersOf = ({ host }: Service, port: number) =>
    dedicated
      .filter(outbound => outbound.host === host && outbound.port === port)
      .map(outbound => outbound.listen.address)
  const context: SidecarRoutesContext = {
    view,
    source,
    addressesOf: listenersOf,
    ...unknownHostsOf(view),
    hasListener: ({ host }, port) => proxy.outbound.some(outbound => outbound.host === host && outbound.port === port),
  }
  // Where each listener has routes of its own, nobody asks for those of the port.
  const routes =
    alone.length > 0 ? alone.flatMap(outbound => aloneRoutes(outbound, view, context)) : portRoutes(context)
  return { shared: [], own: [...routes, ...detectedOf(view, context)] }
}

/** For whoever has no addresses of its own and is not told apart by any rule. */
const sharedRoutes = memo((view: View): readonly EnvoyResource[] => {
  const context = {
    view,
    source: { namespace: view.namespace, labels: {} },
    addressesOf: () => [],
    ...unknownHostsOf(view),
  }
  return [...portRoutes(context), ...detectedOf(view, context)]
})

function portRoutes(context: SidecarRoutesContext): EnvoyResource[] {
  return httpPorts(context.view).map(port => sidecarRoutes(port, context))
}

function aloneRoutes(outbound: Outbound, view: View, context: SidecarRoutesContext): EnvoyResource[] {
  const visible = view.byHost.get(outbound.host ?? '')
  const port = visible?.service.ports.find(({ number, protocol }) => number === outbound.port && isHttp(protocol))
  return visible === undefined || port === undefined ? [] : [soleRoutes(visible, port, context)]
}

function detectedOf(
  view: View,
  context: SidecarRoutesContext,
  isServed: (service: Service) => boolean = () => true,
): EnvoyResource[] {
  const served = view.services.filter(({ service }) => isServed(service))
  return served.flatMap(visible =>
    visible.service.ports.filter(port => port.protocol === 'AUTO').map(port => soleRoutes(visible, port, context)),
  )
}

/** A gateway knows the services that its routes lead to and those that changes of its filters name, and no others. */
function routerResources(proxy: ProxyPlacement, { index, placement }: ProxyContext): ProxyResources {
  const gateway = gatewayOf(index, proxy)
  if (gateway === undefined) return { shared: [], own: [] }
  const view = viewOf(index.routing, gateway, undefined)
  const own = gatewayResources(gateway, proxy, {
    view,
    caFile: groundOf(index.mesh).caFile,
    guardOf: servers => guardOfServers(index.mesh, gateway, servers),
    recordingOf: servers => recordingOf(index.mesh, partOfServers(gateway, servers)).client,
    takesProxyHeader: settingsOf(index.mesh)?.wide?.takesProxyHeader === true,
    hasSecrets: placement.hasSecrets === true,
    hasIdentity: placement.hasIdentity === true,
  })
  const needed = new Set([
    ...own.flatMap(resource => resource.needs.cluster ?? []),
    ...clustersNamed(index.mesh, proxy, { ...gateway, gateway }),
  ])
  const isAutomatic = gateway.gateways.some(({ servers }) =>
    servers.some(({ tls }) => tls?.mode === 'AUTO_PASSTHROUGH'),
  )
  const caller = callerOf(proxy, gateway.labels, { index, placement })
  const clusters = (visible: VisibleService) => {
    const all = clustersFor(visible, { index, placement, origin: 'unknown', kind: 'router', caller })
    const isNeeded = ({ name }: EnvoyResource) => needed.has(name)
    const passedOn = isAutomatic ? all.map(cluster => passedOnCluster(cluster)).filter(isNeeded) : []
    return [...(all.some(isNeeded) ? all : []), ...passedOn]
  }
  const reached = view.services.flatMap(visible => {
    const made = clusters(visible)
    return made.length === 0 ? [] : [{ visible, made }]
  })
  return {
    shared: [],
    own: [
      ...own,
      ...datagramClusters({ index, placement, view, needed }),
      ...reached.flatMap(({ made }) => made),
      ...reached.flatMap(({ visible }) =>
        endpointsOf(index, placement, visible, prefers(index, visible) ? caller : undefined),
      ),
    ],
  }
}
