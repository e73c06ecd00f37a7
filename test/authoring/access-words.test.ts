/** What `allow` and `deny` stand for: the fields of the AuthorizationPolicy, and where their author wrote them. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { evaluation } from '../../src/authoring/declaration.ts'
import { untrace } from '../../src/authoring/trace.ts'
import { allow, deny, gateway, service } from '../../src/index.ts'
import type { AuthorizationPolicy, AuthorizationPolicySpec } from '../../src/kinds/istio/authorization-policy.ts'

const web = service('web', { ports: { http: 80, admin: 9000 }, versions: { v1: {}, v2: {} } })
const cart = service('cart', { port: 80, versions: { v1: {} } })
const far = service('far', { port: 80, versions: { v1: {} }, namespace: 'away' })
const front = gateway('front', { port: 80 })

interface Written {
  readonly policy: AuthorizationPolicy
  readonly spec: AuthorizationPolicySpec
  readonly traces: { readonly [pointer: string]: string }
}

/** The policy that the last call stands for. */
function last(): Written {
  const { sites, declarations } = evaluation()
  const marked = JSON.parse(JSON.stringify(declarations.at(-1)!.resources[0]))
  const { value: resource, traces } = untrace(marked, sites.length)!
  const policy = resource as unknown as AuthorizationPolicy
  return {
    policy,
    spec: policy.spec!,
    traces: Object.fromEntries(Object.entries(traces).map(([pointer, { path }]) => [pointer, path.join('.')])),
  }
}

const rule = () => last().spec.rules![0]!

describe('allow', () => {
  afterEach(() => {
    globalThis.__meshwrightNamespace = undefined
  })

  it('without options lets everybody do everything', () => {
    allow(web, { name: 'all' })
    assert.deepEqual(last().spec, { selector: { matchLabels: { app: 'web' } }, rules: [{}] })
    assert.equal(last().traces['/metadata/name'], '1.name')
    assert.equal(last().traces['/spec/selector'], '0')
  })
  it('is about one version', () => {
    allow(web.v2)
    assert.deepEqual(last().spec.selector, { matchLabels: { app: 'web', version: 'v2' } })
    assert.equal(last().policy.metadata.name, 'allow-web-v2')
  })
  it('goes where its service is', () => {
    allow(far)
    assert.equal(last().policy.metadata.namespace, 'away')
  })
  it('names callers by their accounts, and groups what is alike', () => {
    globalThis.__meshwrightNamespace = 'shop'
    allow(far, { from: [cart, { namespace: 'ops' }, far, front, { principal: 'td/ns/a/sa/b' }] })
    assert.deepEqual(rule().from, [
      {
        source: {
          principals: [
            'cluster.local/ns/shop/sa/cart',
            'cluster.local/ns/away/sa/far',
            'cluster.local/ns/shop/sa/ingressgateway',
            'td/ns/a/sa/b',
          ],
        },
      },
      { source: { namespaces: ['ops'] } },
    ])
    assert.equal(last().traces['/spec/rules/0/from/0/source/principals/2'], '1.from.3')
  })
  it('knows tokens and addresses', () => {
    allow(web, { from: [{ token: 'https://id.example/*' }, { address: '10.0.0.0/8' }] })
    assert.deepEqual(rule().from, [
      { source: { requestPrincipals: ['https://id.example/*'] } },
      { source: { ipBlocks: ['10.0.0.0/8'] } },
    ])
  })
  it('knows what is done, and where', () => {
    allow(web, { methods: ['GET'], paths: ['/a', '/b/*'], hosts: ['shop.example'], ports: ['admin'] })
    assert.deepEqual(rule(), {
      to: [{ operation: { methods: ['GET'], paths: ['/a', '/b/*'], hosts: ['shop.example'], ports: ['9000'] } }],
    })
    assert.equal(last().traces['/spec/rules/0/to/0/operation/paths/1'], '1.paths.1')
    assert.equal(last().traces['/spec/rules/0/to/0/operation/ports/0'], '1.ports.0')
  })
  it('knows headers and claims', () => {
    allow(web, { headers: { 'x-a': '*' }, claims: { groups: ['admin', 'staff'] } })
    assert.deepEqual(rule().when, [
      { key: 'request.headers[x-a]', values: ['*'] },
      { key: 'request.auth.claims[groups]', values: ['admin', 'staff'] },
    ])
  })
  for (const options of [{ from: [] }, { methods: [] }, { paths: [] }, { claims: { groups: [] } }]) {
    it(`lets nobody in where a list is empty: ${JSON.stringify(options)}`, () => {
      allow(cart, options)
      assert.deepEqual(last().spec, { selector: { matchLabels: { app: 'cart' } } })
    })
  }
  it('is numbered from the second on', () => {
    const names = [1, 2, 3].map(() => {
      allow(far)
      return last().policy.metadata.name
    })
    assert.equal(new Set(names).size, 3)
    assert.match(names[2]!, /^allow-far-\d$/)
  })
})

describe('deny', () => {
  it('is an action', () => {
    deny(web, { paths: ['/admin'] })
    assert.equal(last().spec.action, 'DENY')
    assert.equal(last().policy.metadata.name, 'deny-web')
  })
  it('may be a trial', () => {
    deny(web, { trial: true })
    assert.deepEqual(last().policy.metadata.annotations, { 'istio.io/dry-run': 'true' })
  })
  it('refuses nobody where a list is empty', () => {
    deny(web, { from: [] })
    assert.deepEqual(evaluation().declarations.at(-1)!.resources, [])
  })
})
