/** Keys that others put into files: two real Envoys call each other by them, and follow when they are exchanged. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { connect } from 'node:tls'
import { type PodBundle, WorkloadSecrets } from '../../src/agent/workload-secrets.ts'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import { downstreamMtls, upstreamMtls } from '../../src/phases/4-emit/envoy/mtls.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { httpListener, loadAssignment, routeTo } from '../support/envoy-json.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { snapshotOf } from '../support/snapshots.ts'
import { eventually, TestServer } from '../support/xds-server.ts'

const domain = 'cluster.local'
const hour = 3_600_000
const uriOf = (name: string) => `spiffe://${domain}/ns/shop/sa/${name}`

/** A pod's volume, exchanged as kubelets do it: one link that all files stand behind. */
class KeyVolume {
  readonly folder: string
  readonly #authority: CertificateAuthority
  readonly #name: string
  bundle: PodBundle | undefined
  #version = 0

  constructor(authority: CertificateAuthority, name: string, folder: string) {
    this.#authority = authority
    this.#name = name
    this.folder = folder
    mkdirSync(folder)
    symlinkSync('..data/bundle.pem', join(folder, 'bundle.pem'))
  }

  /** Another key, and a certificate for it. @returns its serial */
  async exchange(): Promise<string> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    const id = { trustDomain: domain, namespace: 'shop', serviceAccount: this.#name }
    const now = Date.now()
    const signed = await this.#authority.signWorkload(id, spki, { notBefore: now - 60_000, notAfter: now + hour })
    this.#version += 1
    const [next, link] = [`..v${this.#version}`, join(this.folder, '..data')]
    mkdirSync(join(this.folder, next))
    const text = `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${signed.chain}`
    writeFileSync(join(this.folder, next, 'bundle.pem'), text)
    symlinkSync(next, `${link}_tmp`)
    renameSync(`${link}_tmp`, link)
    const times = { issuedAt: now, notAfter: signed.notAfter, renewsAt: now + hour / 2 }
    const certificate = { chain: signed.chain, serial: signed.serial, ...times }
    this.bundle = { file: join(this.folder, 'bundle.pem'), folder: this.folder, certificate }
    return signed.serial
  }
}

describe('a key in a file of the proxy’s pod', { skip: withoutEnvoy }, () => {
  const work = mkdtempSync(join(tmpdir(), 'mesh-keys-'))
  after(() => rmSync(work, { recursive: true }))

  const ports = async () => ({ plain: await freePort(), mesh: await freePort() })

  /** A listener that tells who calls, by mutual TLS; and one that calls it. */
  function resources({ plain, mesh }: { readonly plain: number; readonly mesh: number }) {
    const header = { key: 'x-caller', value: '%DOWNSTREAM_PEER_URI_SAN% %DOWNSTREAM_PEER_SERIAL%' }
    const virtualHost = {
      name: 'all',
      domains: ['*'],
      routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }],
      response_headers_to_add: [{ header }],
    }
    const inbound = httpListener('in', mesh, { inline: { name: 'in', virtual_hosts: [virtualHost] } })
    const [chain] = inbound['filter_chains'] as object[]
    const [{ transport_socket } = {}] = upstreamMtls({ identities: [uriOf('db')], sni: 'db', isHttp2: false })
    return {
      db: snapshotOf('db', {
        listeners: [
          {
            ...inbound,
            filter_chains: [
              { ...chain, transport_socket: downstreamMtls({ trustDomain: domain, trustAliases: [] }, 'http') },
            ],
          },
        ],
      }),
      web: snapshotOf('web', {
        clusters: [
          {
            name: 'db',
            type: 'STATIC',
            connect_timeout: '5s',
            load_assignment: loadAssignment('db', mesh),
            transport_socket,
          },
        ],
        listeners: [httpListener('out', plain, { inline: routeTo('out', 'db') })],
      }),
    }
  }

  it('is what it shows to others, and the next one as soon as it is there', async () => {
    const authority = await CertificateAuthority.load(await createAuthorityFiles(domain), domain)
    const volumes = new Map(['web', 'db'].map(name => [name, new KeyVolume(authority, name, join(work, name))]))
    const [web, db] = [volumes.get('web')!, volumes.get('db')!]
    const serials = { web: await web.exchange(), db: await db.exchange() }
    const secrets = new WorkloadSecrets({
      authority,
      codec: loadCodec(),
      identityOf: ({ name }) => ({ trustDomain: domain, namespace: 'shop', serviceAccount: name }),
      bundleOf: ({ name }) => volumes.get(name)?.bundle,
      ttlMs: hour,
      onError: (_, error) => assert.fail(error),
    })
    const port = await ports()
    const snapshots = resources(port)
    const assign = ({ name }: { readonly name: string }) => ({ snapshot: name === 'db' ? snapshots.db : snapshots.web })
    await using server = await TestServer.start(snapshots.web, { assign, secrets: request => secrets.open(request) })
    const envoy = (name: string) =>
      new TestEnvoy({
        protocol: 'delta',
        xds: server.address,
        nodeId: `sidecar~127.0.0.1~${name}.shop~shop.svc.cluster.local`,
      })
    await using dbEnvoy = envoy('db')
    await using webEnvoy = envoy('web')
    await Promise.all([dbEnvoy.live(), webEnvoy.live()])

    const caller = async () => {
      const answer = await fetch(`http://127.0.0.1:${port.plain}/`, { headers: { connection: 'close' } })
      return answer.headers.get('x-caller') ?? undefined
    }
    const callee = () =>
      new Promise<string>((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port: port.mesh,
          ca: authority.roots,
          checkServerIdentity: () => undefined,
        }
        const socket = connect(options, () => {
          resolve(new X509Certificate(socket.getPeerCertificate().raw).serialNumber.toLowerCase().padStart(32, '0'))
          socket.destroy()
        })
        socket.once('error', reject)
      })
    const said = (serial: string) => `${uriOf('web')} ${serial.replace(/^0+/, '')}`
    const same = (text: string | undefined) => text?.replace(/ 0+/, ' ')
    await eventually('a call', async () => same(await caller()) === said(serials.web))
    assert.equal(await callee(), serials.db)
    await eventually('both are accepted', () => secrets.identities().filter(({ accepted }) => accepted).length === 2)
    assert.deepEqual(
      secrets
        .identities()
        .map(({ proxy, key, serial }) => [proxy, key, serial])
        .sort(),
      [
        ['db', 'pod', serials.db],
        ['web', 'pod', serials.web],
      ],
    )

    const next = { web: await web.exchange(), db: await db.exchange() }
    await eventually('the callee shows its new one', async () => (await callee()) === next.db)
    assert.match((await caller()) ?? '', /^spiffe:/, 'and can be called')
    secrets.bundlesChanged(() => true)
    await eventually('who asks is told', () =>
      secrets.identities().every(({ serial, accepted }) => accepted && [next.web, next.db].includes(serial ?? '')),
    )
    assert.deepEqual(server.of('nacked'), [])
  })
})
