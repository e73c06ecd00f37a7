// Mistakes about written-out kinds and parameters that TypeScript rejects; each stands above its good twin. Never run.
import { gatewayApi, istio, kubernetes, param } from 'meshwright'

// A resource without name.
// @ts-expect-error
istio.gateway({ metadata: {}, spec: {} })
istio.gateway({ metadata: { name: 'a' }, spec: {} })

// A misspelled field.
// @ts-expect-error
istio.virtualService({ metadata: { name: 'a' }, spec: { http: [{ timout: '2s' }] } })
istio.virtualService({ metadata: { name: 'a' }, spec: { http: [{ timeout: '2s' }] } })

// A filter of no type.
// @ts-expect-error
gatewayApi.httpRoute({ metadata: { name: 'a' }, spec: { rules: [{ filters: [{ type: 'Retry' }] }] } })
gatewayApi.httpRoute({ metadata: { name: 'a' }, spec: { rules: [{ filters: [{ type: 'CORS' }] }] } })

// A port as text.
// @ts-expect-error
kubernetes.service({ metadata: { name: 'a' }, spec: { ports: [{ port: '80' }] } })
kubernetes.service({ metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } })

// A mode that does not exist.
// @ts-expect-error
istio.destinationRule({ metadata: { name: 'a' }, spec: { host: 'a', trafficPolicy: { tls: { mode: 'TLS' } } } })
istio.destinationRule({ metadata: { name: 'a' }, spec: { host: 'a', trafficPolicy: { tls: { mode: 'SIMPLE' } } } })

// A setting that Istio does not have either.
// @ts-expect-error
istio.meshConfig({ defaultConfig: { discoveryAdress: 'istiod:15012' } })
istio.meshConfig({ defaultConfig: { discoveryAddress: 'istiod:15012' } })

// A port without number.
// @ts-expect-error
kubernetes.service({ metadata: { name: 'a' }, spec: { ports: [{ name: 'http' }] } })
kubernetes.service({ metadata: { name: 'a' }, spec: { ports: [{ name: 'http', port: 80 }] } })

// A default that is not allowed.
// @ts-expect-error
param('env', { oneOf: ['staging', 'prod'], default: 'test' })
param('env', { oneOf: ['staging', 'prod'], default: 'prod' })

// A value that cannot be.
// @ts-expect-error
export const isTest = param('env', { oneOf: ['staging', 'prod'] }) === 'test'
export const isProd = param('env', { oneOf: ['staging', 'prod'] }) === 'prod'

// A default of another type.
// @ts-expect-error
param('count', { type: 'number', default: '3' })
param('count', { type: 'number', default: 3 })

// A type that parameters do not have.
// @ts-expect-error
param('list', { type: 'list' })
param('list', { type: 'string' })

// A resolution is one of five words.
// @ts-expect-error
istio.serviceEntry({ metadata: { name: 'a' }, spec: { hosts: ['a.example'], resolution: 'dns' } })
istio.serviceEntry({ metadata: { name: 'a' }, spec: { hosts: ['a.example'], resolution: 'DNS' } })

// A machine's port is a number.
// @ts-expect-error
istio.workloadEntry({ metadata: { name: 'a' }, spec: { address: '10.0.0.1', ports: { http: '80' } } })
istio.workloadEntry({ metadata: { name: 'a' }, spec: { address: '10.0.0.1', ports: { http: 80 } } })

// A group has a template.
// @ts-expect-error
istio.workloadGroup({ metadata: { name: 'a' }, spec: {} })
istio.workloadGroup({ metadata: { name: 'a' }, spec: { template: {} } })

// A filter in a phase that does not exist.
// @ts-expect-error
istio.wasmPlugin({ metadata: { name: 'a' }, spec: { url: 'oci://a', phase: 'FIRST' } })
istio.wasmPlugin({ metadata: { name: 'a' }, spec: { url: 'oci://a', phase: 'AUTHN' } })

// A patch to what cannot be patched.
// @ts-expect-error
istio.envoyFilter({ metadata: { name: 'a' }, spec: { configPatches: [{ applyTo: 'ROUTE' }] } })
istio.envoyFilter({ metadata: { name: 'a' }, spec: { configPatches: [{ applyTo: 'HTTP_ROUTE' }] } })
