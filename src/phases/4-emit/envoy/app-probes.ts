/**
 * Health checks of a pod's containers, answered by its proxy: under mTLS the kubelet, which has no certificate, could
 * not ask the application itself, and a port left out of the interception would be a way around it.
 */
import { type Message, socketAddress, typed } from './envoy-resource.ts'
import { fromProxySource } from './redirect-ports.ts'

/** One check that the kubelet asks the proxy for, under a path of its own. */
export type AppProbe = {
  /** Path that the kubelet asks for, unique in the pod: `/app-health/reviews/livez`. */
  readonly path: string
  /** The application's port. */
  readonly port: number
  /** ms that one answer may take. */
  readonly timeoutMs: number
  /** ms between two of the kubelet's checks. */
  readonly periodMs: number
} & (
  | { readonly kind: 'http'; readonly target: string; readonly isTls: boolean; readonly host?: string }
  | { readonly kind: 'tcp' }
  | { readonly kind: 'grpc'; readonly service?: string }
)

/** What the proxy needs to answer these checks. */
export interface ProbeParts {
  readonly routes: readonly Message[]
  readonly filters: readonly Message[]
  readonly clusters: readonly Message[]
}

/**
 * Checks that ask the same thing of the application share a cluster, so that it is asked once.
 *
 * @param address the pod's own
 */
export function probeParts(probes: readonly AppProbe[], address: string): ProbeParts {
  const targets = [...Map.groupBy(probes, targetKey).values()]
  const parts = targets.map((group, index) => partsOf(group, { name: `app-probe-${index}`, address }))
  return {
    routes: parts.flatMap(({ routes }) => routes),
    filters: parts.flatMap(({ filters }) => filters),
    clusters: parts.flatMap(({ clusters }) => clusters),
  }
}

/** Checks that differ in what their routes have alone, and in how often they come, ask the same. */
function targetKey(probe: AppProbe): string {
  return JSON.stringify({ ...probe, path: '', periodMs: 0, target: '', host: '' })
}

interface ProbePlace {
  readonly name: string
  readonly address: string
}

/** @param group checks of one target */
function partsOf(group: readonly AppProbe[], place: ProbePlace): ProbeParts {
  const periodMs = Math.min(...group.map(probe => probe.periodMs))
  return {
    routes: group.flatMap(probe => (probe.kind === 'http' ? [httpRoute(probe, place.name)] : [])),
    filters: group.flatMap(probe => (probe.kind === 'http' ? [] : [checkFilter(probe, place.name)])),
    clusters: [probeCluster({ ...group[0]!, periodMs }, place)],
  }
}

function httpRoute(probe: Extract<AppProbe, { kind: 'http' }>, cluster: string): Message {
  const host = probe.host === undefined ? {} : { host_rewrite_literal: probe.host }
  return {
    match: { path: probe.path },
    // A kubelet follows one to the host that it has asked, which is this listener now: none there, a redirect counts as success.
    response_headers_to_remove: ['location'],
    // Replaces the path as a whole, with the query that the check may have.
    route: {
      cluster,
      timeout: `${probe.timeoutMs / 1000}s`,
      regex_rewrite: { pattern: { regex: '^.*$' }, substitution: probe.target.replaceAll('\\', '\\\\') },
      ...host,
    },
  }
}

/** Answers from what the proxy itself found: 200 while the application's port answers, 503 while it does not. */
function checkFilter({ path }: AppProbe, cluster: string): Message {
  return {
    name: `envoy.filters.http.health_check${path}`,
    typed_config: typed('envoy.extensions.filters.http.health_check.v3.HealthCheck', {
      pass_through_mode: false,
      headers: [{ name: ':path', string_match: { exact: path } }],
      cluster_min_healthy_percentages: { [cluster]: { value: 100 } },
    }),
  }
}

function probeCluster(probe: AppProbe, { name, address }: ProbePlace): Message {
  return {
    name,
    type: 'STATIC',
    connect_timeout: `${probe.timeoutMs / 1000}s`,
    // As if it came from the kubelet: the pod's redirect rules let it through to the application.
    upstream_bind_config: fromProxySource,
    ...(probe.kind === 'http' ? {} : { health_checks: [healthCheck(probe)] }),
    ...(probe.kind === 'grpc' ? http2 : {}),
    ...(probe.kind === 'http' && probe.isTls ? { transport_socket: anyCertificate } : {}),
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress({ address, port: probe.port }) } }] }],
    },
  }
}

/**
 * As often as the kubelet, and one answer decides: how many count is the kubelet's to say. While the application does not answer, it
 * is asked each second: a kubelet that has waited for it to start is not to be told what was so before.
 */
function healthCheck(probe: Extract<AppProbe, { kind: 'tcp' | 'grpc' }>): Message {
  const period = `${probe.periodMs / 1000}s`
  return {
    timeout: `${probe.timeoutMs / 1000}s`,
    interval: period,
    unhealthy_interval: '1s',
    // Envoy's words for a cluster that has had no requests, as all of these.
    no_traffic_healthy_interval: period,
    no_traffic_interval: '1s',
    healthy_threshold: 1,
    unhealthy_threshold: 1,
    ...(probe.kind === 'tcp'
      ? { tcp_health_check: {} }
      : { grpc_health_check: probe.service === undefined ? {} : { service_name: probe.service } }),
  }
}

const httpOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const http2: Message = {
  typed_extension_protocol_options: {
    [httpOptions]: typed(httpOptions, { explicit_http_config: { http2_protocol_options: {} } }),
  },
}

/** The kubelet does not look at the certificates of what it checks either. */
const anyCertificate: Message = {
  name: 'envoy.transport_sockets.tls',
  typed_config: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {}),
}
