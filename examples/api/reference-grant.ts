// Every field of a ReferenceGrant: what other namespaces may refer to.
import { gatewayApi, service } from 'meshwright'

export const toys = service('toys', { port: 8080, namespace: 'toys' })

export const mall = gatewayApi.gateway({
  metadata: { name: 'mall' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8097, protocol: 'HTTP' }] },
})

export const mallRoute = gatewayApi.httpRoute({
  metadata: { name: 'mall' },
  spec: {
    parentRefs: [{ name: 'mall' }],
    rules: [{ backendRefs: [{ name: 'toys', namespace: 'toys', port: 8080 }] }],
  },
})

export const toysForTheMall = gatewayApi.referenceGrant({
  metadata: { name: 'toys-for-the-mall', namespace: 'toys' },
  spec: {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
    to: [{ group: '', kind: 'Service', name: 'toys' }],
  },
})
