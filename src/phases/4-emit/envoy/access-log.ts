import type { Recording } from '../../../model/recording.ts'
import { compact, type Message, typed } from './envoy-resource.ts'
import type { Direction } from './filters/filter.ts'

/**
 * One line of JSON for each request, on the proxy's standard output: what `mesh logs --proxy` shows. Field names are
 * those of Istio's JSON access log; `peer` is the caller as its own proxy named it.
 *
 * @returns undefined where none is wanted
 */
export function accessLog(direction: Direction | 'tcp', recording: Recording): Message[] | undefined {
  if (!recording.accessLog) return undefined
  const fields: Message = {
    start_time: '%START_TIME%',
    method: '%REQ(:METHOD)%',
    authority: '%REQ(:AUTHORITY)%',
    path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
    response_code: '%RESPONSE_CODE%',
    response_flags: '%RESPONSE_FLAGS%',
    response_code_details: '%RESPONSE_CODE_DETAILS%',
    duration: '%DURATION%',
    upstream_host: '%UPSTREAM_HOST%',
    upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
    route_name: '%ROUTE_NAME%',
    request_id: '%REQ(X-REQUEST-ID)%',
    bytes_received: '%BYTES_RECEIVED%',
    bytes_sent: '%BYTES_SENT%',
    ...(direction === 'inbound'
      ? { peer: '%DYNAMIC_METADATA(mesh:peer)%', peer_identity: '%DOWNSTREAM_PEER_URI_SAN%' }
      : {}),
    ...(direction === 'tcp' ? {} : { direction }),
  }
  return [
    compact({
      name: 'envoy.access_loggers.stdout',
      filter: conditionFilter(recording),
      typed_config: typed('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
        log_format: { json_format: fields },
      }),
    }),
  ]
}

/** Evaluated when a request or connection has ended, with all that is known of it then. */
function conditionFilter({ logCondition: expression }: Recording): Message | undefined {
  if (expression === undefined) return undefined
  return {
    extension_filter: {
      name: 'envoy.access_loggers.extension_filters.cel',
      typed_config: typed('envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter', { expression }),
    },
  }
}
