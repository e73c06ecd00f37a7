import type { PatchedObject } from '../../model/proxy-patch.ts'

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
