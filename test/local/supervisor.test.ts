import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { LastWords } from '../../src/local/process/last-words.ts'
import { followLog, LogFile, tailLog } from '../../src/local/process/log-file.ts'
import { defaultTiming, type ProcessSpec } from '../../src/local/process/supervised-process.ts'
import { Supervisor } from '../../src/local/process/supervisor.ts'
import { readChildren } from '../../src/local/state/child-records.ts'
import { identify } from '../../src/local/state/process-identity.ts'
import { freePort } from '../support/free-ports.ts'
import { eventually, tempState } from './temp-state.ts'

const temp = tempState()
const timing = { ...defaultTiming, firstBackoffMs: 40, maxBackoffMs: 160, resetAfterMs: 1000, graceMs: 500 }
const supervisor = new Supervisor(temp.state, () => {}, timing)
afterEach(() => supervisor.stop())
after(() => temp.remove())

const serve = "require('http').createServer((_, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1')"

async function spec(id: string, script: string, env: { [name: string]: string } = {}): Promise<ProcessSpec> {
  const port = await freePort()
  return {
    id,
    command: [process.execPath, '-e', script],
    env: { PORT: String(port), ...env },
    cwd: temp.dir,
    log: join(temp.state.logs, `${id}.log`),
    ready: { kind: 'http', host: '127.0.0.1', port, path: '/' },
  }
}

const stateOf = (id: string) => supervisor.processes.get(id)?.state
const pidOf = (id: string) => supervisor.processes.get(id)?.pid

describe('the supervisor', () => {
  it('starts, restarts what has changed only, and ends what is gone', async () => {
    const [a, b] = [await spec('a', serve), await spec('b', serve)]
    assert.deepEqual((await supervisor.apply([a, b])).started, ['a', 'b'])
    await eventually('both run', () => stateOf('a')?.kind === 'running' && stateOf('b')?.kind === 'running')
    const before = [pidOf('a'), pidOf('b')]
    assert.deepEqual(
      readChildren(temp.state).map(child => child.pid),
      before,
    )
    const applied = await supervisor.apply([a, { ...b, env: { ...b.env, COLOUR: 'red' } }])
    assert.deepEqual(applied, { started: [], restarted: ['b'], stopped: [] })
    assert.equal(pidOf('a'), before[0])
    assert.notEqual(pidOf('b'), before[1])
    assert.deepEqual((await supervisor.apply([a])).stopped, ['b'])
    assert.equal(identify(before[1]!), undefined)
  })

  it('starts again what is killed, and records the new process', async () => {
    await supervisor.apply([await spec('c', serve)])
    const first = await eventually('it runs', () => stateOf('c')?.kind === 'running' && pidOf('c'))
    process.kill(first, 'SIGKILL')
    const second = await eventually(
      'it runs again',
      () => stateOf('c')?.kind === 'running' && pidOf('c') !== first && pidOf('c'),
    )
    assert.equal(supervisor.processes.get('c')?.restarts, 1)
    assert.deepEqual(
      readChildren(temp.state).map(child => child.pid),
      [second],
    )
    assert.match(readFileSync(join(temp.state.logs, 'c.log'), 'utf8'), /killed by SIGKILL; starts again in 40 ms/)
  })

  it('waits longer after each crash, up to the limit', async () => {
    await supervisor.apply([await spec('d', "console.log('no luck'); process.exit(3)")])
    const log = join(temp.state.logs, 'd.log')
    await eventually('five crashes', () => (supervisor.processes.get('d')?.restarts ?? 0) >= 5)
    const waits = [...readFileSync(log, 'utf8').matchAll(/exit code 3; starts again in (\d+) ms/g)].map(match =>
      Number(match[1]),
    )
    assert.deepEqual(waits.slice(0, 5), [40, 80, 160, 160, 160])
    assert.ok(tailLog(log, 50).includes('no luck'))
  })

  it('counts a crash after a long run as the first', async () => {
    await supervisor.apply([await spec('e', 'setTimeout(() => process.exit(1), 1500)')])
    const log = join(temp.state.logs, 'e.log')
    await eventually('two crashes', () => (supervisor.processes.get('e')?.restarts ?? 0) >= 2)
    const waits = [...readFileSync(log, 'utf8').matchAll(/starts again in (\d+) ms/g)].map(match => match[1])
    assert.deepEqual(waits.slice(0, 2), ['40', '40'])
  })

  it('says why a program cannot start', async () => {
    await supervisor.apply([{ ...(await spec('f', '')), command: ['no-such-program'] }])
    const state = await eventually('it has failed', () => stateOf('f')?.kind === 'waiting' && stateOf('f'))
    assert.match(state.kind === 'waiting' ? state.reason : '', /there is no program no-such-program/)
  })

  it('keeps what a program that crashed said last, until it runs', async () => {
    const flag = join(temp.dir, 'mended')
    const script = `if (!require('fs').existsSync('mended')) throw new TypeError('no \u001b[31mdatabase\u001b[0m'); ${serve}`
    await supervisor.apply([await spec('w', script)])
    const words = await eventually('it has crashed', () => supervisor.processes.get('w')?.lastWords)
    assert.equal(words, 'TypeError: no database')
    await eventually('it crashes again', () => (supervisor.processes.get('w')?.restarts ?? 0) >= 2)
    assert.equal(await eventually('they are said', () => supervisor.processes.get('w')?.lastWords), words)
    writeFileSync(flag, '')
    await eventually('it runs', () => stateOf('w')?.kind === 'running')
    assert.equal(supervisor.processes.get('w')?.lastWords, undefined)
  })

  it('ends a program that ignores SIGTERM, with all that it started, stopped or not', async () => {
    const stubborn = `process.on('SIGTERM', () => {}); const c = require('child_process').spawn('sleep', ['300']); console.log('child ' + c.pid); ${serve}`
    await supervisor.apply([await spec('g', stubborn), await spec('h', serve)])
    await eventually('both run', () => stateOf('g')?.kind === 'running' && stateOf('h')?.kind === 'running')
    const log = readFileSync(join(temp.state.logs, 'g.log'), 'utf8')
    const pids = [pidOf('g')!, pidOf('h')!, Number(/child (\d+)/.exec(log)?.[1])]
    process.kill(pidOf('h')!, 'SIGSTOP')
    await supervisor.stop()
    for (const pid of pids) await eventually(`process ${pid} is gone`, () => identify(pid) === undefined)
    assert.deepEqual(readChildren(temp.state), [])
  })
})

describe('a log', () => {
  const path = join(temp.state.logs, 'capped.log')

  it('is put aside once when it is full, and read as one', () => {
    const log = new LogFile(path, 100)
    for (let line = 0; line < 40; line++) log.write(Buffer.from(`line ${line}\n`))
    assert.ok(statSync(path).size <= 100 && statSync(`${path}.1`).size <= 100)
    assert.equal(existsSync(`${path}.2`), false)
    assert.deepEqual(tailLog(path, 2), ['line 38', 'line 39'])
    assert.ok(tailLog(path, 15).length === 15, 'goes on in the older file')
    log.close()
    log.write(Buffer.from('late'))
    assert.deepEqual(tailLog(path, 1), ['line 39'])
  })

  it('is followed into the next file', async () => {
    const log = new LogFile(path, 100)
    const abort = new AbortController()
    let seen = ''
    const following = (async () => {
      for await (const chunk of followLog(path, abort.signal)) seen += chunk.toString()
    })()
    await new Promise(resolve => setTimeout(resolve, 50))
    for (let line = 0; line < 30; line++) {
      log.write(Buffer.from(`new ${line}\n`))
      if (line % 5 === 4) await eventually(`line ${line} is seen`, () => seen.includes(`new ${line}\n`))
    }
    abort.abort()
    await following
    log.close()
    assert.equal(seen.split('\n').length - 1, 30)
  })
})

describe('last words', () => {
  /** What was said, and the line that tells why it ended. */
  const said: readonly (readonly [output: string, line: string | undefined])[] = [
    ['', undefined],
    ['\n \n\t\n', undefined],
    ['listening\ncannot bind port 80\n\n', 'cannot bind port 80'],
    ['no end of line', 'no end of line'],
    ['\u001b[31;1mfatal\u001b[0m:\tno\u0007 \u202edatabase\u0000\r\n', 'fatal: no database'],
    [
      "/app/a.js:1\nthrow new Error('x')\n^\n\nError: no database\n    at a.js:1:7 {\n  code: 'E',\n  list: [\n    1\n  ]\n}\n\nNode.js v24.1.0\n",
      'Error: no database',
    ],
    ['Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no database\n', 'ValueError: no database'],
    ['  all of it\n  is indented\n', 'is indented'],
    [`${'ü'.repeat(300)}\n`, `${'ü'.repeat(119)}…`],
  ]
  for (const [output, line] of said)
    it(JSON.stringify(output).slice(0, 60), () => {
      const words = new LastWords()
      // Byte by byte: a character may come in two halves.
      for (const byte of Buffer.from(output)) words.hear(Buffer.from([byte]))
      assert.equal(words.line(), line)
    })

  it('keeps the end alone of what has no end', () => {
    const words = new LastWords()
    for (let line = 0; line < 20_000; line++) words.hear(Buffer.from(`line ${line}\n`))
    assert.equal(words.line(), 'line 19999')
  })
})
