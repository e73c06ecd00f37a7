import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { type Snapshot, typeUrl } from '../../src/xds/snapshot.ts'
import { edsCluster, httpListener, loadAssignment, routeTo } from '../support/envoy-json.ts'
import { chain, snapshotOf } from '../support/snapshots.ts'
import type { Received, XdsClient } from '../support/xds-client.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

const { cluster, endpoint, listener, route, secret } = typeUrl
const codec = loadCodec()

/** Names of what a response brings, in order of the alphabet. */
function names({ resources }: Received): string[] {
  return resources
    .map(({ body }) => codec.decode('google.protobuf.Any', body) as { name?: string; cluster_name?: string })
    .map(json => json.name ?? json.cluster_name ?? '')
    .sort()
}

/** Subscribes to clusters, endpoints, listeners and routes as Envoy does, and accepts all. */
async function sync(
  client: XdsClient,
  want: { readonly endpoints: readonly string[]; readonly routes: readonly string[] },
): Promise<void> {
  const wanted = [
    [cluster, []],
    [endpoint, want.endpoints],
    [listener, []],
    [route, want.routes],
  ] as const
  for (const [index, [url, subscribed]] of wanted.entries()) {
    client.send({ typeUrl: url, names: subscribed, ...(index === 0 ? { nodeId } : {}) })
    if (index % 2 === 1 && subscribed.length === 0) continue
    client.ack(await client.next(), subscribed)
  }
}

for (const protocol of ['sotw', 'delta'] as const)
  describe(`a ${protocol} stream`, () => {
    const connect = async (snapshot: Snapshot) => {
      const server = await TestServer.start(snapshot)
      return { server, client: server.client(protocol), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
    }

    it('is answered in full, and is synced once all that is named has been accepted', async () => {
      await using it = await connect(chain('r1', ['a', 'b']))
      it.client.send({ typeUrl: cluster, nodeId })
      const clusters = await it.client.next()
      assert.deepEqual(names(clusters), ['a', 'b'])
      it.client.ack(clusters)
      it.client.send({ typeUrl: endpoint, names: ['a', 'b'] })
      const endpoints = await it.client.next()
      it.client.ack(endpoints, ['a', 'b'])
      it.client.send({ typeUrl: listener })
      it.client.ack(await it.client.next())
      assert.ok(await it.client.isSilent())
      assert.equal(it.server.of('synced').length, 0, 'the route that the listener names has not been accepted')
      it.client.send({ typeUrl: route, names: ['r'] })
      it.client.ack(await it.client.next(), ['r'])
      await eventually('synced', () => it.server.of('synced')[0])
      assert.equal(it.server.server.proxies()[0]?.isSynced, true)
      assert.equal(it.server.server.revision('r1')?.proxies[0]?.outcome, 'accepted')
      assert.equal(it.server.server.resources(nodeId)?.length, 2 + 2 + 3 + 1)
    })

    it('is sent nothing for a revision of equal content', async () => {
      await using it = await connect(chain('r1', ['a']))
      await sync(it.client, { endpoints: ['a'], routes: ['r'] })
      await eventually('synced', () => it.server.of('synced')[0])
      it.server.push(chain('r2', ['a']))
      await eventually('synced again', () => it.server.of('synced').find(({ revision }) => revision === 'r2'))
      assert.ok(await it.client.isSilent())
      assert.equal(it.server.server.revision('r2')?.proxies[0]?.outcome, 'unconcerned')
    })

    it('gets endpoints right after a changed cluster, without an ACK between (C4.1, C4.2)', async () => {
      await using it = await connect(chain('r1', ['a', 'b']))
      await sync(it.client, { endpoints: ['a', 'b'], routes: ['r'] })
      const next = snapshotOf('r2', {
        clusters: [edsCluster('a', { connect_timeout: '3s' }), edsCluster('b')],
        endpoints: [loadAssignment('a', 9), loadAssignment('b', 9)],
      })
      it.server.push({ ...next, types: { ...it.server.snapshot.types, [cluster]: next.types[cluster]! } })
      const [first, second] = [await it.client.next(), await it.client.next()]
      assert.equal(first.typeUrl, cluster)
      assert.equal(second.typeUrl, endpoint)
      assert.deepEqual(names(second), ['a'])
    })

    it('holds back only what names a new cluster, until the ACK', async () => {
      await using it = await connect(chain('r1', ['a', 'b']))
      it.client.send({ typeUrl: cluster, nodeId })
      it.client.ack(await it.client.next())
      it.client.send({ typeUrl: route, names: ['r', 'other'] })
      it.client.ack(await it.client.next(), ['r', 'other'])
      it.server.push(
        snapshotOf('r2', {
          clusters: ['a', 'b', 'c'].map(name => edsCluster(name)),
          routes: [routeTo('r', 'c'), routeTo('other', 'b')],
        }),
      )
      const clusters = await it.client.next()
      assert.equal(clusters.typeUrl, cluster)
      const free = await it.client.next()
      assert.deepEqual(names(free), ['other'])
      it.client.ack(free, ['r', 'other'])
      assert.ok(await it.client.isSilent())
      it.client.ack(clusters)
      assert.deepEqual(names(await it.client.next()), ['r'])
    })

    it('does not wait for a cluster beyond the deadline', async () => {
      await using server = await TestServer.start(chain('r1', ['a']), { cdsAckDeadlineMs: 150 })
      const client = server.client(protocol)
      client.send({ typeUrl: cluster, nodeId })
      client.ack(await client.next())
      client.send({ typeUrl: route, names: ['r'] })
      client.ack(await client.next(), ['r'])
      server.push(snapshotOf('r2', { clusters: [edsCluster('a'), edsCluster('dead')], routes: [routeTo('r', 'dead')] }))
      assert.equal((await client.next()).typeUrl, cluster)
      assert.deepEqual(names(await client.next()), ['r'])
      // A cluster that never gets warm does not block later changes either.
      server.push(
        snapshotOf('r3', {
          clusters: [edsCluster('a'), edsCluster('dead'), edsCluster('more')],
          routes: [routeTo('r', 'dead')],
        }),
      )
      assert.ok(names(await client.next()).includes('more'))
    })

    it('loses a cluster only after the route has gone elsewhere', async () => {
      await using it = await connect(chain('r1', ['a', 'b']))
      await sync(it.client, { endpoints: ['a', 'b'], routes: ['r'] })
      it.server.push(
        snapshotOf('r2', {
          clusters: [edsCluster('b')],
          endpoints: [loadAssignment('b', 9)],
          listeners: [httpListener('l', 18_080, { rds: 'r' })],
          routes: [routeTo('r', 'b')],
        }),
      )
      const listeners = await it.client.next()
      const routes = await it.client.next()
      assert.deepEqual([listeners.typeUrl, routes.typeUrl], [listener, route])
      assert.ok(await it.client.isSilent(), 'the cluster is still in use')
      it.client.ack(listeners)
      it.client.ack(routes, ['r'])
      const clusters = await it.client.next()
      assert.equal(clusters.typeUrl, cluster)
      if (protocol === 'delta') assert.deepEqual(clusters.removed, ['a'])
      else assert.deepEqual(names(clusters), ['b'])
    })

    it('is answered empty for endpoints and routes that are not there, and waits for a secret', async () => {
      await using it = await connect(snapshotOf('r1', {}))
      it.client.send({ typeUrl: endpoint, names: ['nowhere'], nodeId })
      const endpoints = await it.client.next()
      assert.deepEqual(codec.decode('google.protobuf.Any', endpoints.resources[0]!.body), {
        '@type': endpoint,
        cluster_name: 'nowhere',
      })
      it.client.send({ typeUrl: route, names: ['nowhere'] })
      assert.deepEqual(names(await it.client.next()), ['nowhere'])
      it.client.send({ typeUrl: secret, names: ['nowhere'] })
      if (protocol === 'delta') assert.deepEqual((await it.client.next()).removed, ['nowhere'])
      else assert.ok(await it.client.isSilent())
    })

    it('is answered on its first wildcard request though there is nothing (C4.11)', async () => {
      await using it = await connect(snapshotOf('r1', {}))
      it.client.send({ typeUrl: cluster, nodeId })
      assert.deepEqual((await it.client.next()).resources, [])
      it.client.send({ typeUrl: listener })
      assert.deepEqual((await it.client.next()).resources, [])
    })

    it('records a NACK and does not send the same again', async () => {
      await using it = await connect(chain('r1', ['a']))
      await sync(it.client, { endpoints: ['a'], routes: ['r'] })
      const bad = snapshotOf('r2', { routes: [routeTo('r', 'a', { virtual_hosts: [] })] })
      it.server.push({ ...bad, types: { ...it.server.snapshot.types, [route]: bad.types[route]! } })
      const { nonce, version } = await it.client.next()
      it.client.send({
        typeUrl: route,
        nonce,
        version: '',
        names: protocol === 'sotw' ? ['r'] : [],
        error: 'r: no hosts',
      })
      const nacked = await eventually('nacked', () => it.server.of('nacked')[0])
      assert.deepEqual(nacked.nack, {
        typeUrl: route,
        version,
        message: 'r: no hosts',
        resources: [{ name: 'r', from: ['test/r'] }],
        isAttributed: true,
      })
      assert.equal(it.server.server.revision('r2')?.proxies[0]?.outcome, 'rejected')
      it.server.server.push()
      assert.ok(await it.client.isSilent())
      const good = chain('r3', ['a'])
      it.server.push(good)
      it.client.ack(await it.client.next(), ['r'])
      await eventually('synced', () => it.server.of('synced').find(({ revision }) => revision === 'r3'))
      assert.equal(it.server.server.proxies()[0]?.types.find(type => type.typeUrl === route)?.nack, undefined)
    })

    it('that refuses one of several that it named is sent the others again: it may have taken none', async () => {
      await using it = await connect(chain('r1', ['a', 'b']))
      await sync(it.client, { endpoints: ['a', 'b'], routes: ['r'] })
      it.server.push(chain('r2', ['a', 'b'], () => 10))
      const { nonce } = await it.client.next()
      const all = protocol === 'sotw' ? ['a', 'b'] : []
      it.client.send({ typeUrl: endpoint, nonce, version: '', names: all, error: 'a: nobody there' })
      const again = await it.client.next()
      assert.deepEqual(names(again), ['b'])
      it.client.ack(again, all)
      assert.ok(await it.client.isSilent())
    })

    it('gets what it unsubscribed from and subscribes to again (C2, C3)', async () => {
      await using it = await connect(chain('r1', ['a', 'b']))
      it.client.send({ typeUrl: endpoint, names: ['a', 'b'], nodeId })
      const first = await it.client.next()
      it.client.ack(first, ['a', 'b'])
      const { nonce, version } = first
      it.client.send(
        protocol === 'sotw'
          ? { typeUrl: endpoint, nonce, version, names: ['b'] }
          : { typeUrl: endpoint, unsubscribe: ['a'] },
      )
      assert.ok(await it.client.isSilent())
      it.client.send(
        protocol === 'sotw'
          ? { typeUrl: endpoint, nonce, version, names: ['a', 'b'] }
          : { typeUrl: endpoint, names: ['a'] },
      )
      assert.deepEqual(names(await it.client.next()), ['a'])
    })

    it('has one response of a type in flight, and later pushes merged into the next', async () => {
      await using it = await connect(chain('r1', ['a'], () => 1))
      it.client.send({ typeUrl: endpoint, names: ['a'], nodeId })
      const first = await it.client.next()
      for (const port of [2, 3, 4]) {
        it.server.push(chain(`r${port}`, ['a'], () => port))
        await new Promise(setImmediate)
      }
      assert.ok(await it.client.isSilent())
      it.client.ack(first, ['a'])
      const merged = await it.client.next()
      assert.match(JSON.stringify(codec.decode('google.protobuf.Any', merged.resources[0]!.body)), /"port_value":4/)
      it.client.ack(merged, ['a'])
      assert.ok(await it.client.isSilent())
    })

    it('says nothing to a type that nobody serves, and stays', async () => {
      await using it = await connect(chain('r1', ['a']))
      for (const _ of [1, 2])
        it.client.send({ typeUrl: 'type.googleapis.com/envoy.service.runtime.v3.Runtime', names: ['x'], nodeId })
      it.client.send({ typeUrl: cluster })
      assert.equal((await it.client.next()).typeUrl, cluster)
      assert.equal(it.server.of('unknown-type').length, 1)
    })

    it('counts for its proxy only while it is the newest', async () => {
      await using it = await connect(chain('r1', ['a']))
      it.client.send({ typeUrl: cluster, nodeId })
      await it.client.next()
      const newer = it.server.client(protocol)
      newer.send({ typeUrl: endpoint, names: ['a'], nodeId })
      await newer.next()
      const types = () => it.server.server.proxies().map(proxy => proxy.types.map(({ label }) => label).join())
      assert.deepEqual(types(), ['EDS'])
      it.client.close()
      await eventually('the older is gone', () => it.server.of('disconnected')[0])
      assert.deepEqual(types(), ['EDS'])
      const newest = it.server.client(protocol)
      newest.send({ typeUrl: listener, nodeId })
      await newest.next()
      assert.deepEqual(types(), ['LDS'])
      newest.close()
      await eventually('the one before counts again', () => types()[0] === 'EDS')
    })
  })

describe('a sotw stream', () => {
  it('ignores a nonce that has been overtaken', async () => {
    await using server = await TestServer.start(chain('r1', ['a'], () => 1))
    const client = server.client('sotw')
    client.send({ typeUrl: endpoint, names: ['a'], nodeId })
    const first = await client.next()
    client.ack(first, ['a'])
    server.push(chain('r2', ['a'], () => 2))
    const second = await client.next()
    client.ack(first, ['a', 'b'])
    assert.ok(await client.isSilent(), 'the added name came with a stale nonce')
    client.ack(second, ['a', 'b'])
    assert.deepEqual(names(await client.next()), ['b'])
  })

  it('gets whole sets of clusters, and parts of endpoints', async () => {
    await using server = await TestServer.start(chain('r1', ['a', 'b']))
    const client = server.client('sotw')
    await sync(client, { endpoints: ['a', 'b'], routes: ['r'] })
    server.push(chain('r2', ['a', 'b', 'c'], name => (name === 'b' ? 2 : 9)))
    assert.deepEqual(names(await client.next()), ['a', 'b', 'c'])
    assert.deepEqual(names(await client.next()), ['b'])
  })
})

describe('a delta stream', () => {
  it('that comes back gets what has changed, and is told what is gone', async () => {
    const snapshot = chain('r1', ['a', 'b'])
    await using server = await TestServer.start(snapshot)
    const version = (name: string) => snapshot.types[cluster]!.get(name)!.version
    const client = server.client('delta')
    client.send({ typeUrl: cluster, nodeId, initialVersions: { a: version('a'), b: 'old', gone: 'x' } })
    client.send({ typeUrl: listener })
    const clusters = await client.next()
    assert.deepEqual(names(clusters), ['b'])
    assert.deepEqual(clusters.removed, [])
    client.ack(clusters)
    client.ack(await client.next())
    assert.deepEqual((await client.next()).removed, ['gone'])
  })

  it('that comes back settled gets no endpoints again, and one that may be warming does', async () => {
    const snapshot = chain('r1', ['a'])
    await using server = await TestServer.start(snapshot)
    const held = (url: string, name: string) => ({ [name]: snapshot.types[url]!.get(name)!.version })
    const comeBack = async () => {
      const client = server.client('delta')
      client.send({ typeUrl: cluster, nodeId, initialVersions: held(cluster, 'a') })
      client.ack(await client.next())
      client.send({ typeUrl: endpoint, names: ['a'], initialVersions: held(endpoint, 'a') })
      return client
    }
    const warming = await comeBack()
    assert.deepEqual(names(await warming.next()), ['a'])
    warming.close()
    const first = server.client('delta')
    await sync(first, { endpoints: ['a'], routes: ['r'] })
    await eventually('synced', () => server.of('synced')[0])
    first.close()
    assert.ok(await (await comeBack()).isSilent())
  })

  it('that refused a push is told of removals when it comes back (C4.3)', async () => {
    await using server = await TestServer.start(chain('r1', ['a', 'orphan']))
    const client = server.client('delta')
    client.send({ typeUrl: cluster, nodeId })
    const { nonce } = await client.next()
    client.send({ typeUrl: cluster, nonce, error: 'bad' })
    await eventually('nacked', () => server.of('nacked')[0])
    client.close()
    server.push(chain('r2', ['a']))
    const again = server.client('delta')
    again.send({ typeUrl: cluster, nodeId, initialVersions: { a: server.snapshot.types[cluster]!.get('a')!.version } })
    again.send({ typeUrl: listener })
    again.send({ typeUrl: route, names: [] })
    const first = await again.next()
    again.ack(first)
    const removed = [...first.removed]
    while (!removed.includes('orphan')) {
      const response = await again.next()
      removed.push(...response.removed)
      again.ack(response)
    }
  })

  it('answers a name that is unsubscribed under a wildcard', async () => {
    await using server = await TestServer.start(chain('r1', ['a']))
    const client = server.client('delta')
    client.send({ typeUrl: cluster, nodeId, names: ['*', 'a', 'x'] })
    client.ack(await client.next())
    client.send({ typeUrl: cluster, unsubscribe: ['a', 'x'] })
    const settled = await client.next()
    assert.deepEqual(names(settled), ['a'])
  })
})
