import type { AnyFields } from '../resource.ts'

/** Lines of access logs in a file on each proxy’s disk. */
export interface FileLog {
  /**
   * The file: `/dev/stdout`, `/dev/stderr`, or one in a folder that the proxy may write to.
   * @minLength 1
   */
  path: string
  /** What lines look like. Default: as `accessLogFormat` and `accessLogEncoding` have it, or else JSON. */
  logFormat?: FileLogFormat
  /** Leaves out what has no value. Default: false, `-` or `null` stands there. */
  omitEmptyValues?: boolean
}

/** Either `text` or `labels`. */
export interface FileLogFormat {
  /** A line of text, in the words of Envoy’s access logs: `%REQ(:METHOD)% %RESPONSE_CODE%`. Either this or `labels` is needed. */
  text?: string
  /** A line of JSON: an object whose texts are in the words of Envoy’s access logs. Either this or `text` is needed. */
  labels?: AnyFields
}

/** A service that takes lines in OpenTelemetry’s form, by gRPC. */
export interface OpenTelemetryLog {
  /**
   * Host of the service: `collector.observe.svc.cluster.local`, or that of a ServiceEntry; `NAMESPACE/HOST` where several
   * namespaces have it.
   * @minLength 1
   */
  service: string
  /**
   * The service’s port, 1–65535; it has to be one of gRPC or HTTP/2.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /** The name that it is told of the log. Default: `otel_envoy_accesslog`. */
  logName?: string
  /** What is said of each request or connection. Default: Istio’s line, and no labels. */
  logFormat?: OpenTelemetryLogFormat
  /** Names of filter states that it is told, too. Default: none. */
  filterStateObjectsToLog?: string[]
}

export interface OpenTelemetryLogFormat {
  /** The body: a line of text, in the words of Envoy’s access logs. Default: Istio’s line. */
  text?: string
  /** Attributes beside it. Default: none. */
  labels?: LogLabels
}

export interface LogLabels {
  /** Value of the attribute with this name, in the words of Envoy’s access logs. */
  [name: string]: string
}

/** A service that is told of requests in Envoy’s own form (`envoy.service.accesslog.v3.AccessLogService`). */
export interface RequestLog {
  /**
   * Host of the service: `als.observe.svc.cluster.local`, or that of a ServiceEntry; `NAMESPACE/HOST` where several
   * namespaces have it.
   * @minLength 1
   */
  service: string
  /**
   * The service’s port, 1–65535; it has to be one of gRPC or HTTP/2.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /** The name that it is told of the log. Default: `http_envoy_accesslog`. */
  logName?: string
  /** Names of filter states that it is told, too. Default: none. */
  filterStateObjectsToLog?: string[]
  /** Headers of requests that it is told, too. Default: those that Envoy tells anyway. */
  additionalRequestHeadersToLog?: string[]
  /** Headers of answers that it is told, too. Default: none. */
  additionalResponseHeadersToLog?: string[]
  /** Trailers of answers that it is told, too. Default: none. */
  additionalResponseTrailersToLog?: string[]
}

/** A service that is told of connections in Envoy’s own form (`envoy.service.accesslog.v3.AccessLogService`). */
export interface ConnectionLog {
  /**
   * Host of the service: `als.observe.svc.cluster.local`, or that of a ServiceEntry; `NAMESPACE/HOST` where several
   * namespaces have it.
   * @minLength 1
   */
  service: string
  /**
   * The service’s port, 1–65535; it has to be one of gRPC or HTTP/2.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /** The name that it is told of the log. Default: `tcp_envoy_accesslog`. */
  logName?: string
  /** Names of filter states that it is told, too. Default: none. */
  filterStateObjectsToLog?: string[]
}
