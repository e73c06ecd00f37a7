/** Where nodes stand comes to proxies with their endpoints, as it is said now: real API server, real Envoy. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { get, type TestEnvoy } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { type GatewayScene, httpServer, startGateway } from './gateway-scene.ts'

const skip = cannotRunApi() ?? (findTestEnvoy() === undefined ? 'no Envoy here' : false)

describe('localities, from a real API server to a real Envoy', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let scene: GatewayScene

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    const zone = (name: string) => ({
      'topology.kubernetes.io/region': 'north',
      'topology.kubernetes.io/zone': `north-${name}`,
    })
    await admin.call('POST', '/api/v1/nodes', {
      body: { metadata: { name: 'node-1', labels: { ...zone('a'), 'topology.istio.io/subzone': 'rack-7' } } },
    })
    await admin.call('POST', '/api/v1/nodes', { body: { metadata: { name: 'node-2', labels: zone('b') } } })
    running = await startAgent(api, admin)
    scene = await startGateway(admin, running, [httpServer])
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await running?.agent.close()
    await api?.stop()
  })

  const places = async () => localities(scene.envoy, `outbound|80||web.${scene.namespace}.svc.cluster.local`)
  const saying = (wanted: readonly string[]) =>
    eventually(`endpoints in ${wanted}`, async () => (await places()).join() === wanted.join(), 30_000)

  it('are those of the nodes that endpoints are on', async () => {
    await saying(['north/north-a/rack-7', 'north/north-b/'])
    assert.equal((await get({ port: scene.ports.http, path: '/' }))?.status, 200)
    assert.equal(scene.envoy.output(), '', 'this installation asks for no access log')
  })

  it('change with a node, and with nothing else that a node says of itself', async () => {
    const before = await scene.envoy.stat('cluster_manager.cds.update_success')
    const patch = (labels: object) =>
      admin.call('PATCH', '/api/v1/nodes/node-2', {
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels } },
      })
    const pushes = running.events.filter(({ kind }) => kind === 'acked').length
    await patch({ 'example.com/heartbeat': '1' })
    await patch({ 'topology.kubernetes.io/zone': 'north-c' })
    await saying(['north/north-a/rack-7', 'north/north-c/'])
    assert.equal(await scene.envoy.stat('cluster_manager.cds.update_success'), before, 'clusters are as they were')
    await eventually(
      'one acknowledgement more',
      () => running.events.filter(({ kind }) => kind === 'acked').length === pushes + 1,
    )
  })

  it('are gone with the labels: then endpoints stand nowhere', async () => {
    await admin.call('DELETE', '/api/v1/nodes/node-2')
    await saying(['//', 'north/north-a/rack-7'])
  })
})

/** `region/zone/subzone` of each endpoint of a cluster, sorted. */
async function localities(envoy: TestEnvoy, cluster: string): Promise<string[]> {
  const answer = JSON.parse((await envoy.admin('/clusters?format=json')) ?? '{}') as {
    readonly cluster_statuses?: readonly {
      readonly name: string
      readonly host_statuses?: readonly {
        readonly locality?: { readonly region?: string; readonly zone?: string; readonly sub_zone?: string }
      }[]
    }[]
  }
  const hosts = answer.cluster_statuses?.find(({ name }) => name === cluster)?.host_statuses ?? []
  return hosts
    .map(({ locality: { region = '', zone = '', sub_zone: subzone = '' } = {} }) => `${region}/${zone}/${subzone}`)
    .sort()
}
