/** What a route's words stand for: the fields of the VirtualService, and where their author wrote them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluation } from '../../src/authoring/declaration.ts'
import { untrace } from '../../src/authoring/trace.ts'
import { type CorsOrigin, header, otherwise, path, type Rule, route, service, when } from '../../src/index.ts'
import type { HTTPRoute, VirtualService } from '../../src/kinds/istio/virtual-service.ts'

const reviews = service('reviews', { port: 9080, versions: { v1: {}, v2: {} } })

interface Written {
  readonly rule: HTTPRoute
  /** By JSON pointer from the rule on: argument and keys that the value was written as. */
  readonly traces: { readonly [pointer: string]: string }
}

/** The one rule of a route, as it leaves the sandbox. */
function written(rule: Rule<'v1' | 'v2'>): Written {
  route(reviews, [rule])
  const { sites, declarations } = evaluation()
  const { value: resource, traces } = untrace(
    JSON.parse(JSON.stringify(declarations.at(-1)!.resources[0])),
    sites.length,
  )!
  const { spec } = resource as unknown as VirtualService
  const root = '/spec/http/0'
  const own = Object.entries(traces).filter(([pointer]) => pointer.startsWith(root))
  return {
    rule: spec.http![0]!,
    traces: Object.fromEntries(own.map(([pointer, trace]) => [pointer.slice(root.length), trace.path.join('.')])),
  }
}

describe('redirect', () => {
  it('replaces a prefix', () => {
    const { rule, traces } = written(when(path('/old/*')).redirect({ prefix: '/new/' }))
    assert.deepEqual(rule.redirect, { prefixRewrite: '/new/' })
    assert.equal(traces['/redirect/prefixRewrite'], '0.prefix')
  })
  for (const [port, field] of [
    ['from-scheme', { derivePort: 'FROM_PROTOCOL_DEFAULT' }],
    ['from-request', { derivePort: 'FROM_REQUEST_PORT' }],
    [8443, { port: 8443 }],
  ] as const) {
    it(`takes the port ${port}`, () => {
      const { rule, traces } = written(otherwise.redirect({ scheme: 'https', port }))
      assert.deepEqual(rule.redirect, { scheme: 'https', ...field })
      assert.equal(traces[`/redirect/${Object.keys(field)[0]}`], '0.port')
    })
  }
})

describe('abort', () => {
  it('answers with an HTTP status', () => {
    const { rule, traces } = written(otherwise.to(reviews).abort(503))
    assert.deepEqual(rule.fault, { abort: { httpStatus: 503, percentage: { value: 100 } } })
    assert.equal(traces['/fault/abort/httpStatus'], '0')
  })
  it('answers with a gRPC status, for a share', () => {
    const { rule, traces } = written(otherwise.to(reviews).abort({ grpc: 'UNAVAILABLE' }, { percent: 10 }))
    assert.deepEqual(rule.fault, { abort: { grpcStatus: 'UNAVAILABLE', percentage: { value: 10 } } })
    assert.equal(traces['/fault/abort/grpcStatus'], '0.grpc')
    assert.equal(traces['/fault/abort/percentage/value'], '1.percent')
  })
})

describe('cors', () => {
  it('takes origins by name, prefix and expression', () => {
    const origins: readonly CorsOrigin[] = [
      'https://shop.example',
      '*',
      { prefix: 'http://localhost:' },
      { regex: 'https://.+' },
    ]
    const { rule, traces } = written(otherwise.to(reviews).cors({ origins }))
    assert.deepEqual(rule.corsPolicy?.allowOrigins, [
      { exact: 'https://shop.example' },
      { regex: '.*' },
      { prefix: 'http://localhost:' },
      { regex: 'https://.+' },
    ])
    assert.equal(traces['/corsPolicy/allowOrigins/2'], '0.origins.2')
  })
})

describe('path', () => {
  it('ignores case where it is told to', () => {
    const { rule, traces } = written(when(path('/Cart', { ignoreCase: true })).to(reviews))
    assert.deepEqual(rule.match, [{ uri: { exact: '/Cart' }, ignoreUriCase: true }])
    assert.equal(traces['/match/0/ignoreUriCase'], '1.ignoreCase')
  })
  it('minds case otherwise', () => {
    assert.deepEqual(written(when(path('/Cart')).to(reviews)).rule.match, [{ uri: { exact: '/Cart' } }])
  })
})

describe('header', () => {
  it('excludes a prefix and an expression', () => {
    const { rule } = written(
      when(header('User-Agent').doesNotStartWith('curl/'), header('x-id').doesNotMatch('[0-9]+')).to(reviews),
    )
    assert.deepEqual(rule.match, [
      { withoutHeaders: { 'user-agent': { prefix: 'curl/' }, 'x-id': { regex: '[0-9]+' } } },
    ])
  })
})

it('otherwise has no or: it is for all that is left', () => assert.equal('or' in otherwise, false))
