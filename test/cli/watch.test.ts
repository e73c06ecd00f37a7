import assert from 'node:assert/strict'
import { cpSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../local/temp-state.ts'
import { withFolder } from '../phases/1-load/scratch.ts'
import { startMesh } from './run-mesh.ts'

/** By path: content and time of all files of a build. */
function outputs(folder: string): { readonly [path: string]: readonly [text: string, changed: number] } {
  const files = globSync('out/**/*.{json,yaml}', { cwd: folder }).sort()
  return Object.fromEntries(
    files.map(file => [file, [readFileSync(join(folder, file), 'utf8'), statSync(join(folder, file)).mtimeMs]]),
  )
}

describe('mesh build --watch', () => {
  for (const path of ['.', 'mesh.ts'])
    it(`of ${path} builds again after each edit, not after a broken one, until SIGTERM`, () =>
      withFolder({}, async folder => {
        cpSync(join(import.meta.dirname, '../../examples/hello'), folder, { recursive: true })
        const file = join(folder, 'mesh.ts')
        const good = readFileSync(file, 'utf8')
        const greeting = (word: string) => good.replace("GREETING: 'Hello'", `GREETING: '${word}'`)
        const { child, stderr, ended, stop } = startMesh(folder, ['build', path, '--watch'])
        const builds = () =>
          [...stderr().matchAll(/^out: \d+ files, (\d+) written/gm)].map(([, written]) => Number(written))
        const holds = (word: string) => Object.values(outputs(folder)).some(([text]) => text.includes(word))
        try {
          await eventually('it watches', () => /^watching .*; Ctrl-C ends it$/m.test(stderr()))
          assert.ok(holds('Hello'))

          writeFileSync(file, greeting('Servus'))
          await eventually('the edit is built', () => builds().length === 2)
          assert.ok(holds('Servus') && !holds('Hello'))
          // What is written is no edit.
          await sleep(500)
          assert.equal(builds().length, 2, stderr())

          const before = outputs(folder)
          writeFileSync(file, greeting('Ahoi').replace("service('web'", "service('web', 7"))
          await eventually('the mistake is printed', () => /^error\[MW1011\].*\n *--> mesh\.ts:9:\d+$/m.test(stderr()))
          assert.deepEqual(outputs(folder), before)

          writeFileSync(file, greeting('Ahoi'))
          await eventually('the mended edit is built', () => builds().length === 3)
          assert.ok(holds('Ahoi') && !holds('Servus'))
          assert.ok(
            builds().every(written => written > 0),
            stderr(),
          )

          assert.equal(await stop(), 0)
        } finally {
          child.kill('SIGKILL')
          await ended
        }
      }))
})
