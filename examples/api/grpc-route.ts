// Every field of a GRPCRoute: which calls, what is done to them, and where they go.
import { gatewayApi, service } from 'meshwright'

export const orders = service('orders', { port: 9000, protocol: 'GRPC' })
export const trial = service('trial', { port: 9000, protocol: 'GRPC' })

/** Takes routes that name no Gateway, or others. */
export const quay = gatewayApi.gateway({
  metadata: { name: 'quay' },
  spec: {
    gatewayClassName: 'meshwright',
    defaultScope: 'All',
    listeners: [{ name: 'http', port: 8188, protocol: 'HTTP' }],
  },
})

export const dock = gatewayApi.gateway({
  metadata: { name: 'dock' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8092, protocol: 'HTTP' }] },
})

type GRPCRouteSpec = NonNullable<Parameters<typeof gatewayApi.grpcRoute>[0]['spec']>
type Filter = NonNullable<NonNullable<GRPCRouteSpec['rules']>[number]['filters']>[number]

const backend = (name: string) => ({ group: '', kind: 'Service', name, namespace: 'shop', port: 9000 })
const headers = {
  set: [{ name: 'x-from', value: 'dock' }],
  add: [{ name: 'x-seen', value: 'yes' }],
  remove: ['x-debug'],
}
const changes: Filter[] = [
  { type: 'RequestHeaderModifier', requestHeaderModifier: headers },
  { type: 'ResponseHeaderModifier', responseHeaderModifier: headers },
]
const mirrors: Filter[] = [
  { type: 'RequestMirror', requestMirror: { backendRef: backend('trial'), percent: 10 } },
  {
    type: 'RequestMirror',
    requestMirror: { backendRef: backend('trial'), fraction: { numerator: 1, denominator: 200 } },
  },
]

export const dockRoute = gatewayApi.grpcRoute({
  metadata: { name: 'dock' },
  spec: {
    parentRefs: [
      {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        namespace: 'shop',
        name: 'dock',
        sectionName: 'http',
        port: 8092,
      },
    ],
    useDefaultGateways: 'All',
    hostnames: ['dock.example'],
    rules: [
      {
        name: 'ordering',
        matches: [
          {
            method: { type: 'Exact', service: 'shop.Orders', method: 'Place' },
            headers: [{ type: 'Exact', name: 'x-tier', value: 'gold' }],
          },
        ],
        filters: [...changes, ...mirrors],
        backendRefs: [
          { ...backend('orders'), weight: 9, filters: changes },
          { ...backend('trial'), weight: 1 },
        ],
      },
      {
        matches: [{ method: { service: 'shop.Baskets' } }],
        sessionPersistence: {
          type: 'Cookie',
          absoluteTimeout: '1h',
          cookie: { name: 'seat', path: '/', lifetimeType: 'Permanent' },
        },
        backendRefs: [backend('orders')],
      },
      {
        matches: [{ method: { service: 'shop.Returns' } }],
        sessionPersistence: { type: 'Header', header: { name: 'x-seat' } },
        backendRefs: [backend('orders')],
      },
    ],
  },
})
