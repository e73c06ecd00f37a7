// Every field of a Sidecar: what a workload's proxy knows of the mesh, and what it lets in.
import { istio, kubernetes } from 'meshwright'
import { caller } from './workloads.ts'

type SidecarSpec = Parameters<typeof istio.sidecar>[0]['spec']

const pool: NonNullable<SidecarSpec>['inboundConnectionPool'] = {
  tcp: {
    maxConnections: 200,
    connectTimeout: '2s',
    tcpKeepalive: { probes: 3, time: '60s', interval: '10s' },
    maxConnectionDuration: '2h',
    idleTimeout: '20m',
  },
  http: {
    http1MaxPendingRequests: 32,
    http2MaxRequests: 256,
    maxRequestsPerConnection: 500,
    maxRetries: 4,
    idleTimeout: '4m',
    h2UpgradePolicy: 'DO_NOT_UPGRADE',
    useClientProtocol: true,
    maxConcurrentStreams: 40,
    http2KeepAlive: { interval: '30s', timeout: '5s' },
  },
}

const plain = (name: string, ports: readonly { readonly name: string; readonly port: number }[]) =>
  kubernetes.service({ metadata: { name }, spec: { selector: { app: name }, ports: [...ports] } })

export const desk = caller('desk')
export const deskService = plain('desk', [{ name: 'http', port: 8080 }])
export const archive = plain('archive', [
  { name: 'http', port: 8080 },
  { name: 'tcp-raw', port: 7000 },
])
export const wayOut = plain('way-out', [{ name: 'tcp', port: 3128 }])
export const wayOutVersions = istio.destinationRule({
  metadata: { name: 'way-out' },
  spec: { host: 'way-out.shop.svc.cluster.local', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
})

export const deskSees = istio.sidecar({
  metadata: { name: 'desk-scope' },
  spec: {
    workloadSelector: { labels: { app: 'desk' } },
    ingress: [
      {
        port: { number: 9443, protocol: 'HTTPS', name: 'https' },
        defaultEndpoint: '127.0.0.1:8080',
        connectionPool: pool,
        tls: {
          mode: 'MUTUAL',
          serverCertificate: 'tls/cert.pem',
          privateKey: 'tls/key.pem',
          caCertificates: 'tls/cert.pem',
          caCrl: 'tls/crl.pem',
          verifyCertificateSpki: ['BWLDieFioAzRZzlLCJvMwtnZDR8Gu+6zo5kdf0bvOo4='],
          verifyCertificateHash: ['1f22f434e7721b409c0cb5e240124c02044ec8c6d5786bc40ba6053dc81253e7'],
          minProtocolVersion: 'TLSV1_2',
          maxProtocolVersion: 'TLSV1_3',
          cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
        },
      },
      {
        port: { number: 9000, protocol: 'GRPC', name: 'grpc' },
        defaultEndpoint: 'unix:///run/desk.sock',
        connectionPool: pool,
      },
      {
        port: { number: 9001, protocol: 'TCP', name: 'raw' },
        bind: '127.0.0.9',
        captureMode: 'NONE',
        defaultEndpoint: '127.0.0.1:9101',
        connectionPool: pool,
      },
    ],
    egress: [
      {
        port: { number: 7000, protocol: 'TCP', name: 'raw' },
        bind: '127.0.0.7',
        captureMode: 'NONE',
        hosts: ['./archive.shop.svc.cluster.local', './way-out.shop.svc.cluster.local'],
      },
      {
        port: { number: 8888, protocol: 'HTTP_PROXY', name: 'proxy' },
        hosts: ['./archive.shop.svc.cluster.local'],
      },
      { hosts: ['./archive.shop.svc.cluster.local', './way-out.shop.svc.cluster.local'] },
    ],
    outboundTrafficPolicy: {
      mode: 'ALLOW_ANY',
      egressProxy: { host: 'way-out.shop.svc.cluster.local', port: { number: 3128 }, subset: 'v1' },
    },
  },
})

export const clerkDesk = caller('clerk-desk')
export const clerkDeskService = plain('clerk-desk', [
  { name: 'http', port: 8080 },
  { name: 'grpc', port: 9000 },
  { name: 'tcp', port: 9100 },
])

/** For all ports that a workload takes in. */
export const limits = istio.sidecar({
  metadata: { name: 'clerk-desk' },
  spec: { workloadSelector: { labels: { app: 'clerk-desk' } }, inboundConnectionPool: pool },
})
