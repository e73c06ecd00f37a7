/** Each folder is a mesh with mistakes that load lets pass; expected.txt is what a compile says of it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { compile } from '../../src/compile.ts'
import { renderers } from '../../src/diagnostics/renderers.ts'

const folder = import.meta.dirname

for (const entry of readdirSync(folder, { withFileTypes: true }).filter(item => item.isDirectory())) {
  it(entry.name, async () => {
    const path = join(folder, entry.name)
    const { diagnostics, loaded, isBroken } = await compile({ path })
    assert.ok(isBroken)
    for (const { code, span, help } of diagnostics) assert.ok(span && help, `${code} lacks a place or a remedy`)
    const text = renderers.text(diagnostics, { sources: loaded?.sources ?? new Map() })
    const expected = join(path, 'expected.txt')
    if (process.env['UPDATE'] === '1') writeFileSync(expected, text)
    assert.equal(text, readFileSync(expected, 'utf8'), 'run: npm test -- --update test/findings/findings.test.ts')
  })
}
