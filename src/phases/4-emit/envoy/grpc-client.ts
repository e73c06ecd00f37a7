/**
 * Configuration for clients that speak xDS themselves and have no proxy: gRPC's `xds:///reviews.shop.svc.cluster.local:9080`.
 *
 * A listener for each name that the client may dial, a route configuration for each port of a service, and clusters and endpoints with
 * what gRPC knows of them. What it would refuse is left out: algorithms other than round robin and ring hash, TLS, other filters than
 * faults, redirects (calls that would be redirected fail).
 */
import { isIP } from 'node:net'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import { memo } from '../../../util/memo.ts'
import { compact, type EnvoyResource, fromAds, type Message, typed } from './envoy-resource.ts'
import { type CallFacts, grpcMatch } from './grpc-match.ts'
import { domainsOf, outboundCluster } from './names.ts'
import { type SidecarRoutesContext, soleRoutes } from './sidecar-routes.ts'
import type { View } from './view.ts'

/** What a proxy would be given, of which a client without one is given a part. */
interface ProxyParts {
  readonly clusters: readonly EnvoyResource[]
  readonly endpoints: readonly EnvoyResource[]
}

/** All that a client of a view may ask for. */
export function grpcClientResources(
  view: View,
  source: SidecarRoutesContext['source'],
  { clusters, endpoints }: ProxyParts,
): EnvoyResource[] {
  const known = clusters.filter(({ value }) => value['type'] === 'EDS').map(grpcCluster)
  const names = new Set(known.map(({ name }) => name))
  return [
    ...known,
    ...endpoints.filter(({ name }) => names.has(name)).map(grpcEndpoints),
    ...view.services.flatMap(visible =>
      visible.service.ports
        .filter(({ protocol }) => isHttp(protocol) || protocol === 'AUTO')
        .flatMap(port => {
          const routes = grpcRoutes(
            soleRoutes(visible, port, { view, source, addressesOf: () => [] }),
            visible.service,
            port,
          )
          return [...listeners(visible.service, port, source.namespace), routes]
        }),
    ),
  ]
}

/** One for each name: a client asks for the very name that it dials. */
function listeners(service: Service, port: ServicePort, namespace: string): EnvoyResource[] {
  const routes = outboundCluster(service.host, port.number)
  return domainsOf(service, namespace).map(domain => {
    const name = `${domain}:${port.number}`
    const manager = typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
      stat_prefix: name,
      rds: { config_source: fromAds, route_config_name: routes },
      http_filters: [
        { name: faultFilter, typed_config: typed('envoy.extensions.filters.http.fault.v3.HTTPFault') },
        { name: 'envoy.filters.http.router', typed_config: typed('envoy.extensions.filters.http.router.v3.Router') },
      ],
    })
    const value = { name, api_listener: { api_listener: manager } }
    return { type: 'listener', name, value, needs: { route: [routes] }, from: [port.at] }
  })
}

const faultFilter = 'envoy.filters.http.fault'

function grpcRoutes(routes: EnvoyResource, service: Service, port: ServicePort): EnvoyResource {
  const name = outboundCluster(service.host, port.number)
  const hosts = routes.value['virtual_hosts'] as readonly Message[]
  const facts: CallFacts = {
    ':method': 'POST',
    ':scheme': 'http',
    ':authority': [service.host, `${service.host}:${port.number}`],
  }
  const value = {
    name,
    virtual_hosts: hosts.map(host => ({
      name: host['name'],
      domains: host['domains'],
      routes: (host['routes'] as readonly Message[]).flatMap(route => {
        const match = grpcMatch(route['match'] as Message, facts)
        return match === undefined ? [] : [grpcRoute({ ...route, match })]
      }),
    })),
  }
  return { ...routes, name, value }
}

function grpcRoute({ name, match, route, typed_per_filter_config: filters }: Message): Message {
  const fault = (filters as Message | undefined)?.[faultFilter]
  const isAsked = isAsking(filters) || hasAsking(route)
  return compact({
    name,
    match,
    ...(route === undefined || isAsked ? { non_forwarding_action: {} } : { route: grpcAction(route as Message) }),
    typed_per_filter_config: fault === undefined ? undefined : { [faultFilter]: fault },
  })
}

/** Whether a call may go on is asked by a filter that gRPC does not have: then it must not. */
function isAsking(filters: unknown): boolean {
  const all = Object.values((filters ?? {}) as Message) as readonly Message[]
  return all.some(({ '@type': type }) => `${type}`.endsWith('ExtAuthzPerRoute'))
}

function hasAsking(route: unknown): boolean {
  const weighted = (route as Message | undefined)?.['weighted_clusters'] as Message | undefined
  const clusters = (weighted?.['clusters'] ?? []) as readonly Message[]
  return clusters.some(({ typed_per_filter_config: filters }) => isAsking(filters))
}

/** gRPC knows of a time for the whole call, which Envoy's `timeout` is, by another name. */
function grpcAction(action: Message): Message {
  const { cluster, weighted_clusters: weighted, hash_policy, timeout, retry_policy: retries } = action
  const clusters = ((weighted as Message | undefined)?.['clusters'] as readonly Message[] | undefined)?.map(
    ({ name, weight }) => ({ name, weight }),
  )
  return compact({
    cluster,
    weighted_clusters: clusters === undefined ? undefined : { clusters },
    hash_policy,
    max_stream_duration: timeout === '0s' ? undefined : { max_stream_duration: timeout },
    retry_policy: grpcRetries(retries as Message | undefined),
  })
}

function grpcRetries(retries: Message | undefined): Message | undefined {
  if (retries === undefined || retries['num_retries'] === 0) return undefined
  const { retry_on, num_retries, retry_back_off } = retries
  return compact({ retry_on, num_retries, retry_back_off })
}

/** The same for all clients: clusters of a view are the same objects for as long as nothing of them changes. */
const grpcCluster = memo((cluster: EnvoyResource): EnvoyResource => {
  const { name, type, eds_cluster_config, lb_policy, ring_hash_lb_config, circuit_breakers } = cluster.value
  const isRing = lb_policy === 'RING_HASH'
  const [thresholds] = ((circuit_breakers as Message | undefined)?.['thresholds'] ?? []) as readonly Message[]
  const value = compact({
    name,
    type,
    eds_cluster_config,
    lb_policy: isRing ? 'RING_HASH' : 'ROUND_ROBIN',
    ring_hash_lb_config: isRing ? ring_hash_lb_config : undefined,
    circuit_breakers: { thresholds: [compact({ max_requests: thresholds?.['max_requests'] })] },
  })
  return { ...cluster, value, needs: { endpoint: cluster.needs.endpoint ?? [] } }
})

interface LbEndpoint {
  readonly endpoint: {
    readonly address: { readonly socket_address?: { readonly address: string; readonly port_value: number } }
  }
  readonly load_balancing_weight?: number
}

interface LocalityEndpoints {
  readonly locality?: Message
  readonly priority?: number
  readonly load_balancing_weight?: number
  readonly lb_endpoints: readonly LbEndpoint[]
}

/** gRPC refuses endpoints twice and by name, and leaves places without a weight out. */
const grpcEndpoints = memo((endpoints: EnvoyResource): EnvoyResource => {
  const seen = new Set<string>()
  const isNew = ({ endpoint }: LbEndpoint) => {
    const { address = '', port_value: port = 0 } = endpoint.address.socket_address ?? {}
    const key = `${address}:${port}`
    if (isIP(address) === 0 || seen.has(key)) return false
    seen.add(key)
    return true
  }
  const groups = (endpoints.value['endpoints'] as readonly LocalityEndpoints[]).flatMap(
    ({ locality = {}, priority, load_balancing_weight, lb_endpoints }) => {
      const members = lb_endpoints
        .filter(isNew)
        .map(({ endpoint, load_balancing_weight: weight }) => compact({ endpoint, load_balancing_weight: weight }))
      const sum = members.reduce((total, { load_balancing_weight: weight = 1 }) => total + Number(weight), 0)
      return members.length === 0
        ? []
        : [compact({ locality, priority, load_balancing_weight: load_balancing_weight ?? sum, lb_endpoints: members })]
    },
  )
  return { ...endpoints, value: { cluster_name: endpoints.name, endpoints: withoutGaps(groups) } }
})

/** Priorities from 0, one after the other: those whose endpoints all went leave none out. */
function withoutGaps(groups: readonly Message[]): Message[] {
  const priorities = [...new Set(groups.map(({ priority = 0 }) => Number(priority)))].sort((a, b) => a - b)
  return groups.map(({ priority = 0, ...group }) => ({ ...group, priority: priorities.indexOf(Number(priority)) }))
}
