/**
 * What a redirected connection becomes on a port that many hosts share, by a real Envoy: the listener has no socket of its own
 * there, so it is given one here, and connections to addresses of loopback stand for redirected ones.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createWebServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createServer as createTlsServer, connect as tlsConnect } from 'node:tls'
import type { Resource } from '../../../src/kinds/resource.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { allocate, emitBootstraps } from '../../../src/phases/4-emit/envoy/index.ts'
import { makeCertificate, withoutOpenssl } from '../../golden/make-certificate.ts'
import { get, TestEnvoy } from '../../support/envoy.ts'
import { withoutEnvoy } from '../../support/find-test-envoy.ts'
import { freePort } from '../../support/free-ports.ts'
import { webDeployment } from '../../support/web-deployment.ts'

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }

/** The port that all hosts share. */
const shared = 4433

function entry(host: string, protocol: string, { port, addresses }: { port: number; addresses?: string[] }): Resource {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: host.replaceAll(/[^a-z.]/g, 'x') },
    spec: {
      hosts: [host],
      ...(addresses === undefined ? {} : { addresses }),
      ports: [{ number: shared, name: 'a', protocol, targetPort: port }],
      resolution: 'STATIC',
      endpoints: [{ address: '127.0.0.1' }],
    },
  }
}

/** The bootstrap of a redirected pod's proxy, of which one listener alone is left, with a socket. */
function statics(entries: readonly Resource[], port: number): object {
  const { mesh } = resolve([webDeployment, ...entries].map(resource => ({ resource, span, spanAt: () => span }))).value
  const { proxies } = allocate(mesh)
  const proxy = { ...proxies['web.default']!, outbound: [], interception: 'redirect' as const }
  const bootstrap = emitBootstraps(mesh, { proxies: { 'web.default': proxy } }).get('web.default')!
  const { listeners, clusters } = bootstrap['static_resources'] as {
    listeners: { name: string }[]
    clusters: { name: string; type: string; lb_policy: string }[]
  }
  const address = { socket_address: { address: '0.0.0.0', port_value: port } }
  return {
    listeners: listeners
      .filter(({ name }) => name === `0.0.0.0_${shared}`)
      .map(listener => ({ ...listener, address, bind_to_port: true })),
    clusters: clusters.filter(({ name }) => !name.startsWith('inbound')),
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

// Side by side: whoever says nothing waits until the inspector gives up.
describe('a port that many hosts share', { skip: withoutEnvoy || withoutOpenssl, concurrency: true }, () => {
  const stack = new AsyncDisposableStack()
  let port = 0

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-shared-'))
    stack.defer(() => rmSync(folder, { recursive: true }))
    assert.ok(makeCertificate(folder))
    const [cert, key] = ['cert.pem', 'key.pem'].map(file => readFileSync(join(folder, file)))
    const say = (text: string) => createServer(socket => void socket.on('error', () => {}).end(text))
    const sayByTls = (text: string) =>
      createTlsServer({ cert, key, ALPNProtocols: ['http/1.1'] }, socket => void socket.on('error', () => {}).end(text))
    const servers = {
      web: createWebServer((_, response) => response.end('web')),
      alone: sayByTls('alone'),
      many: sayByTls('many'),
      range: say('range'),
      rest: say('rest'),
    }
    const at: { [name: string]: number } = {}
    for (const [name, server] of Object.entries(servers)) {
      at[name] = await listening(server)
      stack.defer(() => void server.close())
    }
    const entries = [
      entry('web.example', 'HTTP', { port: at['web']! }),
      entry('alone.many.example', 'TLS', { port: at['alone']! }),
      entry('*.many.example', 'HTTPS', { port: at['many']! }),
      entry('range.example', 'TCP', { port: at['range']!, addresses: ['127.9.0.0/16'] }),
      entry('rest.example', 'TCP', { port: at['rest']! }),
    ]
    port = await freePort()
    await stack.use(new TestEnvoy({ statics: statics(entries, port) })).live()
  })
  after(() => stack.disposeAsync())

  const bytes = (host: string) =>
    new Promise<string>((done, fail) => {
      let heard = ''
      const socket = connect({ host, port })
        .setEncoding('utf8')
        .setTimeout(20_000, () => socket.destroy())
      socket
        .on('data', text => (heard += text))
        .once('error', fail)
        .once('close', () => done(heard))
    })
  const byTls = (servername: string) =>
    new Promise<string>((done, fail) => {
      let heard = ''
      const options = { host: '127.0.0.1', port, servername, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }
      const socket = tlsConnect(options)
        .setEncoding('utf8')
        .setTimeout(20_000, () => socket.destroy())
      socket
        .on('data', text => (heard += text))
        .once('error', fail)
        .once('close', () => done(heard))
    })

  it('tells HTTP by its host', async () => {
    const ask = (host: string) => get({ port, path: '/', headers: { host } })
    assert.deepEqual(await ask('web.example'), { status: 200, body: 'web' })
    // Any other goes to where it was going, which nobody knows who was not redirected.
    assert.equal((await ask('other.example'))?.status, 503)
  })

  it('tells TLS by the server’s name, the most particular first', async () => {
    assert.equal(await byTls('alone.many.example'), 'alone')
    assert.equal(await byTls('other.many.example'), 'many')
  })

  it('tells a range by the address that was called', async () => {
    assert.equal(await bytes('127.9.1.2'), 'range')
  })

  it('gives the rest to the host that says nothing of itself', async () => {
    assert.equal(await bytes('127.0.0.1'), 'rest')
  })
})
