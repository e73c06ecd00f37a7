/** Who comes in where a service decides: real Envoys, and services that are there, are gone, or are none that is known. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askRaw, type RawRequest } from '../../support/ask-raw.ts'
import { grpcAuthorizer, httpAuthorizer, type TestAuthorizer } from '../../support/authorizers.ts'
import { withoutEnvoy } from '../../support/find-test-envoy.ts'
import { freePorts } from '../../support/free-ports.ts'
import { type GuardedWorkload, type InboundScene, inboundScene } from '../../support/inbound-scene.ts'

/** By name: who is asked, and how. */
const providers = {
  web: { envoyExtAuthzHttp: { service: 'web.example.com', port: 80, timeout: '5s', ...told() } },
  web2: { envoyExtAuthzGrpc: { service: 'rpc.example.com', port: 81, timeout: '5s' } },
  shut: { envoyExtAuthzHttp: { service: 'gone.example.com', port: 80, timeout: '2s', statusOnError: '503' } },
  ajar: { envoyExtAuthzGrpc: { service: 'gone.example.com', port: 81, timeout: '2s', failOpen: true } },
  'shut-rpc': { envoyExtAuthzGrpc: { service: 'gone.example.com', port: 81, timeout: '2s' } },
  open: { envoyExtAuthzGrpc: { service: 'open.example.com', port: 81, timeout: '5s' } },
  nowhere: { envoyExtAuthzHttp: { service: 'nowhere.example.com', port: 80 } },
}

function told() {
  return {
    pathPrefix: '/ask',
    includeRequestHeadersInCheck: ['X-Tok*'],
    includeAdditionalHeadersInCheck: { 'x-asked-by': 'mesh' },
    headersToUpstreamOnAllow: ['x-user'],
    headersToDownstreamOnDeny: ['x-why'],
  }
}

type Rules = readonly object[]
const paths = (...list: readonly string[]): Rules => [{ to: [{ operation: { paths: list } }] }]
const asks = (name: keyof typeof providers | 'unknown', rules: Rules): GuardedWorkload['policies'][number] => ({
  kind: 'AuthorizationPolicy',
  spec: { action: 'CUSTOM', provider: { name }, rules },
})
const other = (action: 'ALLOW' | 'DENY', rules: Rules): GuardedWorkload['policies'][number] => ({
  kind: 'AuthorizationPolicy',
  spec: { action, rules },
})

interface Row extends GuardedWorkload {
  readonly what: string
  readonly answers: readonly (readonly [RawRequest, number | 'closed'])[]
}

const good = { 'x-token': 'good' }
const rows: readonly Row[] = [
  {
    what: 'asked by HTTP',
    policies: [asks('web', paths('/admin/*'))],
    answers: [
      [{ path: '/admin/a', headers: good }, 200],
      [{ path: '/admin/a' }, 401],
      [{ path: '/admin%2Fa' }, 401],
      [{ path: '/free' }, 200],
    ],
  },
  {
    what: 'asked by gRPC',
    policies: [asks('web2', paths('/admin/*'))],
    answers: [
      [{ path: '/admin/a', headers: good }, 200],
      [{ path: '/admin/a' }, 403],
      [{ path: '/free' }, 200],
    ],
  },
  {
    what: 'nobody answers, by HTTP',
    policies: [asks('shut', paths('/admin/*'))],
    answers: [
      [{ path: '/admin/a', headers: good }, 503],
      [{ path: '/free' }, 200],
    ],
  },
  {
    what: 'nobody answers, by gRPC',
    policies: [asks('shut-rpc', paths('/admin/*'))],
    answers: [[{ path: '/admin/a', headers: good }, 403]],
  },
  {
    what: 'nobody answers, and who asks goes on',
    policies: [asks('ajar', paths('/admin/*'))],
    answers: [[{ path: '/admin/a' }, 200]],
  },
  {
    what: 'the service is not there',
    policies: [asks('nowhere', paths('/admin/*'))],
    answers: [
      [{ path: '/admin/a', headers: good }, 403],
      [{ path: '/free' }, 200],
    ],
  },
  {
    what: 'nobody has the name',
    policies: [asks('unknown', paths('/admin/*'))],
    answers: [[{ path: '/admin/a', headers: good }, 403]],
  },
  {
    what: 'two are asked, each about its own',
    // The name of one begins that of the other.
    policies: [asks('web', paths('/a')), asks('web2', paths('/b'))],
    answers: [
      [{ path: '/a' }, 401],
      [{ path: '/b' }, 403],
      [{ path: '/a', headers: good }, 200],
      [{ path: '/b', headers: good }, 200],
      [{ path: '/c' }, 200],
    ],
  },
  {
    what: 'consent is not all: other policies refuse all the same',
    policies: [asks('web', paths('/a', '/b')), other('DENY', paths('/a')), other('ALLOW', paths('/a', '/b'))],
    answers: [
      [{ path: '/a', headers: good }, 403],
      [{ path: '/b', headers: good }, 200],
      [{ path: '/b' }, 401],
      [{ path: '/c', headers: good }, 403],
    ],
  },
  {
    what: 'a connection, asked about by gRPC: consent',
    protocol: 'tcp',
    policies: [asks('open', [{}])],
    answers: [[{ path: '/' }, 200]],
  },
  {
    what: 'a connection, asked about by gRPC: refusal',
    protocol: 'tcp',
    policies: [asks('web2', [{}])],
    answers: [[{ path: '/' }, 'closed']],
  },
  {
    what: 'a connection, and nobody answers',
    protocol: 'tcp',
    policies: [asks('shut-rpc', [{}])],
    answers: [[{ path: '/' }, 'closed']],
  },
  {
    what: 'a connection, and nobody answers: it goes on',
    protocol: 'tcp',
    policies: [asks('ajar', [{}])],
    answers: [[{ path: '/' }, 200]],
  },
  {
    what: 'a connection, and nobody has the name',
    protocol: 'tcp',
    policies: [asks('unknown', [{}])],
    answers: [[{ path: '/' }, 'closed']],
  },
  {
    what: 'a connection, of which by HTTP nobody is told (Istio’s rule)',
    protocol: 'tcp',
    policies: [asks('web', [{}])],
    answers: [[{ path: '/' }, 200]],
  },
]

const settings = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: {
    mesh: JSON.stringify({
      extensionProviders: Object.entries(providers).map(([name, provider]) => ({ name, ...provider })),
    }),
  },
}
const hosts = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'deciders', namespace: 'istio-system' },
  spec: {
    hosts: ['web.example.com', 'rpc.example.com', 'gone.example.com', 'open.example.com'],
    resolution: 'DNS',
    ports: [
      { number: 80, name: 'http', protocol: 'HTTP' },
      { number: 81, name: 'grpc', protocol: 'GRPC' },
    ],
  },
}

describe('services that decide who comes in', { skip: withoutEnvoy }, () => {
  let scene: InboundScene
  let http: TestAuthorizer
  let grpc: TestAuthorizer
  before(async () => {
    http = await httpAuthorizer()
    grpc = await grpcAuthorizer()
    const [nobody] = await freePorts(1)
    scene = await inboundScene(rows, {
      more: [settings, hosts],
      servers: {
        'outbound|80||web.example.com': { port: http.port },
        'outbound|81||rpc.example.com': { port: grpc.port, isHttp2: true },
        'outbound|81||open.example.com': { port: grpc.port, isHttp2: true },
        'outbound|80||gone.example.com': { port: nobody! },
        'outbound|81||gone.example.com': { port: nobody!, isHttp2: true },
      },
    })
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await Promise.all([http, grpc].map(each => each[Symbol.asyncDispose]()))
  })

  for (const [index, { what, answers }] of rows.entries()) {
    describe(what, () => {
      for (const [request, expected] of answers) {
        const { path, headers } = request
        it(`${expected}: ${path}${headers === undefined ? '' : ` ${JSON.stringify(headers)}`}`, async () => {
          const answer = await askRaw(scene.port(index), request)
          assert.equal(answer?.status ?? 'closed', expected, answer?.body)
        })
      }
    })
  }

  it('tells by HTTP what it is to tell, and no more', async () => {
    await askRaw(scene.port(0), { path: '/admin/told', headers: { ...good, 'x-secret': 's' } })
    const told = http.asked.find(text => text.includes('/admin/told')) ?? ''
    assert.match(told, /^GET \/ask\/admin\/told /)
    assert.match(told, /"x-token":"good"/)
    assert.match(told, /"x-asked-by":"mesh"/)
    assert.doesNotMatch(told, /x-secret/)
  })

  it('asks nobody about what no rule describes', async () => {
    const before = http.asked.length
    await askRaw(scene.port(0), { path: '/free' })
    assert.equal(http.asked.length, before)
  })

  it('tells the application who was let in, and the client why it was not', async () => {
    const answer = await askRaw(scene.port(0), { path: '/admin/a', headers: { ...good, 'x-user': 'forged' } })
    assert.match(answer!.body, /"x-user":"ann"/)
    const refusal = await askRaw(scene.port(0), { path: '/admin/a' })
    assert.equal(refusal!.body, 'who are you?')
  })
})
