/** Requests for one listener's host that come by a connection of another: clients of HTTP/2 reuse theirs for all hosts of a certificate. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { makeCertificate, withoutOpenssl } from '../golden/make-certificate.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { type Scene, startScene } from './scene.ts'
import { Upstreams } from './upstreams.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'
const [shared, any] = [8443, 9443]

function listener(name: string, port: number, hostname?: string) {
  const tls = { certificateRefs: [{ name: 'cert' }] }
  return { name, port, protocol: 'HTTPS', ...(hostname === undefined ? {} : { hostname }), tls }
}

const front: Resource = {
  apiVersion,
  kind: 'Gateway',
  metadata: { name: 'front' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [
      listener('foo', shared, 'foo.example'),
      listener('wild', shared, '*.example'),
      listener('else', shared, 'else.test'),
      listener('idle', shared, 'idle.example'),
      listener('all', any),
      listener('one', any, 'one.example'),
    ],
  },
}

function route(name: string, sections: readonly string[], hostnames: readonly string[] = []): Resource {
  const parentRefs = sections.map(sectionName => ({ name: 'front', sectionName }))
  const rules = [{ backendRefs: [{ name: 'bar', port: 80 }] }]
  return { apiVersion, kind: 'HTTPRoute', metadata: { name }, spec: { parentRefs, hostnames, rules } }
}

const routes = [
  route('web', ['foo', 'wild', 'else', 'all', 'one']),
  // The listener for its host has these requests, and not the wider one.
  route('within', ['wild'], ['foo.example']),
]

const cases: readonly (readonly [port: number, serverName: string, host: string, status: number])[] = [
  [shared, 'foo.example', 'foo.example', 200],
  [shared, 'foo.example', 'bar.example', 421],
  [shared, 'foo.example', 'else.test', 421],
  [shared, 'foo.example', 'nobody.test', 404],
  [shared, 'bar.example', 'bar.example', 200],
  [shared, 'bar.example', 'baz.example', 200],
  [shared, 'bar.example', 'foo.example', 421],
  [shared, 'bar.example', 'idle.example', 421],
  [shared, 'idle.example', 'idle.example', 404],
  [shared, 'idle.example', 'bar.example', 421],
  [shared, 'else.test', 'else.test', 200],
  [any, 'what.test', 'ever.test', 200],
  [any, 'what.test', 'one.example', 421],
  [any, 'one.example', 'what.test', 421],
  [any, 'one.example', 'one.example', 200],
]

describe('several listeners of TLS at a port', { skip: withoutEnvoy || withoutOpenssl }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-misdirected-'))
  const stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true }))
  let scene: Scene
  before(async () => {
    assert.ok(makeCertificate(folder))
    const inline = (file: string) => ({ inline_string: readFileSync(join(folder, file), 'utf8') })
    const upstreams = stack.use(await Upstreams.start(['bar']))
    scene = stack.use(
      await startScene([{ service: 'bar', protocol: 'http', ports: upstreams.ports, resources: [front, ...routes] }], {
        servers: [shared, any].map(number => ({ port: { number, name: `p${number}`, protocol: 'TCP' }, hosts: ['*'] })),
        secrets: {
          'kubernetes-gateway://default/cert': {
            tls_certificate: { certificate_chain: inline('cert.pem'), private_key: inline('key.pem') },
          },
        },
      }),
    )
  })
  after(() => stack.disposeAsync())

  for (const [port, serverName, host, status] of cases)
    it(`answer ${status} for ${host} by a connection for ${serverName}, at port ${port}`, async () => {
      const client = connect(`https://${ownAddress}:${scene.gatewayPortOf(port)}`, {
        servername: serverName,
        rejectUnauthorized: false,
      })
      try {
        assert.equal(await ask(client, host), status, scene.log())
      } finally {
        client.destroy()
      }
    })
})

function ask(client: ClientHttp2Session, host: string): Promise<number | undefined> {
  return new Promise((done, failed) => {
    client.on('error', failed)
    const request = client.request({ ':path': '/', ':authority': host })
    request.on('error', failed)
    request.on('response', headers => done(headers[':status'])).end()
  })
}
