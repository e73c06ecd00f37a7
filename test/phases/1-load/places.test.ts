/** Where values were written: the source text at each range, for calls in every form that a mesh may use. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Span } from '../../../src/diagnostics/span.ts'
import { load } from '../../../src/phases/1-load/load.ts'
import type { Loaded } from '../../../src/phases/1-load/loaded.ts'

const packages = { meshwright: join(import.meta.dirname, 'vocabulary.ts') }

const source = `import { Box, named, thing, type Thing } from 'meshwright'
import * as all from 'meshwright'

export const plain = thing('plain', { port: 80, list: ['x', { deep: true }], 'quoted-key': 1 })
export const ümläut = thing('ümläut 🎈', { text: '🎈', port: 81 }); export const second = thing('second', { port: 82 })
export const chain = thing('chain-a', { n: 1 }).also('chain-b', { n: 2 }).also('chain-c', { n: 3 })
export const lines = thing('lines-a')
  .also('lines-b', {
    n: 2,
  })
  // A comment between.
  .also(
    'lines-c',
    { n: 3 },
  )
const shared = { port: 83, nested: { on: 'shared' } } as const
export const byName = thing('by-name', shared)
export const spread = thing('spread', { ...shared, port: 84 })
const short = 85
const port = short
export const shorthand = thing('shorthand', { port, wrapped: (({ inner: 86 })) satisfies object })
function helper(name: string): Thing {
  return thing(name, { from: 'helper' })
}
export const helped = helper('helped')
const arrow = (name: string) => thing(name, { from: 'arrow' })
export const list = ['arrow-1', 'arrow-2'].map(name => arrow(name))
function pick(first: boolean): Thing {
  return first ? thing('picked', { from: 'left' }) : helper('never')
}
export const picked = pick(true)
function nested(): Thing { return (thing('outer', { n: 1 }, [thing('inner', { n: 2 })])) }
export const outer = nested()
export const space = all.thing('space', { n: 1 })
export const computed = all['thing']('computed', { ['n']: 1 })
export const typed = (thing as (name: string, spec: unknown) => Thing)('typed', { n: 1 })
export const optional = thing?.('optional', { n: 1 })
export const box = new Box('box')
export const template = named\`template\`
export const inside = { a: { b: [thing('inside', { n: 1 })] } }
class Maker { make() { return thing('made', { n: 1 }) } static one = thing('static', { n: 1 }) }
export const made = [new Maker().make(), Maker.one]
export const generated = [...(function* () { yield thing('yielded', { n: 1 }) })()]
`

/** By name, then by pointer: the text at the range. */
const expected: { [name: string]: { [pointer: string]: string } } = {
  plain: {
    '': "thing('plain', { port: 80, list: ['x', { deep: true }], 'quoted-key': 1 })",
    '/metadata/name': "'plain'",
    '/spec/port': '80',
    '/spec/list': "['x', { deep: true }]",
    '/spec/list/0': "'x'",
    '/spec/list/1/deep': 'true',
    '/spec/list/1/missing': '{ deep: true }',
    '/spec/quoted-key': '1',
    '/metadata/labels/app': "thing('plain', { port: 80, list: ['x', { deep: true }], 'quoted-key': 1 })",
  },
  'ümläut 🎈': { '/metadata/name': "'ümläut 🎈'", '/spec/port': '81', '/spec/text': "'🎈'" },
  second: { '': "thing('second', { port: 82 })", '/spec/port': '82' },
  'chain-a': { '': "thing('chain-a', { n: 1 })", '/spec/n': '1' },
  'chain-b': { '/metadata/name': "'chain-b'", '/spec/n': '2' },
  'chain-c': { '/metadata/name': "'chain-c'", '/spec/n': '3' },
  'lines-a': { '': "thing('lines-a')", '/spec/n': "thing('lines-a')" },
  'lines-b': { '/metadata/name': "'lines-b'", '/spec/n': '2' },
  'lines-c': { '/metadata/name': "'lines-c'", '/spec/n': '3' },
  'by-name': { '/spec/port': '83', '/spec/nested/on': "'shared'", '/spec': 'shared' },
  spread: { '/spec/port': '84', '/spec/nested/on': "'shared'" },
  shorthand: { '/spec/port': 'port', '/spec/wrapped/inner': '86' },
  helped: { '': "thing(name, { from: 'helper' })", '/metadata/name': 'name', '/spec/from': "'helper'" },
  'arrow-1': { '/spec/from': "'arrow'" },
  'arrow-2': { '/metadata/name': 'name' },
  picked: { '': "thing('picked', { from: 'left' })", '/spec/from': "'left'" },
  outer: { '/metadata/name': "'outer'", '/spec/n': '1' },
  inner: { '': "thing('inner', { n: 2 })", '/spec/n': '2' },
  space: { '': "all.thing('space', { n: 1 })", '/spec/n': '1' },
  computed: { '': "all['thing']('computed', { ['n']: 1 })", '/spec/n': '1' },
  typed: { '/metadata/name': "'typed'", '/spec/n': '1' },
  optional: { '': "thing?.('optional', { n: 1 })", '/spec/n': '1' },
  box: { '': "new Box('box')", '/metadata/name': "'box'" },
  template: { '': 'named`template`' },
  inside: { '': "thing('inside', { n: 1 })" },
  made: { '': "thing('made', { n: 1 })" },
  static: { '': "thing('static', { n: 1 })" },
  yielded: { '': "thing('yielded', { n: 1 })" },
}

/** Modules from a thousand lines on are split into small functions, which must not be seen. */
const filler = Array.from({ length: 1200 }, (_, index) => `export const filler${index} = thing('filler')\n`).join('')

for (const [size, text] of [
  ['a module', source],
  ['a large module', `${source}${filler}`],
] as const)
  describe(`places in ${size}`, () => {
    let folder = ''
    let loaded: Loaded | undefined
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'mesh-places-'))
      writeFileSync(join(folder, 'mesh.ts'), text)
      const { value, diagnostics } = await load({ path: folder }, packages)
      assert.deepEqual(diagnostics, [])
      loaded = value
    })
    after(() => rmSync(folder, { recursive: true }))

    for (const [name, pointers] of Object.entries(expected)) {
      it(name, () => {
        const found = loaded?.resources.find(({ resource }) => resource.metadata.name === name)
        assert.ok(found, 'is loaded')
        for (const [pointer, text] of Object.entries(pointers))
          assert.equal(textAt(found.spanAt(pointer)), text, pointer)
        assert.equal(textAt(found.spanAt('')), textAt(found.span))
      })
    }

    it('leaves no resource out', () => {
      const names = loaded?.resources.map(({ resource }) => resource.metadata.name).filter(name => name !== 'filler')
      assert.deepEqual(names?.sort(), Object.keys(expected).sort())
    })
  })

function textAt(span: Span): string {
  const lines = source.split('\n')
  const picked = lines.slice(span.line - 1, span.endLine)
  const last = picked.length - 1
  picked[last] = picked[last]!.slice(0, span.endColumn - 1)
  picked[0] = picked[0]!.slice(span.column - 1)
  return picked.join('\n')
}
