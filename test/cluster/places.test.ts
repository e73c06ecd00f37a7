/** Where endpoints and gateways are comes to proxies as it is said now: real API server, real Envoy. */
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { get, type TestEnvoy } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { type GatewayScene, httpServer, startGateway } from './gateway-scene.ts'
import { makePod } from './objects.ts'

const withoutIpv6 = (networkInterfaces()['lo'] ?? []).some(({ address }) => address === '::1') ? false : 'no ::1 here'
const skip = cannotRunApi() ?? (findTestEnvoy() === undefined ? 'no Envoy here' : false)

describe('where things are, from a real API server to a real Envoy', { skip }, () => {
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
  const asked = async () => {
    const pages = await Promise.all(Array.from({ length: 12 }, () => get({ port: scene.ports.http, path: '/' })))
    return new Set(pages.map(page => page?.body.split(' ')[0]))
  }
  const saying = (wanted: readonly string[]) =>
    eventually(`endpoints in ${wanted}`, async () => (await places()).join() === wanted.join(), 30_000)

  it('is, for endpoints, where their nodes stand', async () => {
    await saying(['north/north-a/rack-7', 'north/north-b/'])
    const page = await get({ port: scene.ports.http, path: '/' })
    assert.equal(page?.status, 200)
    // By the workload, not by one of its pods.
    assert.match(page.body, new RegExp(`^node-[12] for ${scene.namespace}/edge$`))
    assert.equal(scene.envoy.output(), '', 'this installation asks for no access log')
  })

  it('decides whom a gateway asks, once a policy leaves out who fails', async () => {
    const path = `/apis/networking.istio.io/v1/namespaces/${scene.namespace}/destinationrules`
    const spec = { host: 'web', trafficPolicy: { outlierDetection: { consecutive5xxErrors: 5 } } }
    const body = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'web' }, spec }
    // Its pod is a node's before it runs.
    await admin.call('POST', `/api/v1/namespaces/${scene.namespace}/pods/edge-5f-1/binding`, {
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'edge-5f-1' },
        target: { kind: 'Node', name: 'node-2' },
      },
    })
    await admin.call('POST', path, { body })
    await eventually('all are answered from its own zone', async () => [...(await asked())].join() === 'node-2', 30_000)
    await admin.call('DELETE', `${path}/web`)
    await eventually('both are asked again', async () => (await asked()).size === 2, 30_000)
  })

  it('decides how much of its calls stays in a zone, by where others like the caller are', async () => {
    const { namespace } = scene
    const zoneAwareLbSetting = { enabled: true, minClusterSize: 2 }
    const spec = { host: 'web', trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN', zoneAwareLbSetting } } }
    const rules = `/apis/networking.istio.io/v1/namespaces/${namespace}/destinationrules`
    const rule = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'web' }, spec }
    await admin.call('POST', rules, { body: rule })
    // Nobody is known to call but from one zone, which has half of the endpoints.
    await eventually('both are asked', async () => (await asked()).size === 2, 30_000)
    await makePod(admin, namespace, 'edge-5f-2', {
      labels: { istio: namespace, 'pod-template-hash': '5f' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'edge-5f', uid: 'none', controller: true }],
    })
    const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`
    const at = (name: string, address: string, nodeName: string) => ({
      addresses: [address],
      conditions: { ready: true },
      nodeName,
      targetRef: { kind: 'Pod', name, namespace },
    })
    await admin.call('POST', slices, {
      body: {
        metadata: { name: 'edge-1', labels: { 'kubernetes.io/service-name': 'edge' } },
        addressType: 'IPv4',
        endpoints: [at('edge-5f-1', '10.0.0.9', 'node-2'), at('edge-5f-2', '10.0.0.10', 'node-1')],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    })
    await eventually('all are answered from its own zone', async () => [...(await asked())].join() === 'node-2', 30_000)
    await admin.call('DELETE', `${slices}/edge-1`)
    await eventually('both are asked once more', async () => (await asked()).size === 2, 30_000)
    await admin.call('DELETE', `${rules}/web`)
  })

  it('is, for a gateway, on IPv6 too, once its pod is known to have an address of it', {
    skip: skip || withoutIpv6,
  }, async () => {
    const ask = async () => (await get({ host: '::1', port: scene.ports.http, path: '/' }))?.status
    assert.equal(await ask(), undefined)
    const status = { podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.9' }, { ip: 'fd00::9' }] }
    await admin.call('PATCH', `/api/v1/namespaces/${scene.namespace}/pods/edge-5f-1/status`, {
      contentType: 'application/merge-patch+json',
      body: { status },
    })
    await eventually(`a page over ::1\n${scene.envoy.log()}`, async () => (await ask()) === 200, 30_000)
    assert.equal((await get({ port: scene.ports.http, path: '/' }))?.status, 200, 'and over IPv4 as before')
  })

  it('changes with a node, and with nothing else that a node says of itself', async () => {
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

  it('is nowhere once a node is gone', async () => {
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
