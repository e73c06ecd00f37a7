// Every field of a Sidecar: what a workload's proxy knows of the mesh, and what it lets in.
import { istio, service, workload } from 'meshwright'

const run = workload({ command: ['node', '--eval', 'require("http").createServer().listen(process.env.PORT)'] })

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

export const desk = service('desk', { port: 8080, versions: { v1: run } })
export const archive = service('archive', {
  ports: { http: 8080, raw: { port: 7000, protocol: 'TCP' } },
  versions: { v1: run },
})
export const wayOut = service('way-out', { port: 3128, protocol: 'TCP' })

export const deskSees = istio.sidecar({
  metadata: { name: 'desk-scope' },
  spec: {
    workloadSelector: { labels: { app: 'desk' } },
    ingress: [
      {
        port: { number: 9443, protocol: 'HTTPS', name: 'https', targetPort: 9443 },
        bind: '0.0.0.0',
        captureMode: 'DEFAULT',
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
    ],
    egress: [
      {
        port: { number: 7000, protocol: 'TCP', name: 'raw' },
        bind: '127.0.0.1',
        captureMode: 'NONE',
        hosts: ['./archive.shop.svc.cluster.local'],
      },
      { hosts: ['./*'] },
    ],
    inboundConnectionPool: pool,
    outboundTrafficPolicy: {
      mode: 'ALLOW_ANY',
      egressProxy: { host: 'way-out.shop.svc.cluster.local', port: { number: 3128 }, subset: 'v1' },
    },
  },
})
