import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import { Failure } from '../../src/diagnostics/failure.ts'
import { assertPortFree, isBindable, portHolder } from '../../src/local/net/port-holder.ts'
import { freePort } from '../support/free-ports.ts'
import { eventually } from './temp-state.ts'

const option = '--gateway-port 8081'

describe('a port', () => {
  it('in use names who holds it, and the remedy', async () => {
    const port = await freePort()
    const script = `require('net').createServer().listen(${port}, '127.0.0.1')`
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' })
    try {
      await eventually('it listens', () => portHolder(port) !== undefined)
      const error = await assertPortFree({ address: '127.0.0.1', port, option }).catch(caught => caught)
      assert.ok(error instanceof Failure, String(error))
      assert.match(
        error.message,
        new RegExp(`^port ${port} on 127.0.0.1 is in use by node \\(pid ${child.pid}: .*node -e `),
      )
      assert.match(error.diagnostics[0]?.help ?? '', /--gateway-port 8081/)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('that is free is left free', async () => {
    const port = await freePort()
    await assertPortFree({ address: '127.0.0.1', port, option })
    await assertPortFree({ address: '127.0.0.1', port, option })
  })

  it('is bindable on 127.0.0.1, and not on an address of another machine', async () => {
    assert.equal(await isBindable('127.0.0.1'), true)
    assert.equal(await isBindable('192.0.2.1'), false)
    if (process.platform === 'linux') assert.equal(await isBindable('127.1.2.3'), true)
  })
})
