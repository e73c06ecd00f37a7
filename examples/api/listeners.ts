import { type gatewayApi, service } from 'meshwright'

type Listener = Parameters<typeof gatewayApi.listenerSet>[0]['spec']['listeners'][number]

/** Namespaces that may attach. */
export const team = {
  from: 'Selector' as const,
  selector: {
    matchLabels: { team: 'shop' },
    matchExpressions: [{ key: 'stage', operator: 'In' as const, values: ['live', 'trial'] }],
  },
}
/** Whom listeners ask. */
export const porter = service('porter', { ports: { http: 8000, grpc: { port: 9000, protocol: 'GRPC' } } })
const asked = { group: '', kind: 'Service', name: 'porter', namespace: 'shop' }
const secret = { group: '', kind: 'Secret' }

/** Every field of a listener, be it of a Gateway or of a ListenerSet, at ports from a first one on. */
export function listeners(name: string, first: number): Listener[] {
  return [
    {
      name: 'http',
      hostname: `*.${name}.example`,
      port: first + 90,
      protocol: 'HTTP',
      allowedRoutes: { namespaces: team, kinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }] },
      filters: {
        requests: [
          {
            type: 'ExternalAuth',
            externalAuth: {
              protocol: 'HTTP',
              backendRef: { ...asked, port: 8000 },
              http: { path: '/ask', allowedHeaders: ['x-tier'], allowedResponseHeaders: ['x-user'] },
              forwardBody: { maxSize: 4096 },
            },
          },
        ],
      },
    },
    {
      name: 'asking-grpc',
      hostname: `*.asked.${name}.example`,
      port: first + 89,
      protocol: 'HTTP',
      allowedRoutes: { namespaces: { from: 'All' } },
      filters: {
        requests: [
          {
            type: 'ExternalAuth',
            externalAuth: {
              protocol: 'GRPC',
              backendRef: { ...asked, port: 9000 },
              grpc: { allowedHeaders: ['x-tier'] },
            },
          },
        ],
      },
    },
    {
      name: 'unknown-filter',
      port: first + 88,
      protocol: 'HTTP',
      filters: {
        requests: [{ type: 'ExtensionRef', extensionRef: { group: 'shop.example', kind: 'Filter', name: 'own' } }],
      },
    },
    {
      name: 'https',
      hostname: `secure.${name}.example`,
      port: first + 490,
      protocol: 'HTTPS',
      tls: {
        mode: 'Terminate',
        certificateRefs: [{ ...secret, name: `${name}-cert`, namespace: 'shop' }],
        options: { 'shop.example/policy': 'modern' },
      },
      allowedRoutes: { namespaces: { from: 'All' } },
    },
    {
      name: 'passing',
      hostname: `pass.${name}.example`,
      port: first + 492,
      protocol: 'TLS',
      tls: { mode: 'Passthrough' },
      allowedRoutes: { namespaces: { from: 'Same' } },
    },
    { name: 'asking', port: first + 491, protocol: 'HTTPS', tls: { certificateRefs: [{ name: `${name}-cert` }] } },
  ]
}
