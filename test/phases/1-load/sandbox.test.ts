/** What hostile code does to the sandbox, and that the next job finds a whole one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInSandbox } from '../../../src/phases/1-load/evaluate.ts'

const limits = { memoryBytes: 64 * 1024 * 1024, outputBytes: 1_000_000 }

function run(body: string, input: unknown = null, timeMs = 20_000) {
  const script = `var meshwrightBundle = { run: input => { ${body} } }`
  return runInSandbox(script, { entryCall: 'run', input, limits: { ...limits, timeMs } })
}

/** By what is tried: the code, and the answers that hold it. */
const hostile: { readonly [name: string]: readonly [string, RegExp] } = {
  'endless loop': ['for (;;) {}', /interrupted/],
  'endless regular expression': ['return /^(a+)+$/.test("a".repeat(40) + "b")', /interrupted|timed-out/],
  'a list without end': ['const l = []; for (;;) l.push({ a: 1 })', /out of memory|interrupted|timed-out/],
  'many large arrays': [
    'const l = []; for (let i = 0; i < 1000; i++) l.push(new Uint8Array(1 << 20)); return l.length',
    /out of memory/,
  ],
  'one gigabyte': ['return new ArrayBuffer(1 << 30).byteLength', /out of memory/],
  'deep recursion': ['const f = n => 1 + f(n + 1); return f(0)', /stack overflow/],
  'a deep value': ['let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a', /stack overflow|timed-out/],
  'a large result': ['return "x".repeat(2_000_000)', /output-too-large/],
  'a getter that never ends': ['throw { get message() { for (;;) {} } }', /thrown|timed-out/],
  'a promise that never settles': ['return new Promise(() => {})', /"\{\}"/],
  'jobs without end': ['const f = () => Promise.resolve().then(f); f(); return 1', /interrupted|timed-out|value/],
  'the time by another name': ['return globalThis["Da" + "te"].now()', /MeshwrightForbidden/],
  'the time of a new function': ['return (() => {}).constructor("return Date.now()")()', /MeshwrightForbidden/],
  chance: ['return Math["ran" + "dom"]()', /MeshwrightForbidden/],
  'the host': ['return typeof globalThis["proc" + "ess"]', /MeshwrightForbidden/],
  'modules of the host': ['return import("node:fs").then(() => 1)', /"\{\}"/],
  'nothing else global': [
    'return Object.getOwnPropertyNames(globalThis).filter(n => /^(std|os|scriptArgs|print|load|bjson|read)/.test(n))',
    /"json":"\[\]"/,
  ],
}

describe('sandbox', () => {
  for (const [name, [code, answer]] of Object.entries(hostile)) {
    it(`holds ${name}`, async () => {
      assert.match(JSON.stringify(await run(code, null, 700)), answer)
      assert.deepEqual(await run('return input + 1', 41), { kind: 'value', json: '42' })
    })
  }

  it('keeps nothing from one job to the next', async () => {
    await run('globalThis.left = 1; Array.prototype.map = () => "poisoned"; Object.prototype.x = 1')
    assert.deepEqual(await run('return [typeof left, [1].map(n => n + 1), {}.x ?? null]'), {
      kind: 'value',
      json: '["undefined",[2],null]',
    })
  })

  it('freezes its input', async () => {
    const answer = await run('"use strict"; input.deep.list.push(1)', { deep: { list: [] } })
    assert.equal(answer.kind, 'thrown')
  })

  it('runs jobs at the same time', async () => {
    const answers = await Promise.all([1, 2, 3].map(n => run('return input * 2', n)))
    assert.deepEqual(
      answers.map(answer => (answer.kind === 'value' ? answer.json : answer.kind)),
      ['2', '4', '6'],
    )
  })
})
