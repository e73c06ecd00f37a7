import type { LogFields, LogFormat, LogSink, OtelSink, ServiceSink } from '../../model/log-sink.ts'
import type { LogSettings } from '../../model/mesh-settings.ts'
import type { ProviderService } from '../../model/provider-service.ts'
import { isObject } from '../../util/is-object.ts'
import { formatProblem } from '../http-forms.ts'
import type { ExtensionProvider, MeshConfig } from './mesh-config.ts'
import type { ConnectionLog, FileLog, OpenTelemetryLog, RequestLog } from './mesh-config-logs.ts'

/** Istio's line of text, which those who read its logs expect. */
const istioLine = [
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%',
  '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED%',
  '%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"',
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS%',
  '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%',
].join(' ')

/** Undefined where nothing is said of access logs. */
export function lowerLogSettings(config: MeshConfig): LogSettings | undefined {
  const { accessLogFile, defaultProviders } = config
  const format = lineFormat(config)
  const defaults = defaultProviders?.accessLogging?.map(name => (name.toLowerCase() === 'envoy' ? 'envoy' : name))
  if (accessLogFile === undefined && format === undefined && defaults === undefined) return undefined
  return {
    ...(defaults === undefined ? {} : { defaults }),
    ...(accessLogFile === undefined ? {} : { file: accessLogFile }),
    ...(format === undefined ? {} : { format }),
  }
}

function lineFormat({ accessLogFormat = '', accessLogEncoding: encoding }: MeshConfig): LogFormat | undefined {
  const isJson = encoding === 'JSON'
  if (accessLogFormat === '') return encoding === 'TEXT' ? textFormat(istioLine, false) : undefined
  if (!isJson) return textFormat(accessLogFormat, false)
  const fields = fieldsIn(accessLogFormat)
  return fields === undefined ? undefined : jsonFormat(fields, false)
}

/** What is wrong with a line in the words of Envoy's access logs: it refuses a whole listener for one that it does not know. */
export function lineProblem(text: string): string | undefined {
  return formatProblem(text.replaceAll(/[\n\r\t]/g, ' '))
}

/** An object that is written as text; undefined where it is none. */
export function fieldsIn(text: string): LogFields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Undefined where a provider is for something else. */
export function lowerLog(
  { envoyFileAccessLog, envoyOtelAls, envoyHttpAls, envoyTcpAls }: ExtensionProvider,
  serviceOf: (from: { readonly service: string; readonly port: number }) => ProviderService,
): LogSink | undefined {
  if (envoyFileAccessLog !== undefined) return fileSink(envoyFileAccessLog)
  if (envoyOtelAls !== undefined) return otelSink(envoyOtelAls, serviceOf(envoyOtelAls))
  if (envoyHttpAls !== undefined) return serviceSink('requests', envoyHttpAls, serviceOf(envoyHttpAls))
  if (envoyTcpAls !== undefined) return serviceSink('connections', envoyTcpAls, serviceOf(envoyTcpAls))
  return undefined
}

function fileSink({ path, logFormat: { text, labels } = {}, omitEmptyValues }: FileLog): LogSink {
  const omitsEmpty = omitEmptyValues === true
  const format = text === undefined ? labels && jsonFormat(labels, omitsEmpty) : textFormat(text, omitsEmpty)
  return { kind: 'file', path, ...(format === undefined ? {} : { format }) }
}

/** Undefined for what Envoy would refuse: a check says so, and lines are as they are without it. */
function jsonFormat(fields: LogFields, omitsEmpty: boolean): LogFormat | undefined {
  return isUsable(fields) ? { kind: 'json', fields, omitsEmpty } : undefined
}

function isUsable(value: unknown): boolean {
  if (typeof value === 'string') return lineProblem(value) === undefined
  return typeof value !== 'object' || value === null || Object.values(value).every(isUsable)
}

/** The same of a text. Each request has a line of its own. */
function textFormat(text: string, omitsEmpty: boolean): LogFormat | undefined {
  if (lineProblem(text) !== undefined) return undefined
  return { kind: 'text', text: text.endsWith('\n') ? text : `${text}\n`, omitsEmpty }
}

function otelSink(from: OpenTelemetryLog, service: ProviderService): OtelSink {
  const { logName = 'otel_envoy_accesslog', logFormat = {}, filterStateObjectsToLog: states = [] } = from
  const { text = istioLine, labels = {} } = logFormat
  const body = lineProblem(text) === undefined ? text : istioLine
  return {
    ...{ kind: 'otel', service, logName, text: body, states },
    labels: Object.entries(labels)
      .filter(([, format]) => lineProblem(format) === undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, format]) => ({ name, format })),
  }
}

function serviceSink(
  kind: ServiceSink['kind'],
  from: RequestLog & ConnectionLog,
  service: ProviderService,
): ServiceSink {
  const { logName = kind === 'requests' ? 'http_envoy_accesslog' : 'tcp_envoy_accesslog' } = from
  return {
    ...{ kind, service, logName, states: from.filterStateObjectsToLog ?? [] },
    headers: {
      request: from.additionalRequestHeadersToLog ?? [],
      response: from.additionalResponseHeadersToLog ?? [],
      trailer: from.additionalResponseTrailersToLog ?? [],
    },
  }
}
