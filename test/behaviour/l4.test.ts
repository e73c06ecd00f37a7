/** What Envoy does of rules for connections that are not looked into: by port, address, caller and server name. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { byteServer, type Listening, say, secureByteServer, tunnelServer } from './l4-upstreams.ts'
import { versions } from './row.ts'
import { type GatewayServer, type Scene, type SceneRow, startScene } from './scene.ts'

const hour = 3_600_000

interface Case {
  readonly does: string
  /** Fields of a VirtualService; `HOST` stands for the service. */
  readonly says?: object
  readonly policy?: object
  /** How the service is declared, and what listens behind it. Default: tcp. */
  readonly protocol?: 'tcp' | 'tls' | 'unknown'
  /** The port of the gateway that is called; absent: the caller's own proxy. */
  readonly edge?: number
  /** The server name that is asked for in TLS; absent: plain text. */
  readonly asks?: string
  /** Does the caller say that it is a proxy of the mesh? */
  readonly isMesh?: true
  /** What comes back; undefined: nothing. */
  readonly hears: RegExp | undefined
}

const to = (subset: string, weight?: number) => ({
  destination: { host: 'HOST', subset },
  ...(weight === undefined ? {} : { weight }),
})
const tcp = (...rules: readonly object[]) => ({ hosts: ['HOST'], tcp: rules })
const picked = (match: object) => tcp({ match: [match], route: [to('v2')] }, { route: [to('v1')] })
const tls = (...rules: readonly (readonly [names: readonly string[], subset: string])[]) => ({
  hosts: ['HOST', '*.example'],
  tls: rules.map(([sniHosts, subset]) => ({ match: [{ sniHosts }], route: [to(subset)] })),
})

const cases: readonly Case[] = [
  { does: 'goes to any endpoint where nothing is said', hears: /^v[123] hi$/ },
  { does: 'goes to one version', says: tcp({ route: [to('v2')] }), hears: /^v2 hi$/ },
  { does: 'is shared out by weight', says: tcp({ route: [to('v1', 0), to('v3', 5)] }), hears: /^v3 hi$/ },
  { does: 'is picked by the port', says: picked({ port: 80 }), hears: /^v2 hi$/ },
  { does: 'is not picked by another port', says: picked({ port: 81 }), hears: /^v1 hi$/ },
  { does: 'is picked by the caller’s labels', says: picked({ sourceLabels: { app: 'caller' } }), hears: /^v2 hi$/ },
  { does: 'is not picked by another’s labels', says: picked({ sourceLabels: { app: 'other' } }), hears: /^v1 hi$/ },
  { does: 'is not picked by another’s namespace', says: picked({ sourceNamespace: 'other' }), hears: /^v1 hi$/ },
  {
    does: 'is picked by the address that was called',
    says: picked({ destinationSubnets: ['127.0.0.0/8'] }),
    hears: /^v2 hi$/,
  },
  {
    does: 'is not picked by another address',
    says: picked({ destinationSubnets: ['10.0.0.0/8', '192.168.0.1'] }),
    hears: /^v1 hi$/,
  },
  { does: 'is picked by where it comes from', says: picked({ sourceSubnet: '127.0.0.1' }), hears: /^v2 hi$/ },
  { does: 'is not picked by another origin', says: picked({ sourceSubnet: '10.0.0.0/8' }), hears: /^v1 hi$/ },
  {
    does: 'goes to the service where no rule is for it',
    says: tcp({ match: [{ port: 81 }], route: [to('v2')] }),
    hears: /^v[123] hi$/,
  },
  {
    does: 'passes a gateway of bytes',
    says: { ...tcp({ route: [to('v2')] }), gateways: ['edge'] },
    edge: 9001,
    hears: /^v2 hi$/,
  },
  {
    does: 'passes a gateway whose server names a host, though bytes ask for none',
    says: { hosts: ['bytes.example'], gateways: ['edge'], tcp: [{ route: [to('v2')] }] },
    edge: 9005,
    hears: /^v2 hi$/,
  },
  {
    does: 'of a guessed protocol is routed, too',
    protocol: 'unknown',
    says: tcp({ route: [to('v3')] }),
    hears: /^v3 hi$/,
  },
  {
    does: 'goes through a tunnel',
    policy: { tunnel: { targetHost: 'far.example', targetPort: 443 } },
    hears: /^CONNECT far\.example:443 hi$/,
  },
  {
    does: 'in TLS is routed by its server name',
    protocol: 'tls',
    says: tls([['a.example'], 'v1'], [['b.example'], 'v2']),
    asks: 'b.example',
    hears: /^v2 b\.example hi$/,
  },
  {
    does: 'in TLS is routed by a wildcard',
    protocol: 'tls',
    says: tls([['a.example'], 'v1'], [['*.example'], 'v3']),
    asks: 'c.example',
    hears: /^v3 c\.example hi$/,
  },
  {
    does: 'in TLS goes to the service where no name is its',
    protocol: 'tls',
    says: tls([['a.example'], 'v1']),
    asks: 'b.example',
    hears: /^v[123] b\.example hi$/,
  },
  {
    does: 'passes a gateway by its server name',
    protocol: 'tls',
    says: { ...tls([['a.example'], 'v1'], [['b.example'], 'v2']), gateways: ['edge'] },
    edge: 9002,
    asks: 'b.example',
    hears: /^v2 b\.example hi$/,
  },
  {
    does: 'passes no gateway whose server is not for its name',
    protocol: 'tls',
    says: {
      hosts: ['e.example', 'd.other'],
      gateways: ['edge'],
      tls: [{ match: [{ sniHosts: ['d.other'] }], route: [to('v1')] }],
    },
    edge: 9002,
    asks: 'd.other',
    hears: undefined,
  },
  {
    does: 'in TLS ends at a gateway, and goes on in plain text',
    says: { hosts: ['ended.example'], gateways: ['edge'], tcp: [{ match: [{ port: 9003 }], route: [to('v3')] }] },
    edge: 9003,
    asks: 'ended.example',
    hears: /^v3 hi$/,
  },
  {
    does: 'passes a gateway between clusters to the service and version that a proxy names',
    protocol: 'tls',
    edge: 9004,
    asks: 'outbound_.80_.v2_.HOST.default.svc.cluster.local',
    isMesh: true,
    hears: /^v2 outbound_\.80_\.v2_\.s\d+\.default\.svc\.cluster\.local hi$/,
  },
  {
    does: 'passes it for nobody who is no proxy of the mesh',
    protocol: 'tls',
    edge: 9004,
    asks: 'outbound_.80_.v2_.HOST.default.svc.cluster.local',
    hears: undefined,
  },
  {
    does: 'passes it to no version that is not there',
    protocol: 'tls',
    edge: 9004,
    asks: 'outbound_.80_.v9_.HOST.default.svc.cluster.local',
    isMesh: true,
    hears: undefined,
  },
]

const folder = mkdtempSync(join(tmpdir(), 'mesh-l4-'))
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
const servers: readonly GatewayServer[] = [
  { port: { number: 9001, name: 'bytes', protocol: 'TCP' }, hosts: ['*'] },
  { port: { number: 9002, name: 'passed', protocol: 'TLS' }, hosts: ['*.example'], tls: { mode: 'PASSTHROUGH' } },
  {
    port: { number: 9003, name: 'ended', protocol: 'TLS' },
    hosts: ['ended.example'],
    tls: { mode: 'SIMPLE', serverCertificate: cert, privateKey: key },
  },
  { port: { number: 9004, name: 'auto', protocol: 'TLS' }, hosts: ['*.local'], tls: { mode: 'AUTO_PASSTHROUGH' } },
  { port: { number: 9005, name: 'named', protocol: 'TCP' }, hosts: ['bytes.example'] },
]

describe('a connection that is not looked into', { skip: withoutEnvoy }, () => {
  const listening: Listening[] = []
  let scene: Scene
  let ca = ''
  before(async () => {
    const authority = await CertificateAuthority.load(await createAuthorityFiles('test.example'), 'test.example')
    const names = ['a', 'b', 'c', 'ended'].map(name => `${name}.example`)
    const issued = await authority.issueServer([...names, 'd.other'], hour)
    ca = authority.roots
    writeFileSync(cert, issued.chain)
    writeFileSync(key, issued.key)
    const keys = { cert: issued.chain, key: issued.key }
    const started = async (made: readonly Promise<Listening>[]) => {
      const all = await Promise.all(made)
      listening.push(...all)
      return Object.fromEntries(all.map(({ port }, index) => [versions[index]!, port]))
    }
    const plain = await started(versions.map(version => byteServer(version)))
    const secure = await started(versions.map(version => secureByteServer(version, keys)))
    const tunnel = await started([tunnelServer()])
    const portsOf = ({ protocol, policy }: Case) =>
      policy !== undefined ? tunnel : protocol === 'tls' ? secure : plain
    scene = await startScene(
      cases.map((each, index) => rowOf(each, `s${index}`, portsOf(each))),
      { servers },
    )
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    for (const server of listening) await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  for (const [index, { does, edge, asks, isMesh, hears }] of cases.entries())
    it(does, async () => {
      const port = edge === undefined ? scene.portOf(`s${index}`) : scene.gatewayPortOf(edge)
      const servername = asks?.replace('HOST', `s${index}`)
      // The name that a proxy asks for is in no certificate: it goes by identities.
      const trusting = asks?.includes('HOST') === true ? { checkServerIdentity: () => undefined } : {}
      const mesh = isMesh === undefined ? trusting : { ...trusting, ALPNProtocols: ['istio'] }
      const heard = await say(port, 'hi', servername === undefined ? undefined : { servername, ca, ...mesh })
      if (hears === undefined) assert.equal(heard, undefined)
      else assert.match(heard ?? 'nothing', hears, scene.log())
    })
})

function rowOf({ says, policy, protocol = 'tcp' }: Case, service: string, ports: SceneRow['ports']): SceneRow {
  const named = (value: object) => JSON.parse(JSON.stringify(value).replaceAll('"HOST"', `"${service}"`)) as object
  const apiVersion = 'networking.istio.io/v1'
  const metadata = { name: service }
  const subsets = versions.map(version => ({ name: version, labels: { version } }))
  const spec = { host: service, subsets, ...(policy === undefined ? {} : { trafficPolicy: policy }) }
  const rule: Resource = { apiVersion, kind: 'DestinationRule', metadata, spec }
  const routing = says === undefined ? [] : [{ apiVersion, kind: 'VirtualService', metadata, spec: named(says) }]
  return { service, protocol, ports, resources: [rule, ...routing] }
}
