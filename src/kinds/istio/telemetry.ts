import type { ObjectMeta } from '../resource.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import type { PolicyTargetReference } from './policy-target.ts'

/** What the proxies of some workloads report: traces, metrics and access logs. */
export interface Telemetry {
  /** Group and version; both mean the same here. New resources take `telemetry.istio.io/v1`. */
  apiVersion: 'telemetry.istio.io/v1' | 'telemetry.istio.io/v1alpha1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Telemetry'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Which workloads, and what they report. Default: nothing is changed. */
  spec?: TelemetrySpec
}

export interface TelemetrySpec {
  /** Which workloads of the namespace. Default: all of them; in the mesh’s root namespace, all of the mesh. */
  selector?: WorkloadSelector
  /** What it hangs on, in place of a selector. Default: nothing. */
  targetRef?: PolicyTargetReference
  /**
   * Several such, 16 at most. Default: none.
   * @maxItems 16
   */
  targetRefs?: PolicyTargetReference[]
  /** Traces; of several entries Istio reads the first alone. Default: as the mesh has it. */
  tracing?: Tracing[]
  /** Metrics. Default: as the mesh has it. Kept for Istio; not compiled to Envoy. */
  metrics?: Metrics[]
  /** Access logs. Default: as the mesh has it. */
  accessLogging?: AccessLogging[]
}

export interface TelemetryProvider {
  /**
   * Name of an extension provider in Istio’s MeshConfig.
   * @minLength 1
   */
  name: string
}

export interface TelemetryMode {
  /** What the workload is in the traffic: the one that calls, the one that is called, or either. Default: either. */
  mode?: 'CLIENT_AND_SERVER' | 'CLIENT' | 'SERVER'
}

export interface Tracing {
  /** Which traffic it is for. Default: all. */
  match?: TelemetryMode
  /**
   * Who is told; one at most, that is an `opentelemetry` or `zipkin` of MeshConfig. Default: MeshConfig’s
   * `defaultProviders`, or else whoever a proxy’s own bootstrap says.
   */
  providers?: TelemetryProvider[]
  /**
   * Share of the requests, percent, 0–100, that are traced where the caller has not decided; steps of 0.01. Default: the mesh’s.
   * @TJS-type number
   * @minimum 0
   * @maximum 100
   */
  randomSamplingPercentage?: number
  /** Reports no spans; headers are passed on all the same. Default: false. */
  disableSpanReporting?: boolean
  /** Neither makes nor changes the headers by which a trace goes on. Default: false. */
  disableContextPropagation?: boolean
  /** More tags for each span, by name; they replace those of wider resources. Default: those of wider resources. */
  customTags?: TracingTags
  /**
   * Says by Istio’s tags which workload a span is of, where a provider is told: canonical service and revision, namespace, mesh.
   * Default: true.
   */
  enableIstioTags?: boolean
  /** Lets the request’s id decide whether it is traced. Default: true. */
  useRequestIdForTraceSampling?: boolean
}

export interface TracingTags {
  /** Where the value of the tag with this name comes from. */
  [name: string]: TracingTag
}

/** One of its fields, and no more. */
export interface TracingTag {
  /** Always the same value; one of the four is needed. */
  literal?: LiteralTag
  /** An environment variable of the proxy; one of the four is needed. */
  environment?: NamedTag
  /** A header of the request; one of the four is needed. */
  header?: NamedTag
  /** What Envoy’s format of access logs makes; one of the four is needed. */
  formatter?: FormatterTag
}

export interface LiteralTag {
  /**
   * The value.
   * @minLength 1
   */
  value: string
}

export interface NamedTag {
  /**
   * Name of the variable or header.
   * @minLength 1
   */
  name: string
  /** The value where there is no such thing. Default: the tag is left out. */
  defaultValue?: string
}

export interface FormatterTag {
  /**
   * The format: `%REQ(USER-AGENT)%`.
   * @minLength 1
   */
  value: string
}

export interface Metrics {
  /** Who is told. Default: the mesh’s. Kept for Istio; not compiled to Envoy. */
  providers?: TelemetryProvider[]
  /**
   * Changes, in this order, to what wider resources say. Default: none. Kept for Istio; not compiled to Envoy: Istio’s own
   * Envoy alone counts Istio’s metrics.
   */
  overrides?: MetricsOverride[]
  /**
   * Time between two reports of open TCP connections, at least 1 ms. Default: 5 s. Kept for Istio; not compiled to
   * Envoy.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  reportingInterval?: string
}

export interface MetricsOverride {
  /** Which metrics. Default: all. */
  match?: MetricSelector
  /** Reports them no more. Default: as wider resources say. */
  disabled?: boolean
  /** Tags to add, change or take out, by name. Default: none. */
  tagOverrides?: MetricTags
}

/** Either `metric` or `customMetric`. */
export interface MetricSelector {
  /** One of Istio’s own metrics. Default: all of them. */
  metric?:
    | 'ALL_METRICS'
    | 'REQUEST_COUNT'
    | 'REQUEST_DURATION'
    | 'REQUEST_SIZE'
    | 'RESPONSE_SIZE'
    | 'TCP_OPENED_CONNECTIONS'
    | 'TCP_CLOSED_CONNECTIONS'
    | 'TCP_SENT_BYTES'
    | 'TCP_RECEIVED_BYTES'
    | 'GRPC_REQUEST_MESSAGES'
    | 'GRPC_RESPONSE_MESSAGES'
  /**
   * Any other metric, by name. Default: see `metric`.
   * @minLength 1
   */
  customMetric?: string
  /** What the workload is in the traffic: the one that calls, the one that is called, or either. Default: either. */
  mode?: 'CLIENT_AND_SERVER' | 'CLIENT' | 'SERVER'
}

export interface MetricTags {
  /** What becomes of the tag with this name. */
  [name: string]: MetricTag
}

export interface MetricTag {
  /** Adds or changes it (`UPSERT`), or takes it out (`REMOVE`). Default: `UPSERT`. */
  operation?: 'UPSERT' | 'REMOVE'
  /** An expression in CEL over Envoy’s attributes: `string(destination.port)`. Needed by `UPSERT`, and only there. */
  value?: string
}

export interface AccessLogging {
  /** Which traffic it is for. Default: all. */
  match?: TelemetryMode
  /**
   * Where lines go, in place of where wider resources say: `envoy` is the proxy’s standard output, all others are MeshConfig’s
   * `extensionProviders`. Default: the mesh’s.
   */
  providers?: TelemetryProvider[]
  /** Writes no lines to these providers. Default: as wider resources say. */
  disabled?: boolean
  /** Which requests are worth a line. Default: all. */
  filter?: AccessLogFilter
}

export interface AccessLogFilter {
  /**
   * A condition in CEL over Envoy’s attributes: `response.code >= 500`. One with functions that Envoy does not have is
   * kept for Istio alone, and its entry with it. Default: none.
   */
  expression?: string
}
