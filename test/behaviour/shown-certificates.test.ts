/** What certificate a real server of TLS is shown behind several Gateways that one proxy serves, and by callers within the mesh. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { type Scene, startScene } from './scene.ts'
import { type SeenConnection, secureServer } from './tls-upstreams.ts'

const hour = 3_600_000
const group = 'gateway.networking.k8s.io'
const apiVersion = `${group}/v1`

/** By Gateway: the Secret that it names. */
const named: Readonly<{ [gateway: string]: object | undefined }> = {
  left: { name: 'left' },
  right: { name: 'right', namespace: 'keys' },
  unpermitted: { name: 'other', namespace: 'keys' },
  plain: undefined,
}

const gateways = Object.entries(named).map(([name, clientCertificateRef]): Resource => {
  const own = [{ name: 'http', port: 8080, protocol: 'HTTP', hostname: `${name}.example` }]
  const listeners = name === 'left' ? [...own, { name: 'bytes', port: 9000, protocol: 'TCP' }] : own
  const tls = clientCertificateRef === undefined ? {} : { tls: { backend: { clientCertificateRef } } }
  const spec = { gatewayClassName: 'meshwright', listeners, ...tls }
  return { apiVersion, kind: 'Gateway', metadata: { name }, spec }
})

const rules = [{ backendRefs: [{ name: 'bank', port: 80 }] }]
const resources: readonly Resource[] = [
  ...gateways,
  {
    apiVersion,
    kind: 'ReferenceGrant',
    metadata: { name: 'right', namespace: 'keys' },
    spec: {
      from: [{ group, kind: 'Gateway', namespace: 'default' }],
      to: [{ group: '', kind: 'Secret', name: 'right' }],
    },
  },
  {
    apiVersion,
    kind: 'HTTPRoute',
    metadata: { name: 'bank' },
    spec: { parentRefs: Object.keys(named).map(name => ({ name, sectionName: 'http' })), rules },
  },
  {
    apiVersion,
    kind: 'TCPRoute',
    metadata: { name: 'bank' },
    spec: { parentRefs: [{ name: 'left', sectionName: 'bytes' }], rules },
  },
  {
    apiVersion,
    kind: 'BackendTLSPolicy',
    metadata: { name: 'bank' },
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name: 'bank' }],
      validation: { hostname: 'bank.example', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] },
    },
  },
]

const cases: readonly (readonly [does: string, from: string, client: string | null])[] = [
  ['is shown the certificate of the Gateway', 'left', 'DNS:left.example'],
  ['is shown that of another Gateway for the routes of that one', 'right', 'DNS:right.example'],
  ['is shown none that the Gateway may not name', 'unpermitted', null],
  ['is shown none where the Gateway names none', 'plain', null],
  ['is shown it where connections are passed on', 'bytes', 'DNS:left.example'],
  ['is shown none by callers within the mesh', 'mesh', null],
]

describe('a Service that is called by TLS', { skip: withoutEnvoy }, () => {
  const stack = new AsyncDisposableStack()
  let scene: Scene
  before(async () => {
    const authority = await CertificateAuthority.load(await createAuthorityFiles('test.example'), 'test.example')
    const { chain: cert, key } = await authority.issueServer(['bank.example'], hour)
    const server = stack.use(await secureServer({ cert, key, ca: authority.roots }))
    const secrets: { [name: string]: object } = {}
    for (const [place, name] of [
      ['default/left', 'left'],
      ['keys/right', 'right'],
      ['keys/other', 'other'],
    ] as const) {
      const pair = await authority.issueServer([`${name}.example`], hour)
      const tls_certificate = {
        certificate_chain: { inline_string: pair.chain },
        private_key: { inline_string: pair.key },
      }
      secrets[`kubernetes-gateway://${place}`] = { tls_certificate }
    }
    const data = { 'ca.crt': authority.roots }
    const ca: Resource = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ca' }, data }
    const row = { service: 'bank', protocol: 'http', ports: { v1: server.port }, resources: [...resources, ca] }
    const servers = [8080, 9000].map(number => ({
      port: { number, name: `p${number}`, protocol: 'TCP' },
      hosts: ['*'],
    }))
    scene = stack.use(await startScene([row], { servers, secrets }))
  })
  after(() => stack.disposeAsync())

  for (const [does, from, client] of cases)
    it(does, async () => {
      const ports: Readonly<{ [from: string]: number }> = {
        mesh: scene.portOf('bank'),
        bytes: scene.gatewayPortOf(9000),
      }
      const answer = await get({
        host: ownAddress,
        port: ports[from] ?? scene.gatewayPortOf(8080),
        path: '/',
        headers: { host: ports[from] === undefined ? `${from}.example` : 'bank' },
      })
      assert.equal(answer?.status, 200, `${answer?.body} ${scene.log()}`)
      assert.equal((JSON.parse(answer.body) as SeenConnection).client, client)
    })
})
