// Every field of a TLSRoute: which server names, and where they go.
import { gatewayApi, service } from 'meshwright'

export const tlsFirst = service('tls-first', { port: 8443, protocol: 'TLS' })
export const tlsSecond = service('tls-second', { port: 8443, protocol: 'TLS' })

export const tlsPier = gatewayApi.gateway({
  metadata: { name: 'tls-pier' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [{ name: 'in', port: 8493, protocol: 'TLS', tls: { mode: 'Passthrough' } }],
  },
})

/** One that takes routes which name none. */
export const tlsDefault = gatewayApi.gateway({
  metadata: { name: 'tls-default' },
  spec: {
    gatewayClassName: 'meshwright',
    defaultScope: 'All',
    listeners: [{ name: 'in', port: 8494, protocol: 'TLS', tls: { mode: 'Passthrough' } }],
  },
})

const backend = (name: string) => ({ group: '', kind: 'Service', name, namespace: 'shop', port: 8443 })

export const tlsRoute = gatewayApi.tlsRoute({
  metadata: { name: 'tls-pier' },
  spec: {
    parentRefs: [
      {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        namespace: 'shop',
        name: 'tls-pier',
        sectionName: 'in',
        port: 8493,
      },
    ],
    useDefaultGateways: 'All',
    hostnames: ['tls.pier.example'],
    rules: [
      {
        name: 'all',
        backendRefs: [
          { ...backend('tls-first'), weight: 3 },
          { ...backend('tls-second'), weight: 1 },
        ],
      },
    ],
  },
})
