import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { withFolder } from '../phases/1-load/scratch.ts'
import { entry } from './run-mesh.ts'

const preflight = join(import.meta.dirname, '../../src/cli/preflight.js')
/** Makes Node call itself older than it is. */
const older =
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: process.env.PRETEND ?? '20.1.0' } })"

/** Calls a file as npm's scripts do, on a Node that calls itself 20.1. */
function start(file: string, ...args: string[]) {
  const flags = ['--conditions=source', '--import', `data:text/javascript,${encodeURIComponent(older)}`]
  const child = spawn(process.execPath, [...flags, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  const ready = new Promise<void>(resolve =>
    child.stdout.on('data', chunk => {
      stdout += chunk
      resolve()
    }),
  )
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>(
    resolve => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  )
  return { child, ready, ended }
}

describe('on an older Node', () => {
  it('a command goes on in the one that the repository has, with its arguments, output and exit code', async () => {
    const folder = join(import.meta.dirname, '../bad-input/syntax-error')
    const { code, stdout } = await start(preflight, entry, 'check', folder, '--format', 'json').ended
    assert.equal(code, 1)
    assert.equal((JSON.parse(stdout) as { summary: { errors: number } }).summary.errors, 1)
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`${signal} reaches it, and its end is the end of both`, () =>
      withFolder(
        {
          'polite.mjs': `setInterval(() => {}, 1000); process.on('${signal}', () => process.exit(7)); console.log(process.pid)`,
          'plain.mjs': 'setInterval(() => {}, 1000); console.log(process.pid)',
        },
        async folder => {
          const polite = start(preflight, join(folder, 'polite.mjs'))
          await polite.ready
          polite.child.kill(signal)
          assert.equal((await polite.ended).code, 7)
          const plain = start(preflight, join(folder, 'plain.mjs'))
          await plain.ready
          plain.child.kill(signal)
          const { signal: by, stdout } = await plain.ended
          assert.equal(by, signal)
          assert.throws(() => process.kill(Number(stdout), 0), /ESRCH/)
        },
      ))

  it('is told what to do where there is no other', () =>
    withFolder({}, async folder => {
      mkdirSync(join(folder, 'a/dist'), { recursive: true })
      const copy = join(folder, 'a/dist/preflight.js')
      copyFileSync(preflight, copy)
      writeFileSync(join(folder, 'a/package.json'), '{"type":"module"}')
      const none = await start(copy, entry).ended
      assert.equal(none.code, 2)
      assert.match(none.stderr, /needs Node 22\.19 or newer; this is 20\.1\.0\n = help: install a newer Node/)
      mkdirSync(join(folder, 'a/node_modules/node'), { recursive: true })
      writeFileSync(join(folder, 'a/node_modules/node/package.json'), '{}')
      const blocked = await start(copy, entry).ended
      assert.equal(blocked.code, 2)
      assert.match(blocked.stderr, /= help: npm has not run the install script .* `npm rebuild node`/)
    }))
})
