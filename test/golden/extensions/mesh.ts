import { calls, istio, service } from 'meshwright'

export const web = service('web', { port: 8080, versions: { v1: {} } })
export const store = service('store', { port: 6379, protocol: 'TCP', versions: { v1: {} } })

calls(web, [store])

const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

export const tokens = istio.requestAuthentication({
  metadata: { name: 'tokens' },
  spec: { jwtRules: [{ issuer: 'https://issuer.example', jwksUri: 'https://issuer.example/keys' }] },
})
export const nobody = istio.authorizationPolicy({ metadata: { name: 'nobody' }, spec: { action: 'DENY', rules: [{}] } })

export const auth = istio.wasmPlugin({
  metadata: { name: 'auth' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    url: 'https://code.example/auth.wasm',
    sha256,
    phase: 'AUTHN',
    pluginName: 'basic',
    pluginConfig: { realm: 'shop' },
    failStrategy: 'FAIL_RELOAD',
    vmConfig: { env: [{ name: 'MODE', value: 'strict' }, { name: 'HOME', valueFrom: 'HOST' }] },
    match: [{ mode: 'SERVER', ports: [{ number: 8080 }] }],
  },
})
export const quota = istio.trafficExtension({
  metadata: { name: 'quota' },
  spec: {
    phase: 'AUTHZ',
    wasm: { url: 'http://code.example:8000/quota.wasm', sha256, failStrategy: 'FAIL_OPEN' },
    match: [{ mode: 'SERVER' }],
  },
})
export const count = istio.trafficExtension({
  metadata: { name: 'count' },
  spec: { phase: 'STATS', lua: { inlineCode: 'function envoy_on_request(handle) end' } },
})
export const first = istio.trafficExtension({
  metadata: { name: 'stamp' },
  spec: { priority: 5, lua: { inlineCode: 'function envoy_on_response(handle) end' }, match: [{ mode: 'CLIENT' }] },
})
export const bytes = istio.wasmPlugin({
  metadata: { name: 'bytes' },
  spec: { type: 'NETWORK', url: 'https://code.example/bytes.wasm', sha256, match: [{ ports: [{ number: 6379 }] }] },
})
export const elsewhere = istio.wasmPlugin({
  metadata: { name: 'elsewhere' },
  spec: { selector: { matchLabels: { app: 'store' } }, url: 'https://code.example/no.wasm', sha256 },
})
