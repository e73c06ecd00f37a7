import type {
  Authorizer,
  Collector,
  MeshSettings,
  Provider,
  ProviderService,
  TrafficDefaults,
} from '../../model/mesh-settings.ts'
import type { ProxySetup } from '../../model/proxy-setup.ts'
import { passedHosts, refusedHosts } from '../../model/scope.ts'
import type { ConnectionPool } from '../../model/traffic-policy.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import { durationMs } from '../duration.ts'
import type { Resource } from '../resource.ts'
import { lowerKeepalive, lowerOutlier, lowerPool } from './destination-rule-lowering.ts'
import { lowerPlaces } from './locality-lowering.ts'
import type {
  ExtensionProvider,
  GrpcAuthorizer,
  HttpAuthorizer,
  MeshConfig,
  OpenTelemetryCollector,
  ZipkinCollector,
} from './mesh-config.ts'
import { lowerLog, lowerLogSettings } from './mesh-config-log-lowering.ts'
import type { ConfigText } from './mesh-config-text.ts'
import { lowerWide } from './mesh-config-wide-lowering.ts'
import { lowerSetup } from './proxy-config.ts'
import { dnsWishes } from './proxy-metadata.ts'
import { lowerTags } from './telemetry-lowering.ts'

/** What Istio gives services that decide, where their authors say nothing. */
const defaultTimeoutMs = 600_000

export function lowerMeshConfig(resource: Resource, { config }: ConfigText): Contribution {
  const providers = (config.extensionProviders ?? []).map((provider, index) =>
    lowerProvider(provider, at(resource, `/data/mesh/extensionProviders/${index}`)),
  )
  const defaultCollector = config.defaultProviders?.tracing?.[0]
  const defaults = defaultCollector === undefined ? {} : { defaultCollector }
  const logging = lowerLogSettings(config)
  const more = {
    ...(logging === undefined ? {} : { logging }),
    ...lowerTraffic(config),
    ...lowerProxies(config),
    ...lowerWide(config, resource),
    dns: dnsWishes(config.defaultConfig),
  }
  return { settings: [{ ...nodeOf(resource), providers, ...defaults, ...more }] }
}

function lowerProxies({
  defaultConfig = {},
}: MeshConfig): Pick<MeshSettings, 'proxies' | 'traceSampling' | 'traceTags' | 'maxPathBytes'> {
  const { concurrency, drainDuration, proxyMetadata, tracing } = defaultConfig
  const drainMs = durationMs(drainDuration)
  const setup: ProxySetup = {
    ...lowerSetup({ concurrency, environment: proxyMetadata }),
    ...(drainMs === undefined ? {} : { drainMs }),
  }
  return {
    ...(Object.keys(setup).length === 0 ? {} : { proxies: setup }),
    ...(tracing?.sampling === undefined ? {} : { traceSampling: tracing.sampling }),
    ...(tracing?.customTags === undefined ? {} : { traceTags: lowerTags(tracing.customTags) }),
    // 0 is what is not written (proto3).
    ...(tracing?.maxPathTagLength ? { maxPathBytes: tracing.maxPathTagLength } : {}),
  }
}

function lowerTraffic(config: MeshConfig): Pick<MeshSettings, 'unknownHosts' | 'traffic'> {
  const { outboundTrafficPolicy: policy, defaultTrafficPolicy } = config
  const isOpen = policy?.mode === 'ALLOW_ANY' || policy?.mode === 'ALLOW_ANY_DYNAMIC_DNS'
  const connectionPool = lowerConnections(config)
  const outlier = defaultTrafficPolicy?.outlierDetection
  const locality = lowerPlaces(config)
  const traffic: TrafficDefaults = {
    ...(config.enableAutoMtls === false ? { isPlain: true } : {}),
    ...(connectionPool === undefined ? {} : { connectionPool }),
    ...(outlier === undefined ? {} : { outlierDetection: lowerOutlier(outlier) }),
    ...(locality === undefined ? {} : { locality }),
  }
  return {
    ...(policy === undefined ? {} : { unknownHosts: isOpen ? passedHosts : refusedHosts }),
    ...(Object.keys(traffic).length === 0 ? {} : { traffic }),
  }
}

/** The policy for all says more than the older fields that stand by themselves (Istio's order). */
function lowerConnections(config: MeshConfig): ConnectionPool | undefined {
  const { connectTimeout, tcpKeepalive, h2UpgradePolicy, defaultTrafficPolicy } = config
  const connectTimeoutMs = durationMs(connectTimeout)
  const keepalive = lowerKeepalive(tcpKeepalive)
  const alone = {
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(keepalive === undefined ? {} : { tcpKeepalive: keepalive }),
    ...(h2UpgradePolicy === undefined ? {} : { h2Upgrade: h2UpgradePolicy }),
  }
  const pool = defaultTrafficPolicy?.connectionPool
  if (pool === undefined && Object.keys(alone).length === 0) return undefined
  const { h2Upgrade, ...together } = lowerPool(pool ?? {})
  const upgrade = h2Upgrade === 'DEFAULT' ? (h2UpgradePolicy ?? h2Upgrade) : h2Upgrade
  return { ...alone, ...together, h2Upgrade: upgrade }
}

function lowerProvider(provider: ExtensionProvider, place: string): Provider {
  const { name, envoyExtAuthzHttp, envoyExtAuthzGrpc, opentelemetry, zipkin } = provider
  if (envoyExtAuthzHttp !== undefined) return httpAuthorizer(envoyExtAuthzHttp, { name, place })
  if (envoyExtAuthzGrpc !== undefined) return authorizer('grpc', envoyExtAuthzGrpc, { name, place })
  if (opentelemetry !== undefined) return otelCollector(opentelemetry, { name, place })
  if (zipkin !== undefined) return zipkinCollector(zipkin, { name, place })
  const sink = lowerLog(provider, lowerService)
  return sink === undefined ? { kind: 'other', name, at: place } : { kind: 'log', name, at: place, sink }
}

interface Named {
  readonly name: string
  readonly place: string
}

function httpAuthorizer(from: HttpAuthorizer, named: Named): Authorizer {
  const { pathPrefix } = from
  return {
    ...authorizer('http', from, named),
    ...(pathPrefix === undefined || pathPrefix === '' ? {} : { pathPrefix }),
    toldHeaders: from.includeRequestHeadersInCheck ?? [],
    addedHeaders: Object.entries(from.includeAdditionalHeadersInCheck ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
    upstreamHeaders: from.headersToUpstreamOnAllow ?? [],
    refusalHeaders: from.headersToDownstreamOnDeny ?? [],
    consentHeaders: from.headersToDownstreamOnAllow ?? [],
  }
}

function authorizer(
  protocol: Authorizer['protocol'],
  from: GrpcAuthorizer | HttpAuthorizer,
  { name, place }: Named,
): Authorizer {
  const { timeout, statusOnError, includeRequestBodyInCheck: body } = from
  return {
    kind: 'authorizer',
    name,
    at: place,
    protocol,
    service: lowerService(from),
    timeoutMs: durationMs(timeout) ?? defaultTimeoutMs,
    isOpenOnError: from.failOpen === true,
    ...(statusOnError === undefined || statusOnError === '' ? {} : { statusOnError: Number(statusOnError) }),
    ...(body === undefined
      ? {}
      : {
          body: {
            maxBytes: body.maxRequestBytes,
            isPartial: body.allowPartialMessage === true,
            isBytes: body.packAsBytes === true,
          },
        }),
    clearsRoute: from.clearRouteCache === true,
    ...{ toldHeaders: [], addedHeaders: [], upstreamHeaders: [], refusalHeaders: [], consentHeaders: [] },
  }
}

function otelCollector(from: OpenTelemetryCollector, { name, place }: Named): Collector {
  const { http, maxTagLength } = from
  return {
    ...{ kind: 'collector', name, at: place, service: lowerService(from) },
    ...(http === undefined
      ? { protocol: 'otlp-grpc' }
      : { protocol: 'otlp-http', path: http.path, timeoutMs: durationMs(http.timeout) ?? 5000 }),
    ...(maxTagLength === undefined ? {} : { maxPathBytes: maxTagLength }),
  }
}

function zipkinCollector(from: ZipkinCollector, { name, place }: Named): Collector {
  const { path = '/api/v2/spans', maxTagLength, enable64bitTraceId } = from
  return {
    ...{ kind: 'collector', name, at: place, service: lowerService(from) },
    ...{ protocol: 'zipkin', path, hasShortIds: enable64bitTraceId === true },
    ...(maxTagLength === undefined ? {} : { maxPathBytes: maxTagLength }),
  }
}

/** `NAMESPACE/HOST`, or the host alone. */
function lowerService({ service, port }: Pick<HttpAuthorizer, 'service' | 'port'>): ProviderService {
  const slash = service.indexOf('/')
  if (slash < 0) return { host: service, port }
  return { namespace: service.slice(0, slash), host: service.slice(slash + 1), port }
}
