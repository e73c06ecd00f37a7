import { istio, service } from 'meshwright'

export const web = service('web', { ports: { http: 80 } })
export const ask = service('ask', { ports: { http: 8000 } })

export const settings = istio.meshConfig({
  defaultProviders: { tracing: ['ask'] },
  extensionProviders: [
    { name: 'ask', envoyExtAuthzHttp: { service: 'ask.default.svc.cluster.local', port: 8000 } },
    { name: 'gone', envoyExtAuthzHttp: { service: 'gone.default.svc.cluster.local', port: 8000 } },
    { name: 'rpc', envoyExtAuthzGrpc: { service: 'ask.default.svc.cluster.local', port: 8000, timeout: '0ms' } },
  ],
})

const asks = (name: string, provider: string) =>
  istio.authorizationPolicy({
    metadata: { name },
    spec: { action: 'CUSTOM', provider: { name: provider }, rules: [{}] },
  })

export const right = asks('right', 'ask')
export const gone = asks('gone', 'gone')
export const rpc = asks('rpc', 'rpc')
export const misspelt = asks('misspelt', 'aks')
