// Every field of a UDPRoute: which datagrams, and where they go.
import { gatewayApi, service } from 'meshwright'

const speaker = (name: string) => service(name, { port: 5300, protocol: 'UDP', versions: { v1: {} } })

export const udpFirst = speaker('udp-first')
export const udpSecond = speaker('udp-second')

export const udpPier = gatewayApi.gateway({
  metadata: { name: 'udp-pier' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [{ name: 'in', port: 5393, protocol: 'UDP' }],
  },
})

/** One that takes routes which name none. */
export const udpDefault = gatewayApi.gateway({
  metadata: { name: 'udp-default' },
  spec: {
    gatewayClassName: 'meshwright',
    defaultScope: 'All',
    listeners: [{ name: 'in', port: 5394, protocol: 'UDP' }],
  },
})

const backend = (name: string) => ({ group: '', kind: 'Service', name, namespace: 'shop', port: 5300 })

export const udpRoute = gatewayApi.udpRoute({
  metadata: { name: 'udp-pier' },
  spec: {
    parentRefs: [
      {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        namespace: 'shop',
        name: 'udp-pier',
        sectionName: 'in',
        port: 5393,
      },
    ],
    useDefaultGateways: 'All',
    rules: [
      {
        name: 'all',
        backendRefs: [
          { ...backend('udp-first'), weight: 3 },
          { ...backend('udp-second'), weight: 1 },
        ],
      },
    ],
  },
})
