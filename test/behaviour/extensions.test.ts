/** What real Envoys do of filters of the mesh's own, whose settings come over ADS in either protocol. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect, createServer as createSocketServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { SnapshotCache } from '../../src/agent/snapshots.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import type { Placement, ProxyPlacement } from '../../src/model/placement.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import type { Snapshot } from '../../src/xds/snapshot.ts'
import { isAccepted, placed } from '../kinds/accepted.ts'
import { TestEnvoy } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePorts } from '../support/free-ports.ts'
import { wasmPlugin } from '../support/wasm-plugin.ts'
import { eventually, TestServer } from '../support/xds-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'mesh-extensions-'))
const [good, broken] = [join(folder, 'good.wasm'), join(folder, 'broken.wasm')]
const module = wasmPlugin()
const sha256 = createHash('sha256').update(module).digest('hex')

interface Case {
  readonly does: string
  /**
   * Specs of WasmPlugins, of TrafficExtensions where they have `lua` or `wasm`, each for the case's port alone, or of
   * EnvoyFilters.
   */
  readonly says: (codePort: number) => readonly Spec[]
  readonly protocol?: 'tcp'
  /** Is the workload called, where it else calls a service? */
  readonly isCalled?: true
  readonly status?: number
  /** Headers of the answer; null: it is not there. */
  readonly headers?: Readonly<{ [name: string]: string | null }>
  /** Of bytes: what comes back. */
  readonly hears?: string
  /** Nothing comes back. */
  readonly isSilent?: true
}

type Spec = Readonly<{ [field: string]: unknown }>

const lua = (text: string, more: Spec = {}): Spec => ({
  lua: {
    inlineCode: `function envoy_on_response(handle)
      local before = handle:headers():get("x-lua") or ""
      handle:headers():replace("x-lua", before .. "${text}")
    end`,
  },
  ...more,
})
const file = (path: string, more: Spec = {}): Spec => ({ url: `file://${path}`, ...more })

const cases: readonly Case[] = [
  {
    does: 'a plugin in a file',
    says: () => [file(good, { pluginConfig: { a: 1 } })],
    headers: { 'x-wasm': '{"a":1}' },
  },
  {
    does: 'a plugin that is fetched by its digest',
    says: port => [{ url: `http://127.0.0.1:${port}/good.wasm`, sha256, pluginConfig: { b: 2 } }],
    headers: { 'x-wasm': '{"b":2}' },
  },
  {
    does: 'a plugin of a TrafficExtension',
    says: () => [{ wasm: file(good, { pluginConfig: { c: 3 } }) }],
    headers: { 'x-wasm': '{"c":3}' },
  },
  { does: 'a script', says: () => [lua('out')], headers: { 'x-lua': 'out' } },
  {
    does: 'a plugin for bytes',
    protocol: 'tcp',
    says: () => [file(good, { type: 'NETWORK', pluginConfig: { d: 4 } })],
    hears: '{"d":4}bytes hi',
  },
  { does: 'without code that it needs, nothing', says: () => [{ url: 'oci://images.example/a' }], status: 403 },
  { does: 'code that may be missing', says: () => [{ url: 'oci://images.example/a', failStrategy: 'FAIL_OPEN' }] },
  {
    does: 'without code for bytes that it needs, no bytes',
    protocol: 'tcp',
    says: () => [{ url: 'oci://images.example/a', type: 'NETWORK' }],
    hears: '',
    isSilent: true,
  },
  { does: 'calls are not those of a server', says: () => [lua('no', { mode: 'SERVER' })], headers: { 'x-lua': null } },
  { does: 'what comes in is', isCalled: true, says: () => [lua('in', { mode: 'SERVER' })], headers: { 'x-lua': 'in' } },
  {
    does: 'what comes in is not a client’s',
    isCalled: true,
    says: () => [lua('no', { mode: 'CLIENT' })],
    headers: { 'x-lua': null },
  },
  {
    // The last filter is the first that sees an answer.
    does: 'phases go before priorities, and those before names',
    says: () => [
      lua('a', { priority: 9 }),
      lua('b', { phase: 'STATS' }),
      lua('c', { phase: 'AUTHZ', priority: -1 }),
      lua('d', { phase: 'AUTHZ' }),
      lua('e', { phase: 'AUTHN' }),
      lua('f', { phase: 'AUTHN' }),
    ],
    headers: { 'x-lua': 'abcdfe' },
  },
  {
    does: 'one that selects others is not here',
    says: () => [lua('no', { selector: { matchLabels: { app: 'other' } } })],
    headers: { 'x-lua': null },
  },
  {
    does: 'a filter of Envoy’s that an EnvoyFilter has ask',
    says: () => [askingFor('asking', 'function envoy_on_response(handle) handle:headers():add("x-lua", "asked") end')],
    headers: { 'x-lua': 'asked' },
  },
]

const luaType = 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua'
const askingFor = (name: string, code: string): Spec => ({
  configPatches: [
    {
      applyTo: 'HTTP_FILTER',
      match: { listener: { portNumber: servicePort(cases.length - 1) } },
      patch: {
        operation: 'INSERT_FIRST',
        value: {
          name,
          config_discovery: {
            config_source: { ads: {}, resource_api_version: 'V3' },
            type_urls: [luaType],
          },
        },
      },
    },
    {
      applyTo: 'EXTENSION_CONFIG',
      patch: {
        operation: 'ADD',
        value: { name, typed_config: { '@type': luaType, default_source_code: { inline_string: code } } },
      },
    },
  ],
})

const caller = { app: 'caller' }
const servicePort = (index: number) => 9000 + index

function resourcesOf(
  { says, protocol = 'http' as never, isCalled }: Case,
  index: number,
  codePort: number,
): Resource[] {
  const name = `s${index}`
  const selector = isCalled === true ? caller : { app: name }
  const ports = [{ name: 'main', appProtocol: protocol, port: servicePort(index), targetPort: servicePort(index) }]
  const extensions = says(codePort).map(({ mode, ...spec }, at): Resource => {
    if ('configPatches' in spec)
      return {
        apiVersion: 'networking.istio.io/v1alpha3',
        kind: 'EnvoyFilter',
        metadata: { name: `e${index}`, namespace: 'default' },
        spec,
      }
    const kind = 'lua' in spec || 'wasm' in spec ? 'TrafficExtension' : 'WasmPlugin'
    const match = [{ ports: [{ number: servicePort(index) }], ...(mode === undefined ? {} : { mode }) }]
    const metadata = { name: `e${index}-${at}`, namespace: 'default' }
    return { apiVersion: 'extensions.istio.io/v1alpha1', kind, metadata, spec: { match, ...spec } }
  })
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { selector, ports } },
    ...extensions,
  ]
}

const workload: Resource = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'caller', namespace: 'default' },
  spec: {
    selector: { matchLabels: caller },
    template: { metadata: { labels: caller }, spec: { containers: [{ name: 'a', image: 'a' }] } },
  },
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The connection that it came over. */
  readonly localPort: number | undefined
}

/** What comes back for bytes. */
function say(port: number, text: string): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let heard = ''
    socket.on('data', data => {
      heard += data
    })
    socket.once('end', () => done(heard)).once('error', failed)
  })
}

function ask(port: number, agent?: Agent): Promise<Answer> {
  return new Promise((done, failed) => {
    const call = request(
      { host: '127.0.0.1', port, ...(agent === undefined ? { agent: false } : { agent }) },
      answer => {
        const { localPort } = answer.socket
        answer.resume().once('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, localPort }))
      },
    )
    call.once('error', failed).end()
  })
}

for (const protocol of ['sotw', 'delta'] as const)
  describe(`filters of the mesh’s own, over ${protocol}`, { skip: withoutEnvoy }, () => {
    const servers: Server[] = []
    const cache = new SnapshotCache(loadCodec())
    let ports: readonly number[] = []
    let server: TestServer
    let envoy: TestEnvoy
    let snapshotOf: (push: number, all: readonly Case[]) => Snapshot
    const listen = async (made: Server) => {
      servers.push(made)
      await new Promise<void>(ready => made.listen(0, '127.0.0.1', ready))
      return (made.address() as AddressInfo).port
    }
    before(async () => {
      writeFileSync(good, module)
      writeFileSync(broken, 'this is no module')
      const http = await listen(createServer((_, response) => void response.end('ok')))
      const bytes = await listen(
        createSocketServer(socket => {
          socket.on('error', () => {}).once('data', data => socket.end(`bytes ${data}`))
        }),
      )
      const code = await listen(createServer((_, response) => void response.end(module)))
      ports = await freePorts(cases.length)
      snapshotOf = (push, all) => {
        const resources = all.flatMap((each, index) => resourcesOf(each, index, code))
        for (const resource of resources) assert.ok(isAccepted(resource), JSON.stringify(resource))
        const { mesh } = resolve([workload, ...resources].map(placed)).value
        const proxy = proxyOf(all, ports, http)
        const placement: Placement = {
          proxies: { 'caller.default': proxy },
          endpoints: Object.fromEntries(
            all.map((each, index) => [`s${index}.default.svc.cluster.local`, [endpoint(index, each, { http, bytes })]]),
          ),
        }
        return cache.snapshot({ digest: `r${push}`, push, mesh, placement }, proxy)
      }
      server = await TestServer.start(snapshotOf(1, cases))
      envoy = new TestEnvoy({
        protocol,
        xds: server.address,
        nodeId: 'sidecar~127.0.0.1~caller.default~default.svc.cluster.local',
      })
      await envoy.live()
    })
    after(async () => {
      await envoy?.[Symbol.asyncDispose]()
      await server?.[Symbol.asyncDispose]()
      for (const each of servers) each.close()
    })

    for (const [index, { does, status = 200, headers = {}, hears, isSilent }] of cases.entries())
      it(does, async () => {
        if (isSilent === true) return assert.equal(await say(ports[index]!, 'hi').catch(() => ''), '')
        if (hears !== undefined) return assert.ok((await say(ports[index]!, 'hi')).startsWith(hears), envoy.log())
        const answer = await ask(ports[index]!)
        assert.equal(answer.status, status, envoy.log())
        for (const [name, value] of Object.entries(headers))
          assert.equal(answer.headers[name]?.toString() ?? null, value, envoy.log())
      })

    it('another configuration reaches connections that are open, and touches no listener', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const first = await ask(ports[0]!, agent)
      const changed: Case = { ...cases[0]!, says: () => [file(good, { pluginConfig: { a: 'other' } })] }
      const before = await envoy.stat('listener_manager.listener_modified')
      server.push(snapshotOf(2, [changed, ...cases.slice(1)]))
      await eventually('the new configuration', async () => {
        const answer = await ask(ports[0]!, agent)
        assert.equal(answer.status, 200)
        assert.equal(answer.localPort, first.localPort, 'it is the same connection')
        return answer.headers['x-wasm'] === '{"a":"other"}'
      })
      assert.equal(await envoy.stat('listener_manager.listener_modified'), before)
      agent.destroy()
    })

    it('other code is fetched before it takes the place of the old, and nothing passes without', async () => {
      const port = ports[1]!
      const more = Buffer.concat([module, Buffer.from([0, 2, 1, 0x61])])
      const digest = createHash('sha256').update(more).digest('hex')
      const slow = await listen(createServer((_, response) => void setTimeout(() => response.end(more), 1000)))
      const says = () => [{ url: `http://127.0.0.1:${slow}/b.wasm`, sha256: digest, pluginConfig: { b: 'new' } }]
      server.push(snapshotOf(3, cases.with(1, { ...cases[1]!, says })))
      const heard = new Set<string>()
      await eventually('the new code', async () => {
        const { headers } = await ask(port)
        heard.add(`${headers['x-wasm']}`)
        return heard.has('{"b":"new"}')
      })
      assert.deepEqual([...heard], ['{"b":2}', '{"b":"new"}'])
    })

    it('a plugin that cannot run lets nothing pass, and the others are as they were', async () => {
      const says = () => [file(broken)]
      server.push(snapshotOf(4, [...cases.slice(0, -1), { ...cases.at(-1)!, says }]))
      await eventually('a refusal', async () => (await ask(ports.at(-1)!)).status === 500)
      // What it refuses it says a moment after it acts by it.
      await eventually('what it refuses', async () => server.of('nacked').length > 0)
      const [{ resources } = { resources: [] }] = server.of('nacked').map(({ nack }) => nack)
      assert.deepEqual(
        resources.map(({ name }) => name),
        [`extensions.istio.io/wasmplugin/default.e${cases.length - 1}-0`],
      )
      assert.equal((await ask(ports[0]!)).headers['x-wasm'], '{"a":1}')
      assert.equal((await ask(ports[3]!)).headers['x-lua'], 'out')
    })
  })

after(() => rmSync(folder, { recursive: true }))

function proxyOf(all: readonly Case[], ports: readonly number[], app: number): ProxyPlacement {
  const listens = all.map(({ isCalled }, index) => ({
    isCalled,
    index,
    listen: { address: '127.0.0.1', port: ports[index]! },
  }))
  const [called, calling] = [listens.filter(each => each.isCalled), listens.filter(each => !each.isCalled)]
  return {
    ...{ name: 'caller', namespace: 'default', workload: 'caller', address: '127.0.0.1', kind: 'sidecar', servers: [] },
    inbound: called.map(({ index, listen }) => ({
      port: servicePort(index),
      listen,
      app: { address: '127.0.0.1', port: app },
    })),
    outbound: calling.map(({ index, listen }) => ({
      host: `s${index}.default.svc.cluster.local`,
      port: servicePort(index),
      listen,
    })),
  }
}

function endpoint(index: number, { protocol }: Case, ports: { readonly http: number; readonly bytes: number }) {
  return {
    address: '127.0.0.1',
    ports: { main: protocol === 'tcp' ? ports.bytes : ports.http },
    hasSidecar: false,
    workload: { name: `s${index}`, namespace: 'default', labels: { app: `s${index}` }, serviceAccount: 'default' },
  }
}
