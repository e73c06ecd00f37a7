// Every field of a WasmPlugin: code of one's own in the proxies, and where it stands among Envoy's filters.
import { gatewayApi, istio, service } from 'meshwright'
import { run } from './workloads.ts'

export const mill = service('mill', { port: 8080, versions: { v1: run } })
export const weir = gatewayApi.gateway({
  metadata: { name: 'weir' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8098, protocol: 'HTTP' }] },
})

export const counted = istio.wasmPlugin({
  metadata: { name: 'mill' },
  spec: {
    selector: { matchLabels: { app: 'mill' } },
    url: 'https://plugins.shop.example/count.wasm',
    sha256: '5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592',
    imagePullPolicy: 'IfNotPresent',
    pluginName: 'count',
    pluginConfig: { header: 'x-count' },
    failStrategy: 'FAIL_OPEN',
    vmConfig: {
      env: [
        { name: 'STAGE', valueFrom: 'INLINE', value: 'live' },
        { name: 'POD_NAME', valueFrom: 'HOST' },
      ],
    },
    phase: 'AUTHZ',
    priority: 10,
    match: [{ mode: 'SERVER', ports: [{ number: 8080 }] }],
    type: 'HTTP',
  },
})

/** Between this one's filter and that of tokens stands what is looked at in phase `AUTHZ`. */
export const millGuard = istio.authorizationPolicy({
  metadata: { name: 'mill' },
  spec: {
    selector: { matchLabels: { app: 'mill' } },
    action: 'DENY',
    rules: [{ to: [{ operation: { paths: ['/x'] } }] }],
  },
})

/** Of the same phase, after that one: its number is smaller. */
export const later = istio.wasmPlugin({
  metadata: { name: 'mill-later' },
  spec: {
    selector: { matchLabels: { app: 'mill' } },
    url: 'https://plugins.shop.example/later.wasm',
    sha256: '5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592',
    phase: 'AUTHZ',
    priority: 5,
  },
})

const remote = {
  url: 'https://plugins.shop.example/weir.wasm',
  sha256: '5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592',
}

export const atWeir = istio.wasmPlugin({
  metadata: { name: 'weir' },
  spec: { targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'weir' }, ...remote },
})

export const atWeirs = istio.wasmPlugin({
  metadata: { name: 'weirs' },
  spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'weir' }], ...remote },
})

/** Stock Envoy fetches no images: this one is kept for Istio. */
export const image = istio.wasmPlugin({
  metadata: { name: 'mill-image' },
  spec: {
    selector: { matchLabels: { app: 'mill' } },
    url: 'oci://images.shop.example/count:1',
    imagePullSecret: 'images',
    verificationKey: 'MFkwEwYHKoZIzj0CAQ',
    failStrategy: 'FAIL_OPEN',
  },
})
