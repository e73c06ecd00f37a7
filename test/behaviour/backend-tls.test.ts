/** BackendTLSPolicies: a real server of TLS behind a gateway and behind a caller's proxy. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { type Scene, type SceneRow, startScene } from './scene.ts'
import { type Listening, type SeenConnection, secureServer } from './tls-upstreams.ts'

const hour = 3_600_000
const serverName = 'bank.example'
const apiVersion = 'gateway.networking.k8s.io/v1'

interface Case {
  readonly does: string
  /** Of several policies for the service, by name. */
  readonly policies: readonly object[]
  readonly sees: Partial<SeenConnection> | 503
  /** Of a route's own answer there. Default: as within the mesh. */
  readonly atGateway?: 500
}

const from = (...names: readonly string[]) => ({
  caCertificateRefs: names.map(name => ({ group: '', kind: 'ConfigMap', name })),
})
const hostname = serverName

const cases: readonly Case[] = [
  {
    does: 'asks for the name, and takes the authority’s certificate',
    policies: [{ hostname, ...from('ca') }],
    sees: { sni: serverName },
  },
  { does: 'takes none of another authority', policies: [{ hostname, ...from('other') }], sees: 503 },
  {
    does: 'takes those of several authorities',
    policies: [{ hostname, ...from('other', 'ca') }],
    sees: { sni: serverName },
  },
  { does: 'takes none that bears another name', policies: [{ hostname: 'x.example', ...from('ca') }], sees: 503 },
  {
    does: 'takes one of other names where these are said',
    policies: [
      {
        hostname: 'x.example',
        ...from('ca'),
        subjectAltNames: [
          { type: 'URI', uri: 'spiffe://bank.example/teller' },
          { type: 'Hostname', hostname: serverName },
        ],
      },
    ],
    sees: { sni: 'x.example' },
  },
  {
    does: 'takes none that bears no name of those that are said',
    policies: [{ hostname, ...from('ca'), subjectAltNames: [{ type: 'Hostname', hostname: 'x.example' }] }],
    sees: 503,
  },
  {
    does: 'takes those of public authorities',
    policies: [{ hostname, wellKnownCACertificates: 'System' }],
    sees: { sni: serverName },
  },
  {
    does: 'trusts nobody where the authority is missing',
    policies: [{ hostname, ...from('missing') }],
    sees: 503,
    // The route's reference is one that can't be used.
    atGateway: 500,
  },
  {
    does: 'does as the first of two policies says',
    policies: [
      { hostname, ...from('ca') },
      { hostname, ...from('other') },
    ],
    sees: { sni: serverName },
  },
]

function configMap(name: string, text: string): Resource {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { 'ca.crt': text } }
}

const front: Resource = {
  apiVersion,
  kind: 'Gateway',
  metadata: { name: 'front' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8080, protocol: 'HTTP' }] },
}

function rowOf({ policies }: Case, index: number, port: number): SceneRow {
  const service = `s${index}`
  const rules = [{ backendRefs: [{ name: service, port: 80 }] }]
  const spec = { parentRefs: [{ name: 'front' }], hostnames: [`${service}.example.com`], rules }
  const resources = policies.map((validation, number) => ({
    apiVersion,
    kind: 'BackendTLSPolicy',
    metadata: { name: `${service}-${number}` },
    spec: { targetRefs: [{ group: '', kind: 'Service', name: service }], validation },
  }))
  const route = { apiVersion, kind: 'HTTPRoute', metadata: { name: service }, spec }
  return { service, protocol: 'http', ports: { v1: port }, resources: [...resources, route] }
}

describe('a Service with a BackendTLSPolicy', { skip: withoutEnvoy }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-backend-tls-'))
  let server: Listening
  let scene: Scene
  before(async () => {
    const [authority, other] = await Promise.all([newAuthority(), newAuthority()])
    const { chain: cert, key } = await authority.issueServer([serverName], hour)
    server = await secureServer({ cert, key, ca: authority.roots })
    const caFile = join(folder, 'public.pem')
    writeFileSync(caFile, authority.roots)
    const shared = [front, configMap('ca', authority.roots), configMap('other', other.roots)]
    const rows = cases.map((each, index) => rowOf(each, index, server.port))
    const [first, ...more] = rows as [SceneRow, ...SceneRow[]]
    scene = await startScene([{ ...first, resources: [...shared, ...first.resources] }, ...more], { caFile })
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  for (const [index, { does, sees, atGateway }] of cases.entries())
    for (const where of ['at a gateway', 'within the mesh'])
      it(`${does}, ${where}`, async () => {
        const service = `s${index}`
        const isEdge = where === 'at a gateway'
        const answer = await get({
          host: ownAddress,
          port: isEdge ? scene.gatewayPortOf(8080) : scene.portOf(service),
          path: '/',
          headers: { host: isEdge ? `${service}.example.com` : service },
        })
        const refused = (isEdge ? atGateway : undefined) ?? 503
        assert.equal(answer?.status, sees === 503 ? refused : 200, `${answer?.body} ${scene.log()}`)
        if (sees !== 503) assert.equal((JSON.parse(answer!.body) as SeenConnection).sni, sees.sni)
      })
})

async function newAuthority(): Promise<CertificateAuthority> {
  return CertificateAuthority.load(await createAuthorityFiles('test.example'), 'test.example')
}
