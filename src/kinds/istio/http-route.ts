/**
 * The rules of a VirtualService for HTTP: what requests are like, where they go, and what happens to them on the way.
 *
 * These types are what a schema is made of, so they hold Istio's API and nothing else: how a rule becomes Envoy's
 * is the business of virtual-service-lowering.ts, what Istio refuses that of the files named *-rules.ts.
 */

export interface HTTPRoute {
  /** Shows in Envoy’s route name and in access logs. Default: none. */
  name?: string
  /** Any of these must hold. Default: every request. */
  match?: HTTPMatchRequest[]
  /** Where requests go, by weight. Excludes `redirect`, `directResponse` and `delegate`; one of the four is needed. */
  route?: HTTPRouteDestination[]
  /** Answers with a redirect instead of forwarding. Default: none. */
  redirect?: HTTPRedirect
  /** Answers with a fixed response instead of forwarding. Default: none. */
  directResponse?: HTTPDirectResponse
  /** Hands the requests to the rules of another VirtualService, one without hosts. Default: to none. */
  delegate?: Delegate
  /** Changes path or authority before forwarding. Default: neither. */
  rewrite?: HTTPRewrite
  /**
   * Time for the whole exchange, retries included. Default: none.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  timeout?: string
  /** When and how often to try again. Default: 2 more attempts on connection failures and refused streams. */
  retries?: HTTPRetry
  /** Delays or fails a share of the requests on purpose. Default: none. */
  fault?: HTTPFaultInjection
  /** Sends a copy of the requests here too; its answers are dropped. Prefer `mirrors`. Default: no copies. */
  mirror?: Destination
  /** Sends copies of the requests to each of these; their answers are dropped. Default: no copies. */
  mirrors?: HTTPMirrorPolicy[]
  /**
   * Share of the requests that are mirrored, 0–100 %. Superseded by `mirrorPercentage`. Default: all.
   * @minimum 0
   * @maximum 4294967295
   */
  mirrorPercent?: number
  /**
   * The same under its first name. Default: all.
   * @minimum 0
   * @maximum 4294967295
   */
  mirror_percent?: number
  /** Share of the requests that are mirrored. Default: all. */
  mirrorPercentage?: Percent
  /** Cross-origin resource sharing: answers preflight requests and sets response headers. Default: neither. */
  corsPolicy?: CorsPolicy
  /** Headers to set, add or remove on requests and responses. Default: none. */
  headers?: Headers
}

/** All that is named must hold. */
export interface HTTPMatchRequest {
  /** Appended to the route’s name. Default: nothing. */
  name?: string
  /** Path with query stripped. Case-sensitive unless `ignoreUriCase`. Default: any. */
  uri?: StringMatch
  /** Scheme of the request, `http` or `https`. Default: any. */
  scheme?: StringMatch
  /** HTTP method, in capitals (`GET`). Default: any. */
  method?: StringMatch
  /** Host and port, as the client named them. Default: any. */
  authority?: StringMatch
  /**
   * By header name (lower case), or, at gateways, by a claim of a verified token (`@request.auth.claims.a`,
   * `@request.auth.claims[a][b]`). An empty match means that it is there. Default: any.
   */
  headers?: StringMatchMap
  /** None of these may match. Default: none. */
  withoutHeaders?: StringMatchMap
  /** By name of the query parameter. Default: any. */
  queryParams?: StringMatchMap
  /** Ignore case in `uri`; has no effect on regexes. Default: false. */
  ignoreUriCase?: boolean
  /**
   * Port that the client called, 1–65535. Default: any.
   * @minimum 0
   * @maximum 4294967295
   */
  port?: number
  /** Labels that the calling workload must have, all of them. Default: any workload. */
  sourceLabels?: StringMap
  /** Namespace that the calling workload must be in, a DNS label. Default: any. */
  sourceNamespace?: string
  /** Gateways that this match is for, and `mesh` for sidecars. Default: those of the VirtualService. */
  gateways?: string[]
  /** Prefix of the statistics of this route. Default: it has none of its own. */
  statPrefix?: string
}

/** Exactly one of the three; `{}` for headers means present. */
export interface StringMatch {
  /** Equal, byte for byte. Default: none. */
  exact?: string
  /** Begins with this. Default: none. */
  prefix?: string
  /** RE2 regular expression that must match the whole value; at most 1024 characters. Default: none. */
  regex?: string
}

export interface StringMatchMap {
  /** What the value of this name must be like. */
  [name: string]: StringMatch
}

export interface StringMap {
  /** The value of this name. */
  [name: string]: string
}

export interface HTTPRouteDestination {
  /** Host, subset and port that the share is sent to. */
  destination: Destination
  /**
   * Share of the requests, at least 0, relative to the sum of all weights. Default: 100 for a single destination, else
   * 0.
   * @format int32
   */
  weight?: number
  /** Headers to change for this destination only. Default: none. */
  headers?: Headers
}

export interface Destination {
  /** A service of the mesh, by short name or fully qualified. */
  host: string
  /** A subset that a DestinationRule of the host defines. Default: all endpoints. */
  subset?: string
  /** Which port of it. Default: the only one there is, or else the one that was called. */
  port?: PortSelector
}

export interface PortSelector {
  /**
   * A port of the service, 1–65535, as its callers know it (not the container’s). Default: as if no port were named; needed in
   * `portLevelSettings` and `egressProxy`.
   * @minimum 0
   * @maximum 4294967295
   */
  number?: number
}

export interface HTTPRedirect {
  /** Replaces the whole path. Excludes `prefixRewrite`. Default: the path stays. */
  uri?: string
  /** Replaces the matched prefix of the path. Default: it stays. */
  prefixRewrite?: string
  /** Replaces host and port. Default: they stay. */
  authority?: string
  /** Replaces the scheme: `http` or `https`. Default: the scheme stays. */
  scheme?: string
  /**
   * Replaces the port, 1–65535. Excludes `derivePort`. Default: see that.
   * @minimum 0
   * @maximum 4294967295
   */
  port?: number
  /** Where no port is given: the usual one of the new scheme, or the one that was called. Default: the port stays. */
  derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT'
  /**
   * HTTP status: 301, 302, 303, 307 or 308. Default: 301.
   * @minimum 0
   * @maximum 4294967295
   */
  redirectCode?: number
}

export interface HTTPDirectResponse {
  /**
   * HTTP status, 200–599.
   * @minimum 0
   * @maximum 4294967295
   */
  status: number
  /** At most 1 MiB. Default: empty. */
  body?: HTTPBody
}

/** Exactly one of the two. */
export interface HTTPBody {
  /** Text to answer with, as it is. Excludes `bytes`. Default: empty. */
  string?: string
  /** Bytes to answer with, in base64. Excludes `string`. Default: empty. */
  bytes?: string
}

export interface Delegate {
  /** Name of the VirtualService that has the rules; needed. */
  name?: string
  /**
   * Where that VirtualService is. Default: the namespace of the one that delegates.
   */
  namespace?: string
}

export interface HTTPRewrite {
  /** Replaces the path, or the matched prefix of it. Default: the path stays. */
  uri?: string
  /** Replaces the authority. Default: it stays. */
  authority?: string
  /** Replaces parts of the path by a regular expression. Excludes `uri`. Default: the path stays. */
  uriRegexRewrite?: RegexRewrite
}

export interface RegexRewrite {
  /** RE2 regular expression, at most 1024 characters; every part of the path that it fits is replaced. Needed. */
  match?: string
  /** What the parts become; `\1` names the first group of `match`. Needed. */
  rewrite?: string
}

export interface HTTPRetry {
  /**
   * Tries after the first; 0 switches retries off. Default: 0, where other fields of `retries` are refused; without
   * `retries` there are 2.
   * @format int32
   */
  attempts?: number
  /**
   * Time for each try. Default: the rule's timeout.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  perTryTimeout?: string
  /**
   * Conditions, separated by commas: Envoy's names and HTTP status codes. Default:
   * `connect-failure,refused-stream,unavailable,cancelled`.
   */
  retryOn?: string
  /** May a retry go to another locality? Default: false. */
  retryRemoteLocalities?: boolean
  /** Should a retry avoid hosts that were tried already? Default: true. */
  retryIgnorePreviousHosts?: boolean
  /**
   * Shortest wait between tries; doubles each time, at most tenfold. Default: 25 ms.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  backoff?: string
}

export interface HTTPFaultInjection {
  /** Holds requests back before they are forwarded. Default: no delay. */
  delay?: FaultDelay
  /** Answers requests with an error instead of forwarding them. Default: no abort. */
  abort?: FaultAbort
}

export interface FaultDelay {
  /**
   * How long requests are held back, at least 1 ms; needed.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  fixedDelay?: string
  /**
   * Refused: never implemented by Istio or Envoy.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  exponentialDelay?: string
  /** Share of the requests. Default: none. */
  percentage?: Percent
  /**
   * Share of the requests in whole percent, 0–100; superseded by `percentage`. Default: none.
   * @format int32
   */
  percent?: number
}

/** Exactly one status. */
export interface FaultAbort {
  /**
   * HTTP status to answer with, 200–599. Default: none, and without `grpcStatus` either nothing is aborted.
   * @format int32
   */
  httpStatus?: number
  /** gRPC status to answer with, by name (`UNAVAILABLE`). Excludes `httpStatus`. Default: none. */
  grpcStatus?: string
  /** Refused: never implemented. */
  http2Error?: string
  /** Share of the requests. Default: none. */
  percentage?: Percent
}

export interface Percent {
  /**
   * 0–100; as fine as 0.0001. Default: 0.
   * @TJS-type number
   */
  value?: number
}

export interface HTTPMirrorPolicy {
  /** Host, subset and port that the copies are sent to. */
  destination: Destination
  /** Share of the requests. Default: all. */
  percentage?: Percent
}

export interface CorsPolicy {
  /** Origins that may call; `*` cannot be combined with credentials by browsers. Default: none. */
  allowOrigins?: StringMatch[]
  /** Superseded by `allowOrigins`. Default: none. */
  allowOrigin?: string[]
  /** Methods to allow in preflight answers. Default: the simple ones. */
  allowMethods?: string[]
  /** Request headers to allow. Default: the simple ones. */
  allowHeaders?: string[]
  /** Response headers that scripts may read. Default: the simple ones. */
  exposeHeaders?: string[]
  /**
   * How long browsers may keep a preflight answer; whole seconds. Default: not said.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  maxAge?: string
  /** May requests carry credentials? Default: not said. */
  allowCredentials?: boolean
  /** Preflight requests of other origins: pass them on, or answer them here. Default: `FORWARD`, they are passed on. */
  unmatchedPreflights?: 'UNSPECIFIED' | 'FORWARD' | 'IGNORE'
}

export interface Headers {
  /** Changes on the way to the destination. Default: none. */
  request?: HeaderOperations
  /** Changes on the way back to the client. Default: none. */
  response?: HeaderOperations
}

export interface HeaderOperations {
  /** Replaces values. Default: none. */
  set?: StringMap
  /** Adds values to what is there. Default: none. */
  add?: StringMap
  /** Names of headers to take away. Default: none. */
  remove?: string[]
}
