import type { RuleCase } from './rules.test.ts'

const policy = (trafficPolicy: object) => ({ host: 'a', trafficPolicy })
const at = (field: string) => `/spec/trafficPolicy/${field}`
const hash = (fields: object) => policy({ loadBalancer: { consistentHash: fields } })
const hashAt = (field: string) => at(`loadBalancer/consistentHash${field}`)
const http = (fields: object) => policy({ connectionPool: { http: fields } })
const outlier = (fields: object) => policy({ outlierDetection: fields })

export const destinationRule: readonly RuleCase[] = [
  [{ host: 'a', subsets: [{ name: 'v1', labels: { version: 'v1' } }, { name: 'v2' }] }],
  [{ host: '*.shop.svc.cluster.local' }],
  [{ host: 'a/b' }, 'form-invalid /spec/host'],
  [{ host: 'a', subsets: [{ name: 'v1' }, { name: 'v1' }] }, 'value-twice /spec/subsets/1/name'],
  [
    { host: 'a', subsets: [{ name: 'v_1', labels: { a: 'b c' } }] },
    'form-invalid /spec/subsets/0/name',
    'form-invalid /spec/subsets/0/labels/a',
  ],
  [{ host: 'a', exportTo: ['*', 'b'] }, 'field-conflict /spec/exportTo/0'],
  [{ host: 'a', workloadSelector: {} }, 'no-effect /spec/workloadSelector'],
  [{ host: 'a', exportTo: ['.'], workloadSelector: { matchLabels: { app: 'web' } } }],
  [
    { host: 'a', exportTo: ['*'], workloadSelector: { matchLabels: { app: 'b*' } } },
    'form-invalid /spec/workloadSelector/matchLabels/app',
    'field-conflict /spec/exportTo/0',
  ],
  [policy({}), 'field-missing /spec/trafficPolicy'],
  [policy({ tls: { mode: 'DISABLE' } })],
  [policy({ tls: { mode: 'ISTIO_MUTUAL' } })],
  [
    policy({ tls: { mode: 'DISABLE', sni: 'a.example', subjectAltNames: ['a.example'], insecureSkipVerify: false } }),
    `no-effect ${at('tls/subjectAltNames')}`,
    `no-effect ${at('tls/sni')}`,
  ],
  [policy({ tls: { sni: 'a.example' } }), `no-effect ${at('tls/sni')}`],
  [
    policy({ tls: { mode: 'ISTIO_MUTUAL', sni: 'a.example', caCertificates: '/a' } }),
    `no-effect ${at('tls/caCertificates')}`,
  ],
  [policy({ tls: { mode: 'SIMPLE', clientCertificate: '/a' } }), `no-effect ${at('tls/clientCertificate')}`],
  [policy({ tls: { mode: 'SIMPLE', sni: 'a b' } }), `form-invalid ${at('tls/sni')}`],
  [policy({ tls: { mode: 'SIMPLE', sni: 'outbound_.80_.v1_.a.b.svc.cluster.local' } })],
  [policy({ tls: { mode: 'SIMPLE', sni: 'a.example', subjectAltNames: ['a.example'] } })],
  [policy({ tls: { mode: 'MUTUAL' } }), `field-missing ${at('tls')}`, `field-missing ${at('tls')}`],
  [
    policy({ tls: { credentialName: 'a', caCertificates: 'b' } }),
    `field-conflict ${at('tls/caCertificates')}`,
    `no-effect ${at('tls/credentialName')}`,
  ],
  [policy({ tls: { mode: 'SIMPLE', credentialName: 'a' } })],
  [
    policy({ tls: { mode: 'MUTUAL', clientCertificate: '', privateKey: '' } }),
    `field-missing ${at('tls')}`,
    `field-missing ${at('tls')}`,
  ],
  [policy({ tls: { mode: 'MUTUAL', credentialName: 'a' } })],
  [policy({ tls: { mode: 'SIMPLE', credentialName: 'configmap://b/a' } }), `cannot-serve ${at('tls/credentialName')}`],
  [
    policy({ tls: { mode: 'SIMPLE', insecureSkipVerify: true, caCertificates: 'a', subjectAltNames: [] } }),
    `field-conflict ${at('tls/caCertificates')}`,
    `field-conflict ${at('tls/subjectAltNames')}`,
  ],
  [
    policy({ portLevelSettings: [{ port: { number: 80 }, tls: { mode: 'DISABLE' } }, { port: { number: 80 } }, {}] }),
    `field-missing ${at('portLevelSettings/1')}`,
    `field-missing ${at('portLevelSettings/2')}`,
    `field-missing ${at('portLevelSettings/2')}`,
    `value-twice ${at('portLevelSettings/1/port/number')}`,
  ],
  [
    policy({ tls: { mode: 'SIMPLE', insecureSkipVerify: true, credentialName: 'a' } }),
    `field-conflict ${at('tls/credentialName')}`,
  ],
  [policy({ tls: { mode: 'MUTUAL', insecureSkipVerify: true, credentialName: 'a' } })],
  [{ host: 'a', subsets: [{ name: 'v1', labels: { 'a//b': 'v1' } }] }, 'form-invalid /spec/subsets/0/labels/a~1~1b'],
  [policy({ retryBudget: {} })],
  [policy({ proxyProtocol: {}, tunnel: { targetHost: 'a', targetPort: 80 } }), `field-conflict ${at('proxyProtocol')}`],
  [
    policy({ tunnel: { protocol: 'GET', targetHost: 'a b', targetPort: 0 } }),
    `unknown-word ${at('tunnel/protocol')}`,
    `form-invalid ${at('tunnel/targetHost')}`,
    `out-of-range ${at('tunnel/targetPort')}`,
  ],
  [
    policy({ loadBalancer: { simple: 'RANDOM', consistentHash: { useSourceIp: true } } }),
    `field-conflict ${at('loadBalancer/consistentHash')}`,
  ],
  [
    policy({ loadBalancer: { simple: 'RANDOM', warmup: { duration: '10s' } } }),
    `no-effect ${at('loadBalancer/warmup')}`,
  ],
  [
    policy({ loadBalancer: { warmup: { duration: '0s', aggression: 0 } } }),
    `form-invalid ${at('loadBalancer/warmup/duration')}`,
    `out-of-range ${at('loadBalancer/warmup/aggression')}`,
  ],
  [policy({ loadBalancer: { localityLbSetting: {} } })],
  [
    policy({ loadBalancer: { localityLbSetting: { failover: [{ from: 'eu', to: 'us' }] } } }),
    `no-effect ${at('loadBalancer/localityLbSetting/failover')}`,
  ],
  [
    policy({
      outlierDetection: {},
      loadBalancer: {
        localityLbSetting: {
          failover: [
            { from: 'eu', to: 'eu' },
            { from: 'eu/a', to: 'u*' },
          ],
          failoverPriority: ['topology.kubernetes.io/zone', 'version=v2'],
        },
      },
    }),
    `field-conflict ${at('loadBalancer/localityLbSetting/failover/0/to')}`,
    `form-invalid ${at('loadBalancer/localityLbSetting/failover/1/from')}`,
    `form-invalid ${at('loadBalancer/localityLbSetting/failover/1/to')}`,
    `field-conflict ${at('loadBalancer/localityLbSetting/failoverPriority/0')}`,
  ],
  [
    policy({
      loadBalancer: { zoneAwareLbSetting: { failover: [{ from: 'eu', to: 'us' }], failoverPriority: ['rack'] } },
    }),
  ],
  [
    policy({
      loadBalancer: {
        consistentHash: { useSourceIp: true },
        zoneAwareLbSetting: {
          failover: [{ from: 'eu', to: 'eu' }],
          failoverPriority: ['rack', 'topology.istio.io/subzone=a'],
          minClusterSize: 1,
        },
      },
    }),
    `field-conflict ${at('loadBalancer/zoneAwareLbSetting/failover/0/to')}`,
    `field-conflict ${at('loadBalancer/zoneAwareLbSetting/failoverPriority/1')}`,
    `no-effect ${at('loadBalancer/zoneAwareLbSetting/minClusterSize')}`,
  ],
  [
    policy({
      loadBalancer: {
        localityLbSetting: {
          distribute: [
            { from: 'eu/*', to: { 'eu/a': 60, 'eu/*': 30 } },
            { from: 'eu/b', to: { us: 100 } },
            { from: '*/x', to: { us: 0 } },
            {},
          ],
          failover: [{ from: 'eu', to: 'us' }],
          failoverPriority: ['a'],
        },
      },
    }),
    `field-conflict ${at('loadBalancer/localityLbSetting/failover')}`,
    `field-conflict ${at('loadBalancer/localityLbSetting/failoverPriority')}`,
    `field-conflict ${at('loadBalancer/localityLbSetting/distribute/0/to/eu~1*')}`,
    `out-of-range ${at('loadBalancer/localityLbSetting/distribute/0/to')}`,
    `field-conflict ${at('loadBalancer/localityLbSetting/distribute/1/from')}`,
    `out-of-range ${at('loadBalancer/localityLbSetting/distribute/2/to/us')}`,
    `out-of-range ${at('loadBalancer/localityLbSetting/distribute/2/to')}`,
    `form-invalid ${at('loadBalancer/localityLbSetting/distribute/2/from')}`,
    `field-conflict ${at('loadBalancer/localityLbSetting/distribute/2/from')}`,
    `field-missing ${at('loadBalancer/localityLbSetting/distribute/3')}`,
    `out-of-range ${at('loadBalancer/localityLbSetting/distribute/3/to')}`,
    `no-effect ${at('loadBalancer/localityLbSetting/failover')}`,
    `no-effect ${at('loadBalancer/localityLbSetting/failoverPriority')}`,
  ],
  [
    hash({
      httpCookie: { name: 'user', ttl: '0s', attributes: [{ name: 'SameSite', value: 'Lax' }] },
      maglev: { tableSize: 65537 },
    }),
  ],
  [hash({}), `field-missing ${hashAt('')}`],
  [hash({ useSourceIp: false }), `field-missing ${hashAt('')}`],
  [
    hash({ useSourceIp: true, httpHeaderName: 'a b' }),
    `field-conflict ${hashAt('/useSourceIp')}`,
    `header-name-invalid ${hashAt('/httpHeaderName')}`,
  ],
  [hash({ httpCookie: { name: 'user', ttl: '3000000h' } }), `form-invalid ${hashAt('/httpCookie/ttl')}`],
  [
    hash({ httpCookie: { name: 'user', attributes: [{ name: 'Path', value: '/\n' }] } }),
    `form-invalid ${hashAt('/httpCookie/attributes/0/value')}`,
  ],
  [hash({ httpCookie: { name: '' } }), `field-missing ${hashAt('/httpCookie')}`],
  [hash({ httpHeaderName: 'a', maglev: { tableSize: 65536 } }), `out-of-range ${hashAt('/maglev/tableSize')}`],
  [hash({ httpHeaderName: 'a', ringHash: {}, maglev: {} }), `field-conflict ${hashAt('/maglev')}`],
  [hash({ httpHeaderName: 'a', ringHash: { minimumRingSize: 8 } })],
  [hash({ httpHeaderName: 'a', minimumRingSize: 8 }), `outdated ${hashAt('/minimumRingSize')}`],
  [
    hash({ httpHeaderName: 'a', minimumRingSize: 8388609 }),
    `outdated ${hashAt('/minimumRingSize')}`,
    `out-of-range ${hashAt('/minimumRingSize')}`,
  ],
  [policy({ connectionPool: { tcp: { tcpKeepalive: { time: '32767s', interval: '9h', probes: 127 } } } })],
  [
    policy({ connectionPool: { tcp: { tcpKeepalive: { time: '2000000h', interval: '32768s', probes: 128 } } } }),
    `out-of-range ${at('connectionPool/tcp/tcpKeepalive/probes')}`,
    `form-invalid ${at('connectionPool/tcp/tcpKeepalive/time')}`,
    `form-invalid ${at('connectionPool/tcp/tcpKeepalive/interval')}`,
  ],
  [policy({ retryBudget: { budgetInterval: '2562047h47m16s' } }), `form-invalid ${at('retryBudget/budgetInterval')}`],
  [policy({ connectionPool: {} }), `field-missing ${at('connectionPool')}`],
  [
    policy({ connectionPool: { tcp: { connectTimeout: '0s', idleTimeout: '0s', maxConnections: -1 } } }),
    `out-of-range ${at('connectionPool/tcp/maxConnections')}`,
    `form-invalid ${at('connectionPool/tcp/connectTimeout')}`,
  ],
  [
    http({ maxRetries: -1, maxConcurrentStreams: 0 }),
    `out-of-range ${at('connectionPool/http/maxRetries')}`,
    `out-of-range ${at('connectionPool/http/maxConcurrentStreams')}`,
  ],
  [
    http({ useClientProtocol: true, h2UpgradePolicy: 'UPGRADE' }),
    `field-conflict ${at('connectionPool/http/useClientProtocol')}`,
  ],
  [http({ http2KeepAlive: { interval: '10s' } }), `field-missing ${at('connectionPool/http/http2KeepAlive')}`],
  [outlier({ consecutive5xxErrors: 3, interval: '10s', baseEjectionTime: '30s', maxEjectionPercent: 100 })],
  [
    outlier({ interval: '0s', maxEjectionPercent: 101 }),
    `form-invalid ${at('outlierDetection/interval')}`,
    `out-of-range ${at('outlierDetection/maxEjectionPercent')}`,
  ],
  [outlier({ consecutiveErrors: 3 }), `outdated ${at('outlierDetection/consecutiveErrors')}`],
  [
    outlier({ consecutiveLocalOriginFailures: 3 }),
    `field-missing ${at('outlierDetection/consecutiveLocalOriginFailures')}`,
  ],
]
