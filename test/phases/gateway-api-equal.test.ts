/** The same routes, written for Istio's API and for the Gateway API, are the same routes in Envoy. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { compileResources } from '../../src/compile.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { allocate, allResources, emitProxy } from '../../src/phases/4-emit/envoy/index.ts'

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }

const services = ['web', 'next', 'copy'].map(name => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
}))
const caller = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'caller', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'caller' } },
    template: { metadata: { labels: { app: 'caller' } }, spec: { containers: [{ name: 'app', image: 'a' }] } },
  },
}

/** Route configurations of the gateway, or of the caller, without what names the resource that they were made from. */
function routesOf(text: string, proxy: 'gateway' | 'caller'): unknown {
  const written = parseAllDocuments(text).map(document => document.toJS() as Resource)
  const resources = [...services, caller, ...written].map(resource => ({
    resource: resource as Resource,
    span,
    spanAt: () => span,
  }))
  const { value: resolved, diagnostics } = compileResources({ resources })
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    [],
  )
  const placement = allocate(resolved.mesh)
  const placed = Object.values(placement.proxies).find(({ kind }) => (kind === 'router') === (proxy === 'gateway'))!
  return allResources(emitProxy(resolved.mesh, placement, placed))
    .filter(({ type, name }) => type === 'route' && (proxy === 'gateway' || name === '80'))
    .map(({ value }) => anonymous(value))
}

function anonymous(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(anonymous)
  if (typeof value !== 'object' || value === null) return value
  const isRoute = 'match' in value
  const kept = Object.entries(value).filter(([key]) => !isRoute || (key !== 'name' && key !== 'metadata'))
  return Object.fromEntries(kept.map(([key, member]) => [key, anonymous(member)]))
}

const gatewayRules = `
- match:
  - { uri: { exact: /b }, method: { exact: GET } }
  redirect: { uri: /c, authority: other.example, redirectCode: 302, derivePort: FROM_REQUEST_PORT }
- match:
  - { uri: { exact: /b } }
  timeout: 2s
  retries: { attempts: 3, retryOn: 'connect-failure,refused-stream,unavailable,cancelled,503', perTryTimeout: 1s, backoff: 50ms }
  route: [{ destination: { host: web, port: { number: 80 } } }]
- name: r
  match:
  - uri: { exact: /a }
  headers: { request: { set: { x-a: b }, remove: [x-c] }, response: { add: { x-d: e } } }
  route:
  - { destination: { host: web, port: { number: 80 } }, weight: 90 }
  - { destination: { host: next, port: { number: 80 } }, weight: 10, headers: { request: { set: { x-next: 'yes' } } } }
- match:
  - { uri: { regex: '/x[0-9]+' }, headers: { x-user: { regex: 'a.*' } }, queryParams: { q: { exact: '1' } } }
  rewrite: { authority: inner.example }
  mirrors: [{ destination: { host: copy, port: { number: 80 } }, percentage: { value: 25 } }]
  route: [{ destination: { host: web, port: { number: 80 } } }]
- match:
  - { uri: { prefix: / } }
  corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }], allowMethods: [GET], maxAge: 5s, unmatchedPreflights: IGNORE }
  route: [{ destination: { host: next, port: { number: 80 } } }]
`

/** Written in another order, which does not matter. */
const apiRules = `
- filters:
  - type: CORS
    cors: { allowOrigins: ['https://a.example'], allowMethods: [GET] }
  backendRefs: [{ name: next, port: 80 }]
- matches: [{ path: { type: Exact, value: /b } }]
  timeouts: { request: 2s, backendRequest: 1s }
  retry: { attempts: 3, codes: [503], backoff: 50ms }
  backendRefs: [{ name: web, port: 80 }]
- matches: [{ path: { type: Exact, value: /b }, method: GET }]
  filters:
  - type: RequestRedirect
    requestRedirect: { hostname: other.example, path: { type: ReplaceFullPath, replaceFullPath: /c } }
- matches: [{ path: { type: Exact, value: /a } }]
  filters:
  - type: RequestHeaderModifier
    requestHeaderModifier: { set: [{ name: x-a, value: b }], remove: [x-c] }
  - type: ResponseHeaderModifier
    responseHeaderModifier: { add: [{ name: x-d, value: e }] }
  backendRefs:
  - { name: web, port: 80, weight: 90 }
  - name: next
    port: 80
    weight: 10
    filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-next, value: 'yes' }] } }]
- matches:
  - path: { type: RegularExpression, value: '/x[0-9]+' }
    headers: [{ type: RegularExpression, name: x-user, value: 'a.*' }]
    queryParams: [{ name: q, value: '1' }]
  filters:
  - { type: URLRewrite, urlRewrite: { hostname: inner.example } }
  - { type: RequestMirror, requestMirror: { backendRef: { name: copy, port: 80 }, percent: 25 } }
  backendRefs: [{ name: web, port: 80 }]
`

const indented = (text: string) => text.trim().replaceAll(/^/gm, '  ')

it('at a gateway', () => {
  const ofIstio = routesOf(
    `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: front, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 8080, name: http, protocol: HTTP }, hosts: ['*.example'] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: default }
spec:
  hosts: [shop.example]
  gateways: [front]
  http:
${indented(gatewayRules)}
`,
    'gateway',
  )
  const ofGatewayApi = routesOf(
    `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front, namespace: default }
spec:
  gatewayClassName: meshwright
  listeners: [{ name: http, port: 8080, protocol: HTTP, hostname: '*.example' }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: default }
spec:
  parentRefs: [{ name: front }]
  hostnames: [shop.example]
  rules:
${indented(apiRules)}
`,
    'gateway',
  )
  assert.deepEqual(ofGatewayApi, ofIstio)
  assert.match(JSON.stringify(ofIstio), /shop\.example/)
})

it('within the mesh', () => {
  const ofIstio = routesOf(
    `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: default }
spec:
  hosts: [web]
  http:
${indented(gatewayRules)}
`,
    'caller',
  )
  const ofGatewayApi = routesOf(
    `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: default }
spec:
  parentRefs: [{ group: '', kind: Service, name: web }]
  rules:
${indented(apiRules)}
`,
    'caller',
  )
  assert.deepEqual(ofGatewayApi, ofIstio)
  assert.match(JSON.stringify(ofIstio), /inner\.example/)
})
