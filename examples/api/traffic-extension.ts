// Every field of a TrafficExtension: code of one's own in the proxies, in WebAssembly or Lua.
import { gatewayApi, istio, service } from 'meshwright'
import { run } from './workloads.ts'

export const loom = service('loom', { port: 8080, versions: { v1: run } })
export const shed = gatewayApi.gateway({
  metadata: { name: 'shed' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8099, protocol: 'HTTP' }] },
})

export const woven = istio.trafficExtension({
  metadata: { name: 'loom' },
  spec: {
    selector: { matchLabels: { app: 'loom' } },
    phase: 'AUTHN',
    priority: 5,
    match: [{ mode: 'SERVER', ports: [{ number: 8080 }] }],
    wasm: {
      url: 'https://plugins.shop.example/weave.wasm',
      sha256: '5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592',
      imagePullPolicy: 'Always',
      pluginName: 'weave',
      pluginConfig: { thread: 'red' },
      failStrategy: 'FAIL_OPEN',
      vmConfig: {
        env: [
          { name: 'STAGE', valueFrom: 'INLINE', value: 'live' },
          { name: 'POD_NAME', valueFrom: 'HOST' },
        ],
      },
      type: 'HTTP',
    },
  },
})

/** Between this one's filter and that of tokens stands what is looked at in phase `AUTHZ`. */
export const loomGuard = istio.authorizationPolicy({
  metadata: { name: 'loom' },
  spec: {
    selector: { matchLabels: { app: 'loom' } },
    action: 'DENY',
    rules: [{ to: [{ operation: { paths: ['/x'] } }] }],
  },
})

const script = (word: string) => ({
  inlineCode: `function envoy_on_request(handle) handle:headers():add('x-loom', '${word}') end`,
})

/** Of the same phase, after that one: its number is smaller. */
export const scripted = istio.trafficExtension({
  metadata: { name: 'loom-script' },
  spec: { selector: { matchLabels: { app: 'loom' } }, phase: 'AUTHN', priority: 1, lua: script('yes') },
})

export const atShed = istio.trafficExtension({
  metadata: { name: 'shed' },
  spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'shed' }], lua: script('shed') },
})

/** Stock Envoy fetches no images: this one is kept for Istio. */
export const pulled = istio.trafficExtension({
  metadata: { name: 'loom-image' },
  spec: {
    selector: { matchLabels: { app: 'loom' } },
    wasm: {
      url: 'oci://images.shop.example/weave:1',
      imagePullSecret: 'images',
      verificationKey: 'MFkwEwYHKoZIzj0CAQ',
      failStrategy: 'FAIL_OPEN',
    },
  },
})
