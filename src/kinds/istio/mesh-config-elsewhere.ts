import { ownValue } from '../../util/own-value.ts'
import type { DefaultProxyConfig, DefaultTracing, ExtensionProvider, MeshConfig } from './mesh-config.ts'

/**
 * Fields of Istio's MeshConfig that are about its own control plane, its own proxies or long gone: an Istio installation's text has them,
 * and none of them is a mistake. By the object that has them; `*` is any name or index.
 */
const fields = {
  '': [
    ...['proxyListenPort', 'proxyInboundListenPort', 'caCertificates'],
    ...['ingressClass', 'ingressService', 'ingressControllerMode', 'ingressSelector', 'configSources', 'ca'],
    ...['enableTracing', 'enableEnvoyAccessLogService', 'disableEnvoyListenerLog', 'enablePrometheusMerge'],
    ...['inboundClusterStatName', 'outboundClusterStatName', 'verifyCertificateAtClient'],
    ...['serviceSettings', 'serviceScopeConfigs', 'discoverySelectors', 'certificates', 'thriftConfig', 'sdsUdsPath'],
    ...[
      'mixerCheckServer',
      'mixerReportServer',
      'policyCheckFailOpen',
      'disablePolicyChecks',
      'disableMixerHttpReports',
    ],
    ...['sdsRefreshDelay', 'enableClientSidePolicyCheck', 'reportBatchMaxEntries', 'reportBatchMaxTime'],
  ],
  '/defaultConfig': [
    ...['configPath', 'binaryPath', 'serviceCluster', 'parentShutdownDuration', 'discoveryAddress', 'statsdUdpAddress'],
    ...['proxyAdminPort', 'controlPlaneAuthPolicy', 'customConfigFile', 'statNameLength', 'proxyBootstrapTemplatePath'],
    ...['interceptionMode', 'envoyAccessLogService', 'envoyMetricsService', 'runtimeValues', 'statusPort', 'meshId'],
    ...[
      'extraStatTags',
      'terminationDrainDuration',
      'readinessProbe',
      'proxyStatsMatcher',
      'caCertificatesPem',
      'image',
    ],
    ...['privateKeyProvider', 'fileFlushInterval', 'fileFlushMinSizeKb', 'zipkinAddress'],
    ...['availabilityZone', 'connectTimeout', 'discoveryRefreshDelay', 'zipkin'],
  ],
  '/defaultConfig/tracing': [
    ...['zipkin', 'lightstep', 'datadog', 'stackdriver', 'openCensusAgent'],
    ...['tlsSettings', 'enableIstioTags'],
  ],
  // Istio itself hears of it in `meshMTLS` alone.
  '/tlsDefaults': ['minProtocolVersion'],
  '/defaultProviders': ['metrics'],
  '/extensionProviders/*': ['prometheus', 'stackdriver', 'lightstep', 'datadog', 'skywalking', 'opencensus', 'sds'],
  '/defaultTrafficPolicy': [...['loadBalancer', 'tls', 'portLevelSettings', 'tunnel', 'proxyProtocol', 'retryBudget']],
} as const satisfies Readonly<{ [object: string]: readonly string[] }>

/** What an object of Istio's has beside what its type here says. Their values are Istio's to judge. */
type Beside<Place extends keyof typeof fields> = { [Field in (typeof fields)[Place][number]]?: unknown }

type Nested = 'tlsDefaults' | 'defaultConfig' | 'defaultProviders' | 'extensionProviders' | 'defaultTrafficPolicy'

/** All that a text of Istio's may say: a mesh that comes from Istio can be written with its types, and stay Istio's as well. */
export interface IstioMeshConfig extends Omit<MeshConfig, Nested>, Beside<''> {
  /** TLS with everybody else, where neither a Gateway nor a Sidecar says so. Default: see its fields. */
  tlsDefaults?: NonNullable<MeshConfig['tlsDefaults']> & Beside<'/tlsDefaults'>
  /** How proxies are run, where no ProxyConfig says so. Read when a pod is made. Default: see its fields. */
  defaultConfig?: IstioProxyConfig
  /** Which of `extensionProviders` are told where no Telemetry names any. Default: none. */
  defaultProviders?: NonNullable<MeshConfig['defaultProviders']> & Beside<'/defaultProviders'>
  /** Services that proxies ask or tell, by the names that policies know them by. Default: none. */
  extensionProviders?: (ExtensionProvider & Beside<'/extensionProviders/*'>)[]
  /**
   * Limits of connections and requests, and ejection, where no DestinationRule says so; of each block field by field. Default: as a
   * DestinationRule has it.
   */
  defaultTrafficPolicy?: NonNullable<MeshConfig['defaultTrafficPolicy']> & Beside<'/defaultTrafficPolicy'>
}

export interface IstioProxyConfig extends Omit<DefaultProxyConfig, 'tracing'>, Beside<'/defaultConfig'> {
  /** Traces. Default: see `defaultProviders`. */
  tracing?: DefaultTracing & Beside<'/defaultConfig/tracing'>
}

/** Does Istio know the field? Undefined: nothing is known of the object that has it. */
export function isOfIstio(object: string, field: string): boolean | undefined {
  const known: Readonly<{ [object: string]: readonly string[] }> = fields
  return (ownValue(known, object) ?? ownValue(known, anyIndex(object)))?.includes(field)
}

function anyIndex(object: string): string {
  return object.replace(/\/[^/]+$/, '/*')
}

/** What nobody brings to Envoy, though it could do it: by the field, with the object that has it. */
const forEnvoy: ReadonlyMap<string, string> = new Map([
  ...['/inboundClusterStatName', '/outboundClusterStatName'].map(
    field => [field, 'the statistics of clusters have names that status and graphs read'] as const,
  ),
  ...['proxyStatsMatcher', 'extraStatTags'].map(
    field => [`/defaultConfig/${field}`, 'the statistics of proxies are those that status and graphs read'] as const,
  ),
  ...['datadog', 'lightstep', 'skywalking', 'stackdriver'].map(
    field =>
      [`/extensionProviders/*/${field}`, 'traces go by OpenTelemetry or Zipkin, which this one takes in, too'] as const,
  ),
  ['/tlsDefaults/minProtocolVersion', 'TLS 1.2 is the oldest that is spoken; Gateways and DestinationRules say more'],
  ...['loadBalancer', 'tls', 'portLevelSettings', 'tunnel', 'proxyProtocol', 'retryBudget'].map(
    field => [`/defaultTrafficPolicy/${field}`, 'Istio hears of it in DestinationRules alone'] as const,
  ),
])

/** Why a field that Istio knows has no effect on proxies, and whether Envoy itself could do what it says. */
export function reasonElsewhere(
  object: string,
  field: string,
): { readonly reason: string; readonly isForEnvoy: boolean } {
  const said = forEnvoy.get(`${object}/${field}`) ?? forEnvoy.get(`${anyIndex(object)}/${field}`)
  if (said !== undefined) return { reason: said, isForEnvoy: true }
  if (object.startsWith('/extensionProviders/') || object === '/defaultProviders')
    return {
      reason: 'stock Envoy has no filter that makes metrics of its own; what it counts anyway can be read',
      isForEnvoy: false,
    }
  return object.startsWith('/defaultConfig')
    ? { reason: 'it is about how Istio starts its own proxies; Meshwright starts these', isForEnvoy: false }
    : { reason: 'it is about Istio’s own control plane, or nobody reads it any more', isForEnvoy: false }
}
