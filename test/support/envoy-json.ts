/** Small Envoy resources as JSON, the way Envoy's documentation writes them. */
export type Json = { readonly [name: string]: unknown }

const ads = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' }

export const clusterUrl = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
export const httpOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** An EDS cluster over ADS; `more` overrides or adds fields. */
export function edsCluster(name: string, more: Json = {}): Json {
  return {
    name,
    type: 'EDS',
    eds_cluster_config: { eds_config: ads, service_name: name },
    connect_timeout: '1s',
    ...more,
  }
}

/** A load assignment with one endpoint on loopback for each port. */
export function loadAssignment(name: string, ...ports: number[]): Json {
  const lb_endpoints = ports.map(port => ({
    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
  }))
  return { cluster_name: name, endpoints: [{ locality: {}, lb_endpoints }] }
}

/** A route configuration whose every request goes to one cluster. */
export function routeTo(name: string, cluster: string, more: Json = {}): Json {
  const routes = [{ match: { prefix: '/' }, route: { cluster, timeout: '5s' } }]
  return { name, validate_clusters: false, virtual_hosts: [{ name: 'all', domains: ['*'], routes }], ...more }
}

/** An HTTP listener on loopback whose routes come by RDS, or inline. */
export function httpListener(
  name: string,
  port: number,
  routes: { readonly rds: string } | { readonly inline: Json },
): Json {
  const source =
    'rds' in routes ? { rds: { route_config_name: routes.rds, config_source: ads } } : { route_config: routes.inline }
  return listenerWith(name, port, {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: name,
    ...source,
    http_filters: [
      {
        name: 'router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  })
}

/** A listener on loopback that passes bytes to one cluster. */
export function tcpListener(name: string, port: number, cluster: string): Json {
  return listenerWith(name, port, {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    stat_prefix: name,
    cluster,
  })
}

function listenerWith(name: string, port: number, filter: Json): Json {
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    enable_reuse_port: false,
    filter_chains: [{ filters: [{ name: 'filter', typed_config: filter }] }],
  }
}
