import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { liveHolder } from '../../src/local/state/instance-lock.ts'
import { identify } from '../../src/local/state/process-identity.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { getPage } from './ask.ts'
import { type Bookinfo, bookinfo, finish } from './bookinfo.ts'
import { eventually } from './temp-state.ts'

/** A terminal around a command: what it gets, Ctrl-C or a hang-up, the command gets from its terminal. */
const terminal = `
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b''
while b'look at ' not in seen:
    if select.select([fd], [], [], 60)[0]: seen += os.read(fd, 65536)
    else: sys.exit('never ready: ' + seen.decode())
if sys.argv[1] == 'interrupt':
    os.write(fd, b'\\x03')
    try:
        while os.read(fd, 65536): pass
    except OSError: pass
else:
    os.close(fd)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

describe('what mesh up starts', { skip: withoutEnvoy }, () => {
  let book: Bookinfo
  before(async () => {
    // The smallest example: each test waits for all that starts.
    book = await bookinfo('127.73.0.0', 'hello')
  })
  // What ended as it should has left nothing to end.
  afterEach(async () => {
    if (existsSync(book.state.lock)) await book.mesh(['down', book.dir])
  })
  after(() => book.remove())

  const pidsOf = async () => {
    const { instance, proxies, workloads } = await book.status()
    return [instance.pid, ...[...proxies, ...workloads].map(process => process.pid ?? 0)]
  }
  const assertGone = (pids: readonly number[]) => {
    assert.equal(pids.length, 6, 'itself, two applications, their proxies and a gateway')
    assert.deepEqual(
      pids.filter(pid => identify(pid) !== undefined),
      [],
    )
  }
  const isReady = async () => (await getPage(book.url)).body.includes('Hello')
  const upAndReady = async (): Promise<ChildProcess> => {
    const child = book.start(['up', book.dir, ...book.flags])
    let said = ''
    child.stderr?.on('data', chunk => {
      said += chunk
    })
    await eventually('the page is there', async () => {
      assert.equal(child.exitCode, null, said)
      return isReady()
    })
    return child
  }

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    it(`ends with ${signal}`, async () => {
      const child = await upAndReady()
      const pids = await pidsOf()
      const asked = performance.now()
      child.kill(signal)
      const { code } = await finish(child)
      console.log(`# ${signal}: ended after ${Math.round(performance.now() - asked)} ms`)
      assert.equal(code, 0)
      assertGone(pids)
      assert.equal(existsSync(book.state.lock), false)
    })
  }

  it('ends although somebody has asked it half a question', async () => {
    const child = await upAndReady()
    const pids = await pidsOf()
    const asking = connect(book.state.controlSocket).on('error', () => {})
    try {
      asking.write('GET /status HTTP/1.1\r\n')
      assert.equal(pids[0], (await book.status()).instance.pid, 'the next question is answered')
      child.kill('SIGTERM')
      const ended = await Promise.race([finish(child), sleep(20_000, undefined, { ref: false })])
      assert.equal(ended?.code, 0)
      assertGone(pids)
    } finally {
      asking.destroy()
      child.kill('SIGKILL')
    }
  })

  it('ends with the shell that npm has put around it', async () => {
    const [node, flag, main] = book.command as [string, string, string]
    const preflight = join(main, '../preflight.js')
    const words = ['-c', '"$@"; true', 'sh', node, flag, preflight, main, 'up', book.dir, ...book.flags]
    const shell = spawn('sh', words, { env: { ...book.env, npm_lifecycle_event: 'start' }, stdio: 'ignore' })
    await eventually('the page is there', isReady)
    const pids = await pidsOf()
    shell.kill('SIGTERM')
    await eventually('all is gone', () => pids.every(pid => identify(pid) === undefined))
    assert.equal(existsSync(book.state.lock), false)
  })

  for (const how of ['interrupt', 'close'] as const) {
    it(`ends with its terminal: ${how}`, async t => {
      if (spawnSync('python3', ['--version']).status !== 0) return t.skip('needs python3 for a terminal')
      const script = join(book.dir, '..', 'terminal.py')
      writeFileSync(script, terminal)
      const python = spawn('python3', [script, how, ...book.command, 'up', book.dir, ...book.flags], {
        env: { ...book.env, TERM: 'xterm' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const ended = finish(python)
      await Promise.race([eventually('the page is there', isReady), ended])
      const { code, stderr } = await ended
      assert.equal(code, 0, stderr)
      assert.equal(liveHolder(book.state), undefined)
      assert.equal((await getPage(book.url)).status, 0)
      const left = spawnSync('ps', ['-e', '-o', 'args='], { encoding: 'utf8' }).stdout
      assert.equal(left.split('\n').filter(line => line.includes(book.state.root)).length, 0)
    })
  }

  it('is reaped by the next `down` after a kill -9', async () => {
    const child = await upAndReady()
    const pids = await pidsOf()
    child.kill('SIGKILL')
    await finish(child)
    assert.ok(
      pids.slice(1).some(pid => identify(pid) !== undefined),
      'something is left to reap',
    )
    for (const question of ['status', 'proxies', 'identity']) {
      const { code, stderr } = await book.mesh([question, book.dir])
      assert.equal(code, 2)
      assert.match(
        stderr,
        /is not up, but \d+ processes of a `mesh up` that was killed still run, .*: (app|proxy):\S+ \(\d+\)/,
      )
      assert.match(stderr, /help: end them with `.* down .*`, or start it again/)
    }
    const down = await book.mesh(['down', book.dir])
    assert.match((await book.mesh(['status', book.dir])).stderr, /MW8006.*is not up$/m)
    assert.match(down.stderr, /ended \d+ processes that a killed `mesh up` had left/)
    assertGone(pids)
  })

  it('is reaped by the next `up` after a kill -9, which then runs', async () => {
    const child = await upAndReady()
    const pids = await pidsOf()
    child.kill('SIGKILL')
    await finish(child)
    const up = await book.mesh(['up', book.dir, '--detach', ...book.flags])
    assert.equal(up.code, 0, up.stderr)
    assert.match(up.stderr, /ended \d+ processes/)
    assertGone(pids)
    assert.equal((await getPage(book.url)).status, 200)
  })

  it('prints what one run has printed, and the one before where it is asked for', async () => {
    const [first, second] = ['/once', '/twice']
    const logOf = async (...flags: string[]) => {
      const { stdout, stderr, code } = await book.mesh(['logs', 'ingressgateway', '--dir', book.dir, ...flags])
      assert.equal(code, 0, stderr)
      return [first, second].filter(path => stdout.includes(path))
    }
    for (const path of [first, second]) {
      const up = await book.mesh(['up', book.dir, '--detach', ...book.flags])
      assert.equal(up.code, 0, up.stderr)
      await getPage(new URL(path, book.url).href)
      await eventually('it is printed', async () => (await logOf('--tail', '1000')).includes(path))
      await book.mesh(['down', book.dir])
    }
    assert.deepEqual(await logOf('--tail', '1000'), [second])
    assert.deepEqual(await logOf('--tail', '1000', '--previous'), [first])
  })

  it('is nothing where a port is in use: the error names who holds it, and the way out', async () => {
    const server = createServer().listen(book.port, '127.0.0.1')
    try {
      const up = await book.mesh(['up', book.dir, ...book.flags])
      assert.equal(up.code, 2)
      assert.match(up.stderr, new RegExp(`port ${book.port} on 127.0.0.1 is in use by node \\(pid ${process.pid}: `))
      assert.match(up.stderr, /help: .*--gateway-port 8080=/)
      assert.doesNotMatch(up.stderr, /^ +at /m)
    } finally {
      server.close()
    }
    assert.equal(liveHolder(book.state), undefined)
  })

  it('is refused where it is up already, in the words of the command line', async () => {
    assert.equal((await book.mesh(['up', book.dir, '--detach', ...book.flags])).code, 0)
    for (const more of [[], ['--detach']]) {
      const again = await book.mesh(['up', book.dir, ...more, ...book.flags])
      assert.equal(again.code, 2)
      assert.match(again.stderr, /^error\[MW8005\]: .* is already up, as process \d+\n = help: .*status.*down/)
    }
    assert.equal((await getPage(book.url)).status, 200)
  })

  it('is nothing where Envoy does not start: its last words are printed', async () => {
    const envoy = join(book.dir, '..', 'envoy')
    const script =
      '#!/bin/sh\n[ "$1" = --version ] && echo "envoy  version: 0/1.40.0/x" && exit\necho "cannot map memory" >&2\nexit 1\n'
    writeFileSync(envoy, script, { mode: 0o755 })
    const up = await book.mesh(['up', book.dir, '--detach', '--envoy', envoy, ...book.flags])
    assert.equal(up.code, 2)
    assert.match(up.stderr, /MW8004\]: Envoy at .* does not start: .*exit code 1/)
    assert.match(up.stderr, /note: cannot map memory/)
    assert.equal(liveHolder(book.state), undefined)
  })

  it('is nothing where a key is not on this machine, which is no matter to a check', async () => {
    const file = join(book.dir, 'mesh.ts')
    const good = readFileSync(file, 'utf8')
    const tls = "tls: { certificate: '/no/such/cert.pem', key: '/no/such/key.pem' }"
    writeFileSync(file, good.replace('port: 8080 }', `port: 8080, ${tls} }`))
    const [check, up] = [await book.mesh(['check', book.dir]), await book.mesh(['up', book.dir, ...book.flags])]
    writeFileSync(file, good)
    assert.deepEqual([check.code, check.stdout], [0, 'no findings\n'])
    assert.equal(up.code, 1)
    assert.match(up.stderr, /MW3112\]: Gateway "hello": tls\.key .*: the file \/no\/such\/key\.pem is not there/)
    assert.equal(liveHolder(book.state), undefined)
  })

  it('is nothing where the source has errors: exit code 1, and the place', async () => {
    const file = join(book.dir, 'mesh.ts')
    const good = readFileSync(file, 'utf8')
    writeFileSync(file, good.replace("'greeter'", '5'))
    const up = await book.mesh(['up', book.dir, '--detach', ...book.flags])
    writeFileSync(file, good)
    assert.equal(up.code, 1)
    assert.match(up.stderr, /mesh\.ts:\d+:\d+/)
    assert.equal(liveHolder(book.state), undefined)
  })
})
