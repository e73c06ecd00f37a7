/** Which replica writes, when networks stall, clocks differ and replicas come and go. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { LeaseHolder, writeTimeoutMs } from '../../src/cluster/lease.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { eventually } from '../support/xds-server.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const durationMs = 2000

interface Replica {
  readonly holder: LeaseHolder
  readonly proxy: FaultProxy
  /** `gained` and `lost`, as it was told. */
  readonly told: string[]
}

interface Lease {
  readonly metadata: { readonly resourceVersion: string }
  readonly spec: { readonly holderIdentity?: string; readonly leaseTransitions?: number }
}

describe('the lease that lets one replica write', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let space = ''
  const replicas: Replica[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
  })
  after(() => api?.stop())
  beforeEach(async () => {
    space = await makeNamespace(admin)
  })
  afterEach(async () => {
    for (const { proxy } of replicas) proxy.isStalled = false
    await Promise.all(replicas.map(({ holder }) => holder.stop()))
    for (const { proxy } of replicas.splice(0)) await proxy[Symbol.asyncDispose]()
  })

  /** A replica with a network of its own. */
  async function start(identity: string): Promise<Replica> {
    const proxy = await faultProxyOf(api)
    const told: string[] = []
    const holder = new LeaseHolder({
      client: api.client({ url: proxy.url }),
      namespace: space,
      name: 'mesh-agent',
      identity,
      durationMs,
      onGained: () => told.push('gained'),
      onLost: () => told.push('lost'),
    })
    const replica = { holder, proxy, told }
    replicas.push(replica)
    holder.start()
    return replica
  }

  const path = () => `/apis/coordination.k8s.io/v1/namespaces/${space}/leases`
  const lease = async () => (await admin.call('GET', `${path()}/mesh-agent`)) as Lease
  const gains = ({ holder }: Replica, ms?: number) => eventually('a holder', () => holder.isHolder, ms)

  /** What another replica would write, with another clock. */
  async function renewAs(identity: string, clockMs: number): Promise<void> {
    const renewTime = new Date(Date.now() + clockMs).toISOString().replace('Z', '000Z')
    const spec = { holderIdentity: identity, leaseDurationSeconds: durationMs / 1000, renewTime }
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'mesh-agent' }, spec }
    const known = await lease().catch(() => undefined)
    if (known === undefined) await admin.call('POST', path(), { body })
    else await admin.call('PUT', `${path()}/mesh-agent`, { body: { ...known, spec } })
  }

  it('is held by one of two that start at once, and by that one for as long as it renews', async () => {
    const [a, b] = await Promise.all([start('a'), start('b')])
    await eventually('a holder', () => a.holder.isHolder || b.holder.isHolder)
    const first = a.holder.isHolder ? 'a' : 'b'
    for (const until = performance.now() + 2 * durationMs; performance.now() < until; await sleep(20))
      assert.deepEqual([a.holder.isHolder, b.holder.isHolder], [first === 'a', first === 'b'])
    const { spec } = await lease()
    assert.deepEqual([spec.holderIdentity, spec.leaseTransitions], [first, 0])
    assert.deepEqual([...a.told, ...b.told], ['gained'])
  })

  it('ends for a holder that can not renew it, before another one takes it; it comes back and does not write', async () => {
    const a = await start('a')
    await gains(a)
    const b = await start('b')
    let renewedAt = performance.now()
    a.proxy.judge = ({ method }) => {
      if (method === 'PUT') renewedAt = performance.now()
      return undefined
    }
    await sleep(durationMs)
    a.proxy.isStalled = true
    const both: boolean[] = []
    let [lostAt, gainedAt] = [0, 0]
    await eventually(
      'the other one',
      () => {
        both.push(a.holder.isHolder && b.holder.isHolder)
        if (lostAt === 0 && !a.holder.isHolder) lostAt = performance.now()
        if (b.holder.isHolder) gainedAt = performance.now()
        return b.holder.isHolder
      },
      10 * (durationMs + writeTimeoutMs),
    )
    assert.ok(!both.includes(true), 'never both')
    assert.ok(lostAt - renewedAt <= durationMs + 500, `lost after ${lostAt - renewedAt} ms`)
    assert.ok(gainedAt - renewedAt >= durationMs + writeTimeoutMs, `gained after ${gainedAt - renewedAt} ms`)
    a.proxy.isStalled = false
    const seen = a.proxy.asked.length
    await eventually('it asks again', () => a.proxy.asked.length >= seen + 3, 60_000)
    assert.ok(!a.holder.isHolder)
    assert.deepEqual(a.told, ['gained', 'lost'])
    assert.equal(a.proxy.asked.slice(seen).filter(({ method }) => method !== 'GET').length, 0)
    const { spec } = await lease()
    assert.deepEqual([spec.holderIdentity, spec.leaseTransitions], ['b', 1])
  })

  it('is not taken back by a renewal that was under way all the while', async () => {
    const a = await start('a')
    await gains(a)
    let held = () => {}
    let isHeld = false
    a.proxy.judge = async ({ method }) => {
      if (method !== 'PUT' || isHeld) return undefined
      isHeld = true
      await new Promise<void>(resolve => {
        held = resolve
      })
      return undefined
    }
    await eventually('a renewal on its way', () => isHeld)
    // Meanwhile it has become another's.
    await renewAs('b', 0)
    const before = await lease()
    held()
    await sleep(durationMs)
    const { metadata, spec } = await lease()
    assert.equal(spec.holderIdentity, 'b')
    assert.equal(metadata.resourceVersion, before.metadata.resourceVersion)
    assert.ok(!a.holder.isHolder)
  })

  it('is given back by a holder that ends, which writes nothing from then on', async () => {
    const a = await start('a')
    await gains(a)
    const b = await start('b')
    await sleep(durationMs / 2)
    const stopped = a.holder.stop()
    assert.ok(!a.holder.isHolder, 'at once, not only when the server has answered')
    await stopped
    const from = performance.now()
    await gains(b)
    assert.ok(performance.now() - from < durationMs + writeTimeoutMs, 'before the lease would have run out')
  })

  it('is given back only when what its holder was writing is over', async () => {
    const a = await start('a')
    await gains(a)
    const stopped = a.holder.stop(sleep(1000))
    await sleep(500)
    assert.equal((await lease()).spec.holderIdentity, 'a')
    await stopped
    assert.equal((await lease()).spec.holderIdentity ?? '', '')
  })

  it('holds up no replica that ends while the API server is gone', async () => {
    const a = await start('a')
    await gains(a)
    a.proxy.isStalled = true
    await sleep(durationMs / 2)
    const from = performance.now()
    await a.holder.stop()
    assert.ok(performance.now() - from < 10_000)
  })

  it('survives a server that fails for a moment', async () => {
    const a = await start('a')
    await gains(a)
    const from = performance.now()
    a.proxy.judge = ({ at }) => (at < from + 600 ? { kind: 'reset' } : undefined)
    while (performance.now() < from + 2 * durationMs) {
      assert.ok(a.holder.isHolder)
      await sleep(20)
    }
    assert.deepEqual(a.told, ['gained'])
  })

  for (const [minutes, which] of [
    [-5, 'behind'],
    [5, 'ahead of'],
  ] as const)
    it(`is not taken from a holder whose clock is 5 minutes ${which} ours, and is once it has gone`, async () => {
      const skew = minutes * 60_000
      await renewAs('other', skew)
      const a = await start('a')
      for (const until = performance.now() + 3 * durationMs; performance.now() < until; await sleep(500)) {
        await renewAs('other', skew)
        assert.ok(!a.holder.isHolder)
      }
      const from = performance.now()
      await gains(a, 10 * (durationMs + writeTimeoutMs))
      assert.ok(performance.now() - from >= durationMs + writeTimeoutMs - 1000)
    })

  it('is none any more after the machine was suspended, when only the wall clock went on', async t => {
    const a = await start('a')
    await gains(a)
    const { now } = Date
    t.mock.method(Date, 'now', () => now() + 60_000)
    assert.ok(!a.holder.isHolder)
  })
})
