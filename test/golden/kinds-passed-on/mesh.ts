import { istio, service } from 'meshwright'

export const web = service('web', { port: 8080 })

export const wasmPlugin = istio.wasmPlugin({
  metadata: { name: 'auth' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    url: 'oci://registry.example/auth:v1',
    phase: 'AUTHN',
    pluginConfig: { realm: 'shop' },
  },
})
export const trafficExtension = istio.trafficExtension({
  metadata: { name: 'stamp' },
  spec: { lua: { inlineCode: 'function envoy_on_response(handle) handle:headers():add("x-stamp", "1") end' } },
})
export const proxyConfig = istio.proxyConfig({ metadata: { name: 'threads' }, spec: { concurrency: 4 } })
export const envoyFilter = istio.envoyFilter({
  metadata: { name: 'slow-connect' },
  spec: {
    configPatches: [
      { applyTo: 'CLUSTER', patch: { operation: 'MERGE', value: { connect_timeout: '7s' } } },
    ],
  },
})
