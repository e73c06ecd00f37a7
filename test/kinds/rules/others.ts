import type { RuleCase } from './rules.test.ts'

const server = (fields: object, port: object = {}) => ({
  servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP', ...port }, hosts: ['*'], ...fields }],
})
const https = (tls: object) => server({ tls }, { protocol: 'HTTPS', number: 443 })
const files = { serverCertificate: '/c.pem', privateKey: '/k.pem' }
const tlsAt = (field: string) => `/spec/servers/0/tls${field}`

export const gateway: readonly RuleCase[] = [
  [server({ hosts: ['*', 'shop.example', '*.shop.example', './a.example', 'shop/*', '10.0.0.1'] })],
  [server({ tls: { httpsRedirect: true } })],
  [{ servers: [] }, 'field-missing /spec'],
  [server({ hosts: [] }), 'field-missing /spec/servers/0'],
  [
    server({ hosts: ['shop', '*x.example', 'a/b/c', '?/a.example', 'shop.example:80'] }),
    ...[0, 1, 2, 3, 4].map(at => `form-invalid /spec/servers/0/hosts/${at}`),
  ],
  [server({ hosts: ['a.example', 'A.example'] }), 'value-twice /spec/servers/0/hosts/1'],
  [server({}, { protocol: 'HTPP' }), 'unknown-word /spec/servers/0/port/protocol'],
  [server({}, { protocol: 'tcp' })],
  [server({}, { protocol: 'UDP' }), 'cannot-serve /spec/servers/0/port/protocol'],
  [server({}, { protocol: 'http_proxy' }), 'cannot-serve /spec/servers/0/port/protocol'],
  [
    server({}, { number: 0, targetPort: 80 }),
    'out-of-range /spec/servers/0/port/number',
    'field-conflict /spec/servers/0/port/targetPort',
  ],
  [
    { servers: [...server({}).servers, ...server({}, { number: 81 }).servers] },
    'value-twice /spec/servers/1/port/name',
  ],
  [server({ bind: 'localhost' }), 'form-invalid /spec/servers/0/bind'],
  [server({ bind: '/run/gateway.sock' }), 'without-effect /spec/servers/0/bind'],
  [server({ bind: 'unix:///run/gateway.sock' }, { number: 0 }), 'without-effect /spec/servers/0/bind'],
  [server({ tls: { mode: 'SIMPLE', ...files } }), `field-conflict ${tlsAt('/mode')}`],
  [server({}, { protocol: 'HTTPS' }), 'field-missing /spec/servers/0'],
  [https({ mode: 'SIMPLE', ...files, minProtocolVersion: 'TLSV1_2', maxProtocolVersion: 'TLSV1_3' })],
  [https({ mode: 'SIMPLE' }), `field-missing ${tlsAt('')}`, `field-missing ${tlsAt('')}`],
  [https({ mode: 'SIMPLE', serverCertificate: '/c.pem' }), `field-missing ${tlsAt('')}`],
  [https({ mode: 'MUTUAL', ...files }), `field-missing ${tlsAt('')}`],
  [https({ mode: 'MUTUAL', ...files, caCertificates: '/ca.pem' })],
  [https({ mode: 'SIMPLE', credentialName: 'shop' })],
  [https({ mode: 'SIMPLE', credentialNames: ['shop-rsa', 'shop-ecdsa'] })],
  [https({ mode: 'MUTUAL', ...files, caCertCredentialName: 'clients' })],
  [
    https({ mode: 'SIMPLE', credentialName: 'shop', caCertCredentialName: 'clients', insecureSkipVerify: true }),
    `no-effect ${tlsAt('/caCertCredentialName')}`,
    `no-effect ${tlsAt('/insecureSkipVerify')}`,
  ],
  [
    https({ mode: 'MUTUAL', credentialName: 'shop', caCertCredentialName: 'configmap://a/b' }),
    `cannot-serve ${tlsAt('/caCertCredentialName')}`,
  ],
  [
    https({ mode: 'OPTIONAL_MUTUAL', credentialName: 'shop', insecureSkipVerify: true, subjectAltNames: ['a'] }),
    `no-effect ${tlsAt('/subjectAltNames')}`,
  ],
  [https({ mode: 'SIMPLE', ...files, caCrl: '/crl.pem' }), `field-conflict ${tlsAt('/caCrl')}`],
  [https({ mode: 'SIMPLE', ...files, credentialName: 'shop' }), `field-conflict ${tlsAt('/serverCertificate')}`],
  [https({ mode: 'ISTIO_MUTUAL', ...files }), `field-conflict ${tlsAt('/serverCertificate')}`],
  [https({ mode: 'SIMPLE', ...files, minProtocolVersion: 'TLSV1_1' }), `no-effect ${tlsAt('/minProtocolVersion')}`],
  [https({ mode: 'SIMPLE', ...files, minProtocolVersion: 'TLSV1_1', cipherSuites: ['ECDHE-RSA-AES128-SHA'] })],
  [https({ mode: 'PASSTHROUGH' })],
  [
    { ...server({}), $metadata: { annotations: { 'istio.io/dry-run': 'true' } } },
    'field-conflict /metadata/annotations/istio.io~1dry-run',
  ],
  [https({ mode: 'AUTO_PASSTHROUGH' })],
  [
    https({ mode: 'SIMPLE', ...files, minProtocolVersion: 'TLSV1_3', maxProtocolVersion: 'TLSV1_2' }),
    `field-conflict ${tlsAt('/maxProtocolVersion')}`,
  ],
  [https({ mode: 'SIMPLE', ...files, httpsRedirect: true }), `no-effect ${tlsAt('/httpsRedirect')}`],
  [
    https({ mode: 'SIMPLE', tlsCertificates: [files, {}] }),
    `field-missing ${tlsAt('/tlsCertificates/1')}`,
    `field-missing ${tlsAt('/tlsCertificates/1')}`,
  ],
  [https({ mode: 'MUTUAL', ...files, caCertificates: 'ca.pem', verifyCertificateSpki: [`${'A'.repeat(43)}=`] })],
  [
    https({
      mode: 'SIMPLE',
      ...files,
      verifyCertificateSpki: [`${'x'.repeat(43)}=`],
      verifyCertificateHash: ['00:11'],
    }),
    `form-invalid ${tlsAt('/verifyCertificateSpki/0')}`,
    `form-invalid ${tlsAt('/verifyCertificateHash/0')}`,
  ],
]

const ingressTls = (tls: object) => ({ port: { number: 443, protocol: 'HTTPS' }, tls })

const withPool = (listener: object) => ({
  ingress: [{ ...listener, connectionPool: { http: { http1MaxPendingRequests: 1 } } }],
})

export const sidecar: readonly RuleCase[] = [
  [{ egress: [{ hosts: ['./*', '~/*', 'shop/a.shop.svc.cluster.local', '~shop/*'] }] }],
  [{ egress: [{ hosts: ['./*', '*/*', '~shop/*'] }] }, 'no-effect /spec/egress/0/hosts/0'],
  [
    { egress: ['a', 'b', 'a'].map(name => ({ hosts: ['./*'], bind: `unix:///run/${name}`, port: { number: 0 } })) },
    'value-twice /spec/egress/2/bind',
  ],
  [{}, 'field-missing /spec'],
  [{ workloadSelector: {}, egress: [] }, 'no-effect /spec/workloadSelector'],
  [{ egress: [{ hosts: [] }] }, 'field-missing /spec/egress/0'],
  [
    { egress: [{ hosts: ['a', 'a/b/c', '?/*', './*', './*'] }] },
    ...[0, 1, 2].map(at => `form-invalid /spec/egress/0/hosts/${at}`),
    'no-effect /spec/egress/0/hosts/4',
  ],
  [{ egress: [{ hosts: ['./*'] }, { hosts: ['*/*'], port: { number: 80 } }] }, 'form-invalid /spec/egress/0'],
  [
    {
      egress: [
        { hosts: ['./*'], port: { number: 80, protocol: 'http' }, bind: '127.0.0.9', captureMode: 'NONE' },
        { hosts: ['./*'] },
      ],
    },
  ],
  [{ egress: [{ hosts: ['./*'], bind: 'unix:///run/a', port: { number: 0 } }] }],
  [
    { egress: [{ hosts: ['./*'], bind: 'local', captureMode: 'IPTABLES', port: { protocol: 'HTPP', targetPort: 1 } }] },
    'form-invalid /spec/egress/0/bind',
    'field-conflict /spec/egress/0/bind',
    'field-missing /spec/egress/0/port',
    'field-conflict /spec/egress/0/port/targetPort',
    'unknown-word /spec/egress/0/port/protocol',
  ],
  [
    { egress: [{ hosts: ['./*'], port: { number: 70_000, protocol: 'HTTP_PROXY' } }] },
    'out-of-range /spec/egress/0/port/number',
  ],
  [
    { ingress: [{ port: { number: 80, name: 'a', protocol: 'HTTP' }, defaultEndpoint: 'web:80' }] },
    'form-invalid /spec/ingress/0/defaultEndpoint',
  ],
  ...['127.0.0.1:80', '0.0.0.0:80', '[::1]:80', 'unix:///run/app', 'unix://@app'].map(
    (defaultEndpoint): RuleCase => [{ ingress: [{ port: { number: 80, protocol: 'http' }, defaultEndpoint }] }],
  ),
  [
    { ingress: [{ port: { number: 80, protocol: 'HTPP', targetPort: 81 }, bind: 'localhost' }] },
    'field-conflict /spec/ingress/0/port/targetPort',
    'unknown-word /spec/ingress/0/port/protocol',
    'form-invalid /spec/ingress/0/bind',
  ],
  [{ ingress: [{ port: { number: 15_006, protocol: 'TCP' } }] }, 'no-effect /spec/ingress/0/port/number'],
  [{ ingress: [{ port: { number: 80, protocol: 'UDP' } }] }, 'cannot-serve /spec/ingress/0/port/protocol'],
  [{ ingress: [ingressTls({ mode: 'MUTUAL', ...files, caCertificates: '/ca.pem' })] }],
  [
    { ingress: [ingressTls({ mode: 'MUTUAL', serverCertificate: '/c.pem', insecureSkipVerify: true })] },
    'field-missing /spec/ingress/0/tls',
    'field-missing /spec/ingress/0/tls',
    'cannot-serve /spec/ingress/0/tls/insecureSkipVerify',
  ],
  [
    { ingress: [{ port: { number: 80, protocol: 'HTTP' }, captureMode: 'NONE' }] },
    'no-effect /spec/ingress/0/captureMode',
    'field-missing /spec/ingress/0',
  ],
  [{ egress: [{ hosts: ['./*'], bind: '0.0.0.0', captureMode: 'NONE' }] }, 'no-effect /spec/egress/0/captureMode'],
  ...['HTTP', 'grpc', undefined].map((protocol): RuleCase => [withPool({ port: { number: 80, protocol } })]),
  [withPool({ ...ingressTls({ mode: 'SIMPLE', ...files }) })],
  ...[
    { port: { number: 80, protocol: 'TCP' } },
    { port: { number: 443, protocol: 'HTTPS' } },
    { port: { number: 443, protocol: 'TLS' }, tls: { mode: 'SIMPLE', ...files } },
  ].map((listener): RuleCase => [withPool(listener), 'no-effect /spec/ingress/0/connectionPool/http']),
  ...['127.0.0.1:0', '0.0.0.0:70000'].map(
    (defaultEndpoint): RuleCase => [
      { ingress: [{ port: { number: 80, protocol: 'http' }, defaultEndpoint }] },
      'out-of-range /spec/ingress/0/defaultEndpoint',
    ],
  ),
  [
    { egress: ['10.0.0.1', '10.0.0.2'].map(bind => ({ hosts: ['./*'], bind, port: { number: 80 } })) },
    'value-twice /spec/egress/1/port/number',
  ],
  [
    { egress: [{ hosts: ['./*'], bind: 'unix:///run/a', port: { number: 80 } }] },
    'field-conflict /spec/egress/0/port/number',
  ],
  [
    { outboundTrafficPolicy: { mode: 'ALLOW_ANY', egressProxy: { host: 'out proxy', port: { number: 80 } } } },
    'form-invalid /spec/outboundTrafficPolicy/egressProxy/host',
  ],
  [{ ingress: [ingressTls({})] }, 'field-conflict /spec/ingress/0/tls/mode'],
  [{ inboundConnectionPool: { http: { http1MaxPendingRequests: 1 } } }],
  [
    { inboundConnectionPool: { http: { h2UpgradePolicy: 'UPGRADE' } } },
    'no-effect /spec/inboundConnectionPool/http/h2UpgradePolicy',
  ],
  [
    { workloadSelector: { labels: { app: 'a*' } }, egress: [{ hosts: ['./*'] }] },
    'form-invalid /spec/workloadSelector/labels/app',
  ],
  [{ outboundTrafficPolicy: {} }],
  [{ outboundTrafficPolicy: { mode: 'ALLOW_ANY', egressProxy: { host: 'out.example', port: { number: 80 } } } }],
  [
    { outboundTrafficPolicy: { egressProxy: { host: 'out.example' } } },
    'field-conflict /spec/outboundTrafficPolicy/egressProxy',
    'field-missing /spec/outboundTrafficPolicy/egressProxy',
  ],
  [
    { outboundTrafficPolicy: { mode: 'ALLOW_ANY', egressProxy: { host: 'out.example', port: { number: 0 } } } },
    'out-of-range /spec/outboundTrafficPolicy/egressProxy/port/number',
  ],
  [{ ingress: [{ port: {} }] }, 'field-missing /spec/ingress/0/port'],
  [
    {
      ingress: [
        {
          port: { number: 0, protocol: 'HTTP' },
          tls: { mode: 'AUTO_PASSTHROUGH', credentialName: 'a' },
          connectionPool: { tcp: { connectTimeout: '0s' } },
        },
      ],
    },
    'out-of-range /spec/ingress/0/port/number',
    'field-conflict /spec/ingress/0/tls',
    'field-conflict /spec/ingress/0/tls/credentialName',
    'field-conflict /spec/ingress/0/tls/mode',
    'form-invalid /spec/ingress/0/connectionPool/tcp/connectTimeout',
  ],
]

export const service: readonly RuleCase[] = [
  [{ ports: [{ port: 80 }] }],
  [
    {
      ports: [
        { name: 'http', port: 80, targetPort: 'web' },
        { name: 'dns', port: 80, protocol: 'UDP' },
      ],
      selector: { app: 'a' },
    },
  ],
  [{ ports: [{ name: 'a', port: 80 }, { port: 81 }] }, 'field-missing /spec/ports/1'],
  [
    {
      ports: [
        { name: 'a', port: 80 },
        { name: 'a', port: 80 },
      ],
    },
    'value-twice /spec/ports/1/name',
    'value-twice /spec/ports/1/port',
  ],
  [{ ports: [{ name: 'HTTP', port: 80 }] }, 'form-invalid /spec/ports/0/name'],
  [{ ports: [{ port: 80, protocol: 'HTTP' }] }, 'unknown-word /spec/ports/0/protocol'],
  [{ ports: [{ port: 80, targetPort: 0 }] }, 'out-of-range /spec/ports/0/targetPort'],
  [{ ports: [{ port: 80, targetPort: 'much-too-long-name' }] }, 'form-invalid /spec/ports/0/targetPort'],
  [{ selector: { app: 'a b' } }, 'form-invalid /spec/selector/app'],
]
