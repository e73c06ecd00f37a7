import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { codes, pathMissing } from '../../src/diagnostics/codes.generated.ts'
import { generateMessages, parseMessages } from '../../src/generate/messages.ts'

const root = join(import.meta.dirname, '../..')

describe('messages', () => {
  it('codes.generated.ts is what messages/*.md say', () => {
    const committed = readFileSync(join(root, 'src/diagnostics/codes.generated.ts'), 'utf8')
    assert.equal(committed, generateMessages(root), 'stale: run `npm run generate`')
  })

  it('each message has a help and an explanation of its own', () => {
    for (const [code, message] of Object.entries(codes)) {
      assert.ok('help' in message, `${code} has no help line`)
      assert.ok(message.explanation.length > 40, `${code} explains too little`)
    }
  })

  it('fills parameters in text and help', () => {
    const found = pathMissing({}, { path: 'meshes/shop' })
    assert.equal(found.message, 'there is no file or folder "meshes/shop"')
    assert.equal(found.code, 'MW1001')
    assert.equal(found.severity, 'error')
  })

  it('refuses headings without a slug and messages without an explanation', () => {
    assert.throws(() => parseMessages('x.md', '## MW1001\n> error: a\n\nWhy.'), /x\.md:1: a heading must read/)
    assert.throws(
      () => parseMessages('x.md', 'Intro\n## MW1001 a-b\n> error: a\n'),
      /x\.md:2: MW1001 has no explanation/,
    )
    assert.throws(() => parseMessages('x.md', '## MW1001 a-b\nWhy.'), /needs a line/)
  })
})
