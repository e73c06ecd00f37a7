import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchFolder } from '../../src/local/watch-folder.ts'
import { eventually } from './temp-state.ts'

describe('watchFolder', () => {
  it('calls once for a burst, again for what comes meanwhile, and never for what is ignored', async t => {
    const folder = mkdtempSync(join(tmpdir(), '.mesh-watch-'))
    for (const name of ['node_modules', '.git', 'sub']) mkdirSync(join(folder, name))
    let calls = 0
    let running = 0
    const watching = await watchFolder(folder, async () => {
      calls++
      assert.equal(++running, 1, 'calls overlap')
      await sleep(150)
      running--
    })
    t.after(async () => {
      await watching.close()
      rmSync(folder, { recursive: true, force: true })
    })
    for (const name of ['node_modules/x.ts', '.git/HEAD', '.swp']) writeFileSync(join(folder, name), '')
    await sleep(300)
    assert.equal(calls, 0)
    for (let file = 0; file < 20; file++) writeFileSync(join(folder, 'sub', `${file}.yaml`), 'a')
    await eventually('a call', () => calls > 0)
    await eventually('it is over', () => running === 0)
    const burst = calls
    // As editors save: a new file is moved into the place of the old one.
    writeFileSync(join(folder, '.mesh.ts.tmp'), 'b')
    renameSync(join(folder, '.mesh.ts.tmp'), join(folder, 'mesh.ts'))
    await eventually('another call', () => calls > burst)
    // A loaded machine may spread the twenty files over a few calls.
    assert.ok(calls < 8, `${calls} calls`)
  })
  it('calls after the last of two saves, however soon it comes after the first', async t => {
    const folder = mkdtempSync(join(tmpdir(), '.mesh-watch-'))
    const file = join(folder, 'mesh.ts')
    writeFileSync(file, '')
    let seen = ''
    const watching = await watchFolder(folder, async () => {
      if (existsSync(file)) seen = readFileSync(file, 'utf8')
    })
    t.after(async () => {
      await watching.close()
      rmSync(folder, { recursive: true, force: true })
    })
    // A formatter follows the editor, or a tool takes the file away and writes it anew.
    for (let round = 0; round < 60; round++) {
      if (round % 2 === 0) rmSync(file)
      writeFileSync(file, `${round} saved`)
      await sleep(round)
      writeFileSync(file, `${round} formatted`)
      await eventually(`${round} ms after a save, another is seen`, () => seen === `${round} formatted`)
    }
  })
})
