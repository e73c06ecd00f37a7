/** Each folder of test/bad-input is a mesh with mistakes; expected.txt is what load says. UPDATE=1 rewrites it. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { renderers } from '../../../src/diagnostics/renderers.ts'
import { load } from '../../../src/phases/1-load/load.ts'
import type { LoadOptions } from '../../../src/phases/1-load/loaded.ts'

const folder = join(import.meta.dirname, '../../bad-input')

describe('bad input', () => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = entry.name
    if (!entry.isDirectory()) continue
    it(name, async () => {
      const path = join(folder, name)
      const options = existsSync(join(path, 'case.json'))
        ? (JSON.parse(readFileSync(join(path, 'case.json'), 'utf8')) as Partial<LoadOptions>)
        : {}
      const { value, diagnostics } = await load({ ...options, path })
      const text = renderers.text(diagnostics, { sources: value?.sources ?? new Map() })
      const expected = join(path, 'expected.txt')
      if (process.env['UPDATE'] === '1') writeFileSync(expected, text)
      assert.equal(
        text,
        readFileSync(expected, 'utf8'),
        'run: UPDATE=1 node --test test/phases/1-load/bad-input.test.ts',
      )
    })
  }
})
