/**
 * Names that no name server knows: a pod's questions are led to its proxy, which answers for declared hosts and asks for all
 * others where the pod would have asked. Network namespaces, the init container's rules, a real Envoy told by xDS.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { podSettings } from '../../src/cluster/inject/annotations.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import type { ProxyPlacement } from '../../src/model/placement.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allResources, emitProxy, proxyUser } from '../../src/phases/4-emit/envoy/index.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { PodNetwork, withoutPodNetwork } from '../support/pod-network.ts'
import { snapshotOf } from '../support/snapshots.ts'
import { webDeployment } from '../support/web-deployment.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

const [caller, outside] = ['10.78.1.2', '10.78.2.2']
const spaces = {
  caller: {
    own: [caller],
    router: '10.78.1.1',
    traffic: { ...podSettings({}).settings.traffic, capturesDns: true },
    nameServer: outside,
  },
  outside: { own: [outside], router: '10.78.2.1' },
} as const

/** An external host of the mesh with a port that others have too, and where it really is. */
const host = (name: string, port: number): Resource => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name, namespace: 'default' },
  spec: {
    hosts: [`${name}.example`],
    ports: [{ number: 5432, name: 'tcp', protocol: 'TCP', targetPort: port }],
    resolution: 'STATIC',
    endpoints: [{ address: outside }],
  },
})

/** Two servers that say their names, one at the port that pods name, and a name server that knows one name. */
const program = `const answers = (name, port) => require('node:net').createServer(socket => socket.end(name)).listen(port)
answers('orders', 6001); answers('stock', 6002); answers('known', 5432)
const dns = require('node:dgram').createSocket('udp4')
dns.on('message', (question, { port, address }) => {
  let end = 12, labels = []
  while (question[end] !== 0) {
    labels.push(question.subarray(end + 1, end + 1 + question[end]).toString())
    end += question[end] + 1
  }
  const isKnown = labels.join('.') === 'known.test'
  const isAddress = isKnown && question.readUInt16BE(end + 1) === 1
  const head = Buffer.from(question.subarray(0, 12))
  head.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2)
  head.writeUInt16BE(isAddress ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  const answer = isAddress ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ${outside.replaceAll('.', ', ')}]) : Buffer.alloc(0)
  dns.send(Buffer.concat([head, question.subarray(12, end + 5), answer]), port, address)
})
dns.bind(53)`

/** Connects to a host as any application does, by the system's resolver, and prints where it went and what it heard. */
const client = `const socket = require('node:net').connect(5432, process.argv[1])
socket.on('connect', () => process.stdout.write(socket.remoteAddress + ' '))
socket.on('error', error => process.stdout.write(error.code))
socket.pipe(process.stdout)`

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }

describe('a pod whose questions for names its proxy answers', { skip: withoutPodNetwork() }, () => {
  const stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'mesh-dns-'))
  let network: PodNetwork<keyof typeof spaces>
  let server: TestServer
  let envoy: TestEnvoy

  const snapshot = (hosts: readonly Resource[]) => {
    const all = [webDeployment, ...hosts].map(resource => ({ resource, span, spanAt: () => span }))
    const place = { name: 'web-1', namespace: 'default', kind: 'sidecar', workload: 'web', address: caller } as const
    const proxy: ProxyPlacement = {
      ...{ ...place, interception: 'redirect', dns: { allocates: true } },
      ...{ inbound: [], outbound: [], servers: [] },
    }
    const emitted = allResources(emitProxy(resolve(all).value.mesh, { proxies: {}, addresses: {} }, proxy))
    const of = (kind: string) => emitted.filter(({ type }) => type === kind).map(({ value }) => value)
    return snapshotOf(`r${hosts.length}`, {
      ...{ clusters: of('cluster'), endpoints: of('endpoint'), listeners: of('listener'), routes: of('route') },
    })
  }

  before(async () => {
    chmodSync(folder, 0o777)
    network = stack.use(new PodNetwork(spaces))
    network.start('outside', program)
    const path = join(folder, 'xds.sock')
    server = stack.use(await TestServer.start(snapshot([host('orders', 6001)]), {}, { path }))
    chmodSync(path, 0o777)
    const pod = { namespace: network.nameOf('caller'), user: proxyUser }
    envoy = stack.use(new TestEnvoy({ protocol: 'delta', xds: { path }, nodeId, pod }))
    await envoy.live()
  })
  after(async () => {
    await stack.disposeAsync()
    rmSync(folder, { recursive: true, force: true })
  })

  const call = (name: string) =>
    spawnSync('ip', network.within('caller', process.execPath, '-e', client, name), {
      encoding: 'utf8',
      timeout: 20_000,
    }).stdout
  const reaches = (name: string, answer: RegExp) => {
    let got = ''
    return eventually(`${answer} from ${name}\n${envoy.log()}`, () => {
      got = call(name)
      return answer.test(got) ? got : undefined
    }).catch(error => assert.fail(`${String(error)}\nlast: ${got}`))
  }

  it('reaches a declared host that no name server knows', async () => {
    await reaches('orders.example', /^240\.240\.\d+\.\d+ orders$/)
  })

  it('finds all other names where it would have asked', async () => {
    await reaches('known.test', new RegExp(`^${outside} known$`))
    await reaches('nobody.test', /^ENOTFOUND$/)
  })

  it('tells hosts apart that share a port, also one that comes later', async () => {
    const first = (await reaches('orders.example', / orders$/)).split(' ')[0]
    assert.equal(call('stock.example'), 'ENOTFOUND')
    const next = snapshot([host('orders', 6001), host('stock', 6002)])
    server.push(next)
    await eventually('accepted', () => server.of('synced').some(({ revision }) => revision === next.revision))
    await reaches('stock.example', /^240\.240\.\d+\.\d+ stock$/)
    assert.equal((await reaches('orders.example', / orders$/)).split(' ')[0], first, 'a host keeps its address')
  })
})
