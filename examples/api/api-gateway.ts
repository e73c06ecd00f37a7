// Every field of the Gateway API's Gateway: listeners, who may attach routes to them, and how TLS is spoken.
import { gatewayApi, kubernetes, service } from 'meshwright'

export * from './gateway-class.ts'

const team = {
  from: 'Selector' as const,
  selector: {
    matchLabels: { team: 'shop' },
    matchExpressions: [{ key: 'stage', operator: 'In' as const, values: ['live', 'trial'] }],
  },
}
const porter = { group: '', kind: 'Service', name: 'porter', namespace: 'shop' }
const secret = { group: '', kind: 'Secret' }
const configMap = { group: '', kind: 'ConfigMap' }

export const hall = gatewayApi.gateway({
  metadata: { name: 'hall' },
  spec: {
    gatewayClassName: 'shop',
    defaultScope: 'All',
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
        filters: {
          requests: [
            {
              type: 'ExternalAuth',
              externalAuth: {
                protocol: 'HTTP',
                backendRef: { ...porter, port: 8000 },
                http: { path: '/ask', allowedHeaders: ['x-tier'], allowedResponseHeaders: ['x-user'] },
                forwardBody: { maxSize: 4096 },
              },
            },
          ],
        },
      },
      {
        name: 'asking-grpc',
        hostname: '*.asked.example',
        port: 8089,
        protocol: 'HTTP',
        allowedRoutes: { namespaces: { from: 'All' } },
        filters: {
          requests: [
            {
              type: 'ExternalAuth',
              externalAuth: {
                protocol: 'GRPC',
                backendRef: { ...porter, port: 9000 },
                grpc: { allowedHeaders: ['x-tier'] },
              },
            },
          ],
        },
      },
      {
        name: 'unknown-filter',
        port: 8088,
        protocol: 'HTTP',
        filters: {
          requests: [{ type: 'ExtensionRef', extensionRef: { group: 'shop.example', kind: 'Filter', name: 'own' } }],
        },
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
      {
        name: 'passing',
        hostname: 'pass.hall.example',
        port: 8492,
        protocol: 'TLS',
        tls: { mode: 'Passthrough' },
        allowedRoutes: { namespaces: { from: 'Same' } },
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

export const porterService = service('porter', {
  ports: { http: 8000, grpc: { port: 9000, protocol: 'GRPC' } },
})
export const shelf = kubernetes.service({
  metadata: { name: 'shelf', namespace: 'team' },
  spec: { selector: { app: 'shelf' }, ports: [{ name: 'http', port: 8080 }] },
})

/** A namespace whose labels let its routes attach. */
export const teamNamespace = kubernetes.namespace({
  metadata: { name: 'team', labels: { team: 'shop', stage: 'live' } },
})
export const teamRoute = gatewayApi.httpRoute({
  metadata: { name: 'shelf', namespace: 'team' },
  spec: {
    parentRefs: [{ name: 'hall', namespace: 'shop' }],
    hostnames: ['shelf.hall.example', 'secure.hall.example', 'shelf.asked.example'],
    rules: [{ backendRefs: [{ name: 'shelf', port: 8080 }] }],
  },
})

export const box = service('box', { port: 8443, protocol: 'TLS' })
export const passed = gatewayApi.tlsRoute({
  metadata: { name: 'pass' },
  spec: {
    parentRefs: [{ name: 'hall', sectionName: 'passing' }],
    hostnames: ['pass.hall.example'],
    rules: [{ backendRefs: [{ name: 'box', port: 8443 }] }],
  },
})
