/**
 * Hosts of which only a domain is declared: a pod's proxy looks up each as it is asked for, wherever the application believed
 * it to be. Network namespaces, the init container's rules, a real Envoy told by xDS.
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
import type { ProxyPlacement } from '../../src/model/placement.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allResources, emitProxy, proxyUser } from '../../src/phases/4-emit/envoy/index.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { PodNetwork, withoutPodNetwork } from '../support/pod-network.ts'
import { snapshotOf } from '../support/snapshots.ts'
import { webDeployment } from '../support/web-deployment.ts'
import { eventually, nodeId, TestServer } from '../support/xds-server.ts'

/** The last is nobody's: an application that goes there has asked a name server of its own. */
const [caller, outside, nowhere] = ['10.79.1.2', '10.79.2.2', '10.79.2.9']
const spaces = {
  caller: {
    ...{ own: [caller], router: '10.79.1.1', nameServer: outside },
    traffic: podSettings({}).settings.traffic,
  },
  outside: { own: [outside], router: '10.79.2.1' },
} as const

const domain: Resource = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'wild', namespace: 'default' },
  spec: {
    hosts: ['*.wild.test'],
    ports: [
      { number: 80, name: 'http', protocol: 'HTTP' },
      { number: 8080, name: 'http-other', protocol: 'HTTP' },
      { number: 443, name: 'tls', protocol: 'TLS' },
    ],
    resolution: 'DYNAMIC_DNS',
  },
}

/** Servers that say what they were asked for, and a name server that knows all names that begin with `a`. */
const program = `const [key, cert] = process.argv.slice(1)
const tell = kind => (request, response) => response.end(kind + ' ' + request.headers.host)
require('node:http').createServer(tell('http')).listen(80)
require('node:http').createServer(tell('other')).listen(8080)
require('node:https').createServer({ key, cert }, tell('tls')).listen(443)
const dns = require('node:dgram').createSocket('udp4')
dns.on('message', (question, { port, address }) => {
  let end = 12
  while (question[end] !== 0) end += question[end] + 1
  const isKnown = question[13] === 97
  const isAddress = isKnown && question.readUInt16BE(end + 1) === 1
  const head = Buffer.from(question.subarray(0, 12))
  head.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2)
  head.writeUInt16BE(isAddress ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  const answer = isAddress ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ${outside.replaceAll('.', ', ')}]) : Buffer.alloc(0)
  dns.send(Buffer.concat([head, question.subarray(12, end + 5), answer]), port, address)
})
dns.bind(53)`

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }

describe('hosts below a domain', { skip: withoutPodNetwork() }, () => {
  const stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'mesh-dynamic-'))
  let network: PodNetwork<keyof typeof spaces>
  let envoy: TestEnvoy

  before(async () => {
    chmodSync(folder, 0o777)
    const files = await createAuthorityFiles('test')
    const authority = await CertificateAuthority.load(files, 'test')
    const { chain, key } = await authority.issueServer(['a.wild.test'], 3_600_000)
    network = stack.use(new PodNetwork(spaces))
    network.start('outside', program, key, chain)
    const all = [webDeployment, domain].map(resource => ({ resource, span, spanAt: () => span }))
    const place = { name: 'web-1', namespace: 'default', kind: 'sidecar', workload: 'web', address: caller } as const
    const proxy: ProxyPlacement = { ...place, interception: 'redirect', inbound: [], outbound: [], servers: [] }
    const emitted = allResources(emitProxy(resolve(all).value.mesh, { proxies: {}, addresses: {} }, proxy))
    const of = (kind: string) => emitted.filter(({ type }) => type === kind).map(({ value }) => value)
    const lists = { clusters: of('cluster'), endpoints: of('endpoint'), listeners: of('listener'), routes: of('route') }
    const path = join(folder, 'xds.sock')
    stack.use(await TestServer.start(snapshotOf('r', lists), {}, { path }))
    chmodSync(path, 0o777)
    const pod = { namespace: network.nameOf('caller'), user: proxyUser }
    envoy = stack.use(new TestEnvoy({ protocol: 'delta', xds: { path }, nodeId, pod }))
    await envoy.live()
  })
  after(async () => {
    await stack.disposeAsync()
    rmSync(folder, { recursive: true, force: true })
  })

  /** As an application asks that believes the host to be nowhere. */
  const ask = (url: string, ...more: readonly string[]) => {
    const { hostname, port, protocol } = new URL(url)
    const there = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}:${nowhere}`
    const args = ['curl', '-sk', '-m', '5', '--resolve', there, ...more, url]
    return spawnSync('ip', network.within('caller', ...args), { encoding: 'utf8' }).stdout
  }
  const answers = (url: string, wanted: string) => {
    let last = ''
    return eventually(`${wanted} from ${url}`, () => {
      last = ask(url)
      return last === wanted
    }).catch(error => assert.fail(`${String(error)}\nlast: ${last}\n${envoy.log()}`))
  }

  it('are looked up by the host of a request, at the port that it names', async () => {
    await answers('http://a.wild.test/', 'http a.wild.test')
    await answers('http://another.wild.test/', 'http another.wild.test')
    await answers('http://a.wild.test:8080/', 'other a.wild.test:8080')
  })

  it('are looked up by the server name of TLS that the application begins', async () => {
    await answers('https://a.wild.test/', 'tls a.wild.test')
  })

  it('are answered for with 503 where nobody knows them', async () => {
    const status = () => ask('http://nobody.wild.test/', '-o', '/dev/null', '-w', '%{http_code}')
    await eventually('503', () => status() === '503')
  })
})
