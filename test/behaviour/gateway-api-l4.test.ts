/** What Envoy does of what TLSRoutes, TCPRoutes and GRPCRoutes say, at a gateway and for calls within the mesh. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CertificateAuthority, createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { checkRow } from './check-row.ts'
import { byteServer, type Listening, say, secureByteServer } from './l4-upstreams.ts'
import type { Row } from './row.ts'
import { type Scene, type SceneRow, startScene } from './scene.ts'
import { Upstreams } from './upstreams.ts'

const group = 'gateway.networking.k8s.io'
const hour = 3_600_000

const gateway: Resource = {
  apiVersion: `${group}/v1`,
  kind: 'Gateway',
  metadata: { name: 'front' },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [
      { name: 'http', port: 8080, protocol: 'HTTP' },
      { name: 'bytes', port: 9001, protocol: 'TCP' },
      { name: 'shared', port: 9002, protocol: 'TCP' },
      { name: 'none', port: 9003, protocol: 'TCP' },
      { name: 'exact', port: 9444, protocol: 'TLS', hostname: 'a.example', tls: { mode: 'Passthrough' } },
      { name: 'passed', port: 9443, protocol: 'TLS', hostname: '*.example', tls: { mode: 'Passthrough' } },
    ],
  },
}

const at = (sectionName: string) => ({ parentRefs: [{ name: 'front', sectionName }] })
const to = (name: string, weight?: number) => ({ name, port: 80, ...(weight === undefined ? {} : { weight }) })
const rules = (...backendRefs: readonly object[]) => ({ rules: [{ backendRefs }] })
const route = (kind: string, name: string, spec: object): Resource => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name },
  spec,
})

const routes: readonly Resource[] = [
  route('TCPRoute', 'bytes', { ...at('bytes'), ...rules(to('plain2')) }),
  route('TCPRoute', 'shared', { ...at('shared'), ...rules(to('plain1', 0), to('plain3', 2)) }),
  route('TCPRoute', 'none', { ...at('none'), ...rules(to('gone')) }),
  route('TLSRoute', 'first', { ...at('passed'), hostnames: ['a.example'], ...rules(to('secure1')) }),
  route('TLSRoute', 'other', { ...at('passed'), hostnames: ['*.example', 'c.elsewhere'], ...rules(to('secure2')) }),
  route('TLSRoute', 'first-by-name', { ...at('exact'), hostnames: ['*.example'], ...rules(to('secure2')) }),
  route('TLSRoute', 'last-by-name', { ...at('exact'), hostnames: ['a.example'], ...rules(to('secure1')) }),
  route('TCPRoute', 'within', { parentRefs: [{ group: '', kind: 'Service', name: 'plain1' }], ...rules(to('plain3')) }),
  route('TLSRoute', 'within', {
    parentRefs: [{ group: '', kind: 'Service', name: 'secure1' }],
    hostnames: ['b.example'],
    ...rules(to('secure2')),
  }),
]

interface Case {
  readonly does: string
  /** A port of the gateway, or the service that is called. */
  readonly calls: number | string
  readonly asks?: string
  readonly hears: RegExp | undefined
}

const cases: readonly Case[] = [
  { does: 'goes where the TCPRoute of its listener says', calls: 9001, hears: /^v2 hi$/ },
  { does: 'is shared out by weight', calls: 9002, hears: /^v3 hi$/ },
  { does: 'is closed where the backend is missing', calls: 9003, hears: undefined },
  { does: 'in TLS goes by its server name', calls: 9443, asks: 'a.example', hears: /^v1 a\.example hi$/ },
  { does: 'in TLS goes by a wildcard, where no route names it', calls: 9443, asks: 'b.example', hears: /^v2 b\.ex/ },
  {
    does: 'in TLS goes by the hostname that is more exact',
    calls: 9444,
    asks: 'a.example',
    hears: /^v1 a\.example hi$/,
  },
  {
    does: 'in TLS is closed, where the listener is not for its name',
    calls: 9443,
    asks: 'c.elsewhere',
    hears: undefined,
  },
  { does: 'within the mesh goes where the Service’s TCPRoute says', calls: 'plain1', hears: /^v3 hi$/ },
  { does: 'of a Service without routes goes to it', calls: 'plain2', hears: /^v2 hi$/ },
  { does: 'in TLS within the mesh goes by its name', calls: 'secure1', asks: 'b.example', hears: /^v2 b\.example hi$/ },
  { does: 'in TLS goes to the Service, where no name is its', calls: 'secure1', asks: 'a.example', hears: /^v1 a\.ex/ },
]

const v1 = to('v1')
const v2 = to('v2')
const calls: readonly (Row & { readonly rules: readonly object[] })[] = [
  ...(
    [
      ['its service and method', { service: 'a.B', method: 'Get' }, '/a.B/Get', '/a.B/Set'],
      ['its service', { service: 'a.B' }, '/a.B/Get', '/a.BC/Get'],
      ['its method', { method: 'Get' }, '/any.Thing/Get', '/any.Thing/GetAll'],
      ['expressions', { type: 'RegularExpression', service: 'a\\.[BC]', method: 'Get|Set' }, '/a.C/Set', '/a.D/Set'],
    ] as const
  ).flatMap(([does, method, yes, no]) => {
    const both = [{ backendRefs: [v1] }, { matches: [{ method }], backendRefs: [v2] }]
    return [
      {
        does: `is known by ${does}`,
        rules: both,
        ask: { method: 'POST', path: yes },
        sees: { servers: 'v2' } as const,
      },
      { does: `is known not to be by ${does}`, rules: both, ask: { path: no }, sees: { servers: 'v1' } as const },
    ]
  }),
  {
    does: 'gets UNAVAILABLE, where its backend is missing',
    rules: [{ backendRefs: [to('gone')] }],
    ask: { method: 'POST', path: '/a.B/Get', headers: { 'content-type': 'application/grpc' } },
    sees: { headers: { 'grpc-status': '14' }, attempts: 0 },
  },
]

describe('what routes of the Gateway API say that are no HTTPRoutes', { skip: withoutEnvoy }, () => {
  const listening: Listening[] = []
  let upstreams: Upstreams
  let scene: Scene
  let ca = ''
  before(async () => {
    const authority = await CertificateAuthority.load(await createAuthorityFiles('test.example'), 'test.example')
    const issued = await authority.issueServer(['a.example', 'b.example', 'c.elsewhere'], hour)
    ca = authority.roots
    const keys = { cert: issued.chain, key: issued.key }
    const started = async (made: Promise<Listening>) => {
      const server = await made
      listening.push(server)
      return server.port
    }
    upstreams = await Upstreams.start(['v1', 'v2'])
    const row = (service: string, protocol: string, port: number, resources: readonly Resource[] = []): SceneRow => ({
      service,
      protocol,
      ports: { v: port },
      resources,
    })
    scene = await startScene(
      [
        row('plain1', 'tcp', await started(byteServer('v1')), [gateway, ...routes]),
        row('plain2', 'tcp', await started(byteServer('v2'))),
        row('plain3', 'tcp', await started(byteServer('v3'))),
        row('secure1', 'tls', await started(secureByteServer('v1', keys))),
        row('secure2', 'tls', await started(secureByteServer('v2', keys))),
        ...(['v1', 'v2'] as const).map((name): SceneRow => {
          return { service: name, protocol: 'http', ports: { [name]: upstreams.ports[name]! }, resources: [] }
        }),
        ...calls.map((call, index) => callRow(call.rules, `s${index}`)),
      ],
      {
        servers: (gateway.spec as { listeners: { port: number; name: string }[] }).listeners.map(({ port, name }) => {
          return { port: { number: port, name, protocol: 'TCP' }, hosts: ['*'] }
        }),
      },
    )
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await upstreams?.[Symbol.asyncDispose]()
    for (const server of listening) await server[Symbol.asyncDispose]()
  })

  describe('a connection', () => {
    for (const { does, calls: called, asks, hears } of cases)
      it(does, async () => {
        const port = typeof called === 'number' ? scene.gatewayPortOf(called) : scene.portOf(called)
        const heard = await say(port, 'hi', asks === undefined ? undefined : { servername: asks, ca })
        if (hears === undefined) assert.equal(heard, undefined)
        else assert.match(heard ?? 'nothing', hears, scene.log())
      })
  })

  describe('a call', { concurrency: true }, () => {
    for (const [index, row] of calls.entries()) {
      it(`${row.does}, at a gateway`, () => checkRow(`s${index}`, { ...row, isEdge: true }, scene, upstreams))
    }
  })
})

function callRow(own: readonly object[], service: string): SceneRow {
  const resource = route('GRPCRoute', service, { ...at('http'), hostnames: [`${service}.example.com`], rules: own })
  return { service, protocol: 'http', ports: {}, resources: [resource] }
}
