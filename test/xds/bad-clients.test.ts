import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { XdsServer } from '../../src/xds/server.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { edsCluster } from '../support/envoy-json.ts'
import { chain, snapshotOf } from '../support/snapshots.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

const { cluster, endpoint, listener } = typeUrl
const snapshot = chain('r1', ['a'])

/** A well-behaved proxy is served as if nothing had happened. */
async function assertServes(server: TestServer, expected = server.snapshot): Promise<void> {
  const good = server.client('delta')
  good.send({ typeUrl: cluster, nodeId: nodeId.replace('web-1', 'good-1') })
  assert.equal((await good.next()).resources.length, expected.types[cluster]!.size)
}

for (const protocol of ['sotw', 'delta'] as const)
  describe(`a bad ${protocol} client`, () => {
    it('that sends garbage loses its stream, with INVALID_ARGUMENT', async () => {
      await using server = await TestServer.start(snapshot)
      const client = server.client(protocol)
      client.sendBytes(Buffer.from('this is no protobuf message'))
      const { status, message } = await client.ended
      assert.equal(status, 3)
      assert.match(message, /no (sotw|delta) discovery request/)
      await assertServes(server)
    })

    const ids = [
      '',
      'envoy-1',
      'sidecar~1.2.3.4~web~domain',
      'proxy~1.2.3.4~web.default~domain',
      'sidecar~~web.default~d',
      `sidecar~1~${'x'.repeat(2000)}.default~d`,
      'sidecar~1~a.b~c~d',
    ]
    it('whose node id has another form is told the expected one', async () => {
      await using server = await TestServer.start(snapshot)
      for (const id of ids) {
        const client = server.client(protocol)
        client.send({ typeUrl: cluster, nodeId: id })
        const { status, message } = await client.ended
        assert.equal(status, 3, id)
        assert.match(message, /sidecar~IP~NAME\.NAMESPACE~DOMAIN/)
      }
    })

    it('that names no node is told to', async () => {
      await using server = await TestServer.start(snapshot)
      const client = server.client(protocol)
      client.send({ typeUrl: cluster })
      assert.match((await client.ended).message, /has to name its node/)
    })

    it('that names 100,000 resources gets RESOURCE_EXHAUSTED, at once or bit by bit', async () => {
      await using server = await TestServer.start(snapshot)
      const names = Array.from({ length: 100_000 }, (_, index) => `name-${index}`)
      const atOnce = server.client(protocol)
      atOnce.send({ typeUrl: endpoint, nodeId, names })
      assert.equal((await atOnce.ended).status, 8)
      if (protocol === 'delta') {
        const slowly = server.client(protocol)
        for (let at = 0; at < names.length; at += 20_000)
          slowly.send({ typeUrl: endpoint, nodeId, names: names.slice(at, at + 20_000) })
        assert.equal((await slowly.ended).status, 8)
      }
      await assertServes(server)
    })

    it('that sends a longer message than it may gets RESOURCE_EXHAUSTED before the message is read', async () => {
      await using server = await TestServer.start(snapshot, { limits: { receiveBytes: 1000 } })
      const client = server.client(protocol)
      client.stream.write(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]))
      assert.equal((await client.ended).status, 8)
    })

    it('that compresses gets UNIMPLEMENTED', async () => {
      await using server = await TestServer.start(snapshot)
      const client = server.client(protocol)
      client.stream.write(Buffer.from([1, 0, 0, 0, 1, 0]))
      assert.equal((await client.ended).status, 12)
    })

    it('that says nothing loses its stream', async () => {
      await using server = await TestServer.start(snapshot, { limits: { firstRequestMs: 50, sendTimeoutMs: 200 } })
      assert.equal((await server.client(protocol).ended).status, 3)
    })

    it('that opens many streams and says nothing keeps no other one out, and is kept to its number', async () => {
      await using server = await TestServer.start(snapshot, { limits: { streams: 2, strangers: 5 } })
      const silent = Array.from({ length: 5 }, () => server.client(protocol))
      await eventually('they are open', () => server.server.strangers === 5)
      const { status, message } = await server.client(protocol).ended
      assert.deepEqual([status, message], [8, 'too many streams of this address have not said whose they are'])
      silent[0]!.close()
      await eventually('one is gone', () => server.server.strangers === 4)
      await assertServes(server)
    })

    it('that opens a connection and no stream loses it', async () => {
      await using server = await TestServer.start(snapshot, { limits: { firstRequestMs: 100 } })
      const { host, port } = server.address as { host: string; port: number }
      const session = connectHttp2(`http://${host}:${port}`)
      session.on('error', () => {})
      await new Promise(resolve => session.once('close', resolve))
      await assertServes(server)
    })

    it('that never reads is dropped, and others are served meanwhile', async () => {
      // Enough not to fit into the windows and the buffers of the sockets.
      const names = Array.from({ length: 3000 }, (_, index) => `${'long-'.repeat(400)}${index}`)
      const large = snapshotOf('r1', { clusters: names.map(name => edsCluster(name)) })
      // Others get what fits: on a busy machine they may take longer than this limit for as much.
      await using server = await TestServer.start(large, {
        assign: ({ name }) => ({ snapshot: name === 'good-1' ? snapshot : large }),
        limits: { sendTimeoutMs: 300 },
      })
      const client = server.client(protocol)
      client.stream.pause()
      client.send({ typeUrl: cluster, nodeId })
      await eventually('sent', () => server.of('sent')[0])
      await assertServes(server, snapshot)
      const { reason } = await eventually('dropped', () => server.of('refused')[0])
      assert.match(reason, /unread/)
      const isListed = () => server.server.proxies().some(({ node }) => node.id === nodeId)
      await eventually('forgotten', () => !isListed())
    })

    it('without the right token is refused', async () => {
      await using server = await TestServer.start(snapshot, {
        authenticate: token => (token === 'right' ? {} : { refuse: 'the token is not this proxy’s' }),
      })
      const wrong = server.client(protocol, { authorization: 'Bearer wrong' })
      wrong.send({ typeUrl: cluster, nodeId })
      assert.deepEqual(await wrong.ended, { status: 16, message: 'the token is not this proxy’s' })
      const right = server.client(protocol, { authorization: 'Bearer right' })
      right.send({ typeUrl: cluster, nodeId })
      assert.equal((await right.next()).typeUrl, cluster)
    })

    it('is served once it is known who it is, and what it asks meanwhile is not lost', async () => {
      const known = Promise.withResolvers<void>()
      await using server = await TestServer.start(snapshot, { authenticate: () => known.promise.then(() => ({})) })
      const client = server.client(protocol)
      client.send({ typeUrl: cluster, nodeId })
      client.send({ typeUrl: listener })
      await new Promise(resolve => setTimeout(resolve, 50))
      assert.deepEqual(server.of('connected'), [])
      known.resolve()
      const clusters = await client.next()
      assert.equal(clusters.typeUrl, cluster)
      client.ack(clusters)
      assert.equal((await client.next()).typeUrl, listener)
    })

    it('has its stream ended before its token expires, and when it is no longer who it was', async () => {
      await using server = await TestServer.start(snapshot, {
        authenticate: token => (token === 'short' ? { expiresAt: Date.now() + 500 } : {}),
      })
      const short = server.client(protocol, { authorization: 'Bearer short' })
      short.send({ typeUrl: cluster, nodeId })
      const started = performance.now()
      assert.equal((await short.ended).status, 14)
      assert.ok(performance.now() - started > 300)
      const other = server.client(protocol)
      other.send({ typeUrl: cluster, nodeId })
      await other.next()
      server.server.endStreams('the pod is gone', ({ name }) => name === 'web-1')
      assert.deepEqual(await other.ended, { status: 16, message: 'the pod is gone' })
    })

    it('that the mesh does not know is told so, when it connects and when it leaves the mesh', async () => {
      let isKnown = false
      await using server = await TestServer.start(snapshot, {
        assign: ({ name }) => (isKnown ? { snapshot } : { refuse: `the mesh has no workload ${name}` }),
      })
      const unknown = server.client(protocol)
      unknown.send({ typeUrl: cluster, nodeId })
      assert.deepEqual(await unknown.ended, { status: 5, message: 'the mesh has no workload web-1' })
      isKnown = true
      const known = server.client(protocol)
      known.send({ typeUrl: cluster, nodeId })
      await known.next()
      isKnown = false
      server.server.push()
      assert.equal((await known.ended).status, 5)
    })

    it('is one too many where streams are limited', async () => {
      await using server = await TestServer.start(snapshot, { limits: { streams: 1 } })
      const first = server.client(protocol)
      first.send({ typeUrl: cluster, nodeId })
      await first.next()
      assert.equal((await server.client(protocol).ended).status, 8)
    })
  })

describe('a peer', () => {
  it('that speaks no HTTP/2 loses its connection, and others are served', async () => {
    await using server = await TestServer.start(snapshot)
    const { port } = server.address as { port: number }
    for (const text of ['GET / HTTP/1.1\r\nhost: x\r\n\r\n', '\0\0\0\0garbage'.repeat(20)]) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      const closed = new Promise(resolve => socket.once('close', resolve))
      socket.resume()
      socket.write(text)
      await closed
    }
    await assertServes(server)
  })

  it('that answers no ping loses its connection', async () => {
    await using server = await TestServer.start(snapshot, { limits: { pingMs: 60 } })
    const { port } = server.address as { port: number }
    const socket = connect(port, '127.0.0.1')
    socket.resume()
    const closed = new Promise(resolve => socket.once('close', resolve))
    // The preface and an empty SETTINGS frame, and then not a byte more.
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1')
    await closed
  })

  it('that calls another service is told which one there is', async () => {
    await using server = await TestServer.start(snapshot)
    const { port } = server.address as { port: number }
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    const answer = (headers: { [name: string]: string }) =>
      new Promise<{ [name: string]: unknown }>(resolve =>
        session.request(headers, { endStream: true }).once('response', resolve),
      )
    const grpc = await answer({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
    })
    assert.equal(grpc['grpc-status'], '12')
    assert.equal((await answer({ ':path': '/' }))[':status'], 415)
    session.destroy()
  })
})

describe('listening', () => {
  it('on a Unix socket is for its owner alone, and takes over a dead one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-xds-'))
    try {
      const path = join(folder, 'xds.sock')
      {
        await using server = await TestServer.start(snapshot, {}, { path })
        assert.equal(statSync(path).mode & 0o777, 0o600)
        await assertServes(server)
        await assert.rejects(new XdsServer({ assign: () => ({ snapshot }) }).listen({ path }), { code: 'EADDRINUSE' })
        await assertServes(server)
      }
      await leaveDeadSocket(path)
      await using server = await TestServer.start(snapshot, {}, { path })
      await assertServes(server)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('does not take away a file that is no socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-xds-'))
    try {
      const path = join(folder, 'file')
      writeFileSync(path, 'precious')
      chmodSync(path, 0o644)
      const server = new XdsServer({ assign: () => ({ snapshot }) })
      await assert.rejects(server.listen({ path }), { code: 'EADDRINUSE' })
      assert.ok(statSync(path).isFile())
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** A socket file as a killed process leaves it: moved away while it is closed, so that nobody removes it. */
async function leaveDeadSocket(path: string): Promise<void> {
  const { renameSync } = await import('node:fs')
  const server = createServer()
  await new Promise<void>(resolve => server.listen(`${path}.alive`, resolve))
  renameSync(`${path}.alive`, path)
  await new Promise(resolve => server.close(resolve))
}
