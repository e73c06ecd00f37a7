import type { ObjectMeta } from '../resource.ts'
import type { ConnectionPoolSettings } from './connection-pool.ts'
import type { LoadBalancerSettings } from './load-balancer.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import type { PortSelector, StringMap } from './virtual-service.ts'

export type * from './connection-pool.ts'
export type * from './load-balancer.ts'

/** How calls to a host are made once they are routed: load balancing, connection pools, ejection, versions. */
export interface DestinationRule {
  /** Group and version; all three mean the same here. New resources take `networking.istio.io/v1`. */
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'DestinationRule'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** For which host, its subsets, and how each is called. */
  spec: DestinationRuleSpec
}

export interface DestinationRuleSpec {
  /** A service of the mesh, by short name or fully qualified; may be a wildcard. */
  host: string
  /** Holds for all subsets that say nothing else. Default: what holds for the mesh. */
  trafficPolicy?: TrafficPolicy
  /** Named groups of the host’s endpoints: versions. Default: none. */
  subsets?: Subset[]
  /**
   * Namespaces that see it: `*` for all, `.` for its own. Default: as `defaultDestinationRuleExportTo` of MeshConfig has it, or
   * else all.
   */
  exportTo?: string[]
  /**
   * The calling workloads that it is for; only within its own namespace. Default: all.
   */
  workloadSelector?: WorkloadSelector
}

export interface Subset {
  /** A DNS label, unique within the rule. */
  name: string
  /** Endpoints of the host that have all these labels. Default: all endpoints. */
  labels?: StringMap
  /** Replaces the rule’s policy, field by field. Default: that. */
  trafficPolicy?: TrafficPolicy
}

export interface PortTrafficPolicy {
  /** The service’s port that this is for; needed. */
  port?: PortSelector
  /** How an endpoint is chosen for each request. Default: `LEAST_REQUEST`. */
  loadBalancer?: LoadBalancerSettings
  /** Limits of connections and requests, for each calling proxy. Default: no limits, 10 s to connect. */
  connectionPool?: ConnectionPoolSettings
  /** When endpoints that fail are left out for a while. Default: never. */
  outlierDetection?: OutlierDetection
  /** Whether and how calls are encrypted. Default: the mesh decides. */
  tls?: ClientTLSSettings
}

export interface TrafficPolicy {
  /** How an endpoint is chosen for each request. Default: `LEAST_REQUEST`. */
  loadBalancer?: LoadBalancerSettings
  /** Limits of connections and requests, for each calling proxy. Default: no limits, 10 s to connect. */
  connectionPool?: ConnectionPoolSettings
  /** When endpoints that fail are left out for a while. Default: never. */
  outlierDetection?: OutlierDetection
  /** Whether and how calls are encrypted. Default: the mesh decides. */
  tls?: ClientTLSSettings
  /**
   * By port, 4096 at most; replaces the policy wholesale: what is not said here returns to its default. Default: none.
   * @maxItems 4096
   */
  portLevelSettings?: PortTrafficPolicy[]
  /**
   * Wraps TCP connections in HTTP requests to a proxy. Excludes `proxyProtocol`. Default: no tunnel.
   */
  tunnel?: TunnelSettings
  /**
   * Begins connections with a PROXY header that names the client. Excludes `tunnel`. Default: none.
   */
  proxyProtocol?: ProxyProtocol
  /**
   * Bounds the retries at once by the requests at once, instead of `maxRetries`. Default: no budget.
   */
  retryBudget?: RetryBudget
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
   * 502, 503 and 504 in a row; 0 switches it off. Default: 0.
   * @minimum 0
   * @maximum 4294967295
   */
  consecutiveGatewayErrors?: number
  /**
   * Errors in a row; superseded by `consecutive5xxErrors`. Default: see that.
   * @format int32
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
   * Largest share of the endpoints out at once, percent, 0–100; 0 is as not said. Default: 10.
   * @format int32
   */
  maxEjectionPercent?: number
  /**
   * Below this share of healthy endpoints, percent, 0–100, all are used again. Default: 0.
   * @format int32
   */
  minHealthPercent?: number
  /**
   * HTTP statuses that count as errors, 100–599. Default: 5xx.
   * @itemMinimum 100
   * @itemMaximum 599
   */
  outlierDetectionHttpErrorCodes?: number[]
}

export interface ClientTLSSettings {
  /**
   * No TLS, TLS, TLS with a client certificate, or that of the mesh. Default: `DISABLE`.
   */
  mode?: 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL'
  /** File with the client’s certificate chain, PEM, on the proxy’s disk; needed for `MUTUAL` without a `credentialName`. */
  clientCertificate?: string
  /** File with the key of that certificate, PEM; needed with it. */
  privateKey?: string
  /**
   * File with the CAs that the server’s certificate must come from, PEM; `system` for the system’s. Default: the system’s.
   */
  caCertificates?: string
  /** File with revoked server certificates, PEM. Default: none. */
  caCrl?: string
  /**
   * Secret with certificate and key (for `MUTUAL`) and CA, instead of files, in the namespace of the calling pod; its CA may lie in the
   * Secret of that name with `-cacert` behind it. For gateways, and for sidecars that `workloadSelector` picks. Default: files.
   */
  credentialName?: string
  /**
   * Names of which the server’s certificate must carry one. Default: the name that was called.
   */
  subjectAltNames?: string[]
  /**
   * Server name to ask for in the TLS hello. Default: the host that was called.
   */
  sni?: string
  /**
   * Take any server certificate. Excludes `caCertificates` and `subjectAltNames`. Default: false.
   */
  insecureSkipVerify?: boolean
}

export interface TunnelSettings {
  /**
   * HTTP method that opens the tunnel: `CONNECT` or `POST`. Default: `CONNECT`.
   */
  protocol?: string
  /**
   * Host that the tunnel’s far end connects to: a full DNS name or an address.
   */
  targetHost: string
  /**
   * Port that the tunnel’s far end connects to, 1–65535.
   * @minimum 0
   * @maximum 4294967295
   */
  targetPort: number
}

export interface ProxyProtocol {
  /** Text (`V1`) or binary (`V2`). Default: `V1`. */
  version?: 'V1' | 'V2'
}

export interface RetryBudget {
  /**
   * Retries at once, percent of the requests at once, 0–100. Default: 20.
   * @TJS-type number
   * @minimum 0
   * @maximum 100
   */
  percent?: number
  /**
   * Retries at once that are always allowed. Default: 3.
   * @minimum 0
   * @maximum 4294967295
   */
  minRetryConcurrency?: number
  /**
   * Time over which requests are counted. Default: 0 s, only those under way.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  budgetInterval?: string
}
