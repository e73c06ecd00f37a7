/** Objects of the Gateway API as scenes of its conditions have them. */
import type { GatewayAddress } from '../../../src/cluster/gateway-addresses.ts'
import type { ApiObject } from '../../../src/cluster/reflector.ts'

export const group = 'gateway.networking.k8s.io'

export function api(kind: string, name: string, spec: object, metadata: object = {}): ApiObject {
  return { apiVersion: `${group}/v1`, kind, metadata: { name, ...metadata }, spec }
}

export const ours = { controllerName: 'meshwright.dev/gateway-controller' }
export const http = { name: 'http', port: 80, protocol: 'HTTP' }

/** What leads to the gateways' pods. */
export function edge(...ports: readonly (readonly [port: number, targetPort: number])[]): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'edge' },
    spec: {
      selector: { istio: 'ingressgateway' },
      ports: ports.map(([port, targetPort]) => ({ name: `p${port}`, port, targetPort })),
    },
  }
}

/** Nobody knows what it means. */
export const wrong = { ...http, tls: { certificateRefs: [{ name: 'pair' }] } }

export function gateway(spec: object = {}, name = 'front'): ApiObject {
  return api('Gateway', name, { gatewayClassName: 'meshwright', listeners: [http], ...spec })
}

export function tls(name: string, more: object = {}) {
  return { name, port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'pair' }] }, ...more }
}

export const open = { allowedListeners: { namespaces: { from: 'Same' } } }

export function set(listeners: readonly object[], name = 'more'): ApiObject {
  return api('ListenerSet', name, { parentRef: { name: 'front' }, listeners })
}

export function service(name: string, port: object = {}): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ name: 'http', port: 80, ...port }] },
  }
}

export const backend = { name: 'web', port: 80 }

export function route(spec: object = {}, kind = 'HTTPRoute'): ApiObject {
  return api(kind, 'web', { parentRefs: [{ name: 'front' }], rules: [{ backendRefs: [backend] }], ...spec })
}

export const created = (day: number) => ({ creationTimestamp: `2026-01-0${day}T00:00:00Z` })

export interface Scene {
  readonly says: string
  readonly objects: readonly ApiObject[]
  /** What the condition says in words. */
  readonly message?: RegExp
  /** Where gateways are reached. Default: at one address. */
  readonly addresses?: readonly GatewayAddress[]
  /** Of which release the definitions are. Default: v1.7.0. */
  readonly version?: string
}
