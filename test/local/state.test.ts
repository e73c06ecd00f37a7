import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { instanceVariable, reapChildren, writeChildren } from '../../src/local/state/child-records.ts'
import { liveHolder, readLock, releaseLock, takeLock } from '../../src/local/state/instance-lock.ts'
import { identify, isAlive } from '../../src/local/state/process-identity.ts'
import { adminSocketOf, folderOf, makeStateFolder, stateFolders } from '../../src/local/state/state-folder.ts'
import { eventually, tempState } from './temp-state.ts'

const temp = tempState()
const { state, dir, env } = temp
after(() => temp.remove())

function startSleeper(marked: boolean, detached = true) {
  const child = spawn('sleep', ['300'], {
    detached,
    stdio: 'ignore',
    env: { PATH: env.PATH, ...(marked ? { [instanceVariable]: state.id } : {}) },
  })
  return { child, identity: identify(child.pid ?? 0)! }
}

describe('the state folder', () => {
  it('is private, outside the tree, and the same for a file in the folder and for a link to it', () => {
    assert.equal(statSync(state.root).mode & 0o777, 0o700)
    assert.ok(state.root.startsWith(env.XDG_RUNTIME_DIR))
    writeFileSync(join(dir, 'canary.ts'), '')
    symlinkSync(dir, join(temp.root, 'link'))
    assert.equal(stateFolders(join(dir, 'canary.ts'), env)[0].root, state.root)
    assert.equal(stateFolders(join(temp.root, 'link'), env)[0].root, state.root)
    assert.deepEqual(readdirSync(dir), ['canary.ts'])
  })

  it('keeps socket paths short enough for any system, whatever the folder is called', () => {
    const deep = join(temp.root, 'x'.repeat(120))
    mkdirSync(deep)
    const [first] = stateFolders(dir, { ...env, XDG_RUNTIME_DIR: deep, HOME: deep })
    assert.ok(Buffer.byteLength(adminSocketOf(first, 'productpage-v1'.repeat(20))) < 104, first.root)
  })

  it('takes rights away from others, and refuses a link that somebody laid', () => {
    chmodSync(state.root, 0o755)
    makeStateFolder(state)
    assert.equal(statSync(state.root).mode & 0o777, 0o700)
    symlinkSync(temp.root, join(temp.root, 'run/trap'))
    assert.throws(() => makeStateFolder({ ...state, root: join(temp.root, 'run/trap') }), /is no folder/)
  })

  it('of a folder that is gone is where it was, so that what runs there can be stopped', () => {
    const gone = join(dir, 'gone')
    mkdirSync(gone)
    const [before] = stateFolders(gone, env)
    rmdirSync(gone)
    assert.equal(stateFolders(gone, env)[0].root, before.root)
    assert.throws(() => folderOf(gone), /no file or folder/)
  })
})

describe('the lock', () => {
  it('is held by one process, and names it to the other', async () => {
    const { child, identity } = startSleeper(false)
    writeFileSync(state.lock, JSON.stringify({ ...identity, since: 'x' }))
    assert.throws(() => takeLock(state), new RegExp(`is already up, as process ${child.pid}`))
    child.kill('SIGKILL')
    await eventually('the sleeper is gone', () => !isAlive(identity))
    assert.equal(liveHolder(state), undefined)
    assert.equal(takeLock(state).pid, process.pid, 'the lock of a dead process is taken over')
    assert.equal(liveHolder(state)?.pid, process.pid)
    releaseLock(state)
    assert.equal(readLock(state), undefined)
  })

  it('is not held by a later process with the same number, nor by a damaged file', () => {
    writeFileSync(state.lock, JSON.stringify({ pid: process.ppid, started: 'long ago', since: 'x' }))
    takeLock(state)
    releaseLock(state)
    writeFileSync(state.lock, '{"pid":')
    takeLock(state)
    releaseLock(state)
    assert.deepEqual(
      readdirSync(state.root).filter(name => name.startsWith('instance')),
      [],
    )
  })
})

describe('reapChildren', () => {
  it('ends what was recorded, what bears the mark, and nobody else', async () => {
    const recorded = startSleeper(false)
    const marked = startSleeper(true)
    const stranger = startSleeper(false)
    try {
      writeChildren(state, [
        { ...recorded.identity, id: 'app:a', command: 'sleep 300' },
        // The number of a living process, which started at another time: a number that was used again.
        { ...stranger.identity, started: '1', id: 'app:b', command: 'sleep 300' },
      ])
      recorded.child.kill('SIGSTOP')
      const reaped = (await reapChildren(state)).map(child => child.pid)
      assert.ok(reaped.includes(recorded.identity.pid))
      assert.equal(isAlive(recorded.identity), false, 'even one that was stopped')
      if (process.platform === 'linux') assert.equal(isAlive(marked.identity), false)
      assert.equal(isAlive(stranger.identity), true)
      assert.deepEqual(await reapChildren(state), [])
    } finally {
      for (const { child } of [recorded, marked, stranger]) child.kill('SIGKILL')
    }
  })
})
