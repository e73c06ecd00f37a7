import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { compile } from '../src/compile.ts'

describe('every example', () => {
  const entries = globSync('examples/*/*.ts')
    .filter(path => !/(mesh[.]config|api.(workloads|listeners|authorities))[.]ts$/.test(path))
    .sort()

  test('is there', () => assert.ok(entries.length >= 8, entries.join(', ')))

  test('Bookinfo fits on a page', () => {
    assert.ok(readFileSync('examples/bookinfo/mesh.ts', 'utf8').trimEnd().split('\n').length <= 80)
  })

  for (const path of entries) {
    test(`${path} compiles clean`, async () => {
      const { diagnostics, resolved } = await compile({ path })
      assert.deepEqual(
        diagnostics
          .filter(({ severity }) => severity === 'error' || !(path.includes('api') || severity === 'info'))
          .map(({ message }) => message),
        [],
      )
      assert.ok(resolved !== undefined && resolved.resources.length > 0)
    })
  }
})
