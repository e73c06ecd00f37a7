/** `mesh serve` and who connects to it: Envoys that follow edits, clients that refuse, and some that never read. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { connect, type NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { stateFolders } from '../../src/local/state/state-folder.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { writeServiceFile } from '../bench/synthetic-mesh.ts'
import { getPage } from '../local/ask.ts'
import { eventually, tempState } from '../local/temp-state.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { XdsClient } from '../support/xds-client.ts'
import { nodeId } from '../support/xds-server.ts'
import { meshIn, startMesh } from './run-mesh.ts'

/** A mesh that is served from a folder of its own, once `write` has filled that. */
async function serve(write: (dir: string) => void) {
  const { dir, env, remove } = tempState()
  write(dir)
  const started = startMesh(dir, ['serve', '--xds', '127.0.0.1:0'], env)
  const { stderr } = started
  const dispose = async () => {
    started.child.kill('SIGKILL')
    await started.ended
    remove()
  }
  try {
    const port = await eventually(
      'it serves',
      () => Number(/ on 127\.0\.0\.1:(\d+);/.exec(stderr())?.[1] ?? 0) || false,
    )
    const xds = { host: '127.0.0.1', port }
    return { ...started, dir, env, xds, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw new Error(stderr(), { cause: error })
  }
}

/** One service on a port, which the mesh itself answers for. */
const answering = (port: number, body: string) => `import { otherwise, route, service } from 'meshwright'
export const greeter = service('greeter', { port: ${port} })
export const answer = route(greeter, [otherwise.respond(200, ${body})])
`

describe('a client of mesh serve', () => {
  it('that is an Envoy follows each edit, and no broken one', { skip: withoutEnvoy }, async () => {
    const port = await freePort()
    await using served = await serve(dir => writeFileSync(join(dir, 'mesh.ts'), answering(port, "'one'")))
    const save = (body: string) => writeFileSync(join(served.dir, 'mesh.ts'), answering(port, body))
    await using _ = new TestEnvoy({ protocol: 'delta', xds: served.xds, nodeId })
    const answer = async () => (await getPage(`http://127.0.0.1:${port}/`, { host: 'greeter' })).body
    await eventually('the first answer', async () => (await answer()) === 'one')
    const accepted = () => [...served.stderr().matchAll(/^web-1\.default accepted \w+ after \d+ ms$/gm)].length
    await eventually('its acceptance is printed', () => accepted() === 1)
    save("'two'")
    await eventually('the edit', async () => (await answer()) === 'two')
    await eventually('its acceptance is printed, too', () => accepted() === 2)
    save('2')
    await eventually('the mistake is printed', () => /^error\[MW1011\].*\n *--> mesh\.ts:3:\d+$/m.test(served.stderr()))
    assert.equal(await answer(), 'two')
    save("'three'")
    await eventually('the mended edit', async () => (await answer()) === 'three')
    assert.equal(await served.stop(), 0)
    assert.equal(await answer(), 'three', 'the Envoy goes on')
  })

  it('that refuses is named, with the author’s line', async () => {
    await using served = await serve(dir => writeFileSync(join(dir, 'mesh.ts'), answering(8000, "'one'")))
    const client = new XdsClient(served.xds, 'delta')
    try {
      client.send({ typeUrl: typeUrl.route, nodeId, names: ['8000'] })
      const { nonce } = await client.next()
      client.send({ typeUrl: typeUrl.route, nonce, error: '8000: not today' })
      const refusal =
        /^error\[MW6001\]: proxy "web-1\.default" rejected RouteConfiguration "8000": 8000: not today\n *--> mesh\.ts:3:\d+$/m
      await eventually('the refusal is printed', () => refusal.test(served.stderr()))
    } finally {
      client.close()
    }
  })

  it('that never reads, or never speaks, does not keep it from ending', async () => {
    await using served = await serve(dir => writeServiceFile(dir, 300))
    const [state] = stateFolders(served.dir, served.env, 'serve')
    const sockets: Disposable[] = []
    const open = (to: NetConnectOpts, bytes: string) => {
      const socket = connect({ ...to, allowHalfOpen: true }).on('error', () => {})
      socket.pause()
      socket.write(bytes, 'latin1')
      sockets.push({ [Symbol.dispose]: () => socket.destroy() })
    }
    const paused = new XdsClient(served.xds, 'delta')
    try {
      // More than the stream's window holds.
      paused.stream.pause()
      paused.send({ typeUrl: typeUrl.cluster, nodeId })
      await eventually('it is connected', () => served.stderr().includes('web-1.default connected'))
      open(served.xds, '')
      open(served.xds, 'PRI')
      // The preface and an empty SETTINGS frame, and then not a byte more.
      open(served.xds, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0')
      open({ path: state.controlSocket }, 'GET /status HTTP/1.1\r\n')
      // Connections are taken in order: once these are answered, the ones before have been taken.
      const last = new XdsClient(served.xds, 'sotw')
      last.send({ typeUrl: typeUrl.cluster, nodeId: nodeId.replace('web-1', 'web-2') })
      await last.next()
      last.close()
      assert.match((await meshIn(served.dir, ['proxies'], served.env)).stdout, /^web-1\.default /m)
      const started = performance.now()
      assert.equal(await served.stop(), 0)
      console.log(`# ended after ${Math.round(performance.now() - started)} ms`)
    } finally {
      paused.close()
      for (const socket of sockets) socket[Symbol.dispose]()
    }
  })
})
