import type { Recording } from '../../../model/recording.ts'
import type { ConnectionPool } from '../../../model/traffic-policy.ts'
import { accessLog } from './access-log.ts'
import { compact, type Message, seconds, typed } from './envoy-resource.ts'

/** The network filter that passes bytes on to a cluster. How long a connection may idle or live is said here. */
export function tcpProxy(cluster: string, recording: Recording, pool?: ConnectionPool): Message {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : seconds(ms))
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: typed(
      'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
      compact({
        stat_prefix: cluster,
        cluster,
        idle_timeout: time(pool?.tcpIdleTimeoutMs),
        max_downstream_connection_duration: time(pool?.maxConnectionDurationMs),
        access_log: accessLog('tcp', recording),
      }),
    ),
  }
}
