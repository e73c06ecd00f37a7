/** Modules of ten thousand statements: what is made of their code, that it means the same, and that it is quick. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { transform } from 'esbuild'
import { runJob } from '../../../src/phases/1-load/evaluate.ts'
import { load } from '../../../src/phases/1-load/load.ts'
import { columnBefore, splitStatements } from '../../../src/phases/1-load/split-statements.ts'
import { withFolder } from './scratch.ts'

const filler = 'let x = 1;\n'.repeat(1000)

/** Statements, and which of their lines begin a function of its own. */
const statements: { readonly [what: string]: readonly [code: string, ...wrapped: number[]] } = {
  'a call': ['const a = f(1);', 1],
  'an exported call over lines': ['export const a = f({\n  b: [1, 2]\n});', 1],
  'a list and an object': ['const a = [f(1), f(2)];\nconst b = { c: f(3) };', 1, 2],
  'a call for its effect': ['f(1);\na.b.c(2);', 1, 2],
  'texts with all sorts in them': ['const a = f("a, b; c) \\" d", \'e" f\');', 1],
  'several at once': ['const a = f(1), b = f(2);'],
  'a function': ['const a = (b) => f(b);\nconst c = function() {\n  f(1);\n};\nconst d = class {\n};'],
  'an async function': ['const a = async (b) => f(b);'],
  'a regular expression': ['const a = f(/[`\'"(]/);'],
  'a template': ['const a = f(`b`);'],
  'a template over lines hides what looks like code': ['const a = f(`\nconst b = g(1);\n`);\nconst c = f(2);'],
  'a template in a template': [`const a = f(\`\${\`\nconst b = g(1);\n\`}\`);`],
  'what is assigned again': ['let a = f(1);\nvar b = f(2);'],
  'loops and conditions': ['for (const a of f(1)) {\n  f(a);\n}\nif (f(2)) f(3);\nelse f(4);\nwhile (f(5)) {\n}'],
  'exports and imports': ['import { a } from "b";\nexport { a };\nexport default f(1);'],
  'a list that is taken apart': ['[a, b] = f(1);\n({ c } = f(2));'],
}

describe('the statements of a large module', () => {
  for (const [what, [code, ...wrapped]] of Object.entries(statements)) {
    it(`${what}: ${wrapped.length === 0 ? 'stays as it is' : 'is split'}`, () => {
      const split = splitStatements(`${code}\n${filler}`)
      assert.deepEqual([...split.opened.keys()], wrapped)
      if (wrapped.length === 0) assert.equal(split.code, `${code}\n${filler}`)
    })
  }

  it('are left alone where they are few', () =>
    assert.equal(splitStatements('const a = f(1);\n').code, 'const a = f(1);\n'))

  it('know the columns that they had', () => {
    const code = `const a = f(b);\n${filler}`
    const split = splitStatements(code)
    const line = split.code.split('\n')[0]!
    for (const word of ['a', 'f', 'b']) {
      const column = line.indexOf(word, 5) + 1
      assert.equal(code[(columnBefore(split, 1, column) ?? 0) - 1], word)
    }
    assert.equal(columnBefore(split, 1, line.lastIndexOf('()') + 1), undefined, 'nobody has written this call')
  })

  it('mean the same', async () => {
    const source = `const seen: unknown[] = []
const note = (value: unknown, ...more: unknown[]) => (seen.push(value, ...more), value)
note(this)
const first = note(() => second)
const list = [note(1), note('a;b'), ...[2, 3].map(n => note(n * 2))]
const named = { inner() {}, arrow: () => 1 }
note(named.inner.name + named.arrow.name)
try { note((() => (first as () => unknown)())()) } catch (error) { note(String(error)) }
const second = note('second')
note((first as () => unknown)())
note(list.length)
const { length } = list, other = note(length)
export {}
`
    const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'es2023' })
    const results = [code, splitStatements(code + filler).code.replaceAll(filler, '')].map(async own => {
      const json = `${own}\nglobalThis.__meshwrightResult = JSON.stringify(seen.map(value => typeof value === 'function' ? 'function' : String(value)))`
      const limits = { timeMs: 20_000, memoryBytes: 64 * 1024 * 1024, outputBytes: 100_000 }
      return runJob({ modules: { own: { code: json, imports: {} } }, entry: 'own', globals: {}, limits })
    })
    const [plain, split] = await Promise.all(results)
    assert.match(JSON.stringify(plain), /ReferenceError.*second/)
    assert.deepEqual(split, plain)
  })
})

it('ten thousand statements with ten words each are no more than ten times a thousand of them', {
  timeout: 300_000,
}, async t => {
  const conditions = Array.from({ length: 10 }, (_, index) => `path('/${index}')`).join(', ')
  const lines = Array.from({ length: 10_000 }, (_, index) => `const c${index} = [${conditions}]\n`)
  const mesh = `import { path, service } from 'meshwright'\n${lines.join('')}export const web = service('web', { port: 80 })\n`
  await withFolder({ 'mesh.ts': mesh }, async path => {
    const started = performance.now()
    // Where each word costs as much as the module is long, this takes a minute, of which half a one is the sandbox's.
    const { diagnostics, value } = await load({ path, skipTypes: true, limits: { timeMs: 20_000 } })
    t.diagnostic(`loaded in ${Math.round(performance.now() - started)} ms`)
    assert.deepEqual(diagnostics, [])
    assert.deepEqual(
      value?.resources.map(({ resource }) => resource.kind),
      ['Service'],
    )
    assert.equal(value.resources[0]!.spanAt('/metadata/name').line, 10_002)
  })
})
