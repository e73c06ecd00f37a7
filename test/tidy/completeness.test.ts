import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const policies = readdirSync('policies', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)

test('every policy has a rule, a page and tests', () => {
  const missing = policies.flatMap(id =>
    [
      `policies/${id}/rule.ts`,
      `policies/${id}/rule.md`,
      `test/policies/${id}/valid`,
      `test/policies/${id}/invalid`,
    ].filter(path => !existsSync(path)),
  )
  assert.deepEqual(missing, [])
})

test('a policy’s id is its folder', () => {
  const wrong = policies.filter(id => !readFileSync(`policies/${id}/rule.ts`, 'utf8').includes(`id: '${id}'`))
  assert.deepEqual(wrong, [])
})

test('every command stands in the table', () => {
  const table = readFileSync('src/cli/commands/index.ts', 'utf8')
  const missing = readdirSync('src/cli/commands').filter(file => file !== 'index.ts' && !table.includes(`'./${file}'`))
  assert.deepEqual(missing, [])
})

test('ARCHITECTURE.md is at most 150 lines', () => {
  assert.ok(readFileSync('ARCHITECTURE.md', 'utf8').split('\n').length <= 151)
})

test('every decision record is numbered and listed', () => {
  const list = readFileSync('docs/adr/README.md', 'utf8')
  const records = readdirSync('docs/adr').filter(file => file !== 'README.md')
  assert.deepEqual(
    records.filter(file => !/^\d{4}-[a-z0-9-]+\.md$/.test(file) || !list.includes(file)),
    [],
  )
})
