// Every field of a DestinationRule. What holds for a host may hold for one of its ports, for a subset of its pods, and for a port
// of those: each policy below is written once, and stands in all four places.
import { type Declared, istio, kubernetes } from 'meshwright'
import { caller } from './workloads.ts'

type DestinationRule = Parameters<typeof istio.destinationRule>[0]
type TrafficPolicy = NonNullable<DestinationRule['spec']['trafficPolicy']>
type Endpoints = NonNullable<Parameters<typeof istio.serviceEntry>[0]['spec']['endpoints']>
/** What may also be said of one port alone. */
type PortPolicy = Omit<TrafficPolicy, 'portLevelSettings' | 'tunnel' | 'proxyProtocol' | 'retryBudget'>

const v1 = { version: 'v1' }

/** A host with two ports, in three regions. */
const host = (name: string, protocol: 'HTTP' | 'TCP' = 'HTTP', more: Endpoints = []): Declared<'ServiceEntry'> =>
  istio.serviceEntry({
    metadata: { name },
    spec: {
      hosts: [`${name}.shop.internal`],
      ports: [
        { number: 8080, name: 'main', protocol },
        { number: 9090, name: 'admin', protocol },
      ],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      endpoints: [
        { address: '192.0.2.1', locality: 'eu-west/eu-west-1/a', labels: v1 },
        { address: '192.0.2.2', locality: 'eu-central/eu-central-1/a', labels: v1 },
        { address: '192.0.2.3', locality: 'us-east/us-east-1/a', labels: v1 },
        { address: '192.0.2.4', locality: 'us-east/us-east-1/a', labels: { version: 'v2' } },
        ...more,
      ],
    },
  })

export const hashed = host('hashed')
export const sticky = host('sticky')
export const near = host('near')
export const piped = host('piped', 'TCP')
export const asked = host('asked')
export const slow = host('slow')
export const zoned = host('zoned', 'HTTP', [
  { address: '192.0.2.5', locality: 'eu-west/eu-west-1/b', labels: { ...v1, rack: 'r1' } },
  { address: '192.0.2.6', locality: 'eu-west/eu-west-1/c', labels: { ...v1, rack: 'r1' } },
  { address: '192.0.2.7', locality: 'eu-west/eu-west-2/a', labels: { ...v1, rack: 'r1' } },
])
export const plain = host('plain')

/** The policy of a host, of one of its ports, of a subset, and of that subset's port; for all callers, or for one. */
function everywhere(
  name: string,
  policy: PortPolicy,
  of: Partial<TrafficPolicy> = {},
  only?: string,
): Declared<'DestinationRule'> {
  const inPlace: TrafficPolicy = { ...policy, ...of, portLevelSettings: [{ port: { number: 9090 }, ...policy }] }
  return istio.destinationRule({
    metadata: { name },
    spec: {
      host: `${name}.shop.internal`,
      trafficPolicy: inPlace,
      subsets: [{ name: 'first', labels: { version: 'v1' }, trafficPolicy: inPlace }],
      exportTo: ['.'],
      ...(only === undefined ? {} : { workloadSelector: { matchLabels: { app: only } } }),
    },
  })
}

const connectionPool: TrafficPolicy['connectionPool'] = {
  tcp: {
    maxConnections: 100,
    connectTimeout: '3s',
    tcpKeepalive: { probes: 3, time: '60s', interval: '10s' },
    maxConnectionDuration: '1h',
    idleTimeout: '10m',
  },
  http: {
    http1MaxPendingRequests: 64,
    http2MaxRequests: 512,
    maxRequestsPerConnection: 1000,
    maxRetries: 8,
    idleTimeout: '5m',
    h2UpgradePolicy: 'UPGRADE',
    maxConcurrentStreams: 50,
    http2KeepAlive: { interval: '30s', timeout: '5s' },
  },
}

const outlierDetection: TrafficPolicy['outlierDetection'] = {
  consecutive5xxErrors: 7,
  consecutiveGatewayErrors: 4,
  consecutiveLocalOriginFailures: 3,
  splitExternalLocalOriginErrors: true,
  interval: '5s',
  baseEjectionTime: '15s',
  maxEjectionPercent: 50,
  minHealthPercent: 20,
}

export const hashedPolicy = everywhere(
  'hashed',
  {
    loadBalancer: {
      consistentHash: { httpHeaderName: 'x-user', ringHash: { minimumRingSize: 2048 } },
      localityLbSetting: { enabled: true, failover: [{ from: 'eu-west', to: 'eu-central' }] },
    },
    connectionPool,
    outlierDetection,
    tls: {
      mode: 'MUTUAL',
      clientCertificate: 'tls/cert.pem',
      privateKey: 'tls/key.pem',
      caCertificates: 'tls/cert.pem',
      caCrl: 'tls/crl.pem',
      subjectAltNames: ['hashed.shop.example'],
      sni: 'hashed.shop.example',
    },
  },
  { retryBudget: { percent: 25, minRetryConcurrency: 5, budgetInterval: '10s' } },
)

export const stickyPolicy = everywhere(
  'sticky',
  {
    loadBalancer: {
      consistentHash: {
        httpCookie: { name: 'basket', path: '/', ttl: '1h', attributes: [{ name: 'SameSite', value: 'Strict' }] },
        maglev: { tableSize: 65_537 },
      },
      localityLbSetting: { failoverPriority: ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'] },
    },
    connectionPool: { http: { useClientProtocol: true } },
    outlierDetection: { consecutiveErrors: 5 },
    // Sidecars are given the Secrets that rules for their own workload name.
    tls: { mode: 'SIMPLE', credentialName: 'sticky-ca' },
  },
  { proxyProtocol: { version: 'V2' } },
  'buyer',
)

export const nearPolicy = everywhere('near', {
  loadBalancer: {
    simple: 'LEAST_REQUEST',
    localityLbSetting: { distribute: [{ from: 'eu-west/*', to: { 'eu-west/*': 80, 'eu-central/*': 20 } }] },
    warmup: { duration: '30s', minimumPercent: 10, aggression: 1.5 },
  },
  outlierDetection: { outlierDetectionHttpErrorCodes: [500, 503], splitExternalLocalOriginErrors: true },
  tls: { mode: 'SIMPLE', insecureSkipVerify: true },
})

export const pipedPolicy = everywhere(
  'piped',
  { loadBalancer: { consistentHash: { useSourceIp: true, minimumRingSize: 512 } }, connectionPool },
  { tunnel: { protocol: 'POST', targetHost: 'far.example', targetPort: 443 } },
)

export const askedPolicy = everywhere('asked', {
  loadBalancer: {
    consistentHash: { httpQueryParameterName: 'user' },
  },
  outlierDetection,
})

export const zonedPolicy = everywhere('zoned', {
  loadBalancer: {
    simple: 'ROUND_ROBIN',
    zoneAwareLbSetting: {
      enabled: true,
      failover: [{ from: 'eu-west', to: 'eu-central' }],
      failoverPriority: ['rack=r1'],
      minClusterSize: 3,
    },
  },
  outlierDetection,
})

export const slowPolicy = everywhere('slow', { loadBalancer: { simple: 'ROUND_ROBIN', warmupDurationSecs: '20s' } })

const onPort = (simple: 'RANDOM' | 'LEAST_REQUEST'): TrafficPolicy => ({
  portLevelSettings: [{ port: { number: 8080 }, loadBalancer: { simple } }],
})

/** What one workload's proxy does otherwise than all others. */
export const forBuyer = istio.destinationRule({
  metadata: { name: 'plain-for-buyer' },
  spec: {
    host: 'plain.shop.internal',
    workloadSelector: { matchLabels: { app: 'buyer' } },
    trafficPolicy: onPort('RANDOM'),
    subsets: [{ name: 'first', labels: { version: 'v1' }, trafficPolicy: onPort('LEAST_REQUEST') }],
  },
})

/** Some requests go to the subset alone, and connections that come from one address. */
export const routes = ['hashed', 'sticky', 'near', 'asked', 'slow', 'plain'].map(name =>
  istio.virtualService({
    metadata: { name },
    spec: {
      hosts: [`${name}.shop.internal`],
      http: [
        {
          match: [{ uri: { prefix: '/first' } }],
          route: [{ destination: { host: `${name}.shop.internal`, subset: 'first' } }],
        },
        { route: [{ destination: { host: `${name}.shop.internal` } }] },
      ],
    },
  }),
)
export const pipedRoutes = istio.virtualService({
  metadata: { name: 'piped' },
  spec: {
    hosts: ['piped.shop.internal'],
    tcp: [
      {
        match: [{ sourceSubnet: '10.1.0.0/16' }],
        route: [{ destination: { host: 'piped.shop.internal', subset: 'first' } }],
      },
      { route: [{ destination: { host: 'piped.shop.internal' } }] },
    ],
  },
})

export const buyer = caller('buyer')
export const passerBy = caller('passer-by', 'street')
export const street = kubernetes.namespace({ metadata: { name: 'street' } })
