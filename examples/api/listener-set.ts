// Every field of a ListenerSet: listeners that a team adds to a Gateway of somebody else.
import { gatewayApi } from 'meshwright'

export const arcade = gatewayApi.gateway({
  metadata: { name: 'arcade' },
  spec: {
    gatewayClassName: 'meshwright',
    allowedListeners: { namespaces: { from: 'Same' } },
    listeners: [{ name: 'http', port: 8094, protocol: 'HTTP' }],
  },
})

export const stall = gatewayApi.listenerSet({
  metadata: { name: 'stall' },
  spec: {
    parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'arcade', namespace: 'shop' },
    listeners: [
      {
        name: 'http',
        hostname: 'stall.example',
        port: 8095,
        protocol: 'HTTP',
        allowedRoutes: {
          namespaces: {
            from: 'Selector',
            selector: {
              matchLabels: { team: 'shop' },
              matchExpressions: [{ key: 'stage', operator: 'In', values: ['live'] }],
            },
          },
          kinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
        },
      },
      {
        name: 'https',
        hostname: 'secure.stall.example',
        port: 8495,
        protocol: 'HTTPS',
        tls: {
          mode: 'Terminate',
          certificateRefs: [{ group: '', kind: 'Secret', name: 'stall-cert', namespace: 'shop' }],
          options: { 'shop.example/policy': 'modern' },
        },
      },
    ],
  },
})
