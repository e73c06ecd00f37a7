/**
 * Fields of Istio's MeshConfig that are about its own control plane, its own proxies or long gone: an Istio installation's text has them,
 * and none of them is a mistake. By the object that has them; `*` is any name or index.
 */
const fields: Readonly<{ [object: string]: readonly string[] }> = {
  '': [
    ...['proxyListenPort', 'proxyInboundListenPort', 'rootNamespace', 'trustDomain', 'caCertificates'],
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
    ...['privateKeyProvider', 'proxyHeaders', 'fileFlushInterval', 'fileFlushMinSizeKb', 'zipkinAddress'],
    ...['availabilityZone', 'connectTimeout', 'discoveryRefreshDelay', 'zipkin'],
  ],
  '/defaultConfig/tracing': [
    ...['zipkin', 'lightstep', 'datadog', 'stackdriver', 'openCensusAgent', 'customTags', 'maxPathTagLength'],
    ...['tlsSettings', 'enableIstioTags'],
  ],
  '/defaultConfig/gatewayTopology': ['proxyProtocol'],
  '/defaultProviders': ['metrics'],
  '/extensionProviders/*': ['prometheus', 'stackdriver', 'lightstep', 'datadog', 'skywalking', 'opencensus', 'sds'],
  '/defaultTrafficPolicy': [...['loadBalancer', 'tls', 'portLevelSettings', 'tunnel', 'proxyProtocol', 'retryBudget']],
}

/** Does Istio know the field? Undefined: nothing is known of the object that has it. */
export function isOfIstio(object: string, field: string): boolean | undefined {
  return (fields[object] ?? fields[object.replace(/\/[^/]+$/, '/*')])?.includes(field)
}
