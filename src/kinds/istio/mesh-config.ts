import type { ConnectionPoolSettings, TcpKeepalive } from './connection-pool.ts'
import type { OutlierDetection } from './destination-rule.ts'
import type { HTTPRetry } from './http-route.ts'
import type { LocalityLoadBalancerSetting, ZoneAwareLoadBalancerSetting } from './load-balancer.ts'
import type { ConnectionLog, FileLog, OpenTelemetryLog, RequestLog } from './mesh-config-logs.ts'
import type { GatewayTopology, MeshTls, PathNormalization, TlsDefaults } from './mesh-config-wide.ts'
import type { ProxyEnvironment } from './proxy-config.ts'
import type { ProxyHeaders } from './proxy-headers.ts'
import type { LiteralTag, NamedTag } from './telemetry.ts'

/** What is set for a whole mesh: Istio's MeshConfig, as far as it is brought to Envoy. */
export interface MeshConfig {
  /** Services that proxies ask or tell, by the names that policies know them by. Default: none. */
  extensionProviders?: ExtensionProvider[]
  /** Which of them are told where no Telemetry names any. Default: none. */
  defaultProviders?: DefaultProviders
  /**
   * File that gets a line of each request where neither a Telemetry nor `defaultProviders` says where lines go: `/dev/stdout`;
   * empty: none. Default: as the installation has it.
   */
  accessLogFile?: string
  /**
   * What lines look like that say nothing themselves, in the words of Envoy’s access logs: a text, or with
   * `accessLogEncoding: JSON` an object of JSON, as text. Default: see `accessLogEncoding`.
   */
  accessLogFormat?: string
  /**
   * Is a line text, or JSON? Default: text where `accessLogFormat` is given, or else JSON. Without `accessLogFormat`, text is
   * Istio’s line.
   */
  accessLogEncoding?: 'TEXT' | 'JSON'
  /** What becomes of calls to hosts that nobody declared, where no Sidecar says so. Default: they are passed on. */
  outboundTrafficPolicy?: MeshOutboundTrafficPolicy
  /**
   * How long a connection to a service may take to be made, where no DestinationRule says so; at least 1 ms. Default: 10 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  connectTimeout?: string
  /** Probes on idle connections to services, where no DestinationRule says so. Default: none. */
  tcpKeepalive?: TcpKeepalive
  /**
   * Limits of connections and requests, and ejection, where no DestinationRule says so; of each block field by field. Default: as a
   * DestinationRule has it.
   */
  defaultTrafficPolicy?: DefaultTrafficPolicy
  /** Which endpoints are preferred by where they stand, where no DestinationRule says so. Default: the nearest. */
  localityLbSetting?: LocalityLoadBalancerSetting
  /** Callers stay in their zones, where no DestinationRule says anything of places. Outweighs `localityLbSetting`. Default: off. */
  zoneAwareLbSetting?: ZoneAwareLoadBalancerSetting
  /** Are services whose ports speak HTTP called by HTTP/2, where no DestinationRule says so? Default: `DO_NOT_UPGRADE`. */
  h2UpgradePolicy?: 'DO_NOT_UPGRADE' | 'UPGRADE'
  /** Tries after the first, where no route says so; no `retryOn` is Istio’s. Default: two. */
  defaultHttpRetryPolicy?: HTTPRetry
  /** What becomes of requests’ paths. Default: see `normalization`. */
  pathNormalization?: PathNormalization
  /**
   * How long a proxy waits for a client’s first bytes where it has to tell the protocol by them; `0s`: for ever. Default: 5 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  protocolDetectionTimeout?: string
  /**
   * How often names of hosts are looked up that say nothing of it themselves; at least 1 ms. Default: 60 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  dnsRefreshRate?: string
  /** Do proxies speak mutual TLS with each other where no DestinationRule says so? Default: true. */
  enableAutoMtls?: boolean
  /** TLS between proxies. Default: see its fields. */
  meshMTLS?: MeshTls
  /** TLS with everybody else, where neither a Gateway nor a Sidecar says so. Default: see its fields. */
  tlsDefaults?: TlsDefaults
  /**
   * Trust domain by which policies name the mesh’s identities. These are of the domain of the mesh itself all the same: this one counts as
   * an alias of it. Default: that of the mesh.
   */
  trustDomain?: string
  /** Trust domains whose identities count as those of the mesh’s own. Default: none. */
  trustDomainAliases?: string[]
  /** Namespace whose policies hold for the whole mesh, in place of `istio-system`. Default: `istio-system`; `mesh-system` is one, too. */
  rootNamespace?: string
  /** Which namespaces see a Service or a ServiceEntry that does not say it: `.` its own, `*` all. Default: all. */
  defaultServiceExportTo?: string[]
  /** Which namespaces see a VirtualService that does not say it: `.` its own, `*` all. Default: all. */
  defaultVirtualServiceExportTo?: string[]
  /** Which namespaces see a DestinationRule that does not say it: `.` its own, `*` all. Default: all. */
  defaultDestinationRuleExportTo?: string[]
  /** Where the proxies of pods look for what they carry, where a Sidecar’s `ingress` does not say it. Default: see `mode`. */
  inboundTrafficPolicy?: MeshInboundTrafficPolicy
  /**
   * Port at 127.0.0.1 of each pod whose traffic is redirected, which applications may name as their proxy of HTTP: requests name
   * the host and port that they are for. 1–65535; 0: none. Default: none.
   * @format int32
   * @minimum 0
   * @maximum 65535
   */
  proxyHttpPort?: number
  /** How proxies are run, where no ProxyConfig says so. Read when a pod is made. Default: see its fields. */
  defaultConfig?: DefaultProxyConfig
}

/** What a DestinationRule may say beside these has no default for a mesh. */
export interface DefaultTrafficPolicy {
  /** Limits of connections and requests, for each calling proxy. Default: no limits, `connectTimeout` to connect. */
  connectionPool?: ConnectionPoolSettings
  /** When endpoints that fail are left out for a while. Default: never. */
  outlierDetection?: OutlierDetection
}

export interface DefaultProxyConfig {
  /**
   * Worker threads of a proxy; 0: one for each core. Default: 2, and under `mesh up` 1.
   * @format int32
   * @minimum 0
   */
  concurrency?: number
  /**
   * How long connections may go on once a proxy has asked for their end; whole seconds, at least 1 s. Under `mesh up` it is 5 s.
   * Default: 45 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  drainDuration?: string
  /**
   * Environment of the proxies’ containers, beside what the mesh sets; a value has 2048 characters at most. Two of Istio’s
   * variables are heard, each `"true"` or `"false"`: `ISTIO_META_DNS_CAPTURE` (proxies answer their pods’ questions for names) and
   * `ISTIO_META_DNS_AUTO_ALLOCATE` (hosts without addresses get automatic ones). Default: none.
   */
  proxyMetadata?: ProxyEnvironment
  /** Has no effect: proxies start before what they carry in any case. Default: none. */
  holdApplicationUntilProxyStarts?: boolean
  /** What gateways make of what clients’ proxies say. Default: nobody is believed. */
  gatewayTopology?: GatewayTopology
  /** Headers that proxies add of their own accord. Default: see its fields. */
  proxyHeaders?: ProxyHeaders
  /** Traces. Default: see `defaultProviders`. */
  tracing?: DefaultTracing
}

export interface DefaultTracing {
  /**
   * Share of the requests, percent, 0–100, that are traced where neither a caller nor a Telemetry has decided. Default: as the
   * installation has it, or else 1.
   * @TJS-type number
   * @minimum 0
   * @maximum 100
   */
  sampling?: number
  /** More tags for each span, by name, where no Telemetry has any. Default: none. */
  customTags?: DefaultTags
  /**
   * The longest path that a span keeps, bytes, where a provider does not say it. Default: 256.
   * @minimum 0
   * @maximum 4294967295
   */
  maxPathTagLength?: number
}

export interface DefaultTags {
  /** Where the value of the tag with this name comes from. */
  [name: string]: DefaultTag
}

/** One of its fields, and no more. */
export interface DefaultTag {
  /** Always the same value; one of the three is needed. */
  literal?: LiteralTag
  /** An environment variable of the proxy; one of the three is needed. */
  environment?: NamedTag
  /** A header of the request; one of the three is needed. */
  header?: NamedTag
}

export interface MeshOutboundTrafficPolicy {
  /**
   * Only hosts that the mesh knows, or any. `ALLOW_ANY_DYNAMIC_DNS` is `ALLOW_ANY` here: connections go on to where they were
   * going. Default: `REGISTRY_ONLY`.
   */
  mode?: 'REGISTRY_ONLY' | 'ALLOW_ANY' | 'ALLOW_ANY_DYNAMIC_DNS'
}

export interface MeshInboundTrafficPolicy {
  /**
   * `PASSTHROUGH`: at the address that callers named, the pod’s. `LOCALHOST`: at 127.0.0.1, for applications that listen nowhere else.
   * Ports that no Service leads to are passed through in any case. Default: `PASSTHROUGH`.
   */
  mode?: 'PASSTHROUGH' | 'LOCALHOST'
}

export interface DefaultProviders {
  /** Who collects traces: the first. Default: nobody. */
  tracing?: string[]
  /** Who is given lines of access logs. `envoy` is each proxy’s standard output. Default: `accessLogFile`. */
  accessLogging?: string[]
}

/** One service that proxies ask or tell: beside its name, one field says how. */
export interface ExtensionProvider {
  /**
   * By which an AuthorizationPolicy or a Telemetry names it; each name stands once.
   * @minLength 1
   */
  name: string
  /** Decides who comes in, and is asked by HTTP. An AuthorizationPolicy with `CUSTOM` names it. Default: none. */
  envoyExtAuthzHttp?: HttpAuthorizer
  /** Decides who comes in, and is asked by gRPC. An AuthorizationPolicy with `CUSTOM` names it. Default: none. */
  envoyExtAuthzGrpc?: GrpcAuthorizer
  /** Collects traces in OpenTelemetry’s form, by gRPC or HTTP. A Telemetry names it for `tracing`. Default: none. */
  opentelemetry?: OpenTelemetryCollector
  /** Collects traces in Zipkin’s form. A Telemetry names it for `tracing`. Default: none. */
  zipkin?: ZipkinCollector
  /** Writes access logs to a file. A Telemetry names it for `accessLogging`, as all that follow. Default: none. */
  envoyFileAccessLog?: FileLog
  /** Takes access logs in OpenTelemetry’s form. Default: none. */
  envoyOtelAls?: OpenTelemetryLog
  /** Takes access logs of requests in Envoy’s own form. Default: none. */
  envoyHttpAls?: RequestLog
  /** Takes access logs of connections that are no HTTP in Envoy’s own form. Default: none. */
  envoyTcpAls?: ConnectionLog
}

export interface OpenTelemetryCollector {
  /**
   * Host of the service: `collector.observe.svc.cluster.local`, or that of a ServiceEntry; `NAMESPACE/HOST` where several
   * namespaces have it.
   * @minLength 1
   */
  service: string
  /**
   * The service’s port, 1–65535; without `http` it has to be one of gRPC or HTTP/2.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /** Tells it by HTTP. Default: by gRPC. */
  http?: OpenTelemetryHttp
  /**
   * The longest path that a span keeps, bytes, at least 1. Default: 256.
   * @minimum 1
   * @maximum 4294967295
   */
  maxTagLength?: number
}

export interface OpenTelemetryHttp {
  /**
   * Where it takes spans: `/v1/traces`.
   * @pattern ^/
   */
  path: string
  /**
   * How long an answer may take, at least 1 ms. Default: 5 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  timeout?: string
}

export interface ZipkinCollector {
  /**
   * Host of the service: `zipkin.observe.svc.cluster.local`, or that of a ServiceEntry; `NAMESPACE/HOST` where several
   * namespaces have it.
   * @minLength 1
   */
  service: string
  /**
   * The service’s port, 1–65535.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /**
   * Where it takes spans. Default: `/api/v2/spans`.
   * @pattern ^/
   */
  path?: string
  /** Are traces’ ids 64 bits long? Default: false, 128. */
  enable64bitTraceId?: boolean
  /**
   * The longest path that a span keeps, bytes, at least 1. Default: 256.
   * @minimum 1
   * @maximum 4294967295
   */
  maxTagLength?: number
}

/** A service that is asked by HTTP: with 200 a request goes on, any other answer is the client’s. */
export interface HttpAuthorizer {
  /**
   * Host of the service: `ask.shop.svc.cluster.local`, or that of a ServiceEntry; `NAMESPACE/HOST` where several
   * namespaces have it.
   * @minLength 1
   */
  service: string
  /**
   * The service’s port, 1–65535.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /**
   * How long an answer may take, at least 1 ms. Default: 600 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  timeout?: string
  /** Does a request go on when nobody answers, or the answer is 5xx? Default: false, it is refused. */
  failOpen?: boolean
  /** Status that a client gets when nobody answers, as text. Default: `403`. */
  statusOnError?: string
  /** Stands before the path that is asked for. Default: nothing. */
  pathPrefix?: string
  /**
   * Headers that it is told, besides Host, Method, Path, Content-Length and Authorization; a `*` at either edge stands
   * for any text. Default: none.
   */
  includeRequestHeadersInCheck?: string[]
  /** Headers that it is told in any case, with these values. Default: none. */
  includeAdditionalHeadersInCheck?: AddedHeaders
  /** How much of the body it is told. Default: nothing. */
  includeRequestBodyInCheck?: CheckedBody
  /** Headers of a 200 that replace the request’s on its way to the application; `*` at an edge. Default: none. */
  headersToUpstreamOnAllow?: string[]
  /** Headers of a refusal that the client gets; `*` at an edge. Default: all but those of the transfer. */
  headersToDownstreamOnDeny?: string[]
  /** Headers of a 200 that the client gets with the application’s answer; `*` at an edge. Default: none. */
  headersToDownstreamOnAllow?: string[]
  /** Is the route looked for again after headers were changed? Default: false. */
  clearRouteCache?: boolean
}

export interface AddedHeaders {
  /** Value of the header with this name. */
  [name: string]: string
}

/** A service that is asked by gRPC (`envoy.service.auth.v3.Authorization`), about requests and about connections. */
export interface GrpcAuthorizer {
  /**
   * Host of the service: `ask.shop.svc.cluster.local`, or that of a ServiceEntry; `NAMESPACE/HOST` where several
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
  /**
   * How long an answer may take, at least 1 ms. Default: 600 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  timeout?: string
  /** Does a request go on when nobody answers? Default: false, it is refused. */
  failOpen?: boolean
  /** Status that a client gets when nobody answers, as text. Default: `403`. */
  statusOnError?: string
  /** How much of the body it is told. Default: nothing. */
  includeRequestBodyInCheck?: CheckedBody
  /** Is the route looked for again after headers were changed? Default: false. */
  clearRouteCache?: boolean
}

/** What of a request’s body is shown to a service that decides. */
export interface CheckedBody {
  /**
   * Bytes that are kept for it, at least 1.
   * @minimum 1
   * @maximum 4294967295
   */
  maxRequestBytes: number
  /** Is it told the beginning of a larger body? Default: false, the client gets 413. */
  allowPartialMessage?: boolean
  /** Is the body sent as bytes, and not as text? By gRPC alone. Default: false. */
  packAsBytes?: boolean
}
