/**
 * CDS: one cluster for each port of each visible service, and for each of its subsets.
 *
 * Defaults are istiod's, not Envoy's: no circuit breakers, no panic threshold, 10 s to connect.
 */
import type { NamedSecret } from '../../../model/gateway.ts'
import type { At } from '../../../model/node.ts'
import type { Address } from '../../../model/placement.ts'
import { isHttp, type Protocol, type Service, type ServicePort } from '../../../model/service.ts'
import type {
  ConnectionPool,
  DestinationPolicy,
  LoadBalancer,
  OutlierDetection,
  RetryBudget,
  Subset,
  TrafficPolicy,
} from '../../../model/traffic-policy.ts'
import { memo } from '../../../util/memo.ts'
import { connectionsOf, namesByRequest, withNames, withWanted } from './client-tls.ts'
import { shownName } from './credentials.ts'
import { effectivePolicy } from './effective-policy.ts'
import { compact, type EnvoyResource, fromAds, type Message, seconds, socketAddress, typed } from './envoy-resource.ts'
import type { Ground } from './guard.ts'
import { weighsByPlace } from './locality-groups.ts'
import type { UpstreamMtls } from './mtls.ts'
import { apiPath, inboundCluster, meshServerName, outboundCluster } from './names.ts'
import { fromProxySource } from './redirect-ports.ts'
import type { PeerIdentities } from './security.ts'
import type { VisibleService } from './view.ts'

/** Discoveries that tell several endpoints, each with its place. */
const hasPlaces: ReadonlySet<unknown> = new Set(['EDS', 'STRICT_DNS'])

/** All clusters of a service: the same objects for the same service and policy. */
export const clustersOf = memo(
  (ground: Ground, peers: PeerIdentities, visible: VisibleService): readonly EnvoyResource[] =>
    discoveredClusters({ ground, peers, discovery: throughEds }, visible),
)

/** Of a service that gateways show certificates to: a cluster for each port and certificate. */
export const showingClusters = memo(
  (ground: Ground, peers: PeerIdentities, visible: VisibleService): readonly EnvoyResource[] =>
    (visible.service.shownCertificates ?? []).flatMap(shows =>
      visible.service.ports.map(port =>
        clusterOf(visible, port, { ground, peers, discovery: throughEds, subset: undefined, shows }),
      ),
    ),
)

/** How a cluster of this name, for this port, finds its endpoints. */
export type Discovery = (name: string, port: ServicePort) => Message

export interface ClustersContext {
  readonly ground: Ground
  readonly peers: PeerIdentities
  readonly discovery: Discovery
}

/** All clusters of a service whose endpoints are found in this way. */
export function discoveredClusters(context: ClustersContext, visible: VisibleService): readonly EnvoyResource[] {
  return visible.service.ports.flatMap(port => [
    clusterOf(visible, port, { ...context, subset: undefined }),
    ...(visible.destination?.subsets ?? []).map(subset => clusterOf(visible, port, { ...context, subset })),
  ])
}

interface ClusterContext extends ClustersContext {
  readonly subset: Subset | undefined
  /** What the endpoints are shown; absent: nothing. */
  readonly shows?: NamedSecret
}

function clusterOf(
  { service, destination }: VisibleService,
  port: ServicePort,
  { ground: { caFile, hasCredentials, defaults }, peers, subset, shows, discovery }: ClusterContext,
): EnvoyResource {
  const name = outboundCluster(service.host, port.number, shows === undefined ? subset?.name : shownName(shows))
  const called = withWanted(effectivePolicy(destination, subset, port.number, defaults), service, port.number, shows)
  const policy = withNames(called, service.entry?.subjectAltNames ?? [])
  const mtls = peers.isOn ? { mtls: mtlsTo(service, port, { peers, subset }) } : {}
  const connections = connectionsOf({
    ...{ policy, protocol: port.protocol, caFile, hasCredentials, ...mtls },
    isPlain: defaults.isPlain === true,
  })
  const isPassthrough = policy.loadBalancer?.kind === 'simple' && policy.loadBalancer.algorithm === 'PASSTHROUGH'
  const found = isPassthrough ? originalDestination(false) : discovery(name, port)
  const value = compact({
    name,
    // istiod's trick: the semicolon lets the stat tags' patterns see where the cluster's name ends.
    alt_stat_name: `${name};`,
    ...found,
    connect_timeout: seconds(policy.connectionPool?.connectTimeoutMs ?? 10_000),
    ...(found['lb_policy'] === 'CLUSTER_PROVIDED' ? {} : loadBalancing(policy.loadBalancer)),
    circuit_breakers: { thresholds: [thresholds(policy.connectionPool, policy.retryBudget)] },
    common_lb_config: {
      healthy_panic_threshold: { value: policy.outlierDetection?.minHealthPercent ?? 0 },
      ...(hasPlaces.has(found['type']) && weighsByPlace(policy) ? { locality_weighted_lb_config: {} } : {}),
    },
    outlier_detection: policy.outlierDetection === undefined ? undefined : outlierDetection(policy.outlierDetection),
    upstream_connection_options: keepalive(policy.connectionPool),
    typed_extension_protocol_options: httpOptions(port.protocol, policy),
    ...connections.fields,
    metadata: { filter_metadata: { istio: istioMetadata(service, { destination, subset }) } },
  })
  const { secrets: secret } = connections
  const needs = {
    ...(found['type'] === 'EDS' ? { endpoint: [name] } : {}),
    ...(secret.length === 0 ? {} : { secret }),
  }
  return { type: 'cluster', name, value, needs, from: origins(port.at, destination, subset) }
}

function mtlsTo(
  { host }: Service,
  { number, protocol }: ServicePort,
  { peers, subset }: Pick<ClusterContext, 'peers' | 'subset'>,
): UpstreamMtls {
  const sni = meshServerName(host, number, subset?.name)
  return {
    identities: peers.names,
    sni,
    isHttp2: protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'GRPC-WEB',
  }
}

function origins(port: At, destination: DestinationPolicy | undefined, subset: Subset | undefined): At[] {
  return [...(subset === undefined ? [] : [subset.at]), ...(destination === undefined ? [] : [destination.at]), port]
}

function istioMetadata(
  service: Service,
  from: { readonly destination: DestinationPolicy | undefined; readonly subset: Subset | undefined },
): Message {
  return compact({
    services: [{ host: service.host, name: service.name, namespace: service.namespace }],
    config: from.destination === undefined ? undefined : apiPath('destination-rule', from.destination),
    subset: from.subset?.name,
  })
}

function throughEds(name: string): Message {
  return { type: 'EDS', eds_cluster_config: { eds_config: fromAds, service_name: name } }
}

function loadBalancing(balancer: LoadBalancer | undefined): Message {
  if (balancer === undefined) return { lb_policy: 'LEAST_REQUEST' }
  if (balancer.kind === 'hash') {
    if (balancer.ring.kind === 'maglev') {
      return compact({
        lb_policy: 'MAGLEV',
        maglev_lb_config: balancer.ring.tableSize === undefined ? undefined : { table_size: balancer.ring.tableSize },
      })
    }
    return { lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: balancer.ring.minimumSize } }
  }
  if (balancer.algorithm === 'PASSTHROUGH') return {}
  const slowStart =
    balancer.warmup === undefined
      ? undefined
      : {
          slow_start_window: seconds(balancer.warmup.durationMs),
          aggression: { default_value: balancer.warmup.aggression, runtime_key: 'upstream.slow_start.aggression' },
          min_weight_percent: { value: balancer.warmup.minimumPercent },
        }
  const config = slowStart === undefined ? undefined : { slow_start_config: slowStart }
  if (balancer.algorithm === 'ROUND_ROBIN') return compact({ lb_policy: 'ROUND_ROBIN', round_robin_lb_config: config })
  return compact({
    lb_policy: balancer.algorithm,
    least_request_lb_config: balancer.algorithm === 'LEAST_REQUEST' ? config : undefined,
  })
}

/** Unlimited, as Envoy writes it; its own default is 1024. */
const unlimited = 4_294_967_295

export function thresholds(pool: ConnectionPool | undefined, budget?: RetryBudget): Message {
  return compact({
    max_connections: pool?.maxConnections ?? unlimited,
    max_pending_requests: pool?.maxPendingRequests ?? unlimited,
    max_requests: pool?.maxRequests ?? unlimited,
    max_retries: pool?.maxRetries ?? unlimited,
    track_remaining: true,
    retry_budget:
      budget === undefined
        ? undefined
        : compact({
            budget_percent: { value: budget.percent },
            min_retry_concurrency: budget.minConcurrency,
            budget_interval: budget.intervalMs ? seconds(budget.intervalMs) : undefined,
          }),
  })
}

function outlierDetection(outlier: OutlierDetection): Message {
  const enforced = (count: number | undefined) => (count === undefined ? undefined : count > 0 ? 100 : 0)
  return compact({
    consecutive_5xx: outlier.consecutive5xx === 0 ? undefined : outlier.consecutive5xx,
    enforcing_consecutive_5xx: enforced(outlier.consecutive5xx),
    consecutive_gateway_failure: outlier.consecutiveGatewayErrors === 0 ? undefined : outlier.consecutiveGatewayErrors,
    enforcing_consecutive_gateway_failure: enforced(outlier.consecutiveGatewayErrors),
    split_external_local_origin_errors: outlier.splitExternalLocalOriginErrors ? true : undefined,
    consecutive_local_origin_failure:
      outlier.consecutiveLocalOriginFailures === 0 ? undefined : outlier.consecutiveLocalOriginFailures,
    enforcing_consecutive_local_origin_failure: enforced(outlier.consecutiveLocalOriginFailures),
    // Ejection by comparison with the other endpoints is nothing that Istio's API speaks of.
    enforcing_success_rate: 0,
    interval: outlier.intervalMs === undefined ? undefined : seconds(outlier.intervalMs),
    base_ejection_time: outlier.baseEjectionTimeMs === undefined ? undefined : seconds(outlier.baseEjectionTimeMs),
    max_ejection_percent: outlier.maxEjectionPercent,
  })
}

function keepalive(pool: ConnectionPool | undefined): Message | undefined {
  const probe = pool?.tcpKeepalive
  if (probe === undefined) return undefined
  const whole = (ms: number | undefined) => (ms === undefined ? undefined : Math.max(1, Math.round(ms / 1000)))
  return {
    tcp_keepalive: compact({
      keepalive_probes: probe.probes,
      keepalive_time: whole(probe.timeMs),
      keepalive_interval: whole(probe.intervalMs),
    }),
  }
}

/** Which HTTP an upstream is spoken to; undefined where the cluster carries no HTTP and no limits on it are set. */
function httpOptions(protocol: Protocol, policy: TrafficPolicy): Message | undefined {
  if (protocol !== 'AUTO' && !isHttp(protocol)) return undefined
  const pool = policy.connectionPool
  const http2 = compact({
    max_concurrent_streams: pool?.maxConcurrentStreams,
    connection_keepalive:
      pool?.http2Keepalive?.intervalMs === undefined
        ? undefined
        : compact({
            interval: seconds(pool.http2Keepalive.intervalMs),
            timeout: pool.http2Keepalive.timeoutMs === undefined ? undefined : seconds(pool.http2Keepalive.timeoutMs),
          }),
  })
  const isHttp2 =
    protocol === 'HTTP2' ||
    protocol === 'GRPC' ||
    protocol === 'GRPC-WEB' ||
    (protocol === 'HTTP' && pool?.h2Upgrade === 'UPGRADE')
  const common = compact({
    common_http_protocol_options: commonHttpOptions(pool),
    upstream_http_protocol_options: namesByRequest(policy, protocol),
    outlier_detection: errorMatcher(policy.outlierDetection?.errorStatuses ?? []),
  })
  if (protocol === 'AUTO' || pool?.useClientProtocol === true) {
    return httpProtocolOptions(asClients(http2), common)
  }
  if (isHttp2) return httpProtocolOptions({ explicit_http_config: { http2_protocol_options: http2 } }, common)
  return Object.keys(common).length === 0
    ? undefined
    : httpProtocolOptions({ explicit_http_config: { http_protocol_options: {} } }, common)
}

function commonHttpOptions(pool: ConnectionPool | undefined): Message | undefined {
  const options = compact({
    idle_timeout: pool?.httpIdleTimeoutMs === undefined ? undefined : seconds(pool.httpIdleTimeoutMs),
    max_requests_per_connection: pool?.maxRequestsPerConnection || undefined,
    max_connection_duration:
      pool?.maxConnectionDurationMs === undefined ? undefined : seconds(pool.maxConnectionDurationMs),
  })
  return Object.keys(options).length === 0 ? undefined : options
}

/** The answers that count against an endpoint, where these are not the usual ones. */
function errorMatcher(statuses: readonly number[]): Message | undefined {
  const rules = statuses.map(status => ({
    http_response_headers_match: { headers: [{ name: ':status', string_match: { exact: `${status}` } }] },
  }))
  if (rules.length === 0) return undefined
  // Envoy takes no alternative of one.
  return { error_matcher: rules.length === 1 ? rules[0] : { or_match: { rules } } }
}

function httpProtocolOptions(config: Message, common: Message): Message {
  const type = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  return { [type]: typed(type, { ...common, ...config }) }
}

/** Where the application is: at an address of its own, or wherever the connection was going (interception). */
export type InboundTarget =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'socket'; readonly path: string }
  /** Perhaps to another port there. */
  | { readonly kind: 'original'; readonly port?: number }

/** The cluster that leads from a sidecar to its own application. */
export function inboundClusterOf(
  target: InboundTarget,
  {
    port,
    protocol,
    pool: limits,
    from,
  }: {
    readonly port: number
    readonly protocol: Protocol
    readonly pool?: ConnectionPool | undefined
    readonly from: readonly At[]
  },
): EnvoyResource {
  const name = inboundCluster(port)
  // How the application is spoken to is said by the port.
  const pool = limits === undefined ? undefined : { ...limits, h2Upgrade: 'DEFAULT' as const, useClientProtocol: false }
  const value = compact({
    name,
    alt_stat_name: `${name};`,
    connect_timeout: seconds(pool?.connectTimeoutMs ?? 10_000),
    circuit_breakers: { thresholds: [thresholds(pool)] },
    upstream_connection_options: keepalive(pool),
    typed_extension_protocol_options: httpOptions(protocol, pool === undefined ? {} : { connectionPool: pool }),
    ...inboundDiscovery(name, target),
  })
  return { type: 'cluster', name, value, needs: {}, from }
}

function inboundDiscovery(name: string, target: InboundTarget): Message {
  if (target.kind === 'original') {
    const { port } = target
    const elsewhere = port === undefined ? {} : { original_dst_lb_config: { upstream_port_override: port } }
    return { ...originalDestination(true), ...elsewhere }
  }
  const address = target.kind === 'socket' ? { pipe: { path: target.path } } : socketAddress(target.address)
  return {
    type: 'STATIC',
    lb_policy: 'ROUND_ROBIN',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  }
}

/**
 * A whole cluster for what nothing is known of: it is spoken to as its caller speaks, without limits of our own, and connections that
 * nobody uses end after five minutes (istiod's settings).
 */
export function passedThrough(name: string, isInbound: boolean): Message {
  return {
    name,
    connect_timeout: '10s',
    ...originalDestination(isInbound),
    circuit_breakers: { thresholds: [thresholds(undefined)] },
    typed_extension_protocol_options: httpProtocolOptions(asClients({}), {
      common_http_protocol_options: { idle_timeout: seconds(300_000) },
    }),
  }
}

/** Which HTTP is spoken, the caller has decided. */
function asClients(http2: Message): Message {
  return { use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: http2 } }
}

/**
 * A cluster that leads to wherever a redirected connection was going.
 *
 * @param isInbound connects from the address by which the pod's redirect rules know what goes to its own application
 */
export function originalDestination(isInbound: boolean): Message {
  return compact({
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    upstream_bind_config: isInbound ? fromProxySource : undefined,
  })
}
