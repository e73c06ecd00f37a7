/** Gateways that ask clients for certificates: which clients a real Envoy lets in, by what a Gateway says of all ports and of one. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
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
const tls = { certificateRefs: [{ name: 'cert' }] }
const from = (...refs: readonly (readonly [kind: string, name: string])[]) => ({
  caCertificateRefs: refs.map(([kind, name]) => ({ group: '', kind, name })),
})

/** Each port is of one listener. */
const ports = { members: 8443, guests: 9443, open: 9444, some: 9445, bySecret: 9446, lost: 9447, bytes: 9450 } as const
type Port = keyof typeof ports

const club: Resource = {
  apiVersion,
  kind: 'Gateway',
  metadata: { name: 'club' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: Object.entries(ports).map(([name, port]) => {
      return {
        name: name.toLowerCase(),
        port,
        protocol: name === 'bytes' ? 'TLS' : 'HTTPS',
        tls: { mode: 'Terminate', ...tls },
      }
    }),
    tls: {
      frontend: {
        default: { validation: from(['ConfigMap', 'club-ca']) },
        perPort: [
          {
            port: ports.guests,
            tls: { validation: { ...from(['ConfigMap', 'club-ca']), mode: 'AllowInsecureFallback' } },
          },
          { port: ports.open, tls: {} },
          { port: ports.some, tls: { validation: from(['ConfigMap', 'club-ca'], ['ConfigMap', 'missing']) } },
          { port: ports.bySecret, tls: { validation: from(['Secret', 'club-ca']) } },
          {
            port: ports.lost,
            tls: { validation: { ...from(['ConfigMap', 'missing']), mode: 'AllowInsecureFallback' } },
          },
        ],
      },
    },
  },
}

const rules = [{ backendRefs: [{ name: 'bar', port: 80 }] }]
const routes: readonly Resource[] = [
  { apiVersion, kind: 'HTTPRoute', metadata: { name: 'bar' }, spec: { parentRefs: [{ name: 'club' }], rules } },
  {
    apiVersion,
    kind: 'TCPRoute',
    metadata: { name: 'bar' },
    spec: { parentRefs: [{ name: 'club', sectionName: 'bytes' }], rules },
  },
]

/** Who calls: a client of the authority, one of another, and one without a certificate. */
type Client = 'member' | 'stranger' | 'nobody'

const cases: readonly (readonly [does: string, port: Port, letsIn: readonly Client[]])[] = [
  ['lets in who has a certificate of the authority', 'members', ['member']],
  ['lets anybody in with the fallback', 'guests', ['member', 'stranger', 'nobody']],
  ['asks nobody at a port that says so', 'open', ['member', 'stranger', 'nobody']],
  ['judges by the authorities that are there', 'some', ['member']],
  ['judges by the authority of a Secret', 'bySecret', ['member']],
  ['lets nobody in where no authority is there, not even with the fallback', 'lost', []],
  ['judges clients of bytes, too', 'bytes', ['member']],
]

describe('a Gateway with authorities for clients', { skip: withoutEnvoy || withoutOpenssl }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-clients-'))
  const stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true }))
  let scene: Scene
  const pairs = new Map<string, { readonly cert: string; readonly key: string }>()
  before(async () => {
    for (const name of ['server', 'member', 'stranger']) {
      assert.ok(makeCertificate(join(folder, name)))
      const read = (file: string) => readFileSync(join(folder, name, file), 'utf8')
      pairs.set(name, { cert: read('cert.pem'), key: read('key.pem') })
    }
    const [server, member] = [pairs.get('server')!, pairs.get('member')!]
    const upstreams = stack.use(await Upstreams.start(['bar']))
    const authority: Resource = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'club-ca' },
      data: { 'ca.crt': member.cert },
    }
    const inline = (text: string) => ({ inline_string: text })
    scene = stack.use(
      await startScene(
        [{ service: 'bar', protocol: 'http', ports: upstreams.ports, resources: [club, authority, ...routes] }],
        {
          servers: Object.entries(ports).map(([name, number]) => {
            return { port: { number, name, protocol: 'TCP' }, hosts: ['*'] }
          }),
          secrets: {
            'kubernetes-gateway://default/cert': {
              tls_certificate: { certificate_chain: inline(server.cert), private_key: inline(server.key) },
            },
            'kubernetes-gateway://default/club-ca-cacert': {
              validation_context: { trusted_ca: inline(member.cert) },
            },
          },
        },
      ),
    )
  })
  after(() => stack.disposeAsync())

  for (const [does, port, letsIn] of cases)
    for (const client of ['member', 'stranger', 'nobody'] as const)
      it(`${does}: ${client}`, async () => {
        const status = await ask(scene.gatewayPortOf(ports[port]), pairs.get(client))
        assert.equal(status, letsIn.includes(client) ? 200 : undefined, scene.log())
      })
})

/** Undefined where the connection is closed, or there is none. */
function ask(port: number, own: object = {}): Promise<number | undefined> {
  return new Promise(done => {
    const asked = request({ host: ownAddress, port, rejectUnauthorized: false, agent: false, ...own }, response => {
      response.resume().on('end', () => done(response.statusCode))
    })
    asked.on('error', () => done(undefined)).end()
  })
}
