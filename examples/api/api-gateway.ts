// Every field of the Gateway API's Gateway: listeners, who may attach routes to them, and how TLS is spoken.
import { gatewayApi, kubernetes, service } from 'meshwright'
import { authority } from './authorities.ts'
import { listeners, team } from './listeners.ts'

export * from './gateway-class.ts'

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
    },
    allowedListeners: { namespaces: team },
    listeners: listeners('hall', 8000),
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

/** A Gateway with parameters, of which Meshwright has none: it is not accepted. */
export const parlour = gatewayApi.gateway({
  metadata: { name: 'parlour' },
  spec: {
    gatewayClassName: 'shop',
    infrastructure: { parametersRef: { ...configMap, name: 'parlour-parameters' } },
    listeners: [{ name: 'http', port: 8088, protocol: 'HTTP' }],
  },
})

/** By whom the certificates of clients are judged. */
export const clientAuthorities = [authority('hall-ca'), authority('strict-ca')]

export { porter } from './listeners.ts'
export const shelf = kubernetes.service({
  metadata: { name: 'shelf', namespace: 'team' },
  spec: { selector: { app: 'shelf' }, ports: [{ name: 'http', port: 8080 }] },
})

/** The team's shelf is called by TLS, and shown the certificate of the Gateway. */
export const shelfTls = gatewayApi.backendTLSPolicy({
  metadata: { name: 'shelf', namespace: 'team' },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: 'shelf' }],
    validation: { hostname: 'shelf.example', wellKnownCACertificates: 'System' },
  },
})

/** A namespace whose labels let its routes attach. */
export const teamNamespace = kubernetes.namespace({
  metadata: { name: 'team', labels: { team: 'shop', stage: 'live' } },
})
export const teamRoute = gatewayApi.httpRoute({
  metadata: { name: 'shelf', namespace: 'team' },
  spec: {
    parentRefs: [{ name: 'hall', namespace: 'shop' }],
    hostnames: ['shelf.hall.example', 'secure.hall.example', 'shelf.asked.hall.example'],
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

/** A listener that the team adds: the labels of its namespace let it. */
export const teamListeners = gatewayApi.listenerSet({
  metadata: { name: 'team', namespace: 'team' },
  spec: {
    parentRef: { name: 'hall', namespace: 'shop' },
    listeners: [{ name: 'http', port: 8086, protocol: 'HTTP' }],
  },
})

/** A route that names no Gateway: those that take all of these have it. */
export const anywhere = gatewayApi.httpRoute({
  metadata: { name: 'anywhere', namespace: 'team' },
  spec: { useDefaultGateways: 'All', rules: [{ backendRefs: [{ name: 'shelf', port: 8080 }] }] },
})
