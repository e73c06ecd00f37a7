// Every field of MeshConfig that has to do with proxies: what holds for a whole mesh, and whom proxies ask and tell.
import { type Declared, istio, service } from 'meshwright'
import { caller, run } from './workloads.ts'

export const gatekeeper = service('gatekeeper', { ports: { http: 8000, grpc: { port: 9000, protocol: 'GRPC' } } })
export const collector = service('collector', {
  ports: { http: 4318, grpc: { port: 4317, protocol: 'GRPC' }, zipkin: 9411 },
})

const gatekeeperHost = 'gatekeeper.shop.svc.cluster.local'
const collectorHost = 'collector.shop.svc.cluster.local'
const body = { maxRequestBytes: 4096, allowPartialMessage: true }

export const booth = service('booth', { port: 8080, versions: { v1: run } })
export const office = service('office', { port: 8080, versions: { v1: run } })
export const studio = service('studio', { port: 8080, versions: { v1: run } })

/** Where requests for a workload are asked about. */
const asksAt = (app: string, name: string): Declared<'AuthorizationPolicy'> =>
  istio.authorizationPolicy({
    metadata: { name: `${app}-asks` },
    spec: {
      selector: { matchLabels: { app } },
      action: 'CUSTOM',
      provider: { name },
      rules: [{ to: [{ operation: { paths: ['/private/*'] } }] }],
    },
  })
/** Where the traces of a workload go. */
const tellsTo = (app: string, name: string): Declared<'Telemetry'> =>
  istio.telemetry({
    metadata: { name: `${app}-tells` },
    spec: { selector: { matchLabels: { app } }, tracing: [{ providers: [{ name }], randomSamplingPercentage: 10 }] },
  })

export const boothAsks = asksAt('booth', 'gatekeeper')
export const officeAsks = asksAt('office', 'gatekeeper-grpc')
export const officeTells = tellsTo('office', 'spans-http')
export const studioTells = tellsTo('studio', 'zipkin')

/** Where the lines of a workload go. */
const logsTo = (app: string, name: string): Declared<'Telemetry'> =>
  istio.telemetry({
    metadata: { name: `${app}-logs` },
    spec: { selector: { matchLabels: { app } }, accessLogging: [{ providers: [{ name }] }] },
  })

export const boothLogs = logsTo('booth', 'plain')
export const officeLogs = logsTo('office', 'lines-json')
export const studioLogs = logsTo('studio', 'records')
export const deskLogs = logsTo('gallery', 'records-labelled')
export const atticLogs = logsTo('attic', 'requests')
export const cellarLogs = logsTo('cellar', 'connections')
/** Nobody says of it where its lines go, but for those who are told where nothing is said. */
export const porch = service('porch', { port: 8080, versions: { v1: run } })
export const gallery = service('gallery', { port: 8080, versions: { v1: run } })
export const attic = service('attic', { port: 8080, versions: { v1: run } })
export const cellar = service('cellar', { port: 7000, protocol: 'TCP', versions: { v1: run } })

/** They call whatever their namespaces may see. */
export const visitor = caller('visitor')
export const tourist = caller('tourist', 'street')
/** A host in three regions, of which callers prefer some. */
export const depot = istio.serviceEntry({
  metadata: { name: 'depot' },
  spec: {
    hosts: ['depot.shop.internal'],
    ports: [
      { number: 8080, name: 'main', protocol: 'HTTP' },
      { number: 7000, name: 'bytes', protocol: 'TCP' },
    ],
    location: 'MESH_INTERNAL',
    resolution: 'STATIC',
    endpoints: [
      { address: '192.0.2.1', locality: 'eu-west/eu-west-1/a', labels: { version: 'v1' } },
      { address: '192.0.2.2', locality: 'eu-west/eu-west-1/b', labels: { version: 'v1' } },
      { address: '192.0.2.3', locality: 'eu-west/eu-west-2/a', labels: { version: 'v1' } },
      { address: '192.0.2.4', locality: 'eu-central/eu-central-1/a', labels: { version: 'v1' } },
      { address: '192.0.2.5', locality: 'us-east/us-east-1/a', labels: { version: 'v1' } },
      { address: '192.0.2.6', locality: 'eu-west/eu-west-1/a', labels: { version: 'v2' } },
    ],
  },
})

/** What no namespace is named for: the mesh says who sees it. */
export const depotRoute = istio.virtualService({
  metadata: { name: 'depot' },
  spec: {
    hosts: ['depot.shop.internal'],
    http: [{ timeout: '3s', route: [{ destination: { host: 'depot.shop.internal' } }] }],
  },
})
export const depotPolicy = istio.destinationRule({
  metadata: { name: 'depot' },
  spec: { host: 'depot.shop.internal', trafficPolicy: { tls: { mode: 'SIMPLE', sni: 'depot.shop.internal' } } },
})
export const news = istio.serviceEntry({
  metadata: { name: 'news' },
  spec: {
    hosts: ['news.example'],
    ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
  },
})
export const bazaar = istio.gateway({
  metadata: { name: 'bazaar' },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['bazaar.example'] }],
  },
})
export const bazaarRoute = istio.virtualService({
  metadata: { name: 'bazaar' },
  spec: {
    hosts: ['bazaar.example'],
    gateways: ['bazaar'],
    http: [{ route: [{ destination: { host: 'porch', port: { number: 8080 } } }] }],
  },
})

export const settings = istio.meshConfig({
  accessLogFile: '/dev/stdout',
  accessLogFormat: '%REQ(:PATH)% %RESPONSE_CODE%\n',
  accessLogEncoding: 'TEXT',
  outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  connectTimeout: '4s',
  tcpKeepalive: { probes: 5, time: '90s', interval: '15s' },
  h2UpgradePolicy: 'UPGRADE',
  defaultTrafficPolicy: {
    connectionPool: {
      tcp: {
        maxConnections: 100,
        connectTimeout: '3s',
        idleTimeout: '10m',
        maxConnectionDuration: '1h',
        tcpKeepalive: { probes: 4, time: '80s', interval: '10s' },
      },
      http: {
        http1MaxPendingRequests: 64,
        http2MaxRequests: 128,
        maxRequestsPerConnection: 32,
        maxRetries: 3,
        idleTimeout: '1m',
        h2UpgradePolicy: 'DO_NOT_UPGRADE',
        useClientProtocol: false,
        maxConcurrentStreams: 50,
        http2KeepAlive: { interval: '30s', timeout: '5s' },
      },
    },
    outlierDetection: {
      consecutive5xxErrors: 4,
      consecutiveGatewayErrors: 3,
      consecutiveLocalOriginFailures: 2,
      splitExternalLocalOriginErrors: true,
      interval: '5s',
      baseEjectionTime: '20s',
      maxEjectionPercent: 50,
      minHealthPercent: 20,
      outlierDetectionHttpErrorCodes: [500, 503],
    },
  },
  defaultHttpRetryPolicy: {
    attempts: 3,
    perTryTimeout: '2s',
    retryOn: 'connect-failure,503',
    retryRemoteLocalities: true,
    retryIgnorePreviousHosts: false,
    backoff: '50ms',
  },
  pathNormalization: { normalization: 'MERGE_SLASHES' },
  protocolDetectionTimeout: '2s',
  dnsRefreshRate: '30s',
  inboundTrafficPolicy: { mode: 'LOCALHOST' },
  proxyHttpPort: 15002,
  enableAutoMtls: true,
  meshMTLS: {
    minProtocolVersion: 'TLSV1_3',
    cipherSuites: ['ECDHE-RSA-AES256-GCM-SHA384'],
    ecdhCurves: ['X25519MLKEM768', 'X25519'],
  },
  tlsDefaults: { cipherSuites: ['ECDHE-RSA-AES256-GCM-SHA384'], ecdhCurves: ['P-256'] },
  rootNamespace: 'mesh-system',
  trustDomain: 'prod.example',
  trustDomainAliases: ['old.example'],
  defaultServiceExportTo: ['.', 'street'],
  defaultVirtualServiceExportTo: ['.'],
  defaultDestinationRuleExportTo: ['.'],
  zoneAwareLbSetting: {
    enabled: true,
    failover: [{ from: 'eu-west', to: 'eu-central' }],
    failoverPriority: ['version=v1'],
    minClusterSize: 3,
  },
  localityLbSetting: {
    enabled: true,
    distribute: [{ from: 'eu-west/*', to: { 'eu-west/*': 90, 'eu-central/*': 10 } }],
  },
  defaultConfig: {
    concurrency: 2,
    drainDuration: '30s',
    proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' },
    tracing: {
      sampling: 5,
      customTags: {
        shop: { literal: { value: 'north' } },
        tier: { header: { name: 'x-tier', defaultValue: 'none' } },
        zone: { environment: { name: 'ZONE', defaultValue: 'unknown' } },
      },
      maxPathTagLength: 200,
    },
    proxyHeaders: {
      forwardedClientCert: 'APPEND_FORWARD',
      setCurrentClientCertDetails: { subject: false, cert: true, chain: true, dns: true, uri: true },
      requestId: { disabled: false },
      server: { value: 'shop', disabled: false },
      attemptCount: { disabled: false },
      envoyDebugHeaders: { disabled: false },
      metadataExchangeHeaders: { mode: 'IN_MESH' },
      preserveHttp1HeaderCase: false,
    },
    holdApplicationUntilProxyStarts: true,
    gatewayTopology: { numTrustedProxies: 2, forwardClientCertDetails: 'SANITIZE', proxyProtocol: {} },
  },
  defaultProviders: { tracing: ['spans'], accessLogging: ['lines'] },
  extensionProviders: [
    {
      name: 'gatekeeper',
      envoyExtAuthzHttp: {
        service: gatekeeperHost,
        port: 8000,
        timeout: '2s',
        failOpen: true,
        statusOnError: '503',
        pathPrefix: '/ask',
        includeRequestHeadersInCheck: ['x-tier'],
        includeAdditionalHeadersInCheck: { 'x-asked-by': 'mesh' },
        includeRequestBodyInCheck: body,
        headersToUpstreamOnAllow: ['x-user'],
        headersToDownstreamOnDeny: ['x-reason'],
        headersToDownstreamOnAllow: ['x-allowed-by'],
        clearRouteCache: true,
      },
    },
    {
      name: 'gatekeeper-grpc',
      envoyExtAuthzGrpc: {
        service: gatekeeperHost,
        port: 9000,
        timeout: '2s',
        failOpen: true,
        statusOnError: '503',
        includeRequestBodyInCheck: { ...body, packAsBytes: true },
        clearRouteCache: true,
      },
    },
    { name: 'spans', opentelemetry: { service: collectorHost, port: 4317, maxTagLength: 128 } },
    {
      name: 'spans-http',
      opentelemetry: { service: collectorHost, port: 4318, http: { path: '/v1/traces', timeout: '4s' } },
    },
    {
      name: 'zipkin',
      zipkin: {
        service: collectorHost,
        port: 9411,
        path: '/spans',
        enable64bitTraceId: true,
        maxTagLength: 128,
      },
    },
    { name: 'plain', envoyFileAccessLog: { path: '/dev/stderr' } },
    {
      name: 'lines',
      envoyFileAccessLog: { path: '/dev/stdout', logFormat: { text: '%REQ(:METHOD)% %REQ(:PATH)%\n' } },
    },
    {
      name: 'lines-json',
      envoyFileAccessLog: {
        path: '/var/log/requests.json',
        logFormat: { labels: { path: '%REQ(:PATH)%' } },
        omitEmptyValues: true,
      },
    },
    {
      name: 'records',
      envoyOtelAls: {
        service: collectorHost,
        port: 4317,
        logName: 'shop',
        logFormat: { text: '%REQ(:PATH)%' },
        filterStateObjectsToLog: ['wasm.count'],
      },
    },
    {
      name: 'records-labelled',
      envoyOtelAls: { service: collectorHost, port: 4317, logFormat: { labels: { path: '%REQ(:PATH)%' } } },
    },
    {
      name: 'requests',
      envoyHttpAls: {
        service: collectorHost,
        port: 4317,
        logName: 'shop',
        filterStateObjectsToLog: ['wasm.count'],
        additionalRequestHeadersToLog: ['x-tier'],
        additionalResponseHeadersToLog: ['x-by'],
        additionalResponseTrailersToLog: ['x-sum'],
      },
    },
    {
      name: 'connections',
      envoyTcpAls: { service: collectorHost, port: 4317, logName: 'shop', filterStateObjectsToLog: ['wasm.count'] },
    },
  ],
})
