import { compact } from '../util/compact.ts'
import type { ClientTls, OwnTls } from './client-tls.ts'
import type { LocalityPreference } from './locality.ts'
import type { At, Labels, Node } from './node.ts'

/** How calls to a host are made, and which subsets (versions) the host has (a DestinationRule or what stands for one). */
export interface DestinationPolicy extends Node {
  /** Fully qualified host; may begin with `*.`. */
  readonly host: string
  readonly policy: TrafficPolicy
  /** Where the policy is written, where it is of a rule that is one with this one. Absent: in this one. */
  readonly policyPlace?: At
  readonly subsets: readonly Subset[]
  /** Namespaces that see it: `*` all, `.` its own. Absent: all. */
  readonly exportTo?: readonly string[]
  /** Labels of the callers in its own namespace that it is for; absent: all callers. */
  readonly selector?: Labels
  /** What rules say that are one with it and that holds for nobody, for it says something else of the same. Absent: nothing. */
  readonly unheard?: readonly UnheardPart[]
}

/** What a rule says of calls to the host and to each of its subsets, each with the place of its `trafficPolicy`. */
export function policiesOf({ at, policy, policyPlace: place, subsets }: DestinationPolicy): readonly PlacedPolicy[] {
  const own = { policy, at: place ?? `${at}/spec/trafficPolicy` }
  return [own, ...subsets.map(subset => ({ policy: subset.policy, at: `${subset.at}/trafficPolicy` }))]
}

export interface PlacedPolicy {
  readonly policy: TrafficPolicy
  readonly at: At
}

/** The policy of a rule, or one of its subsets. */
export interface UnheardPart {
  readonly rule: string
  /** Absent: its policy for all calls. */
  readonly subset?: string
  readonly at: At
  /** The rule that is heard. */
  readonly by: { readonly name: string; readonly at: At }
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
  /** How connections are secured; absent: as the mesh and the endpoints have it. */
  readonly tls?: ClientTls
  /** Connections begin by saying whose they are. */
  readonly proxyProtocol?: { readonly version: 'V1' | 'V2' }
  /** TCP goes through an HTTP proxy, which is what the destination is then. */
  readonly tunnel?: { readonly method: 'CONNECT' | 'POST'; readonly target: string }
  /** Retries at once are bounded by the requests at once, instead of by a number. */
  readonly retryBudget?: RetryBudget
  /** By port number; replaces the rest wholesale for that port (Istio's rule: unset fields are not inherited). */
  readonly ports?: readonly { readonly port: number; readonly policy: TrafficPolicy; readonly at: At }[]
}

export type LoadBalancer = {
  /** Which endpoints are preferred; absent: the nearest, where endpoints that fail are left out. */
  readonly locality?: LocalityPreference
} & BalancingAlgorithm

export type BalancingAlgorithm =
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
  /** Statuses that count as errors instead of 5xx; empty: 5xx. */
  readonly errorStatuses: readonly number[]
}

export interface RetryBudget {
  /** Of the requests at once. */
  readonly percent: number
  /** Retries at once that are always allowed. */
  readonly minConcurrency: number
  /** Time over which requests are counted; 0: those that are under way. */
  readonly intervalMs?: number
}

/**
 * The host's policy as it is at the port, replaced field by field by the subset's; a port's own settings replace all of either that ports
 * can have (Istio's rules).
 */
export function policyAt(
  destination: DestinationPolicy | undefined,
  subset: Subset | undefined,
  port: number,
): TrafficPolicy {
  const { ports: hostPorts, ...host } = destination?.policy ?? {}
  const { ports: subsetPorts, ...own } = subset?.policy ?? {}
  return atPort({ ...atPort(host, hostPorts, port), ...own }, subsetPorts, port)
}

/** With a port's own settings in place of all that ports can have. */
function atPort(policy: TrafficPolicy, ports: TrafficPolicy['ports'], port: number): TrafficPolicy {
  const own = ports?.find(entry => entry.port === port)
  if (own === undefined) return policy
  const { proxyProtocol, retryBudget, tunnel } = policy
  return { ...compact({ proxyProtocol, retryBudget, tunnel }), ...own.policy }
}

/** The settings by which callers speak TLS with others than the mesh, wherever they are written. */
export function ownTlsOf(destinations: readonly DestinationPolicy[]): OwnTls[] {
  const all = destinations
    .flatMap(policiesOf)
    .flatMap(({ policy }) => [policy, ...(policy.ports ?? []).map(port => port.policy)])
  return all.flatMap(({ tls }) =>
    tls === undefined || tls.mode === 'DISABLE' || tls.mode === 'ISTIO_MUTUAL' ? [] : tls,
  )
}
