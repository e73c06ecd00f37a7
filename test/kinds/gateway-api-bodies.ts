import { kinds } from '../../src/kinds/index.ts'

const backend = { name: 'web', port: 80 }
/** A sound body of each of the Gateway API's kinds, in its first version. */
export const gatewayApiBodies = Object.entries({
  GatewayClass: { controllerName: 'meshwright.dev/gateway-controller' },
  Gateway: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  HTTPRoute: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [backend] }] },
  GRPCRoute: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [backend] }] },
  TLSRoute: { hostnames: ['a.example'], rules: [{ backendRefs: [backend] }] },
  TCPRoute: { rules: [{ backendRefs: [backend] }] },
  UDPRoute: { rules: [{ backendRefs: [backend] }] },
  ListenerSet: { parentRef: { name: 'edge' }, listeners: [{ name: 'more', port: 81, protocol: 'HTTP' }] },
  ReferenceGrant: {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'a' }],
    to: [{ group: '', kind: 'Service' }],
  },
  BackendTLSPolicy: {
    targetRefs: [{ group: '', kind: 'Service', name: 'web' }],
    validation: { hostname: 'web.example', wellKnownCACertificates: 'System' },
  },
}).map(([kind, spec]) => {
  const definition = kinds.find(each => each.kind === kind && each.apiVersions[0].startsWith('gateway.'))
  return {
    kind,
    apiVersion: definition!.apiVersions[0],
    good: [{ what: 'a sound one', spec: spec as { readonly [field: string]: unknown } }],
  }
})
