import type { LogFormat, OtelSink, ServiceSink } from '../../../model/log-sink.ts'
import { standardOutput } from '../../../model/log-sink.ts'
import type { ProviderService } from '../../../model/provider-service.ts'
import { type Log, logsOf, type Recording } from '../../../model/recording.ts'
import { ownValue } from '../../../util/own-value.ts'
import { compact, type Message, typed } from './envoy-resource.ts'
import type { Direction } from './filters/filter.ts'
import { outboundCluster } from './names.ts'

type LogDirection = Direction | 'tcp' | 'udp'

/**
 * Who is given a line of each request or connection. Where nothing else is said, that is one line of JSON on the proxy's
 * standard output: what `mesh logs --proxy` shows.
 *
 * @returns undefined where none is wanted
 */
export function accessLog(direction: LogDirection, recording: Recording): Message[] | undefined {
  const logs = logsOf(recording).flatMap(log => {
    const logger = loggerOf(direction, log)
    if (logger === undefined) return []
    const [name, type, config] = logger
    return [compact({ name, filter: conditionFilter(log), typed_config: typed(type, config) })]
  })
  return logs.length === 0 ? undefined : logs
}

type Logger = readonly [name: string, type: string, config: Message]

/** Undefined where the service takes what is not carried here. */
function loggerOf(direction: LogDirection, { sink }: Log): Logger | undefined {
  if (sink === undefined) return fileLogger(standardOutput, direction, undefined)
  if (sink.kind === 'file') return fileLogger(sink.path, direction, sink.format)
  if (sink.kind === 'otel') return otelLogger(sink)
  return (sink.kind === 'connections') === isBare(direction) ? serviceLogger(sink) : undefined
}

/** Streams have loggers of their own: as files they would be opened anew, which a container may not do. */
const streams: Readonly<{ [path: string]: readonly [name: string, type: string] }> = {
  [standardOutput]: ['envoy.access_loggers.stdout', 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'],
  '/dev/stderr': ['envoy.access_loggers.stderr', 'envoy.extensions.access_loggers.stream.v3.StderrAccessLog'],
}

function fileLogger(path: string, direction: LogDirection, format: LogFormat | undefined): Logger {
  const log_format = format === undefined ? { json_format: ownFields(direction) } : formatOf(format)
  const [name, type] = ownValue(streams, path) ?? []
  if (name !== undefined && type !== undefined) return [name, type, { log_format }]
  return ['envoy.access_loggers.file', 'envoy.extensions.access_loggers.file.v3.FileAccessLog', { path, log_format }]
}

function formatOf(format: LogFormat): Message {
  return compact({
    ...(format.kind === 'text'
      ? { text_format_source: { inline_string: format.text } }
      : { json_format: format.fields }),
    omit_empty_values: format.omitsEmpty ? true : undefined,
  })
}

/** Field names are those of Istio's JSON access log; `peer` is the caller as its own proxy named it. */
function ownFields(direction: LogDirection): Message {
  return {
    start_time: '%START_TIME%',
    method: '%REQ(:METHOD)%',
    authority: '%REQ(:AUTHORITY)%',
    path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
    response_code: '%RESPONSE_CODE%',
    response_flags: '%RESPONSE_FLAGS%',
    response_code_details: '%RESPONSE_CODE_DETAILS%',
    duration: '%DURATION%',
    upstream_host: '%UPSTREAM_HOST%',
    // Nothing else says it of datagrams.
    upstream_cluster:
      direction === 'udp' ? '%DYNAMIC_METADATA(udp.proxy.session:cluster_name)%' : '%UPSTREAM_CLUSTER_RAW%',
    route_name: '%ROUTE_NAME%',
    request_id: '%REQ(X-REQUEST-ID)%',
    bytes_received: '%BYTES_RECEIVED%',
    bytes_sent: '%BYTES_SENT%',
    ...(direction === 'inbound'
      ? { peer: '%DYNAMIC_METADATA(mesh:peer)%', peer_identity: '%DOWNSTREAM_PEER_URI_SAN%' }
      : {}),
    ...(isBare(direction) ? {} : { direction }),
  }
}

/** Without HTTP. */
function isBare(direction: LogDirection): boolean {
  return direction === 'tcp' || direction === 'udp'
}

function otelLogger({ service, logName, text, labels, states }: OtelSink): Logger {
  const config = compact({
    log_name: logName,
    grpc_service: grpcService(service),
    body: { string_value: text },
    attributes:
      labels.length === 0
        ? undefined
        : { values: labels.map(({ name, format }) => ({ key: name, value: { string_value: format } })) },
    filter_state_objects_to_log: nonEmpty(states),
  })
  const type = 'envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig'
  return ['envoy.access_loggers.open_telemetry', type, config]
}

/** Envoy's own protocol (`envoy.service.accesslog.v3.AccessLogService`). */
function serviceLogger({ kind, service, logName, states, headers }: ServiceSink): Logger {
  const common_config = compact({
    log_name: logName,
    grpc_service: grpcService(service),
    transport_api_version: 'V3',
    filter_state_objects_to_log: nonEmpty(states),
  })
  if (kind === 'connections')
    return [
      'envoy.access_loggers.tcp_grpc',
      'envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig',
      { common_config },
    ]
  const config = compact({
    common_config,
    additional_request_headers_to_log: nonEmpty(headers.request),
    additional_response_headers_to_log: nonEmpty(headers.response),
    additional_response_trailers_to_log: nonEmpty(headers.trailer),
  })
  return ['envoy.access_loggers.http_grpc', 'envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig', config]
}

function grpcService({ host, port }: ProviderService): Message {
  return { envoy_grpc: { cluster_name: outboundCluster(host, port), authority: host } }
}

function nonEmpty(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list
}

/** Evaluated when a request or connection has ended, with all that is known of it then. */
function conditionFilter({ condition: expression }: Log): Message | undefined {
  if (expression === undefined) return undefined
  return {
    extension_filter: {
      name: 'envoy.access_loggers.extension_filters.cel',
      typed_config: typed('envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter', { expression }),
    },
  }
}
