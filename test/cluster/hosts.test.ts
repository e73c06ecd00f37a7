/** Outside hosts, machines and pods that a ServiceEntry selects: from a real API server to a real Envoy. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent } from './agents.ts'
import { ApiServer, cannotRunApi, machineAddress } from './api-server.ts'
import { type GatewayScene, httpServer, startGateway } from './gateway-scene.ts'
import { makePod } from './objects.ts'

const skip = cannotRunApi() ?? (findTestEnvoy() === undefined ? 'no Envoy here' : false)

/** A server that says its name. */
async function named(name: string): Promise<{ readonly port: number; readonly close: () => void }> {
  const server = createServer((_, response) => response.end(name))
  await new Promise<void>(done => server.listen(0, '0.0.0.0', done))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

describe('hosts that a cluster declares', { skip }, () => {
  const stack = new AsyncDisposableStack()
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let scene: GatewayScene
  const ports: { [name: string]: number } = {}

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    running = await startAgent(api, admin)
    scene = await startGateway(admin, running, [httpServer])
    for (const name of ['outside', 'machine', 'pod']) {
      const { port, close } = await named(name)
      stack.defer(close)
      ports[name] = port
    }
    await make('serviceentries', 'ServiceEntry', 'outside', {
      hosts: ['api.example'],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: ports['outside'] }],
      resolution: 'DNS',
      endpoints: [{ address: 'localhost' }],
    })
    await make('workloadentries', 'WorkloadEntry', 'vm', {
      address: machineAddress,
      ports: { http: ports['machine'] },
      labels: { app: 'stock' },
    })
    await admin.call('POST', `/api/v1/namespaces/${scene.namespace}/services`, {
      body: { metadata: { name: 'stock' }, spec: { selector: { app: 'stock' }, ports: [{ name: 'http', port: 80 }] } },
    })
    await make('serviceentries', 'ServiceEntry', 'inside', {
      hosts: ['books.internal'],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: ports['pod'] }],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      workloadSelector: { labels: { app: 'books' } },
    })
    await make('virtualservices', 'VirtualService', 'hosts', {
      hosts: ['hosts.example'],
      gateways: ['edge'],
      http: ['api.example', 'stock', 'books.internal'].map(host => ({
        match: [{ uri: { prefix: `/${host}` } }],
        route: [{ destination: { host, port: { number: 80 } } }],
      })),
    })
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await running?.agent.close()
    await api?.stop()
    await stack.disposeAsync()
  })

  const make = (plural: string, kind: string, name: string, spec: object) =>
    admin.call('POST', `/apis/networking.istio.io/v1/namespaces/${scene.namespace}/${plural}`, {
      body: { apiVersion: 'networking.istio.io/v1', kind, metadata: { name }, spec },
    })

  const ask = (host: string) => get({ port: scene.ports.http, path: `/${host}`, headers: { host: 'hosts.example' } })
  const answers = (host: string, wanted: string | number) =>
    eventually(
      `${host} answers ${wanted}\n${scene.envoy.log()}`,
      async () => {
        const answer = await ask(host)
        return answer?.body === wanted || answer?.status === wanted
      },
      30_000,
    )

  it('lead outside, by the name of an endpoint', async () => {
    await answers('api.example', 'outside')
  })

  it('lead to a machine that a Service of Kubernetes selects', async () => {
    await answers('stock', 'machine')
  })

  it('lead to pods that an entry selects, while they are ready', async () => {
    await answers('books.internal', 503)
    await makePod(admin, scene.namespace, 'books', { labels: { app: 'books' } })
    const say = (status: object) =>
      admin.call('PATCH', `/api/v1/namespaces/${scene.namespace}/pods/books/status`, {
        contentType: 'application/merge-patch+json',
        body: { status },
      })
    const ready = (status: 'True' | 'False') => ({ conditions: [{ type: 'Ready', status }] })
    await say({ podIP: machineAddress, podIPs: [{ ip: machineAddress }], ...ready('True') })
    await answers('books.internal', 'pod')
    await say(ready('False'))
    await answers('books.internal', 503)
    await say(ready('True'))
    await answers('books.internal', 'pod')
  })

  it('are described as services are', async () => {
    const described = async (name: string) => {
      const args = ['describe', 'service', name, '-n', scene.namespace, '--kubeconfig', api.kubeconfig()]
      const { stdout, stderr } = await meshIn(tmpdir(), args)
      assert.equal(stderr, '')
      return stdout.replaceAll(scene.namespace, 'space')
    }
    assert.equal(
      await described('api.example'),
      `Service space/api.example
  host api.example
  outside of the mesh: no mutual TLS
  found by DNS, at all addresses of its names
  addresses none
  seen from all namespaces
Ports
  80 http → ${ports['outside']}, HTTP
Exposed by
  VirtualService/space/hosts at space/edge
`,
    )
    const inside = await described('books.internal')
    assert.match(inside, /part of the mesh\n {2}found at fixed addresses\n/)
    assert.match(inside, /1 ready endpoint\n/)
    assert.match(await described('stock'), new RegExp(`Machines\\n {2}vm \\(app=stock\\) at ${machineAddress}\\n`))
  })

  it('are gone with their entry', async () => {
    await admin.call('DELETE', `/apis/networking.istio.io/v1/namespaces/${scene.namespace}/workloadentries/vm`)
    await answers('stock', 503)
  })
})
