import { looksAtPaths } from '../../../model/access-policy.ts'
import type { Recording } from '../../../model/recording.ts'
import { accessLog } from './access-log.ts'
import { compact, fromAds, type Message, typed } from './envoy-resource.ts'
import type { FilterContext } from './filters/filter.ts'
import { httpFilters } from './filters/index.ts'
import { tracing, unmarkedIds } from './tracing.ts'

export interface ConnectionManagerOptions extends FilterContext {
  /** Inbound: has the caller shown a certificate? Then the application is told whose; default: it has not. */
  readonly isSecure?: boolean
  readonly statPrefix: string
  readonly recording: Recording
  /** The name of a route configuration that comes by RDS, or one that is given here. */
  readonly routes:
    | { readonly kind: 'rds'; readonly name: string }
    | { readonly kind: 'inline'; readonly config: Message }
}

const managerType = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

/** The settings of a network filter that speaks HTTP; undefined for others. */
export function managerConfig(filter: Message): Message | undefined {
  const config = filter['typed_config'] as Message | undefined
  return `${config?.['@type']}`.endsWith(`/${managerType}`) ? config : undefined
}

/** The network filter that speaks HTTP, with Istio's settings for sidecars and gateways. */
export function httpConnectionManager(options: ConnectionManagerOptions): Message {
  const { routes, direction, isSecure, guard, recording } = options
  const isGuarded = guard !== undefined && looksAtPaths(guard.access)
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: typed(
      managerType,
      compact({
        stat_prefix: options.statPrefix,
        rds: routes.kind === 'rds' ? { config_source: fromAds, route_config_name: routes.name } : undefined,
        route_config: routes.kind === 'inline' ? routes.config : undefined,
        http_filters: httpFilters(options),
        access_log: accessLog(direction, recording),
        tracing: tracing(recording),
        request_id_extension: recording.isTraceUnmarked ? unmarkedIds : undefined,
        // At the edge the client's address is the connection's; inside, it is what the gateway wrote.
        use_remote_address: direction === 'gateway',
        // Without a certificate nobody may say whose they have: Envoy's default takes the header away.
        forward_client_cert_details: direction === 'gateway' ? 'SANITIZE_SET' : isSecure ? 'APPEND_FORWARD' : undefined,
        set_current_client_cert_details: clientDetails(options),
        server_name: direction === 'outbound' ? undefined : 'istio-envoy',
        upgrade_configs: [{ upgrade_type: 'websocket' }],
        // Streams may be silent for as long as the application likes.
        stream_idle_timeout: '0s',
        // `..` and `%2e%2e` are resolved before routes look at the path, so that no rule can be walked around.
        normalize_path: true,
        merge_slashes: isGuarded ? true : undefined,
        path_with_escaped_slashes_action: isGuarded ? 'UNESCAPE_AND_FORWARD' : 'KEEP_UNCHANGED',
      }),
    ),
  }
}

/** What applications are told of a certificate: at gateways all of it, for who shows one there is nobody that the mesh knows. */
function clientDetails({ direction, isSecure }: ConnectionManagerOptions): Message | undefined {
  if (direction === 'gateway') return { subject: true, cert: true, dns: true, uri: true }
  return isSecure ? { subject: true, dns: true, uri: true } : undefined
}
