/** Many proxies that come at once: each gets in, a few at a time, and nobody who is in waits for those who are not. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { edsCluster, loadAssignment, tcpListener } from '../support/envoy-json.ts'
import { snapshotOf } from '../support/snapshots.ts'
import type { XdsClient } from '../support/xds-client.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

const { listener } = typeUrl
const snapshot = snapshotOf('r1', { listeners: [tcpListener('l', 18_080, 'c')] })
const idOf = (index: number) => nodeId.replace('web-1', `web-${index}`)

/** A server that lets two in at a time, and clients that ask it for listeners and accept nothing by themselves. */
async function start(limits: { readonly joinMs?: number; readonly admissionMs?: number } = {}) {
  const server = await TestServer.start(snapshot, {
    limits: { joining: 2, joinMs: 60_000, admissionMs: 60_000, ...limits },
  })
  const ask = (index: number): XdsClient => {
    const client = server.client('delta')
    client.send({ typeUrl: listener, nodeId: idOf(index) })
    return client
  }
  /** Two that have got what they asked for and not accepted it, with what the first got; and one that waits behind them. */
  const crowd = async () => {
    const joining = [ask(1), ask(2)] as const
    const [got, other] = await Promise.all([joining[0].next(), joining[1].next()])
    const third = ask(3)
    assert.ok(await third.isSilent(100), 'two others are joining')
    return { joining, got, other, third }
  }
  return { server, ask, crowd }
}

describe('proxies that come at once', () => {
  it('wait for their turn, which comes when another has accepted what it got', async () => {
    const { server, crowd } = await start()
    await using _ = server
    const { joining, got, third } = await crowd()
    assert.ok(await third.isSilent(200), 'two others are joining')
    joining[0].ack(got)
    assert.equal((await third.next()).resources.length, 1)
  })

  it('need not ask for the secrets that they are told of: one that never does keeps nobody waiting', async () => {
    const tls = {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      common_tls_context: { tls_certificate_sds_secret_configs: [{ name: 'default', sds_config: { ads: {} } }] },
    }
    const clusters = [edsCluster('c', { transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: tls } })]
    const whole = { clusters, endpoints: [loadAssignment('c')], listeners: [tcpListener('l', 18_080, 'c')] }
    const server = await TestServer.start(snapshotOf('r1', whole), {
      limits: { joining: 1, joinMs: 60_000, admissionMs: 60_000 },
    })
    await using _ = server
    const first = server.client('delta')
    first.send({ typeUrl: typeUrl.cluster, nodeId: idOf(1) })
    first.ack(await first.next())
    const second = server.client('delta')
    second.send({ typeUrl: typeUrl.cluster, nodeId: idOf(2) })
    assert.ok(await second.isSilent(100), 'the first has not asked for its listeners')
    first.send({ typeUrl: listener })
    first.ack(await first.next())
    assert.ok(await second.isSilent(100), 'nor for its endpoints')
    first.send({ typeUrl: typeUrl.endpoint, names: ['c'] })
    const endpoints = await first.next()
    assert.ok(await second.isSilent(100), 'nor accepted them')
    first.ack(endpoints)
    await second.next()
    assert.deepEqual(server.of('synced'), [], 'which is not all of what it is told of')
  })

  it('come in in their order', async () => {
    const { server, ask, crowd } = await start()
    await using _ = server
    const { joining, got, other, third } = await crowd()
    const fourth = ask(4)
    assert.ok(await fourth.isSilent(100))
    joining[0].ack(got)
    await third.next()
    assert.ok(await fourth.isSilent(100))
    joining[1].ack(other)
    await fourth.next()
  })

  it('get the place of one that goes', async () => {
    const { server, crowd } = await start()
    await using _ = server
    const { joining, third } = await crowd()
    joining[0].close()
    await third.next()
  })

  it('are not held up for long by one that never accepts what it gets', async () => {
    const { server, ask } = await start({ joinMs: 500 })
    await using _ = server
    await Promise.all([ask(1), ask(2)].map(client => client.next()))
    await ask(3).next()
  })

  it('are told to come again where it takes too long', async () => {
    const { server, ask } = await start({ admissionMs: 300 })
    await using _ = server
    await Promise.all([ask(1), ask(2)].map(client => client.next()))
    const { status, message } = await ask(3).ended
    assert.deepEqual([status, message], [14, '2 other proxies are joining: come again'])
  })

  it('are forgotten where they go before their turn', async () => {
    const { server, ask, crowd } = await start()
    await using _ = server
    const { joining, got, third } = await crowd()
    third.close()
    const fourth = ask(4)
    assert.ok(await fourth.isSilent(100))
    joining[0].ack(got)
    await fourth.next()
    assert.equal(server.of('connected').length, 3)
  })

  it('are ended while they wait, where they are nobody any more', async () => {
    const { server, ask, crowd } = await start()
    await using _ = server
    const { joining, got, third } = await crowd()
    server.server.endStreams('the pod is gone', ({ id }) => id === idOf(3))
    const { status, message } = await third.ended
    assert.deepEqual([status, message], [16, 'the pod is gone'])
    joining[0].ack(got)
    const fourth = ask(4)
    await fourth.next()
    assert.deepEqual(third.queue, [])
  })

  it('keep nothing from one that is in: what is new goes to it at once', async () => {
    const { server, ask } = await start()
    await using _ = server
    const first = ask(1)
    first.ack(await first.next())
    await eventually('in', () => server.of('synced')[0])
    await Promise.all([ask(2), ask(3)].map(client => client.next()))
    const waiting = ask(4)
    server.push(snapshotOf('r2', { listeners: [tcpListener('l', 18_081, 'c')] }))
    assert.ok((await first.next()).resources.length > 0)
    assert.ok(await waiting.isSilent(100))
  })
})
