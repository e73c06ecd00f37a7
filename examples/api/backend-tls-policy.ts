// Every field of a BackendTLSPolicy: how a gateway speaks TLS to a Service, and whose certificate it takes.
import { gatewayApi, service } from 'meshwright'
import { authority } from './authorities.ts'

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

export const bankAuthority = authority('bank-ca')

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
