// Every field of a BackendTLSPolicy: how a gateway speaks TLS to a Service, and whose certificate it takes.
import { gatewayApi, kubernetes, service } from 'meshwright'

export const bank = service('bank', { ports: { http: 8443 } })
export const post = service('post', { ports: { http: 8443 } })

export const teller = gatewayApi.gateway({
  metadata: { name: 'window' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8096, protocol: 'HTTP' }] },
})

export const windowRoute = gatewayApi.httpRoute({
  metadata: { name: 'window' },
  spec: {
    parentRefs: [{ name: 'window' }],
    rules: [
      { matches: [{ path: { value: '/bank' } }], backendRefs: [{ name: 'bank', port: 8443 }] },
      { matches: [{ path: { value: '/post' } }], backendRefs: [{ name: 'post', port: 8443 }] },
    ],
  },
})

/** Of an authority that signs nothing. */
export const bankAuthority = kubernetes.configMap({
  metadata: { name: 'bank-ca' },
  data: {
    'ca.crt': `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUc1b+HMxPulyTY1wC/YK5aPq1mHowCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHQmFuayBDQTAgFw0yNjExMjYxMDUyMTVaGA8yMTI2MTEwMjEw
NTIxNVowEjEQMA4GA1UEAwwHQmFuayBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABFTD81v8eyfeo//pmtfZVMtMTBD7022acfm/8S0+oRhiZQUk8sCKOL94Drd3
MAad6GoZTN0R/Fw72hSafeXm+k2jUzBRMB0GA1UdDgQWBBS/XzAOLrOIGO7/qi+C
PAlYc90mtjAfBgNVHSMEGDAWgBS/XzAOLrOIGO7/qi+CPAlYc90mtjAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIA/gdg7cKVNtgT86O21O/pVT6o2D
ZS696AMZyQIx9ZhaAiEAifzxi16YoA/lGLlOrAtQU9kGPlw4Yprm9aem60L2BDw=
-----END CERTIFICATE-----
`,
  },
})

export const bankTls = gatewayApi.backendTLSPolicy({
  metadata: { name: 'bank' },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: 'bank', sectionName: 'http' }],
    validation: {
      hostname: 'bank.example',
      caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'bank-ca' }],
      subjectAltNames: [
        { type: 'Hostname', hostname: 'tls.bank.example' },
        { type: 'URI', uri: 'spiffe://bank.example/teller' },
      ],
    },
    options: { 'shop.example/policy': 'modern' },
  },
})

export const postTls = gatewayApi.backendTLSPolicy({
  metadata: { name: 'post' },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: 'post' }],
    validation: { hostname: 'post.example', wellKnownCACertificates: 'System' },
  },
})
