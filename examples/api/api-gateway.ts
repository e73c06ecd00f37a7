// Every field of the Gateway API's Gateway: listeners, who may attach routes to them, and how TLS is spoken.
import { gatewayApi } from 'meshwright'

export * from './gateway-class.ts'

const team = {
  from: 'Selector' as const,
  selector: {
    matchLabels: { team: 'shop' },
    matchExpressions: [{ key: 'stage', operator: 'In' as const, values: ['live', 'trial'] }],
  },
}
const secret = { group: '', kind: 'Secret' }
const configMap = { group: '', kind: 'ConfigMap' }

export const hall = gatewayApi.gateway({
  metadata: { name: 'hall' },
  spec: {
    gatewayClassName: 'shop',
    defaultScope: 'None',
    addresses: [{ type: 'IPAddress', value: '192.0.2.80', routability: 'Cluster' }],
    infrastructure: {
      labels: { 'shop.example/floor': 'ground' },
      annotations: { 'shop.example/owner': 'hall' },
      parametersRef: { ...configMap, name: 'hall-parameters' },
    },
    allowedListeners: { namespaces: team },
    listeners: [
      {
        name: 'http',
        hostname: '*.hall.example',
        port: 8090,
        protocol: 'HTTP',
        allowedRoutes: { namespaces: team, kinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }] },
      },
      {
        name: 'https',
        hostname: 'secure.hall.example',
        port: 8490,
        protocol: 'HTTPS',
        tls: {
          mode: 'Terminate',
          certificateRefs: [{ ...secret, name: 'hall-cert', namespace: 'shop' }],
          options: { 'shop.example/policy': 'modern' },
        },
        allowedRoutes: { namespaces: { from: 'All' } },
      },
      { name: 'asking', port: 8491, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'hall-cert' }] } },
    ],
    tls: {
      backend: { clientCertificateRef: { ...secret, name: 'hall-client', namespace: 'shop' } },
      frontend: {
        default: {
          validation: {
            caCertificateRefs: [{ ...configMap, name: 'hall-ca', namespace: 'shop' }],
            mode: 'AllowValidOnly',
          },
        },
        perPort: [
          {
            port: 8491,
            tls: {
              validation: {
                caCertificateRefs: [{ ...configMap, name: 'strict-ca', namespace: 'shop' }],
                mode: 'AllowInsecureFallback',
              },
            },
          },
        ],
      },
    },
  },
})
