import type { ListenerMatch, PatchedObject } from '../../model/proxy-patch.ts'

/** By what is changed: the message that a value is. What is not in here is not changed, and a rule says so. */
export const patchedTypes: Readonly<{ [Object in PatchedObject]: string }> = {
  LISTENER: 'envoy.config.listener.v3.Listener',
  LISTENER_FILTER: 'envoy.config.listener.v3.ListenerFilter',
  FILTER_CHAIN: 'envoy.config.listener.v3.FilterChain',
  NETWORK_FILTER: 'envoy.config.listener.v3.Filter',
  HTTP_FILTER: 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
  ROUTE_CONFIGURATION: 'envoy.config.route.v3.RouteConfiguration',
  VIRTUAL_HOST: 'envoy.config.route.v3.VirtualHost',
  HTTP_ROUTE: 'envoy.config.route.v3.Route',
  CLUSTER: 'envoy.config.cluster.v3.Cluster',
  EXTENSION_CONFIG: 'envoy.config.core.v3.TypedExtensionConfig',
}

/** Finds the HTTP filter that ends each chain. */
export const routerMatch = {
  name: 'envoy.filters.network.http_connection_manager',
  subFilter: { name: 'envoy.filters.http.router' },
}

/** Settings of an HTTP filter, by the end of their type's name. */
export function httpFilterSettings(type: string, fields: object): object {
  return { '@type': `type.googleapis.com/envoy.extensions.filters.http.${type}`, ...fields }
}

export type FilterPlace = 'http' | 'network' | 'listener'

/**
 * Names that filters had before Envoy 1.14, by where a filter stands, for `envoy.ext_authz` was the name of two. Istio still looks
 * filters up by them.
 */
const oldNames: { readonly [place in FilterPlace]: ReadonlyMap<string, string> } = {
  http: namesOf('http', 'envoy.', {
    same: [
      'buffer',
      'cors',
      'csrf',
      'ext_authz',
      'fault',
      'grpc_http1_bridge',
      'grpc_json_transcoder',
      'grpc_web',
      'gzip',
      'health_check',
      'ip_tagging',
      'lua',
      'router',
      'squash',
    ],
    other: { http_dynamo_filter: 'dynamo', rate_limit: 'ratelimit' },
  }),
  network: namesOf('network', 'envoy.', {
    same: [
      'client_ssl_auth',
      'echo',
      'ext_authz',
      'http_connection_manager',
      'mongo_proxy',
      'ratelimit',
      'redis_proxy',
      'tcp_proxy',
    ],
  }),
  listener: namesOf('listener', 'envoy.listener.', {
    same: ['http_inspector', 'original_dst', 'original_src', 'proxy_protocol', 'tls_inspector'],
  }),
}

function namesOf(
  place: FilterPlace,
  prefix: string,
  { same, other = {} }: { readonly same: readonly string[]; readonly other?: Readonly<{ [old: string]: string }> },
): ReadonlyMap<string, string> {
  const all = [...same.map(name => [name, name] as const), ...Object.entries(other)]
  return new Map(all.map(([old, name]) => [`${prefix}${old}`, `envoy.filters.${place}.${name}`]))
}

/** What a filter is called now; undefined where the name is no old one. */
export function nameSince(place: FilterPlace, name: string | undefined): string | undefined {
  return name === undefined ? undefined : oldNames[place].get(name)
}

/** A match that looks for filters by the names that they have. */
export function withNewNames(match: ListenerMatch): ListenerMatch {
  const { listenerFilter, filterChain } = match
  const filter = filterChain?.filter
  return {
    ...match,
    ...(listenerFilter === undefined ? {} : { listenerFilter: newName('listener', listenerFilter) }),
    ...(filterChain === undefined || filter === undefined
      ? {}
      : {
          filterChain: {
            ...filterChain,
            filter: {
              ...filter,
              ...(filter.name === undefined ? {} : { name: newName('network', filter.name) }),
              ...(filter.subFilter?.name === undefined
                ? {}
                : { subFilter: { name: newName('http', filter.subFilter.name) } }),
            },
          },
        }),
  }
}

function newName(place: FilterPlace, name: string): string {
  return nameSince(place, name) ?? name
}
