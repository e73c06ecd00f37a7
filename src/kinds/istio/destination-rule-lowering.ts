import type * as model from '../../model/traffic-policy.ts'
import { compact } from '../../util/compact.ts'
import { at, type Contribution, type LowerContext, nodeOf, qualifyHost } from '../definition.ts'
import { durationMs } from '../duration.ts'
import type { Resource } from '../resource.ts'
import { lowerClientTls } from './client-tls-lowering.ts'
import type * as api from './destination-rule.ts'
import { lowerPlaces } from './locality-lowering.ts'

export function lowerDestinationRule(resource: Resource, { domain }: LowerContext): Contribution {
  const spec = (resource as unknown as api.DestinationRule).spec
  const node = nodeOf(resource)
  return {
    destinations: [
      {
        ...node,
        host: qualifyHost(spec.host, node.namespace, domain),
        policy: lowerPolicy(spec.trafficPolicy, at(resource, '/spec/trafficPolicy')),
        subsets: (spec.subsets ?? []).map((subset, index) =>
          lowerSubset(subset, at(resource, `/spec/subsets/${index}`)),
        ),
        ...(spec.exportTo === undefined ? {} : { exportTo: spec.exportTo }),
        ...(spec.workloadSelector === undefined ? {} : { selector: spec.workloadSelector.matchLabels ?? {} }),
      },
    ],
  }
}

function lowerSubset(subset: api.Subset, place: string): model.Subset {
  return {
    name: subset.name,
    labels: subset.labels ?? {},
    policy: lowerPolicy(subset.trafficPolicy, `${place}/trafficPolicy`),
    at: place,
  }
}

function lowerPolicy(policy: api.TrafficPolicy | undefined, place: string): model.TrafficPolicy {
  if (policy === undefined) return {}
  const loadBalancer = lowerLoadBalancer(policy.loadBalancer)
  const tls = lowerClientTls(policy.tls, `${place}/tls`)
  const ports = (policy.portLevelSettings ?? []).flatMap((setting, index) => {
    const at = `${place}/portLevelSettings/${index}`
    return setting.port?.number === undefined
      ? []
      : [{ port: setting.port.number, policy: lowerPolicy(setting, at), at }]
  })
  return {
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    ...(policy.connectionPool === undefined ? {} : { connectionPool: lowerPool(policy.connectionPool) }),
    ...(policy.outlierDetection === undefined ? {} : { outlierDetection: lowerOutlier(policy.outlierDetection) }),
    ...(tls === undefined ? {} : { tls }),
    ...(policy.proxyProtocol === undefined ? {} : { proxyProtocol: { version: policy.proxyProtocol.version ?? 'V1' } }),
    ...(policy.tunnel === undefined ? {} : { tunnel: lowerTunnel(policy.tunnel) }),
    ...(policy.retryBudget === undefined ? {} : { retryBudget: lowerBudget(policy.retryBudget) }),
    ...(ports.length === 0 ? {} : { ports }),
  }
}

function lowerLoadBalancer(settings: api.LoadBalancerSettings | undefined): model.LoadBalancer | undefined {
  if (settings === undefined) return undefined
  const hash = settings.consistentHash
  const key = hash === undefined ? undefined : lowerHashKey(hash)
  const preference = lowerPlaces(settings)
  const locality = preference === undefined ? {} : { locality: preference }
  if (hash !== undefined && key !== undefined) return { kind: 'hash', key, ring: lowerRing(hash), ...locality }
  const warmup = lowerWarmup(settings)
  return {
    ...locality,
    kind: 'simple',
    algorithm: algorithms[settings.simple ?? 'UNSPECIFIED'],
    ...(warmup === undefined ? {} : { warmup }),
  }
}

/** LEAST_CONN is the old name of LEAST_REQUEST, which is what an unset algorithm means too (Istio's default). */
const algorithms = {
  UNSPECIFIED: 'LEAST_REQUEST',
  LEAST_CONN: 'LEAST_REQUEST',
  LEAST_REQUEST: 'LEAST_REQUEST',
  ROUND_ROBIN: 'ROUND_ROBIN',
  RANDOM: 'RANDOM',
  PASSTHROUGH: 'PASSTHROUGH',
} as const

function lowerWarmup(settings: api.LoadBalancerSettings): model.Warmup | undefined {
  const durationOfWarmup = durationMs(settings.warmup?.duration ?? settings.warmupDurationSecs)
  if (durationOfWarmup === undefined) return undefined
  return {
    durationMs: durationOfWarmup,
    minimumPercent: settings.warmup?.minimumPercent ?? 10,
    aggression: settings.warmup?.aggression ?? 1,
  }
}

function lowerHashKey(hash: api.ConsistentHashLB): model.HashKey | undefined {
  if (hash.httpHeaderName !== undefined) return { kind: 'header', name: hash.httpHeaderName }
  if (hash.httpQueryParameterName !== undefined) return { kind: 'query', name: hash.httpQueryParameterName }
  if (hash.useSourceIp === true) return { kind: 'source-ip' }
  if (hash.httpCookie === undefined) return undefined
  const { name, path, ttl, attributes } = hash.httpCookie
  const ttlMs = durationMs(ttl)
  return {
    kind: 'cookie',
    name,
    ...(path === undefined ? {} : { path }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    attributes: (attributes ?? []).map(attribute => ({ name: attribute.name, value: attribute.value ?? '' })),
  }
}

function lowerRing(hash: api.ConsistentHashLB): model.HashRing {
  if (hash.maglev !== undefined)
    return { kind: 'maglev', ...(hash.maglev.tableSize === undefined ? {} : { tableSize: hash.maglev.tableSize }) }
  return { kind: 'ring', minimumSize: hash.ringHash?.minimumRingSize ?? hash.minimumRingSize ?? 1024 }
}

export function lowerPool(pool: api.ConnectionPoolSettings): model.ConnectionPool {
  const { tcp, http } = pool
  return compact({
    // Of these 0 is as not said (Istio's rule): a limit that lets nothing pass would be no limit of anything.
    maxConnections: tcp?.maxConnections || undefined,
    connectTimeoutMs: durationMs(tcp?.connectTimeout),
    tcpKeepalive: lowerKeepalive(tcp?.tcpKeepalive),
    tcpIdleTimeoutMs: durationMs(tcp?.idleTimeout),
    maxConnectionDurationMs: durationMs(tcp?.maxConnectionDuration),
    maxPendingRequests: http?.http1MaxPendingRequests || undefined,
    maxRequests: http?.http2MaxRequests || undefined,
    maxRequestsPerConnection: http?.maxRequestsPerConnection,
    maxRetries: http?.maxRetries || undefined,
    httpIdleTimeoutMs: durationMs(http?.idleTimeout),
    h2Upgrade: http?.h2UpgradePolicy ?? 'DEFAULT',
    useClientProtocol: http?.useClientProtocol ?? false,
    maxConcurrentStreams: http?.maxConcurrentStreams,
    http2Keepalive:
      http?.http2KeepAlive === undefined
        ? undefined
        : compact({
            intervalMs: durationMs(http.http2KeepAlive.interval),
            timeoutMs: durationMs(http.http2KeepAlive.timeout),
          }),
  }) as model.ConnectionPool
}

export function lowerKeepalive(keepalive: api.TcpKeepalive | undefined): model.ConnectionPool['tcpKeepalive'] {
  if (keepalive === undefined) return undefined
  return compact({
    probes: keepalive.probes,
    timeMs: durationMs(keepalive.time),
    intervalMs: durationMs(keepalive.interval),
  })
}

export function lowerOutlier(outlier: api.OutlierDetection): model.OutlierDetection {
  return compact({
    consecutive5xx: outlier.consecutive5xxErrors ?? outlier.consecutiveErrors,
    consecutiveGatewayErrors: outlier.consecutiveGatewayErrors,
    consecutiveLocalOriginFailures: outlier.consecutiveLocalOriginFailures,
    splitExternalLocalOriginErrors: outlier.splitExternalLocalOriginErrors ?? false,
    intervalMs: durationMs(outlier.interval),
    baseEjectionTimeMs: durationMs(outlier.baseEjectionTime),
    maxEjectionPercent: outlier.maxEjectionPercent || undefined,
    minHealthPercent: outlier.minHealthPercent,
    errorStatuses: outlier.outlierDetectionHttpErrorCodes ?? [],
  }) as model.OutlierDetection
}

function lowerTunnel({
  protocol,
  targetHost,
  targetPort,
}: api.TunnelSettings): NonNullable<model.TrafficPolicy['tunnel']> {
  const host = targetHost.includes(':') ? `[${targetHost}]` : targetHost
  return { method: protocol?.toUpperCase() === 'POST' ? 'POST' : 'CONNECT', target: `${host}:${targetPort}` }
}

/** Defaults are Istio's, which are Envoy's. */
function lowerBudget(budget: api.RetryBudget): model.RetryBudget {
  const intervalMs = durationMs(budget.budgetInterval)
  return {
    percent: budget.percent ?? 20,
    minConcurrency: budget.minRetryConcurrency ?? 3,
    ...(intervalMs === undefined ? {} : { intervalMs }),
  }
}
