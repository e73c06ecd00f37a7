import type { At, Labels, Node } from './node.ts'

/** How calls to a host are made, and which subsets (versions) the host has (a DestinationRule or what stands for one). */
export interface DestinationPolicy extends Node {
  /** Fully qualified host; may begin with `*.`. */
  readonly host: string
  readonly policy: TrafficPolicy
  readonly subsets: readonly Subset[]
  readonly exportTo: readonly string[]
}

export interface Subset {
  readonly name: string
  readonly labels: Labels
  /** What is set here replaces the host's policy, field by field. */
  readonly policy: TrafficPolicy
  readonly at: At
}

export interface TrafficPolicy {
  readonly loadBalancer?: LoadBalancer
  readonly connectionPool?: ConnectionPool
  readonly outlierDetection?: OutlierDetection
  /** By port number; replaces the rest wholesale for that port (Istio's rule: unset fields are not inherited). */
  readonly ports?: readonly { readonly port: number; readonly policy: TrafficPolicy; readonly at: At }[]
}

export type LoadBalancer =
  | {
      readonly kind: 'simple'
      readonly algorithm: 'LEAST_REQUEST' | 'ROUND_ROBIN' | 'RANDOM' | 'PASSTHROUGH'
      readonly warmup?: Warmup
    }
  | { readonly kind: 'hash'; readonly key: HashKey; readonly ring: HashRing }

export interface Warmup {
  readonly durationMs: number
  readonly minimumPercent: number
  readonly aggression: number
}

export type HashKey =
  | { readonly kind: 'header'; readonly name: string }
  | {
      readonly kind: 'cookie'
      readonly name: string
      readonly path?: string
      readonly ttlMs?: number
      readonly attributes: readonly { readonly name: string; readonly value: string }[]
    }
  | { readonly kind: 'source-ip' }
  | { readonly kind: 'query'; readonly name: string }

export type HashRing =
  | { readonly kind: 'ring'; readonly minimumSize: number }
  | { readonly kind: 'maglev'; readonly tableSize?: number }

export interface ConnectionPool {
  readonly maxConnections?: number
  readonly connectTimeoutMs?: number
  readonly tcpKeepalive?: { readonly probes?: number; readonly timeMs?: number; readonly intervalMs?: number }
  readonly tcpIdleTimeoutMs?: number
  readonly maxConnectionDurationMs?: number
  readonly maxPendingRequests?: number
  readonly maxRequests?: number
  readonly maxRequestsPerConnection?: number
  readonly maxRetries?: number
  readonly httpIdleTimeoutMs?: number
  readonly h2Upgrade: 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE'
  readonly useClientProtocol: boolean
  readonly maxConcurrentStreams?: number
  readonly http2Keepalive?: { readonly intervalMs?: number; readonly timeoutMs?: number }
}

export interface OutlierDetection {
  readonly consecutive5xx?: number
  readonly consecutiveGatewayErrors?: number
  readonly consecutiveLocalOriginFailures?: number
  readonly splitExternalLocalOriginErrors: boolean
  readonly intervalMs?: number
  readonly baseEjectionTimeMs?: number
  readonly maxEjectionPercent?: number
  readonly minHealthPercent?: number
}
