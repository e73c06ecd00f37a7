/** The other files of this folder hold mistakes that must not compile: every `@ts-expect-error` must be used. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'

const folder = import.meta.dirname
const sources = globSync('*.ts', { cwd: folder })
  .filter(file => !file.endsWith('.test.ts'))
  .map(file => readFileSync(join(folder, file), 'utf8'))

it('each mistake is one, and each good twin compiles', () => {
  const tsc = join(folder, '../../node_modules/typescript/bin/tsc')
  const { stdout, status } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', folder], { encoding: 'utf8' })
  assert.equal(stdout, '')
  assert.equal(status, 0)
})

it('there are at least 25, each with its reason above and its good twin below', t => {
  const mistakes = sources.flatMap(source =>
    source.split('\n\n').filter(block => block.includes('// @ts-expect-error')),
  )
  t.diagnostic(`${mistakes.length} mistakes`)
  assert.ok(mistakes.length >= 25)
  for (const block of mistakes) {
    const lines = block.trim().split('\n')
    const marker = lines.indexOf('// @ts-expect-error')
    assert.match(lines[0] ?? '', /^\/\/ .+\.$/, block)
    assert.ok(marker > 0 && lines.length === marker + 3 && lines[marker + 1] !== lines[marker + 2], block)
  }
})
