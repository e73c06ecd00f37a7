/** What a gateway does with datagrams: real senders, a real Envoy that is told by xDS, and servers that say who they are. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import type { ObservedEndpoint, Placement, ProxyPlacement } from '../../src/model/placement.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allResources, emitProxy } from '../../src/phases/4-emit/envoy/index.ts'
import { placed } from '../kinds/accepted.ts'
import { answers, datagramServer, Sender } from '../support/datagrams.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { snapshotOf } from '../support/snapshots.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'
import { byteServer, say } from './l4-upstreams.ts'

const group = 'gateway.networking.k8s.io'
const object = (kind: string, name: string, spec: object, apiVersion = `${group}/v1`): Resource => {
  return { apiVersion, kind, metadata: { name, namespace: 'default' }, spec }
}

const gateway = object('Gateway', 'front', {
  gatewayClassName: 'meshwright',
  listeners: [
    { name: 'names', port: 53, protocol: 'UDP' },
    { name: 'names-tcp', port: 53, protocol: 'TCP' },
    { name: 'shared', port: 5301, protocol: 'UDP' },
    { name: 'halved', port: 5302, protocol: 'UDP' },
    { name: 'lost', port: 5303, protocol: 'UDP' },
    { name: 'unrouted', port: 5304, protocol: 'UDP' },
  ],
})

const servers = ['one', 'two', 'three'] as const
type Server = (typeof servers)[number]

const service = (name: string) => {
  const ports = [
    { name: 'udp', port: 53, protocol: 'UDP' },
    { name: 'tcp-names', port: 53 },
  ]
  return object('Service', name, { selector: { app: name }, ports }, 'v1')
}

const to = (name: string, weight = 1) => ({ name, port: 53, weight })
const route = (sectionName: string, backendRefs: readonly object[], { kind = 'UDPRoute', name = sectionName } = {}) =>
  object(kind, name, { parentRefs: [{ name: 'front', sectionName }], rules: [{ backendRefs }] })

/** All of the mesh, with one route as it is wanted. */
const resources = (shares: readonly object[], name = 'shared'): readonly Resource[] => [
  gateway,
  ...servers.map(service),
  route('names', [to('one')]),
  route('names-tcp', [to('two')], { kind: 'TCPRoute' }),
  route('shared', shares, { name }),
  route('halved', [to('one'), to('gone')]),
  route('lost', [to('gone')]),
]

/** How long somebody waits who will not be answered. */
const patience = 1000

type Counts = Readonly<{ [name: string]: number }>

/**
 * Exact but for two: the system may give a new sender the port of an earlier one, whose place Envoy keeps for a minute, so that it takes no
 * turn.
 */
function assertShares(found: Counts, expected: Counts): void {
  const sum = (counts: Counts) => Object.values(counts).reduce((total, count) => total + count, 0)
  const isNear = Object.entries(expected).every(([name, count]) => Math.abs((found[name] ?? 0) - count) <= 2)
  const told = JSON.stringify({ found, expected })
  assert.ok(isNear && sum(found) === sum(expected) && Object.keys(found).every(name => name in expected), told)
}

describe('datagrams that come to a gateway', { skip: withoutEnvoy }, () => {
  const stack = new AsyncDisposableStack()
  const bound = new Map<string, number>()
  const found = new Map<string, number>()
  let server: TestServer
  let envoy: TestEnvoy

  const portOf = (port: number) => bound.get(`${port} UDP`)!

  /** What an agent would send the gateway's proxy. */
  function snapshot(shares: readonly object[], at: { readonly [Name in Server]?: string } = {}, name = 'shared') {
    const { mesh } = resolve(resources(shares, name).map(placed)).value
    const proxy: ProxyPlacement = {
      name: 'ingressgateway',
      namespace: 'default',
      kind: 'router',
      address: '127.0.0.1',
      inbound: [],
      outbound: [],
      servers: [...bound].map(([key, listening]) => {
        const [port, transport] = key.split(' ')
        const listen = { address: '127.0.0.1', port: listening }
        return { port: Number(port), ...(transport === 'UDP' ? { transport } : {}), listen }
      }),
    }
    const endpointOf = (name: Server): ObservedEndpoint => {
      const ports = { udp: found.get(at[name] ?? name)!, 'tcp-names': found.get('tcp')! }
      return { address: '127.0.0.1', ports, hasSidecar: true }
    }
    const endpoints = Object.fromEntries(
      servers.map(name => [`${name}.default.svc.cluster.local`, [endpointOf(name)]] as const),
    )
    const placement: Placement = { proxies: { 'ingressgateway.default': proxy }, endpoints, hasIdentity: true }
    const all = allResources(emitProxy(mesh, placement, proxy))
    const of = (kind: string) => all.filter(({ type }) => type === kind).map(({ value }) => value)
    return snapshotOf(`r${performance.now()}`, {
      clusters: of('cluster'),
      endpoints: of('endpoint'),
      listeners: of('listener'),
    })
  }

  const equal = [to('one'), to('two')]

  before(async () => {
    for (const name of [...servers, 'moved']) {
      const { port, socket } = await datagramServer(name)
      stack.defer(() => void socket.close())
      found.set(name, port)
    }
    found.set('tcp', stack.use(await byteServer('tcp')).port)
    for (const { port, protocol } of (gateway.spec as { listeners: { port: number; protocol: string }[] }).listeners)
      bound.set(`${port} ${protocol}`, await freePort())
    // The same number for both, as the Gateway has it.
    bound.set('53 TCP', bound.get('53 UDP')!)
    server = stack.use(await TestServer.start(snapshot(equal)))
    envoy = stack.use(new TestEnvoy({ protocol: 'delta', xds: server.address, nodeId }))
    await envoy.live()
    await eventually('all listeners', async () => (await envoy.dynamic('listener')).active.length === 5)
  })
  after(() => stack.disposeAsync())

  it('go where the listener’s route says, and its answers come back', async () => {
    assert.deepEqual(await answers(portOf(53), 5), { one: 5 }, envoy.log())
  })

  it('are not what comes by TCP to the same port', async () => {
    assert.equal(await say(bound.get('53 TCP')!, 'hi', undefined, '127.0.0.1'), 'tcp hi')
  })

  it('of one sender stay with one server', async () => {
    using sender = new Sender()
    const heard = new Set<string | undefined>()
    for (let count = 0; count < 10; count += 1) heard.add(await sender.ask(portOf(5301)))
    assert.equal(heard.size, 1)
    assert.ok(!heard.has(undefined))
  })

  it('are lost as far as the share of a missing backend goes', async () => {
    assertShares(await answers(portOf(5302), 20, patience), { one: 10, nobody: 10 })
    assert.deepEqual(await answers(portOf(5303), 3, patience), { nobody: 3 })
  })

  it('are lost where no route takes them', async () => {
    assert.deepEqual(await answers(portOf(5304), 2, patience), { nobody: 2 })
  })

  it('are shared out by weights, also by ones that have changed, and by no other listener then', async () => {
    assertShares(await answers(portOf(5301), 40), { one: 20, two: 20 })
    const made = () => envoy.stat('listener_manager.listener_create_success')
    const modified = () => envoy.stat('listener_manager.listener_modified')
    const listeners = [await made(), await modified()]
    server.push(snapshot([to('one', 3), to('three', 1), to('two', 0)]))
    await eventually('the third takes part', async () => (await answers(portOf(5301), 8))['three'] === 2)
    assertShares(await answers(portOf(5301), 40), { one: 30, three: 10 })
    assert.deepEqual([await made(), await modified()], listeners)
  })

  it('of a sender whose server has gone go to the next one', async () => {
    server.push(snapshot([to('three')]))
    using sender = new Sender()
    await eventually('the third has all', async () => (await sender.ask(portOf(5301))) === 'three hi')
    server.push(snapshot([to('three')], { three: 'moved' }))
    await eventually('its place has changed', async () => (await sender.ask(portOf(5301))) === 'moved hi')
  })

  it('go where another route of their listener says, from when that is its only one', async () => {
    using sender = new Sender()
    assert.equal(await sender.ask(portOf(5301)), 'moved hi')
    server.push(snapshot([to('two')], {}, 'another'))
    await eventually('the second has all', async () => (await sender.ask(portOf(5301), 300)) === 'two hi')
    assert.deepEqual(await answers(portOf(5301), 10), { two: 10 }, envoy.log())
    assert.deepEqual(await answers(portOf(53), 5), { one: 5 })
  })

  it('leave a line in the access log when their sender is silent', async () => {
    const line = await eventually('a line', () =>
      envoy
        .output()
        .split('\n')
        .find(text => text.includes('udproute/default/shared')),
    )
    const { upstream_host: host, bytes_received: bytes } = JSON.parse(line) as { [field: string]: unknown }
    assert.ok(
      [...found.values()].some(port => host === `127.0.0.1:${port}`),
      line,
    )
    assert.equal(Number(bytes) % 2, 0)
  })
})
