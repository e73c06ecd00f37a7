import type { ObjectMeta } from '../resource.ts'
import type { PortSelector, StringMap } from './virtual-service.ts'

/** How calls to a host are made once they are routed: load balancing, connection pools, ejection, versions. */
export interface DestinationRule {
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  kind: 'DestinationRule'
  metadata: ObjectMeta
  spec: DestinationRuleSpec
}

export interface DestinationRuleSpec {
  /** A service of the mesh, by short name or fully qualified; may be a wildcard. */
  host: string
  /** Holds for all subsets that say nothing else. */
  trafficPolicy?: TrafficPolicy
  /** Named groups of the host's endpoints: versions. */
  subsets?: Subset[]
  /** Namespaces that see it: `*` for all (the default), `.` for its own. */
  exportTo?: string[]
  /** The calling workloads that it is for; only within its own namespace. */
  workloadSelector?: WorkloadSelector
}

export interface WorkloadSelector {
  matchLabels?: StringMap
}

export interface Subset {
  /** A DNS label, unique within the rule. */
  name: string
  /** Endpoints of the host that have all these labels. */
  labels?: StringMap
  /** Replaces the rule's policy, field by field. */
  trafficPolicy?: TrafficPolicy
}

export interface PortTrafficPolicy {
  port?: PortSelector
  loadBalancer?: LoadBalancerSettings
  connectionPool?: ConnectionPoolSettings
  outlierDetection?: OutlierDetection
  tls?: ClientTLSSettings
}

export interface TrafficPolicy {
  loadBalancer?: LoadBalancerSettings
  connectionPool?: ConnectionPoolSettings
  outlierDetection?: OutlierDetection
  tls?: ClientTLSSettings
  /** By port; replaces the policy wholesale: what is not said here returns to its default. */
  portLevelSettings?: PortTrafficPolicy[]
  tunnel?: TunnelSettings
  proxyProtocol?: ProxyProtocol
  retryBudget?: RetryBudget
}

/** Exactly one of `simple` and `consistentHash`. */
export interface LoadBalancerSettings {
  /** Default: `LEAST_REQUEST`. `PASSTHROUGH` keeps the address that was called. */
  simple?: 'UNSPECIFIED' | 'LEAST_CONN' | 'RANDOM' | 'PASSTHROUGH' | 'ROUND_ROBIN' | 'LEAST_REQUEST'
  /** Sends requests with an equal key to the same endpoint, as long as it is there. */
  consistentHash?: ConsistentHashLB
  localityLbSetting?: LocalityLoadBalancerSetting
  zoneAwareLbSetting?: ZoneAwareLoadBalancerSetting
  /** Gives new endpoints less at first. */
  warmup?: WarmupConfiguration
  /**
   * Superseded by `warmup`.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  warmupDurationSecs?: string
}

/** Exactly one key. */
export interface ConsistentHashLB {
  httpHeaderName?: string
  httpCookie?: HTTPCookie
  useSourceIp?: boolean
  httpQueryParameterName?: string
  ringHash?: RingHash
  maglev?: Maglev
  /**
   * Superseded by `ringHash.minimumRingSize`.
   * @minimum 0
   */
  minimumRingSize?: number
}

export interface HTTPCookie {
  name: string
  path?: string
  /**
   * Makes the cookie where the client has none; `0s`: a session cookie.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  ttl?: string
  attributes?: CookieAttribute[]
}

export interface CookieAttribute {
  name: string
  value?: string
}

export interface RingHash {
  /**
   * Default: 1024.
   * @minimum 0
   */
  minimumRingSize?: number
}

export interface Maglev {
  /**
   * A prime number below 5000011. Default: 65537.
   * @minimum 0
   */
  tableSize?: number
}

export interface LocalityLoadBalancerSetting {
  distribute?: LocalityDistribution[]
  failover?: LocalityFailover[]
  failoverPriority?: string[]
  enabled?: boolean
}

export interface LocalityDistribution {
  from?: string
  to?: WeightMap
}

export interface WeightMap {
  /**
   * @minimum 0
   * @maximum 4294967295
   */
  [locality: string]: number
}

export interface LocalityFailover {
  from?: string
  to?: string
}

export interface ZoneAwareLoadBalancerSetting {
  enabled?: boolean
  failover?: LocalityFailover[]
  failoverPriority?: string[]
  /**
   * @minimum 1
   * @maximum 4294967295
   */
  minClusterSize?: number
}

export interface WarmupConfiguration {
  /**
   * How long an endpoint counts as new.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  duration: string
  /**
   * Share at the start, percent of the full one. Default: 10.
   * @TJS-type number
   * @minimum 0
   * @maximum 100
   */
  minimumPercent?: number
  /**
   * Shape of the growth; 1 is linear. Default: 1.
   * @TJS-type number
   * @minimum 0
   */
  aggression?: number
}

export interface ConnectionPoolSettings {
  tcp?: TCPSettings
  http?: HTTPSettings
}

export interface TCPSettings {
  /**
   * Connections to the host, over all endpoints. Default: 2^32-1.
   */
  maxConnections?: number
  /**
   * Default: 10 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  connectTimeout?: string
  tcpKeepalive?: TcpKeepalive
  /**
   * A connection lives no longer than this. Default: no limit.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  maxConnectionDuration?: string
  /**
   * Closes idle connections; `0s`: never. Default: 1 h.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  idleTimeout?: string
}

export interface TcpKeepalive {
  /**
   * Probes without an answer before the connection counts as dead. Default: the system's (Linux: 9).
   * @minimum 0
   * @maximum 4294967295
   */
  probes?: number
  /**
   * Idle time before the first probe. Default: the system's (Linux: 2 h).
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  time?: string
  /**
   * Time between probes. Default: the system's (Linux: 75 s).
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  interval?: string
}

export interface HTTPSettings {
  /**
   * Requests that may wait for a connection. Default: 2^32-1.
   */
  http1MaxPendingRequests?: number
  /**
   * Requests at once, HTTP/1.1 and HTTP/2. Default: 2^32-1.
   */
  http2MaxRequests?: number
  /**
   * After so many requests a connection is closed; 0: no limit (the default), 1: no keep-alive.
   */
  maxRequestsPerConnection?: number
  /**
   * Retries at once. Default: 2^32-1.
   */
  maxRetries?: number
  /**
   * Closes connections without requests. Default: 1 h.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  idleTimeout?: string
  /** Speak HTTP/2 to a host that is declared as HTTP/1.1? Default: no. */
  h2UpgradePolicy?: 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE'
  /** Speak to the host what the client spoke. Excludes `UPGRADE`. Default: false. */
  useClientProtocol?: boolean
  /**
   * Streams at once on one HTTP/2 connection. Default: 2^31-1.
   */
  maxConcurrentStreams?: number
  http2KeepAlive?: Http2KeepAlive
}

export interface Http2KeepAlive {
  /**
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  interval?: string
  /**
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  timeout?: string
}

/** Takes endpoints that fail out of load balancing for a while. */
export interface OutlierDetection {
  /**
   * 5xx answers in a row; 0 switches it off. Default: 5.
   * @minimum 0
   * @maximum 4294967295
   */
  consecutive5xxErrors?: number
  /**
   * 502, 503 and 504 in a row; 0 (the default) switches it off.
   * @minimum 0
   * @maximum 4294967295
   */
  consecutiveGatewayErrors?: number
  /**
   * Superseded by `consecutive5xxErrors`.
   */
  consecutiveErrors?: number
  /**
   * Failures to connect in a row; needs `splitExternalLocalOriginErrors`. Default: 5.
   * @minimum 0
   * @maximum 4294967295
   */
  consecutiveLocalOriginFailures?: number
  /** Count failures to connect apart from bad answers. Default: false. */
  splitExternalLocalOriginErrors?: boolean
  /**
   * Time between looks. Default: 10 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  interval?: string
  /**
   * First ejection; each further one is longer by this. Default: 30 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  baseEjectionTime?: string
  /**
   * Largest share of the endpoints out at once, percent. Default: 10.
   */
  maxEjectionPercent?: number
  /**
   * Below this share of healthy endpoints, percent, all are used again. Default: 0.
   */
  minHealthPercent?: number
  /** Statuses that count as errors. */
  outlierDetectionHttpErrorCodes?: number[]
}

export interface ClientTLSSettings {
  mode?: 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL'
  clientCertificate?: string
  privateKey?: string
  caCertificates?: string
  caCrl?: string
  credentialName?: string
  subjectAltNames?: string[]
  sni?: string
  insecureSkipVerify?: boolean
}

export interface TunnelSettings {
  protocol?: string
  targetHost: string
  /**
   * @minimum 0
   * @maximum 4294967295
   */
  targetPort: number
}

export interface ProxyProtocol {
  version?: 'V1' | 'V2'
}

export interface RetryBudget {
  /**
   * @TJS-type number
   * @minimum 0
   * @maximum 100
   */
  percent?: number
  /**
   * @minimum 0
   * @maximum 4294967295
   */
  minRetryConcurrency?: number
  /**
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  budgetInterval?: string
}
