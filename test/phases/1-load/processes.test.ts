/** The threads and processes of load end with their user, however that ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { withFolder } from './scratch.ts'

const loadModule = join(import.meta.dirname, '../../../src/phases/1-load/load.ts')
const mesh = "import { service } from 'meshwright'\nexport const web = service('web', { port: 80 })\n"
const skip = process.platform === 'linux' ? false : 'reads /proc'

/** Processes whose environment holds only load's own, and that have a given parent or descend from it. */
function descendants(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap(name =>
    /^\d+$/.test(name) ? [[Number(name), parentOf(name)] as const] : [],
  )
  const children = parents.filter(([, parent]) => parent === pid).map(([child]) => child)
  return children.flatMap(child => [child, ...descendants(child)])
}

function parentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1])
  } catch {
    return 0
  }
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

async function startLoading(folder: string) {
  const code = `const { load } = await import(${JSON.stringify(loadModule)})
const { diagnostics } = await load({ path: ${JSON.stringify(folder)} })
process.stdout.write('loaded ' + diagnostics.length + '\\n')
if (process.argv[1] === 'wait') setInterval(() => {}, 1000)`
  return (argument: string) =>
    spawn(process.execPath, ['--input-type=module', '-e', code, argument], { stdio: ['ignore', 'pipe', 'inherit'] })
}

describe('processes', { skip }, () => {
  it('do not keep a finished program alive', () =>
    withFolder({ 'mesh.ts': mesh }, async folder => {
      const child = (await startLoading(folder))('end')
      const [code] = await once(child, 'exit')
      assert.equal(code, 0)
    }))

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`end after ${signal}`, () =>
      withFolder({ 'mesh.ts': mesh }, async folder => {
        const child = (await startLoading(folder))('wait')
        const [said] = await once(child.stdout, 'data')
        assert.equal(String(said), 'loaded 0\n')
        const started = descendants(child.pid!)
        assert.ok(started.length >= 2, 'the checker and the process that talks to it')
        child.kill(signal)
        await once(child, 'exit')
        const deadline = Date.now() + 20_000
        while (started.some(isAlive) && Date.now() < deadline) await sleep(50)
        assert.deepEqual(started.filter(isAlive), [])
      }))
  }
})
