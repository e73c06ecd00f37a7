/** What a real Envoy does, scenario by scenario, over this server: each was seen to go wrong with a simpler one. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { colours, type Ground, startScene } from '../support/ads-scene.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { edsCluster, httpListener, loadAssignment, tcpListener } from '../support/envoy-json.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { snapshotOf } from '../support/snapshots.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

const toRed = (ground: Ground) => colours('r1', ground, 'red')

/** A cluster whose name server never answers. */
function deadDns(name: string, port: number): { readonly [field: string]: unknown } {
  const resolver = { socket_address: { protocol: 'UDP', address: '127.0.0.1', port_value: port } }
  const cares = {
    '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
    resolvers: [resolver],
  }
  const endpoint = { endpoint: { address: { socket_address: { address: 'nowhere.test', port_value: 80 } } } }
  return {
    name,
    type: 'STRICT_DNS',
    connect_timeout: '1s',
    typed_dns_resolver_config: { name: 'envoy.network.dns_resolver.cares', typed_config: cares },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
  }
}

for (const protocol of ['sotw', 'delta'] as const)
  describe(`Envoy over ${protocol}`, { skip: withoutEnvoy, concurrency: 3 }, () => {
    it('starts: clusters, then endpoints, then listeners, then routes (C4.6)', async () => {
      await using it = await startScene(protocol, toRed)
      await it.envoy.live()
      await it.until('red')
      await eventually('synced', () => it.server.of('synced')[0])
      const order = [...new Set(it.server.of('sent').map(event => event.typeUrl))]
      assert.deepEqual(order, [typeUrl.cluster, typeUrl.endpoint, typeUrl.listener, typeUrl.route])
      assert.equal(it.server.of('nacked').length, 0)
    })

    it('starts with nothing, at once (C4.11)', async () => {
      await using it = await startScene(protocol, () => snapshotOf('r1', {}))
      await it.envoy.live()
      assert.equal(await it.envoy.stat('cluster_manager.cds.init_fetch_timeout'), 0)
    })

    it('changes a cluster that warms anew, and gets the endpoints that free it (C4.1, C4.2)', async () => {
      await using it = await startScene(protocol, toRed)
      await it.until('red')
      for (const [index, timeout] of ['2s', '3s', '4s'].entries()) {
        const { types } = colours('', it, 'red')
        const changed = snapshotOf(`change-${index}`, {
          clusters: [edsCluster('red', { connect_timeout: timeout }), edsCluster('blue')],
        })
        await it.settle({ ...changed, types: { ...types, [typeUrl.cluster]: changed.types[typeUrl.cluster]! } })
      }
      assert.deepEqual(await it.envoy.dynamic('cluster'), { active: ['blue', 'red'], warming: [] })
      assert.equal(await it.ask(), 'red')
    })

    it('goes on while one cluster never gets warm; only what needs it waits, and not for ever (C4.2)', async () => {
      const dns = createSocket('udp4')
      await new Promise<void>(resolve => dns.bind(0, '127.0.0.1', resolve))
      try {
        await using it = await startScene(protocol, toRed, { cdsAckDeadlineMs: 1500 })
        await it.until('red')
        const stuck = { clusters: [deadDns('dead', dns.address().port)] }
        it.server.push(
          colours('r2', it, 'blue', { ...stuck, listeners: [tcpListener('needs-dead', await freePort(), 'dead')] }),
        )
        await it.until('blue')
        assert.equal(
          it.server.of('acked').filter(event => event.typeUrl === typeUrl.cluster).length,
          1,
          'the clusters are not accepted yet',
        )
        await eventually('the listener comes after the deadline', async () =>
          (await it.envoy.dynamic('listener')).active.includes('needs-dead'),
        )
        // A later change of clusters and routes does not wait for the dead one either.
        it.server.push(
          colours('r3', it, 'green', {
            clusters: [...stuck.clusters, edsCluster('green')],
            endpoints: [loadAssignment('green', it.red)],
          }),
        )
        await it.until('red')
      } finally {
        dns.close()
      }
    })

    it('keeps what was good when it refuses a listener, and takes the good ones beside it (C4.3)', async () => {
      const foreign = createServer()
      const taken = await freePort()
      await new Promise<void>(resolve => foreign.listen(taken, '127.0.0.1', resolve))
      try {
        await using it = await startScene(protocol, toRed)
        await it.until('red')
        const good = tcpListener('good', await freePort(), 'red')
        it.server.push(colours('r2', it, 'blue', { listeners: [good, tcpListener('bad', taken, 'red')] }))
        const { nack } = await eventually('nacked', () => it.server.of('nacked')[0])
        assert.deepEqual(nack.resources, [{ name: 'bad', from: ['test/bad'] }])
        assert.match(nack.message, /Address already in use/)
        await it.until('blue')
        assert.deepEqual((await it.envoy.dynamic('listener')).active, ['good', 'web'])
        assert.equal(it.server.server.revision('r2')?.proxies[0]?.outcome, 'rejected')
        // It is not sent again, whatever else changes.
        await new Promise(resolve => setTimeout(resolve, 300))
        assert.equal(it.server.of('nacked').length, 1)
        it.server.push(
          colours('r3', it, 'red', {
            listeners: [good, tcpListener('bad', taken, 'red'), tcpListener('more', await freePort(), 'red')],
          }),
        )
        await eventually('more', async () => (await it.envoy.dynamic('listener')).active.includes('more'))
        assert.equal(it.server.of('nacked').length, 1)
        await it.settle(colours('r4', it, 'red'))
        assert.deepEqual((await it.envoy.dynamic('listener')).active, ['web'])
      } finally {
        foreign.close()
      }
    })

    it('is rid of what it took from a refused push, also after a new stream (C4.3)', async () => {
      let isKnown = true
      const scene: { current?: TestServer } = {}
      await using it = await startScene(
        protocol,
        toRed,
        {
          assign: () => (isKnown ? { snapshot: scene.current!.snapshot } : { refuse: 'away' }),
        },
        server => {
          scene.current = server
        },
      )
      await it.until('red')
      const broken = edsCluster('broken', { lb_policy: 'CLUSTER_PROVIDED' })
      it.server.push(
        colours('r2', it, 'red', {
          clusters: [edsCluster('orphan'), broken],
          endpoints: [loadAssignment('orphan', 1)],
        }),
      )
      await eventually('nacked', () => it.server.of('nacked')[0])
      await eventually('orphan', async () => (await it.envoy.dynamic('cluster')).active.includes('orphan'))
      isKnown = false
      it.server.server.push()
      await eventually('disconnected', () => it.server.of('disconnected')[0])
      isKnown = true
      it.server.snapshot = colours('r3', it, 'blue')
      await it.until('blue')
      await eventually('no orphan', async () => !(await it.envoy.dynamic('cluster')).active.includes('orphan'))
    })

    it('is answered empty for what is not there, instead of warming for ever (C4.4)', async () => {
      await using it = await startScene(protocol, ({ port }) =>
        snapshotOf('r1', { clusters: [edsCluster('lost')], listeners: [httpListener('web', port, { rds: 'lost' })] }),
      )
      await it.envoy.live()
      await it.until(404)
      await it.settle(colours('r2', it, 'red'))
      await it.until('red')
    })

    it('serves on while the server is away, and takes the rest when it is back (C4.5)', async () => {
      await using it = await startScene(protocol, toRed)
      await it.until('red')
      await eventually('synced', () => it.server.of('synced')[0])
      await it.server.server.close()
      assert.equal(await it.ask(), 'red')
      await using again = await TestServer.start(toRed(it), {}, it.address)
      await eventually('back and synced', () => again.of('synced')[0])
      if (protocol === 'delta') {
        // What it has is known by its versions; endpoints come all the same, for a cluster might be warming.
        const changed = again.of('sent').map(event => [event.typeUrl, event.changed])
        assert.deepEqual(
          changed.filter(([url, count]) => url !== typeUrl.endpoint && count !== 0),
          [],
        )
      }
      again.push(colours('r2', it, 'blue'))
      await it.until('blue')
      assert.deepEqual((await it.envoy.dynamic('cluster')).warming, [])
    })

    it('serves on under a server that says nothing', async () => {
      await using it = await startScene(protocol, toRed)
      await it.until('red')
      await it.server.server.close()
      const silent = createServer(socket => socket.on('error', () => {}))
      const { port } = it.address as { port: number }
      await new Promise<void>(resolve => silent.listen(port, '127.0.0.1', resolve))
      try {
        await eventually(
          'it came',
          () => new Promise<boolean>(resolve => silent.getConnections((_, count) => resolve(count > 0))),
        )
        assert.equal(await it.ask(), 'red')
      } finally {
        silent.close()
      }
    })

    it('answers 503 for a route to an unknown cluster until the cluster comes (C4.7)', async () => {
      await using it = await startScene(protocol, toRed)
      await it.until('red')
      await it.settle(colours('r2', it, 'green'))
      await it.until(503)
      assert.equal(it.server.of('nacked').length, 0)
      await it.settle(
        colours('r3', it, 'green', { clusters: [edsCluster('green')], endpoints: [loadAssignment('green', it.blue)] }),
      )
      await it.until('blue')
    })

    it('updates filter chains in place, moves a listener, and refuses a second one on its address (C4.8)', async () => {
      await using it = await startScene(protocol, toRed)
      await it.until('red')
      const { types } = colours('', it, 'red')
      const listeners = (revision: string, ...all: { readonly [field: string]: unknown }[]) => {
        const changed = snapshotOf(revision, { listeners: all })
        return { ...changed, types: { ...types, [typeUrl.listener]: changed.types[typeUrl.listener]! } }
      }
      const web = httpListener('web', it.port, { rds: 'web' })
      await it.settle(
        listeners('in-place', {
          ...web,
          filter_chains: [{ ...(web['filter_chains'] as object[])[0], name: 'renamed' }],
        }),
      )
      assert.equal(await it.envoy.stat('listener_manager.listener_in_place_updated'), 1)
      // A listener that takes over another's address comes in the same push that removes the other.
      await it.settle(listeners('renamed', { ...web, name: 'web2' }))
      await it.until('red')
      it.server.push(listeners('double', { ...web, name: 'web2' }, { ...web, name: 'web3' }))
      const { nack } = await eventually('nacked', () => it.server.of('nacked')[0])
      assert.deepEqual(
        nack.resources.map(({ name }) => name),
        ['web3'],
      )
      assert.equal(await it.ask(), 'red')
    })

    it('is never sent endpoints that it did not ask for, nor a time to live (C4.9, C4.10)', async () => {
      await using it = await startScene(protocol, ground =>
        colours('r1', ground, 'red', { endpoints: [loadAssignment('unused', 9)] }),
      )
      await it.until('red')
      await eventually('synced', () => it.server.of('synced')[0])
      const names = it.server.server
        .resources(nodeId)!
        .filter(resource => resource.typeUrl === typeUrl.endpoint)
        .map(({ name }) => name)
      assert.deepEqual(names.sort(), ['blue', 'red'])
      const dump = await it.envoy.admin('/config_dump?include_eds')
      assert.doesNotMatch(dump ?? '', /"(unused|ttl)"/)
    })

    it('changes routes, adds and removes clusters under traffic without one failed request', async t => {
      await using it = await startScene(protocol, toRed)
      await it.until('red')
      const answers: (string | number | undefined)[] = []
      let isDone = false
      const client = async () => {
        while (!isDone) answers.push(await it.ask())
      }
      const traffic = Promise.all(Array.from({ length: 4 }, client))
      for (let round = 0; round < 6; round++) {
        const green = { clusters: [edsCluster('green')], endpoints: [loadAssignment('green', it.blue)] }
        // The cluster comes with the route to it, and goes with it.
        await it.settle(colours(`on-${round}`, it, 'green', green))
        await it.settle(colours(`off-${round}`, it, 'red'))
      }
      isDone = true
      await traffic
      t.diagnostic(`${answers.length} requests during 12 pushes`)
      assert.deepEqual([...new Set(answers)].sort(), ['blue', 'red'])
      assert.equal(it.server.of('nacked').length, 0)
    })

    it('gets its endpoints when a cluster is removed and comes back', async () => {
      await using it = await startScene(protocol, toRed)
      await it.until('red')
      const green = { clusters: [edsCluster('green')], endpoints: [loadAssignment('green', it.blue)] }
      for (const round of [1, 2]) {
        await it.settle(colours(`with-${round}`, it, 'green', green))
        await it.until('blue')
        await it.settle(colours(`without-${round}`, it, 'red'))
        await eventually('green is gone', async () => !(await it.envoy.dynamic('cluster')).active.includes('green'))
      }
      // Both in a row, before the proxy could say anything to the first.
      it.server.push(colours('quick-1', it, 'green', green))
      it.server.push(colours('quick-2', it, 'red'))
      await it.settle(colours('quick-3', it, 'green', green))
      await it.until('blue')
    })
  })

describe('three Envoys', { skip: withoutEnvoy }, () => {
  it('do not wait for one another: one refuses, one is frozen, one is served', async () => {
    await using it = await startScene('delta', toRed)
    await it.until('red')
    await using other = new TestEnvoy({ protocol: 'sotw', xds: it.address, nodeId: nodeId.replace('web-1', 'web-2') })
    // Both listen on one port, so the second Envoy refuses the listener.
    const { proxy } = await eventually('nacked', () => it.server.of('nacked')[0])
    assert.equal(proxy.name, 'web-2')
    await using frozen = new TestEnvoy({ protocol: 'delta', xds: it.address, nodeId: nodeId.replace('web-1', 'web-3') })
    await eventually('connected', () => it.server.of('connected').find(event => event.proxy.name === 'web-3'))
    frozen.freeze()
    await it.settle(colours('r2', it, 'blue'))
    await it.until('blue')
    assert.equal(await other.state(), 'LIVE')
  })
})
