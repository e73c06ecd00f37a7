/** A gateway that asks a service: from Istio's ConfigMap in a real API server to a real Envoy. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { httpAuthorizer, type TestAuthorizer } from '../support/authorizers.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { type GatewayScene, httpServer, startGateway } from './gateway-scene.ts'

const skip = cannotRunApi() ?? (findTestEnvoy() === undefined ? 'no Envoy here' : false)
const configMaps = '/api/v1/namespaces/istio-system/configmaps'

describe('a service that decides, in a cluster', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let scene: GatewayScene
  let gate: TestAuthorizer

  before(async () => {
    gate = await httpAuthorizer()
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    await admin.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'istio-system' } } })
    running = await startAgent(api, admin)
    scene = await startGateway(admin, running, [httpServer])
    await make('networking.istio.io/v1', 'serviceentries', 'ServiceEntry', {
      hosts: ['gate.example'],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: gate.port }],
      resolution: 'DNS',
      endpoints: [{ address: 'localhost' }],
    })
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await running?.agent.close()
    await api?.stop()
    await gate?.[Symbol.asyncDispose]()
  })

  const make = (apiVersion: string, plural: string, kind: string, spec: object) =>
    admin.call('POST', `/apis/${apiVersion}/namespaces/${scene.namespace}/${plural}`, {
      body: { apiVersion, kind, metadata: { name: 'gate' }, spec },
    })
  const ask = (path: string, headers: { readonly [name: string]: string } = {}) =>
    get({ port: scene.ports.http, path, headers: { host: 'any.example', ...headers } })
  const answers = (path: string, wanted: number, headers: { readonly [name: string]: string } = {}) =>
    eventually(`${path} answers ${wanted}`, async () => (await ask(path, headers))?.status === wanted, 30_000)
  const settings = (provider: string) => {
    const way = { envoyExtAuthzHttp: { service: 'gate.example', port: 80, includeRequestHeadersInCheck: ['x-token'] } }
    return JSON.stringify({ extensionProviders: [{ name: provider, ...way }] })
  }

  it('refuses while nobody has the name, and says so', async () => {
    await answers('/admin', 200)
    await make('security.istio.io/v1', 'authorizationpolicies', 'AuthorizationPolicy', {
      action: 'CUSTOM',
      provider: { name: 'gate' },
      rules: [{ to: [{ operation: { paths: ['/admin'] } }] }],
    })
    await answers('/admin', 403, { 'x-token': 'good' })
    assert.equal((await ask('/'))?.status, 200)
  })

  it('asks from when the ConfigMap names it', async () => {
    const body = { metadata: { name: 'istio' }, data: { mesh: settings('gate') } }
    await admin.call('POST', configMaps, { body })
    await answers('/admin', 200, { 'x-token': 'good' })
    await answers('/admin', 401)
    assert.equal((await ask('/'))?.status, 200)
  })

  it('is known to mesh describe', async () => {
    const { stderr } = await meshIn(tmpdir(), [
      ...['describe', 'service', 'edge', '-n', scene.namespace],
      ...['--kubeconfig', api.kubeconfig()],
    ])
    assert.equal(stderr, '')
  })

  it('refuses again when the name changes, and when the ConfigMap is gone', async () => {
    const rename = (name: string) =>
      admin.call('PATCH', `${configMaps}/istio`, {
        contentType: 'application/merge-patch+json',
        body: { data: { mesh: settings(name) } },
      })
    await rename('other')
    await answers('/admin', 403, { 'x-token': 'good' })
    await rename('gate')
    await answers('/admin', 200, { 'x-token': 'good' })
    await admin.call('DELETE', `${configMaps}/istio`)
    await answers('/admin', 403, { 'x-token': 'good' })
  })
})
