import { accessLog } from './access-log.ts'
import { type Message, typed } from './envoy-resource.ts'

/** The network filter that passes bytes on to a cluster. */
export function tcpProxy(cluster: string): Message {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
      stat_prefix: cluster,
      cluster,
      access_log: accessLog('tcp'),
    }),
  }
}
