// Every field of a ListenerSet: listeners that a team adds to a Gateway of somebody else.
import { gatewayApi, kubernetes, service } from 'meshwright'
import { listeners } from './listeners.ts'

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
    listeners: listeners('stall', 9000),
  },
})

export { porter } from './listeners.ts'
export const crate = service('crate', { port: 8443, protocol: 'TLS' })
export const rack = kubernetes.service({
  metadata: { name: 'rack', namespace: 'crew' },
  spec: { selector: { app: 'rack' }, ports: [{ name: 'http', port: 8080 }] },
})

/** A namespace whose labels let its routes attach. */
export const crew = kubernetes.namespace({ metadata: { name: 'crew', labels: { team: 'shop', stage: 'live' } } })
export const crewRoute = gatewayApi.httpRoute({
  metadata: { name: 'rack', namespace: 'crew' },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'ListenerSet', name: 'stall', namespace: 'shop' }],
    hostnames: ['rack.stall.example', 'secure.stall.example', 'rack.asked.stall.example'],
    rules: [{ backendRefs: [{ name: 'rack', port: 8080 }] }],
  },
})
export const passedAtStall = gatewayApi.tlsRoute({
  metadata: { name: 'crate' },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'ListenerSet', name: 'stall', sectionName: 'passing' }],
    hostnames: ['pass.stall.example'],
    rules: [{ backendRefs: [{ name: 'crate', port: 8443 }] }],
  },
})
