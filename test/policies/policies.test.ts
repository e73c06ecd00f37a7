/**
 * Each policy over its own samples: `valid` ones get no finding from it, `invalid` ones exactly what stands beside them
 * (`npm test -- --update` rewrites that). The other policies are switched off.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { AnyPolicy } from 'meshwright/policy'
import { policies } from '../../policies/index.generated.ts'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { renderers } from '../../src/diagnostics/renderers.ts'
import { load } from '../../src/phases/1-load/load.ts'
import type { LoadedResource } from '../../src/phases/1-load/loaded.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { check } from '../../src/phases/3-check/check.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'

interface Judged {
  readonly found: readonly Diagnostic[]
  /** What is wrong with the sample itself. */
  readonly mistakes: readonly string[]
  readonly text: string
}

async function judge(path: string, id: string): Promise<Judged> {
  const loaded = await load({ path })
  assert.ok(loaded.value, loaded.diagnostics.map(({ message }) => message).join('\n'))
  const shaped = checkShapes(loaded.value.resources)
  const resolved = resolve(shaped.resources)
  const found = judgeResources(loaded.value.resources, id)
  const others = [...loaded.diagnostics, ...shaped.diagnostics, ...resolved.diagnostics]
  const text = renderers.text(found, { sources: loaded.value.sources })
  return { found, mistakes: others.map(({ message }) => message), text }
}

/** What one policy finds, with all others off. */
function judgeResources(resources: readonly LoadedResource[], id: string): readonly Diagnostic[] {
  const { value } = resolve(checkShapes(resources).resources)
  const { severity } = policies.find(policy => policy.id === id)!.meta
  const config = { presets: [], rules: { [id]: severity } }
  return check(value, { config, policies, today: '2026-01-01' }).diagnostics
}

function samplesOf(id: string, group: 'valid' | 'invalid'): string[] {
  const folder = join(import.meta.dirname, id, group)
  return readdirSync(folder)
    .filter(file => /\.(ts|ya?ml)$/.test(file))
    .map(file => join(folder, file))
}

for (const { id, meta } of policies as readonly AnyPolicy[]) {
  describe(id, () => {
    const [valid, invalid] = [samplesOf(id, 'valid'), samplesOf(id, 'invalid')]
    it('has two samples of each', () => assert.ok(valid.length >= 2 && invalid.length >= 2))
    for (const path of valid)
      it(`is silent: ${path.split('/').at(-1)}`, async () => {
        const { mistakes, text } = await judge(path, id)
        assert.deepEqual(mistakes, [])
        assert.equal(text, 'no findings\n')
      })
    if (meta.standsAlone === true)
      for (const path of valid)
        it(`finds nothing in a part of what it accepts: ${path.split('/').at(-1)}`, async () => {
          const { value } = await load({ path })
          for (const resource of value!.resources) assert.deepEqual(judgeResources([resource], id), [])
        })
    for (const path of invalid)
      it(`reports: ${path.split('/').at(-1)}`, async () => {
        const { found, mistakes, text } = await judge(path, id)
        assert.deepEqual(mistakes, [])
        assert.ok(found.length > 0 && found.every(({ code, span, help }) => code === id && span && help), text)
        const expected = path.replace(/\.\w+$/, '.txt')
        if (process.env['UPDATE'] === '1') writeFileSync(expected, text)
        assert.equal(text, readFileSync(expected, 'utf8'), 'run: UPDATE=1 npm test -- test/policies/policies.test.ts')
      })
  })
}
