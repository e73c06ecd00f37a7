import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Span } from '../../../src/diagnostics/span.ts'
import { readYaml } from '../../../src/phases/1-load/yaml.ts'

const place = (span: Span) => `${span.line}:${span.column}-${span.endLine}:${span.endColumn}`

const route = `# A comment before.
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews # the name
  annotations: {"a/b": "x~y"}
spec:
  hosts:
    - reviews
  http:
    - &first
      route:
        - destination: { host: reviews, subset: v1 }
    - *first
`

describe('YAML', () => {
  it('knows the range of each value, and of the nearest around one that is not there', () => {
    const [found] = readYaml('a.yaml', route).value
    assert.ok(found)
    const places: { [pointer: string]: string } = {
      '': '2:1-14:13',
      '/kind': '3:7-3:21',
      '/metadata/name': '5:9-5:16',
      '/metadata/annotations/a~1b': '6:24-6:29',
      '/spec/hosts/0': '9:7-9:14',
      '/spec/http/0/route/0/destination/subset': '13:49-13:51',
      '/spec/http/0/route/0/destination/port/number': '13:24-13:53',
      '/spec/hosts/7': '9:5-9:14',
    }
    for (const [pointer, expected] of Object.entries(places)) {
      assert.equal(place(found.spanAt(pointer)), expected, pointer)
    }
    const names: { [pointer: string]: string } = {
      '/metadata/name': '5:3-5:7',
      '/metadata/annotations/a~1b': '6:17-6:22',
      '/spec/http/0/route/0/destination/subset': '13:41-13:47',
      '/spec/http/1/route': '12:7-12:12',
      '/spec/hosts/0': '9:7-9:14',
      '/spec/missing': '8:3-14:13',
      '': '2:1-14:13',
    }
    for (const [pointer, expected] of Object.entries(names))
      assert.equal(place(found.spanAt(pointer, 'key')), expected, `name of ${pointer}`)
    assert.deepEqual((found.resource.spec as { http: unknown[] }).http[1], {
      route: [{ destination: { host: 'reviews', subset: 'v1' } }],
    })
  })

  it('reads several documents and the items of a List, with places in each', () => {
    const text = `---
apiVersion: v1
kind: Service
metadata: { name: one }
---
# nothing
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata: { name: two }
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: three }
---
`
    const { value, diagnostics } = readYaml('a.yaml', text)
    assert.deepEqual(diagnostics, [])
    assert.deepEqual(
      value.map(({ resource, spanAt }) => [resource.metadata.name, place(spanAt('/metadata/name'))]),
      [
        ['one', '4:19-4:22'],
        ['two', '13:23-13:26'],
        ['three', '16:23-16:28'],
      ],
    )
  })

  it('reads numbers and truth values as Kubernetes does', () => {
    const text =
      'apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: {a: 0644, b: yes, c: off, d: 010, e: "yes", f: 2020-01-01, g: 1:30, h: y}'
    const [found] = readYaml('a.yaml', text).value
    assert.deepEqual(found?.resource.spec, {
      a: 420,
      b: true,
      c: false,
      d: 8,
      e: 'yes',
      f: '2020-01-01',
      g: '1:30',
      h: 'y',
    })
  })

  it('finds what aliases and merge keys bring where it is written', () => {
    const text = `apiVersion: v1
kind: X
metadata: { name: x }
x-a: &a { port: 1, host: a }
x-b: &b
  <<: *a
  port: 2
spec:
  plain: *a
  one:
    <<: *b
    own: 3
  two:
    <<: [{ first: 4 }, *b]
`
    const [found] = readYaml('a.yaml', text).value
    assert.ok(found)
    assert.deepEqual(found.resource.spec, {
      plain: { port: 1, host: 'a' },
      one: { port: 2, host: 'a', own: 3 },
      two: { first: 4, port: 2, host: 'a' },
    })
    const places: { [pointer: string]: string } = {
      '/spec/plain/host': '4:26-4:27',
      '/spec/one/port': '7:9-7:10',
      '/spec/one/host': '4:26-4:27',
      '/spec/one/own': '12:10-12:11',
      '/spec/two/first': '14:19-14:20',
      '/spec/two/host': '4:26-4:27',
    }
    for (const [pointer, expected] of Object.entries(places))
      assert.equal(place(found.spanAt(pointer)), expected, pointer)
    assert.equal(place(found.spanAt('/spec/two/port', 'key')), '7:3-7:7')
  })

  it('reads JSON: one object, or several one after another, with places in each', () => {
    const one = (name: string) =>
      `{\n\t"apiVersion": "v1", "kind": "X",\n\t"metadata": {"name": "${name}", "note": "} {"}\n}`
    assert.deepEqual(
      readYaml('a.json', one('a')).value.map(({ resource }) => resource.metadata),
      [{ name: 'a', note: '} {' }],
    )
    const { value, diagnostics } = readYaml('a.json', `${one('a')}\n${one('b')} ${one('c')}`)
    assert.deepEqual(diagnostics, [])
    assert.deepEqual(
      value.map(({ resource, spanAt }) => [resource.metadata.name, place(spanAt('/metadata/name'))]),
      [
        ['a', '3:23-3:26'],
        ['b', '7:23-7:26'],
        ['c', '10:23-10:26'],
      ],
    )
    const [broken] = readYaml('a.json', `${one('a')}\n{"apiVersion": "v1", "kind": }`).diagnostics
    assert.deepEqual([broken?.code, broken?.span?.line], ['MW1050', 5])
  })

  it('takes a List without items as empty', () => {
    for (const items of ['items: []', 'items: null', 'metadata: {}'])
      assert.deepEqual(readYaml('a.yaml', `apiVersion: v1\nkind: List\n${items}\n`), { value: [], diagnostics: [] })
  })

  it('takes typed lists apart, whose items leave out what the list says of them', () => {
    const list = (fields: string) => `apiVersion: v1\nkind: ServiceList\nmetadata: {resourceVersion: "1"}\n${fields}\n`
    const { value, diagnostics } = readYaml('a.yaml', list('items: [{metadata: {name: a}}, {metadata: {name: b}}]'))
    assert.deepEqual(diagnostics, [])
    assert.deepEqual(
      value.map(({ resource: { apiVersion, kind, metadata }, spanAt }) => [
        `${apiVersion}/${kind}/${metadata.name}`,
        place(spanAt('/metadata/name')),
      ]),
      [
        ['v1/Service/a', '4:27-4:28'],
        ['v1/Service/b', '4:50-4:51'],
      ],
    )
    for (const items of ['items: []', 'items: null', ''])
      assert.deepEqual(readYaml('a.yaml', list(items)), { value: [], diagnostics: [] })
    const allowed = 'apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\n'
    assert.equal(readYaml('a.yaml', allowed).value[0]!.resource.kind, 'AllowList')
  })

  it('says what is wrong with an alias: it names nothing, holds itself, or merges what is no mapping', () => {
    const codes = (spec: string) =>
      readYaml('a.yaml', `apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: ${spec}\n`).diagnostics.map(
        ({ code, message, span }) => `${code} ${span?.line}:${span?.column} ${message}`,
      )
    assert.deepEqual(codes('*nobody'), [
      'MW1050 4:7 YAML: Unresolved alias (the anchor must be set before the alias): nobody',
    ])
    assert.deepEqual(codes('&s { a: [*s] }'), ['MW1058 4:16 YAML: an alias stands within the value that it names'])
    assert.deepEqual(codes('&s { a: *s, <<: *s }').length, 1)
    assert.match(codes('{ <<: 3 }')[0] ?? '', /MW1050 .*Merge sources must be maps/)
    assert.deepEqual(codes('{ a: &a { b: 1 }, c: *a, d: *a }'), [])
  })

  it('refuses aliases that multiply, at the first of them', () => {
    const levels = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`)
    const text = `apiVersion: v1\nkind: X\nmetadata: {name: x}\na0: &a0 [lol]\n${levels.join('\n')}\n`
    const { value, diagnostics } = readYaml('a.yaml', text)
    assert.deepEqual(value, [])
    assert.deepEqual(
      diagnostics.map(found => [found.code, found.span?.line]),
      [['MW1053', 5]],
    )
  })

  it('counts what aliases stand for, not how many there are', () => {
    const read = (anchor: string, count: number) => {
      const aliases = Array(count).fill('*a').join(', ')
      return readYaml('a.yaml', `apiVersion: v1\nkind: X\nmetadata: {name: x}\na: &a ${anchor}\nspec: [${aliases}]\n`)
    }
    assert.equal((read('[[[b]]]', 5000).value[0]!.resource['spec'] as unknown[]).length, 5000)
    for (const { diagnostics } of [read('b', 5001), read(`[${Array(999).fill('b').join(', ')}]`, 101)])
      assert.deepEqual(
        diagnostics.map(found => [found.code, found.span?.line]),
        [['MW1053', 5]],
      )
  })

  it('refuses nesting beyond any stack', () => {
    const { diagnostics } = readYaml('a.yaml', `kind: ${'['.repeat(100_000)}`)
    assert.equal(diagnostics.length, 1)
    assert.ok(['MW1054', 'MW1050'].includes(diagnostics[0]!.code), diagnostics[0]!.code)
  })

  it('reads on behind a broken document', () => {
    const text = 'kind: X\n\tbad\n---\napiVersion: v1\nkind: X\nmetadata: {name: good}\n'
    const { value, diagnostics } = readYaml('a.yaml', text)
    assert.deepEqual(
      value.map(({ resource }) => resource.metadata.name),
      ['good'],
    )
    assert.equal(diagnostics.length, 1)
  })

  it('keeps a key named __proto__ a key', () => {
    const { value } = readYaml('a.yaml', 'apiVersion: v1\nkind: X\nmetadata: {name: x}\n__proto__: {polluted: yes}\n')
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
    assert.ok(Object.hasOwn(value[0]!.resource, '__proto__'))
  })

  it('reads ten thousand documents', t => {
    const one = (n: number) =>
      `apiVersion: v1\nkind: Service\nmetadata:\n  name: s${n}\nspec:\n  ports:\n    - port: 80\n      name: http\n`
    const text = Array.from({ length: 10_000 }, (_, n) => one(n)).join('---\n')
    const start = performance.now()
    assert.equal(readYaml('a.yaml', text).value.length, 10_000)
    t.diagnostic(`${Math.round(performance.now() - start)} ms`)
  })
})
