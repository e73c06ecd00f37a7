/** How a caller's proxy connects: TLS of all modes, names and authorities, and PROXY headers. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { type Scene, type SceneRow, startScene } from './scene.ts'
import { introducedServer, type Listening, type SeenConnection, secureServer } from './tls-upstreams.ts'

const hour = 3_600_000
const serverName = 'db.example.com'

interface Case {
  readonly does: string
  readonly policy: object
  readonly protocol?: string
  /** The Host that is asked for. */
  readonly host?: string
  readonly server?: 'secure' | 'introduced'
  /** What the server says, or the status that the proxy gives in its place. */
  readonly sees: Partial<SeenConnection> | RegExp | 503
}

/** Files by the names that policies below have for them. */
const files = ['ca.pem', 'other-ca.pem', 'cert.pem', 'key.pem'] as const
const folder = mkdtempSync(join(tmpdir(), 'mesh-tls-'))
const [ca, otherCa, cert, key] = files.map(name => join(folder, name)) as [string, string, string, string]
const simple = (more: object) => ({ tls: { mode: 'SIMPLE', caCertificates: ca, ...more } })
const mutual = { mode: 'MUTUAL', sni: serverName, caCertificates: ca, clientCertificate: cert, privateKey: key }

const cases: readonly Case[] = [
  {
    does: 'asks for a name and shows no certificate',
    policy: simple({ sni: serverName }),
    sees: { sni: serverName, client: null },
  },
  {
    does: 'takes no certificate that bears another name than was asked for',
    policy: simple({ sni: 'other.example' }),
    sees: 503,
  },
  {
    does: 'takes one that bears another name where that is said',
    policy: simple({ sni: 'other.example', subjectAltNames: ['x.example', serverName] }),
    sees: { sni: 'other.example' },
  },
  {
    does: 'takes none that bears no name of those that are said',
    policy: simple({ sni: serverName, subjectAltNames: ['x.example'] }),
    sees: 503,
  },
  {
    does: 'asks for the host of the request where no name is said',
    policy: simple({}),
    host: serverName,
    sees: { sni: serverName },
  },
  { does: 'holds the certificate against that host', policy: simple({}), host: 'evil.example', sees: 503 },
  {
    does: 'takes no certificate of an authority that is not named',
    policy: simple({ sni: serverName, caCertificates: otherCa }),
    sees: 503,
  },
  {
    does: 'takes certificates of public authorities where none is named',
    policy: { tls: { mode: 'SIMPLE', sni: serverName } },
    sees: 503,
  },
  {
    does: 'takes any certificate where it is told to',
    policy: { tls: { mode: 'SIMPLE', sni: 'any.example', insecureSkipVerify: true } },
    sees: { sni: 'any.example' },
  },
  {
    does: 'shows its own certificate',
    policy: { tls: mutual },
    sees: { sni: serverName, client: 'DNS:client.example' },
  },
  {
    does: 'speaks HTTP/2 where the port does',
    protocol: 'http2',
    policy: simple({ sni: serverName }),
    sees: { alpn: 'h2' },
  },
  {
    does: 'connects to one port otherwise than to others',
    policy: { tls: { mode: 'DISABLE' }, portLevelSettings: [{ port: { number: 80 }, ...simple({ sni: serverName }) }] },
    sees: { sni: serverName },
  },
  { does: 'speaks no TLS where it is switched off', policy: { tls: { mode: 'DISABLE' } }, sees: 503 },
  {
    does: 'says whose a connection is, as text',
    server: 'introduced',
    policy: { proxyProtocol: {} },
    sees: /^PROXY TCP4 127\.[\d.]+ 127\.[\d.]+ \d+ \d+$/,
  },
  {
    does: 'says whose a connection is, in bytes',
    server: 'introduced',
    policy: { proxyProtocol: { version: 'V2' } },
    sees: /^0d0a0d0a000d0a515549540a2111000c7f[0-9a-f]{6}7f[0-9a-f]{14}$/,
  },
]

describe('a caller’s proxy, on its way to somebody outside of the mesh,', { skip: withoutEnvoy }, () => {
  const servers: Listening[] = []
  let scene: Scene
  before(async () => {
    const [authority, other] = await Promise.all([newAuthority(), newAuthority()])
    const issued = await authority.issueServer([serverName], hour)
    const own = await authority.issueServer(['client.example'], hour)
    for (const [name, text] of [
      [ca, authority.roots],
      [otherCa, other.roots],
      [cert, own.chain],
      [key, own.key],
    ] as const)
      writeFileSync(name, text)
    servers.push(
      await secureServer({ cert: issued.chain, key: issued.key, ca: authority.roots }),
      await introducedServer(),
    )
    const [secure, introduced] = servers.map(({ port }) => port) as [number, number]
    const rows = cases.map(({ policy, protocol = 'http', server }, index): SceneRow => {
      const service = `s${index}`
      const spec = { host: service, trafficPolicy: policy }
      const rule = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: service }, spec }
      return { service, protocol, resources: [rule], ports: { v1: server === 'introduced' ? introduced : secure } }
    })
    scene = await startScene(rows, { caFile: otherCa })
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    for (const server of servers) await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  for (const [index, { does, host, sees }] of cases.entries())
    it(does, async () => {
      const service = `s${index}`
      const answer = await get({
        host: ownAddress,
        port: scene.portOf(service),
        path: '/',
        headers: { host: host ?? service },
      })
      assert.equal(answer?.status, sees === 503 ? 503 : 200, `${answer?.body} ${scene.log()}`)
      if (sees instanceof RegExp) return assert.match(answer!.body, sees)
      if (sees === 503) return
      const told = JSON.parse(answer!.body) as Readonly<Record<string, unknown>>
      for (const [name, value] of Object.entries(sees)) assert.equal(told[name], value, `${name} of ${answer!.body}`)
    })
})

async function newAuthority(): Promise<CertificateAuthority> {
  return CertificateAuthority.load(await createAuthorityFiles('test.example'), 'test.example')
}
