/**
 * Headless services under mutual TLS: network namespaces as pods have them, the init container's rules, and real Envoys that
 * are told by xDS. One pod has a proxy that takes mutual TLS alone, and two addresses, of which the second comes later; one
 * pod has none.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { podSettings } from '../../src/cluster/inject/annotations.ts'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import type { ObservedEndpoint, Placement, ProxyPlacement } from '../../src/model/placement.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allResources, type EnvoyResource, emitProxy, proxyUser } from '../../src/phases/4-emit/envoy/index.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { PodNetwork, withoutPodNetwork } from '../support/pod-network.ts'
import { snapshotOf } from '../support/snapshots.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

/** Addresses of pods: the caller's, two of one with a proxy, and one without. */
const [caller, secured, added, bare] = ['10.77.1.2', '10.77.2.11', '10.77.2.12', '10.77.3.13']
const { traffic } = podSettings({}).settings
const spaces = {
  caller: { own: [caller], router: '10.77.1.1', traffic },
  secured: { own: [secured, added], router: '10.77.2.1', traffic },
  bare: { own: [bare], router: '10.77.3.1' },
} as const
type Space = keyof typeof spaces

const object = (kind: string, name: string, spec: object, apiVersion = 'v1'): Resource => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  spec,
})
const deployment = (name: string) =>
  object(
    'Deployment',
    name,
    {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
    },
    'apps/v1',
  )
const headless = (name: string, ports: readonly object[]) =>
  object('Service', name, { clusterIP: 'None', selector: { app: 'db' }, ports })
const resources = [
  headless('db', [
    { name: 'tcp', port: 5432 },
    { name: 'http', port: 8080 },
    { name: 'tcp-shared', port: 7000 },
  ]),
  headless('db-too', [{ name: 'tcp', port: 7000 }]),
  deployment('web'),
  deployment('db'),
  object('PeerAuthentication', 'strict', { mtls: { mode: 'STRICT' } }, 'security.istio.io/v1'),
]

/** Answers each line with where it came to, and each request too. */
const program = `const at = socket => socket.localAddress.replace('::ffff:', '')
for (const port of [5432, 7000])
  require('node:net').createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', data => socket.write(at(socket) + ' got ' + data))
  }).listen(port, '0.0.0.0')
require('node:http').createServer((request, response) => response.end(at(request.socket) + ' as ' + request.headers.host)).listen(8080, '0.0.0.0')`

/** Says over one connection what it is told to say, and prints what it hears. */
const talker = `const [host, port] = process.argv.slice(1)
const socket = require('node:net').connect(Number(port), host)
socket.pipe(process.stdout)
process.stdin.pipe(socket)
socket.on('error', () => process.exit(1))
socket.on('close', () => process.exit(1))`

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }
const meshOf = (all: readonly Resource[]) =>
  resolve(all.map(resource => ({ resource, span, spanAt: () => span }))).value.mesh
const mesh = meshOf(resources)
const registryOnly = { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } }
const closed = meshOf([...resources, object('Sidecar', 'web', registryOnly, 'networking.istio.io/v1')])

function endpoint(address: string, hasSidecar: boolean): ObservedEndpoint {
  const workload = { name: 'db', namespace: 'default', labels: { app: 'db' }, serviceAccount: 'default' }
  const ports = { tcp: 5432, http: 8080, 'tcp-shared': 7000 }
  return { address, ports, workload, hasSidecar }
}

/** What the agent would send a pod of a workload, while the pods at these addresses are known. */
function emitted(
  workload: 'web' | 'db',
  endpoints: readonly ObservedEndpoint[],
  from = mesh,
): readonly EnvoyResource[] {
  const place = { name: `${workload}-1`, namespace: 'default', kind: 'sidecar', workload, address: caller } as const
  const proxy: ProxyPlacement = { ...place, interception: 'redirect', inbound: [], outbound: [], servers: [] }
  const db = 'db.default.svc.cluster.local'
  const too = endpoints.map(each => ({ ...each, ports: { tcp: 7000 } }))
  const placement: Placement = {
    proxies: {},
    hasIdentity: true,
    endpoints: { [db]: endpoints, [db.replace('db', 'db-too')]: too },
  }
  return allResources(emitProxy(from, placement, proxy))
}

const first = [endpoint(secured, true), endpoint(bare, false)]
const later = [...first, endpoint(added, true)]

it('a pod that is added changes no listener and no route', () => {
  const values = (endpoints: readonly ObservedEndpoint[], isOf: (type: string) => boolean) =>
    emitted('web', endpoints)
      .filter(({ type }) => isOf(type))
      .map(({ value }) => value)
  const fixed = (type: string) => type === 'listener' || type === 'route'
  assert.equal(JSON.stringify(values(first, fixed)), JSON.stringify(values(later, fixed)))
  const clusters = (type: string) => type === 'cluster'
  assert.notEqual(JSON.stringify(values(first, clusters)), JSON.stringify(values(later, clusters)))
})

describe('a headless service’s pods', { skip: withoutPodNetwork() }, () => {
  const stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'mesh-headless-'))
  let network: PodNetwork<Space>
  let authority: CertificateAuthority
  let roots: string
  let server: TestServer

  async function snapshot(serviceAccount: string, all: readonly EnvoyResource[]) {
    const of = (kind: string) => all.filter(({ type }) => type === kind).map(({ value }) => value)
    const id = { trustDomain: 'cluster.local', namespace: 'default', serviceAccount }
    const { chain, key } = await authority.issueWorkload(id, 3_600_000)
    const pair = { certificate_chain: { inline_string: chain }, private_key: { inline_string: key } }
    const secrets = [
      { name: 'default', tls_certificate: pair },
      { name: 'ROOTCA', validation_context: { trusted_ca: { inline_string: roots } } },
    ]
    const lists = { clusters: of('cluster'), endpoints: of('endpoint'), listeners: of('listener'), routes: of('route') }
    return snapshotOf(`r${performance.now()}`, { ...lists, secrets })
  }

  async function proxyIn(space: Space, all: readonly EnvoyResource[]): Promise<[TestServer, TestEnvoy]> {
    const path = join(folder, `${space}.sock`)
    const own = stack.use(await TestServer.start(await snapshot('default', all), {}, { path }))
    chmodSync(path, 0o777)
    const pod = { namespace: network.nameOf(space), user: proxyUser }
    const envoy = stack.use(new TestEnvoy({ protocol: 'delta', xds: { path }, nodeId, pod }))
    await envoy.live()
    return [own, envoy]
  }

  let envoy: TestEnvoy
  before(async () => {
    chmodSync(folder, 0o777)
    const files = await createAuthorityFiles('cluster.local')
    roots = files.roots
    authority = await CertificateAuthority.load(files, 'cluster.local')
    network = stack.use(new PodNetwork(spaces))
    for (const space of ['secured', 'bare'] as const) network.start(space, program)
    await proxyIn('secured', emitted('db', first))
    ;[server, envoy] = await proxyIn('caller', emitted('web', first))
  })
  after(async () => {
    await stack.disposeAsync()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A connection of the caller's, and what came over it so far. */
  function talk(address: string, port: number) {
    const child = network.start('caller', talker, address, String(port))
    let heard = ''
    child.stdout!.on('data', data => {
      heard += String(data)
    })
    const say = async (word: string) => {
      child.stdin!.write(word)
      await eventually(`${address} got ${word}\n${envoy.log()}`, () => heard.includes(`${address} got ${word}`))
    }
    return { say, isOpen: () => child.exitCode === null }
  }
  const get = (address: string, host?: string) => {
    const named = host === undefined ? [] : ['-H', `host: ${host}`]
    const args = ['curl', '-s', '-m', '5', ...named, `http://${address}:8080/`]
    return spawnSync('ip', network.within('caller', ...args), { encoding: 'utf8' }).stdout
  }
  const handshakes = (cluster: string) => envoy.stat(`cluster.${cluster};.ssl.handshake`)

  it('are each reached where the caller has picked them, with and without a proxy', async () => {
    await talk(secured, 5432).say('one')
    await talk(bare, 5432).say('two')
    assert.equal(await handshakes('outbound|5432||*.db.default.svc.cluster.local'), 1, 'the one with a proxy, by TLS')
  })

  it('are told apart where two services share a port', async () => {
    await talk(secured, 7000).say('one')
    await talk(bare, 7000).say('two')
  })

  it('are called by a name of their own, by the service’s, and by address', async () => {
    const pod = 'db-0.db.default.svc.cluster.local'
    assert.equal(get(secured, pod), `${secured} as ${pod}`)
    assert.equal(get(bare, pod), `${bare} as ${pod}`)
    assert.equal(get(secured), `${secured} as ${secured}:8080`)
    assert.match(get(secured, 'db'), / as db$/)
  })

  it('may come while connections to others go on', async () => {
    const open = [talk(secured, 5432), talk(bare, 5432)]
    for (const each of open) await each.say('before')
    assert.equal(
      get(added, 'db-1.db'),
      'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
    )
    const next = await snapshot('default', emitted('web', later))
    server.push(next)
    await eventually('accepted', () => server.of('synced').some(({ revision }) => revision === next.revision))
    await talk(added, 5432).say('new')
    assert.equal(get(added, 'db-1.db'), `${added} as db-1.db`)
    for (const each of open) await each.say('after')
    assert.ok(open.every(each => each.isOpen()))
    assert.equal(await envoy.stat('listener_manager.listener_modified'), 0)
  })

  it('are all that is reached at their ports where hosts that nobody declared are refused', async () => {
    const next = await snapshot('default', emitted('web', [endpoint(secured, true)], closed))
    server.push(next)
    await eventually('accepted', () => server.of('synced').some(({ revision }) => revision === next.revision))
    await talk(secured, 5432).say('one')
    assert.equal(get(secured), `${secured} as ${secured}:8080`)
    const sent = () => envoy.stat('cluster.outbound|5432||*.db.default.svc.cluster.local;.upstream_cx_tx_bytes_total')
    const before = await sent()
    const refused = talk(bare, 5432)
    await eventually('the connection is closed', () => !refused.isOpen())
    assert.equal(await sent(), before, 'nothing was said to it')
    assert.match(get(bare, 'db-0.db'), /reset reason: remote connection failure/)
  })
})
