/**
 * Hosts of which only a domain is declared (`*.example.com`), and that a proxy looks up as they are asked for: by the name that
 * a request or the beginning of TLS says.
 */
import { isHttp, type ServicePort } from '../../../model/service.ts'
import { type Message, seconds, typed } from './envoy-resource.ts'
import type { View, VisibleService } from './view.ts'

/** One for all clusters and filters of a proxy: Envoy wants equal ones under a name, and a name is looked up once. */
const cache: Message = {
  dns_cache_config: {
    name: 'dynamic-hosts',
    dns_lookup_family: 'V4_PREFERRED',
    dns_refresh_rate: seconds(60_000),
    // A caller that is let ask for any name below a domain may ask for many.
    max_hosts: 1024,
  },
}

export function isDynamic({ service }: VisibleService): boolean {
  return service.entry?.resolution === 'DYNAMIC_DNS'
}

/** Is any host of this port looked up as requests ask for it? */
export function hasDynamicHosts({ services }: View, port: number): boolean {
  return services.some(
    visible =>
      isDynamic(visible) && visible.service.ports.some(({ number, protocol }) => number === port && isHttp(protocol)),
  )
}

/** How a cluster of such hosts finds them. */
export function dynamicDiscovery(): Message {
  return {
    lb_policy: 'CLUSTER_PROVIDED',
    cluster_type: {
      name: 'envoy.clusters.dynamic_forward_proxy',
      typed_config: typed('envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig', {
        ...cache,
        // What a certificate is held against is said by the policy, as for any other cluster.
        allow_insecure_cluster_options: true,
      }),
    },
  }
}

/** The HTTP filter that looks a request's host up, where the request goes to such a cluster. */
export const dynamicHostFilter = typed('envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig', cache)

/** The network filter that looks the server up that TLS names. */
export function serverNameFilter({ number, targetPort }: ServicePort): Message {
  return {
    name: 'envoy.filters.network.sni_dynamic_forward_proxy',
    typed_config: typed('envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig', {
      ...cache,
      port_value: typeof targetPort === 'number' ? targetPort : number,
    }),
  }
}
