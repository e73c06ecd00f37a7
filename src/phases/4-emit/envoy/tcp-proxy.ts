import type { Recording } from '../../../model/recording.ts'
import type { TrafficPolicy } from '../../../model/traffic-policy.ts'
import { accessLog } from './access-log.ts'
import { compact, type Message, seconds, typed } from './envoy-resource.ts'

/** Several clusters that share connections out, and what they are called together. */
export interface Shares {
  readonly name: string
  readonly shares: readonly { readonly name: string; readonly weight: number }[]
}

/** The network filter that passes bytes on. How long a connection may idle or live, through whom it goes, and what it is balanced by is said here. */
export function tcpProxy(
  to: string | Shares,
  recording: Recording,
  {
    connectionPool: pool,
    tunnel,
    loadBalancer,
  }: Pick<TrafficPolicy, 'connectionPool' | 'tunnel' | 'loadBalancer'> = {},
): Message {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : seconds(ms))
  const target = typeof to === 'string' ? { cluster: to } : { weighted_clusters: { clusters: to.shares } }
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: typed(
      'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
      compact({
        stat_prefix: typeof to === 'string' ? to : to.name,
        ...target,
        // Of a connection nothing else is known that endpoints could be picked by.
        hash_policy: isBySourceAddress(loadBalancer) ? [{ source_ip: {} }] : undefined,
        idle_timeout: time(pool?.tcpIdleTimeoutMs),
        max_downstream_connection_duration: time(pool?.maxConnectionDurationMs),
        tunneling_config:
          tunnel === undefined
            ? undefined
            : compact({ hostname: tunnel.target, use_post: tunnel.method === 'POST' ? true : undefined }),
        access_log: accessLog('tcp', recording),
      }),
    ),
  }
}

function isBySourceAddress(balancer: TrafficPolicy['loadBalancer']): boolean {
  return balancer?.kind === 'hash' && balancer.key.kind === 'source-ip'
}
