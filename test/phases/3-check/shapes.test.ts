import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import type { LoadedResource } from '../../../src/phases/1-load/loaded.ts'
import { checkShapes } from '../../../src/phases/3-check/shapes.ts'

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }

function loaded(spec: unknown, name = 'reviews'): LoadedResource {
  const resource: Resource = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name }, spec }
  return { resource, span, spanAt: () => span }
}

it('what does not fit is left out, and the rest stays for others to refer to', () => {
  const spec = {
    hosts: ['a', 1, 'b'],
    extra: true,
    http: [{ timeout: 'soon', route: [{}, { destination: { host: 'a' } }] }],
  }
  const { resources, misshapen, diagnostics } = checkShapes([loaded(spec)], 'shop')
  assert.deepEqual(
    [...misshapen],
    [['VirtualService/shop/reviews', ['/spec/extra', '/spec/hosts/1', '/spec/http/0/route/0', '/spec/http/0/timeout']]],
  )
  assert.equal(diagnostics.length, 4)
  assert.deepEqual(resources[0]!.resource.spec, {
    hosts: ['a', 'b'],
    http: [{ route: [{ destination: { host: 'a' } }] }],
  })
  assert.equal(spec.extra, true, 'the author’s resource is not touched')
})

it('one item is left out, whatever is wrong in it, and once where an alias repeats it', () => {
  const hosts = [1, 'a', 'b']
  const route = [
    { destination: 1, weight: 'x' },
    { destination: { host: 'a' }, weight: 1 },
  ]
  const { resources } = checkShapes([loaded({ hosts, exportTo: hosts, http: [{ route }, { route }] })])
  const rest = { route: [{ destination: { host: 'a' }, weight: 1 }] }
  assert.deepEqual(resources[0]!.resource.spec, { hosts: ['a', 'b'], exportTo: ['a', 'b'], http: [rest, rest] })
})

it('what is left is found where its author has it', () => {
  const spanAt = (pointer: string) => ({ ...span, file: pointer })
  const item = { ...loaded({ hosts: ['a'], http: [{ route: [{}, { destination: { host: 'a' } }] }] }), spanAt }
  const [rest] = checkShapes([item]).resources
  assert.equal(rest!.spanAt('/spec/http/0/route/0/destination').file, '/spec/http/0/route/1/destination')
  assert.equal(rest!.spanAt('/spec/http').file, '/spec/http')
})

it('a resource of which too little is left is left out', () => {
  const { resources, diagnostics } = checkShapes([loaded('nothing')])
  assert.deepEqual(resources, [])
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    ['VirtualService "reviews": spec must be an object, not "nothing"'],
  )
})

it('a near name is suggested, else the fields that there are', () => {
  const { diagnostics } = checkShapes([loaded({ host: [], xyz: 1 })])
  assert.deepEqual(
    diagnostics.map(({ help }) => help),
    ['did you mean "hosts"?', 'delete it; the fields here are hosts, gateways, http, tls, tcp, exportTo'],
  )
})

it('kinds that we do not know pass', () => {
  const resource = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' }, anything: 1 }
  assert.deepEqual(checkShapes([{ resource, span, spanAt: () => span }]).diagnostics, [])
})

it('ten thousand resources take a moment', t => {
  const rule = {
    match: [{ headers: { a: { exact: 'b' } } }],
    route: [{ destination: { host: 'a' }, weight: 100 }],
    timeout: '2s',
  }
  const many = Array.from({ length: 10_000 }, (_, index) => loaded({ hosts: ['a'], http: [rule, rule] }, `r${index}`))
  checkShapes(many.slice(0, 500))
  const start = performance.now()
  assert.equal(checkShapes(many).diagnostics.length, 0)
  const each = ((performance.now() - start) * 1000) / many.length
  t.diagnostic(`${each.toFixed(1)} µs each`)
  assert.ok(each < 500, `${each} µs each`)
})
