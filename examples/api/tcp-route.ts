// Every field of a TCPRoute: which connections, and where they go.
import { gatewayApi, service } from 'meshwright'

export const tcpFirst = service('tcp-first', { port: 7000, protocol: 'TCP' })
export const tcpSecond = service('tcp-second', { port: 7000, protocol: 'TCP' })

export const tcpPier = gatewayApi.gateway({
  metadata: { name: 'tcp-pier' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [{ name: 'in', port: 7093, protocol: 'TCP' }],
  },
})

/** One that takes routes which name none. */
export const tcpDefault = gatewayApi.gateway({
  metadata: { name: 'tcp-default' },
  spec: {
    gatewayClassName: 'meshwright',
    defaultScope: 'All',
    listeners: [{ name: 'in', port: 7094, protocol: 'TCP' }],
  },
})

const backend = (name: string) => ({ group: '', kind: 'Service', name, namespace: 'shop', port: 7000 })

export const tcpRoute = gatewayApi.tcpRoute({
  metadata: { name: 'tcp-pier' },
  spec: {
    parentRefs: [
      {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        namespace: 'shop',
        name: 'tcp-pier',
        sectionName: 'in',
        port: 7093,
      },
    ],
    useDefaultGateways: 'All',
    rules: [
      {
        name: 'all',
        backendRefs: [
          { ...backend('tcp-first'), weight: 3 },
          { ...backend('tcp-second'), weight: 1 },
        ],
      },
    ],
  },
})
