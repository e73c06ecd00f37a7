/** What holds for calls to one port of a host: its policy, the subset's, the port's, and what is set for a whole mesh. */
import type { TrafficDefaults } from '../../../model/mesh-settings.ts'
import {
  type ConnectionPool,
  type DestinationPolicy,
  type OutlierDetection,
  policyAt,
  type Subset,
  type TrafficPolicy,
} from '../../../model/traffic-policy.ts'

/** What a rule says of the calls; what it doesn't say is as it is for the mesh. */
export function effectivePolicy(
  destination: DestinationPolicy | undefined,
  subset: Subset | undefined,
  port: number,
  defaults: TrafficDefaults = {},
): TrafficPolicy {
  return withDefaults(policyAt(destination, subset, port), defaults)
}

/** Limits and ejection field by field, a preference of places as a whole (Istio's rules). */
function withDefaults(policy: TrafficPolicy, defaults: TrafficDefaults): TrafficPolicy {
  const { connectionPool, outlierDetection, locality } = defaults
  const { loadBalancer = { kind: 'simple', algorithm: 'LEAST_REQUEST' } as const } = policy
  return {
    ...policy,
    ...(connectionPool === undefined ? {} : { connectionPool: withPool(policy.connectionPool, connectionPool) }),
    ...(outlierDetection === undefined
      ? {}
      : { outlierDetection: withOutliers(policy.outlierDetection, outlierDetection) }),
    ...(locality === undefined || loadBalancer.locality !== undefined
      ? {}
      : { loadBalancer: { ...loadBalancer, locality } }),
  }
}

/** What a policy says nothing of stands there as off. */
function withOutliers(outlier: OutlierDetection | undefined, defaults: OutlierDetection): OutlierDetection {
  if (outlier === undefined) return defaults
  const { splitExternalLocalOriginErrors: split, errorStatuses } = outlier
  return {
    ...defaults,
    ...outlier,
    splitExternalLocalOriginErrors: split || defaults.splitExternalLocalOriginErrors,
    errorStatuses: errorStatuses.length > 0 ? errorStatuses : defaults.errorStatuses,
  }
}

/** The protocol that a pool says nothing of is left open by a word of its own. */
function withPool(pool: ConnectionPool | undefined, defaults: ConnectionPool): ConnectionPool {
  if (pool === undefined) return defaults
  const { h2Upgrade, ...own } = pool
  const useClientProtocol = own.useClientProtocol || defaults.useClientProtocol
  return { ...defaults, ...own, useClientProtocol, h2Upgrade: h2Upgrade === 'DEFAULT' ? defaults.h2Upgrade : h2Upgrade }
}
