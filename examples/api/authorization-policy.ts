// Every field of an AuthorizationPolicy: who may do what, where, and who else is asked.
import { istio, service } from 'meshwright'
import { counter } from './request-authentication.ts'
import { run } from './workloads.ts'

export * from './mesh-config.ts'
export { counter }
export const guard = service('guard', { port: 8080, versions: { v1: run } })
export const guest = service('guest', { port: 8080, versions: { v1: run } })
export const safe = service('safe', { port: 8080, versions: { v1: run } })

export const allowed = istio.authorizationPolicy({
  metadata: { name: 'safe' },
  spec: {
    selector: { matchLabels: { app: 'safe' } },
    action: 'ALLOW',
    rules: [
      {
        from: [
          {
            source: {
              principals: ['cluster.local/ns/shop/sa/guard'],
              notPrincipals: ['cluster.local/ns/shop/sa/guest'],
              requestPrincipals: ['https://id.shop.example/*'],
              notRequestPrincipals: ['https://id.shop.example/guest'],
              namespaces: ['shop'],
              notNamespaces: ['default'],
              trustDomains: ['cluster.local'],
              notTrustDomains: ['partner.example'],
              ipBlocks: ['10.0.0.0/8'],
              notIpBlocks: ['10.9.0.0/16'],
              remoteIpBlocks: ['10.2.0.0/16'],
              notRemoteIpBlocks: ['10.3.0.0/16'],
            },
          },
          { source: { serviceAccounts: ['shop/guard'], notServiceAccounts: ['shop/guest'] } },
        ],
        to: [
          {
            operation: {
              hosts: ['safe.shop.svc.cluster.local'],
              notHosts: ['safe.old.example'],
              ports: ['8080'],
              notPorts: ['9090'],
              methods: ['GET', 'POST'],
              notMethods: ['DELETE'],
              paths: ['/boxes/*'],
              notPaths: ['/boxes/secret'],
            },
          },
        ],
        when: [{ key: 'request.headers[x-tier]', values: ['gold'], notValues: ['lead'] }],
      },
    ],
  },
})

export const asking = istio.authorizationPolicy({
  metadata: { name: 'safe-asks' },
  spec: {
    selector: { matchLabels: { app: 'safe' } },
    action: 'CUSTOM',
    provider: { name: 'gatekeeper' },
    rules: [{ to: [{ operation: { paths: ['/boxes/secret'] } }] }],
  },
})

export const atGateway = istio.authorizationPolicy({
  metadata: { name: 'counter' },
  spec: {
    targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'counter' },
    action: 'DENY',
    rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }],
  },
})

export const atGateways = istio.authorizationPolicy({
  metadata: { name: 'counters' },
  spec: {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'counter' }],
    action: 'DENY',
    rules: [{ to: [{ operation: { methods: ['TRACE'] } }] }],
  },
})
