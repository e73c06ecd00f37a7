/** What real Envoys do of `limit`, `quota` and `processing`, with services that count and change requests. */
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { compile } from '../../src/compile.ts'
import type { Mesh } from '../../src/model/mesh.ts'
import type { Placement, ProxyPlacement } from '../../src/model/placement.ts'
import { emitBootstraps } from '../../src/phases/4-emit/envoy/index.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePorts } from '../support/free-ports.ts'
import { grpcServer } from '../support/grpc-server.ts'

interface Asked {
  readonly path?: string
  readonly method?: string
  readonly host?: string
  readonly headers?: Readonly<{ [name: string]: string }>
}

interface Case {
  readonly does: string
  /** A workload, whose proxy is called, or the gateway. */
  readonly at: string
  readonly asks: Asked
  /** One after the other. */
  readonly statuses: readonly number[]
}

const free = { 'x-plan': 'free' }

const cases: readonly Case[] = [
  { does: 'so many requests pass, and no more', at: 'plain-v1', asks: {}, statuses: [200, 200, 429, 429] },
  { does: 'as many at once as may be', at: 'burst-v1', asks: {}, statuses: [200, 200, 200, 429] },
  { does: 'a limit that is only tried refuses nobody', at: 'tried-v1', asks: {}, statuses: [200, 200, 200] },
  {
    does: 'what a limit is not about is not counted: another path',
    at: 'picky-v1',
    asks: { path: '/ab', headers: free },
    statuses: [200, 200],
  },
  {
    does: 'another method',
    at: 'picky-v1',
    asks: { path: '/a', method: 'POST', headers: free },
    statuses: [200, 200],
  },
  {
    does: 'another header',
    at: 'picky-v1',
    asks: { path: '/a', headers: { 'x-plan': 'tryxit' } },
    statuses: [200, 200],
  },
  { does: 'what it is about is', at: 'picky-v1', asks: { path: '/a?b', headers: free }, statuses: [200, 429, 429] },
  {
    does: 'and all that it is about together',
    at: 'picky-v1',
    asks: { path: '/b/c', headers: { 'x-plan': 'try.it' } },
    statuses: [429],
  },
  {
    does: 'a host, with a status of its own',
    at: 'picky-v1',
    asks: { host: 'a.SLOW.example:80' },
    statuses: [200, 503],
  },
  { does: 'a version’s limit is not that of the others', at: 'two-v1', asks: {}, statuses: [200, 200, 200] },
  { does: 'but its own', at: 'two-v2', asks: {}, statuses: [200, 429] },
  {
    does: 'a gateway limits one host',
    at: 'gateway',
    asks: { host: 'limited.example' },
    statuses: [200, 200, 429],
  },
  { does: 'and no other', at: 'gateway', asks: { host: 'free.example' }, statuses: [200, 200, 200] },
  {
    does: 'a service counts at the gateway, too',
    at: 'gateway',
    asks: { host: 'free.example', headers: { 'x-visitor': 'ann' } },
    statuses: [200, 200, 429],
  },
  {
    does: 'a service counts for all',
    at: 'shared-v1',
    asks: { headers: { 'x-user': 'ann' } },
    statuses: [200, 200, 429],
  },
  { does: 'each value by itself', at: 'shared-v1', asks: { headers: { 'x-user': 'bob' } }, statuses: [200, 200, 429] },
  { does: 'it is not asked about nothing', at: 'shared-v1', asks: {}, statuses: [200, 200, 200, 200] },
  { does: 'two things together', at: 'shared-v1', asks: { headers: { 'x-path': '/p' } }, statuses: [200, 200, 429] },
  { does: 'without it, nothing passes', at: 'strict-v1', asks: {}, statuses: [500] },
  { does: 'or all does', at: 'lax-v1', asks: {}, statuses: [200, 200, 200] },
  { does: 'without a processor nothing passes', at: 'unheard-v1', asks: {}, statuses: [500] },
  { does: 'or all does, as it is', at: 'ignored-v1', asks: {}, statuses: [200] },
  { does: 'a processor refuses', at: 'scrubbed-v1', asks: { path: '/secret' }, statuses: [403] },
]

/** Counts what it is asked about; the third of anything is too many. */
function rateLimits(asked: string[]) {
  const counts = new Map<string, number>()
  return {
    request: 'envoy.service.ratelimit.v3.RateLimitRequest',
    response: 'envoy.service.ratelimit.v3.RateLimitResponse',
    answer: ({ domain, descriptors }: { readonly [field: string]: unknown }) => {
      const isOver = (descriptors as readonly object[]).map(descriptor => {
        const key = `${domain} ${JSON.stringify(descriptor)}`
        asked.push(key)
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return counts.get(key)! > 2
      })
      return { overall_code: isOver.includes(true) ? 'OVER_LIMIT' : 'OK' }
    },
  }
}

/** Marks requests and answers, takes `x-secret` away, and refuses one path. */
const processor = {
  request: 'envoy.service.ext_proc.v3.ProcessingRequest',
  response: 'envoy.service.ext_proc.v3.ProcessingResponse',
  answer: (message: { readonly [field: string]: unknown }) => {
    const text = Buffer.from(JSON.stringify(message['request_headers'] ?? {})).toString()
    if (text.includes(Buffer.from('/secret').toString('base64')))
      return { immediate_response: { status: { code: 'Forbidden' } } }
    const part = message['request_headers'] === undefined ? 'response_headers' : 'request_headers'
    const header = { key: 'x-scrubbed', raw_value: Buffer.from(part).toString('base64') }
    const header_mutation = { set_headers: [{ header }], remove_headers: ['x-secret'] }
    return { [part]: { response: { header_mutation } } }
  },
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

function ask(port: number, { path = '/', method = 'GET', host, headers = {} }: Asked): Promise<Answer> {
  const options = { host: '127.0.0.1', port, path, method, agent: false as const }
  return new Promise((done, failed) => {
    const call = request({ ...options, headers: { ...(host === undefined ? {} : { host }), ...headers } }, answer => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => (body += text))
      answer.once('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
    })
    call.once('error', failed).end()
  })
}

describe('limits and processors', { skip: withoutEnvoy }, () => {
  const stack = new AsyncDisposableStack()
  const asked: string[] = []
  let app: Server
  let envoy: TestEnvoy
  let ports: ReadonlyMap<string, number>

  before(async () => {
    app = createServer(({ headers }, response) => void response.end(JSON.stringify(headers)))
    await new Promise<void>(done => app.listen(0, '127.0.0.1', done))
    const limiter = stack.use(
      await grpcServer({ '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit': rateLimits(asked) }),
    )
    const scrubber = stack.use(await grpcServer({ '/envoy.service.ext_proc.v3.ExternalProcessor/Process': processor }))
    const { resolved, diagnostics } = await compile({ path: join(import.meta.dirname, 'limits-mesh') })
    assert.ok(resolved, JSON.stringify(diagnostics))
    assert.deepEqual(diagnostics, [])
    const { mesh } = resolved
    const [dead = 0, edge = 0, ...found] = await freePorts(mesh.workloads.length + 2)
    ports = new Map([['gateway', edge], ...mesh.workloads.map(({ name }, index) => [name, found[index]!] as const)])
    const placement = placementOf(mesh, ports, (app.address() as AddressInfo).port, {
      limiter: limiter.port,
      scrubber: scrubber.port,
      absent: dead,
    })
    const statics = [...emitBootstraps(mesh, placement).values()].map(({ static_resources: part }) => part as Statics)
    const clusters = new Map(statics.flatMap(part => part.clusters.map(cluster => [cluster.name, cluster] as const)))
    envoy = stack.use(
      new TestEnvoy({
        statics: { listeners: statics.flatMap(({ listeners }) => listeners), clusters: [...clusters.values()] },
      }),
    )
    await envoy.live()
  })
  after(async () => {
    await stack.disposeAsync()
    app?.close()
  })

  for (const { does, at, asks, statuses } of cases)
    it(`${at}: ${does}`, async () => {
      const seen: number[] = []
      for (const _ of statuses) seen.push((await ask(ports.get(at)!, asks)).status)
      assert.deepEqual(seen, statuses, envoy.log())
    })

  it('the service is told the domain and what is counted', () => {
    const entry = (key: string, value: string) => ({ key, value })
    const about = (domain: string, ...entries: object[]) => `${domain} ${JSON.stringify({ entries })}`
    assert.ok(asked.includes(about('shop', entry('user', 'ann'))), asked.join('\n'))
    assert.ok(asked.includes(about('shop', entry('tier', 'paid'), entry('path', '/p'))), asked.join('\n'))
  })

  it('a processor changes the headers of requests and of answers', async () => {
    const { headers, body } = await ask(ports.get('scrubbed-v1')!, { headers: { 'x-secret': 'word' } })
    const seen = JSON.parse(body) as IncomingHttpHeaders
    assert.equal(seen['x-scrubbed'], 'request_headers')
    assert.equal(seen['x-secret'], undefined)
    assert.equal(headers['x-scrubbed'], 'response_headers')
  })
})

interface Statics {
  readonly listeners: readonly object[]
  readonly clusters: readonly { readonly name: string }[]
}

function placementOf(
  mesh: Mesh,
  ports: ReadonlyMap<string, number>,
  app: number,
  servers: Readonly<{ [service: string]: number }>,
): Placement {
  const here = (port: number) => ({ address: '127.0.0.1', port })
  const base = { namespace: 'default', address: '127.0.0.1', outbound: [] }
  const sidecars = mesh.workloads.map(({ name, labels }): ProxyPlacement => {
    const service = mesh.services.find(each => each.name === labels['app'])!
    const inbound = [{ port: service.ports[0]!.number, listen: here(ports.get(name)!), app: here(app) }]
    return { ...base, name, workload: name, kind: 'sidecar', inbound, servers: [] }
  })
  const gateway: ProxyPlacement = {
    ...{ ...base, name: 'ingressgateway', kind: 'router', labels: { istio: 'ingressgateway' }, inbound: [] },
    servers: [{ port: 8080, listen: here(ports.get('gateway')!) }],
  }
  const endpoints = mesh.services.map(({ name, host, ports: own }) => {
    const workload = { name, namespace: 'default', labels: { app: name, version: 'v1' }, serviceAccount: name }
    const port = servers[name] ?? app
    return [host, [{ address: '127.0.0.1', ports: { [own[0]!.name]: port }, hasSidecar: false, workload }]] as const
  })
  const proxies = [...sidecars, gateway].map(proxy => [`${proxy.name}.default`, proxy] as const)
  return { proxies: Object.fromEntries(proxies), endpoints: Object.fromEntries(endpoints) }
}
