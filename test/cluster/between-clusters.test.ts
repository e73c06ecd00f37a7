/** A gateway between clusters beside routes of its own: both lead to the same endpoints, which a real Envoy is told of once for each. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { type GatewayScene, httpServer, startGateway } from './gateway-scene.ts'

const skip = cannotRunApi() ?? (findTestEnvoy() === undefined ? 'no Envoy here' : false)

describe('a gateway between clusters', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let scene: GatewayScene

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    running = await startAgent(api, admin)
    scene = await startGateway(admin, running, [httpServer])
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await running?.agent.close()
    await api?.stop()
  })

  it('is opened while the gateway runs, and knows the endpoints that its routes know', async () => {
    const page = async () => (await get({ port: scene.ports.http, path: '/' }))?.status === 200
    await eventually('a page over HTTP', page, 60_000)
    const server = {
      port: { number: 443, name: 'tls', protocol: 'TLS' },
      hosts: ['*.local'],
      tls: { mode: 'AUTO_PASSTHROUGH' },
    }
    await admin.call('PATCH', `/apis/networking.istio.io/v1/namespaces/${scene.namespace}/gateways/edge`, {
      contentType: 'application/merge-patch+json',
      body: { spec: { servers: [httpServer, server] } },
    })
    const host = `web.${scene.namespace}.svc.cluster.local`
    const known = (cluster: string) => scene.envoy.stat(`cluster.${cluster};.membership_total`)
    await eventually(
      `two endpoints to pass on to\n${scene.envoy.log()}`,
      async () => (await known(`outbound_.80_._.${host}`)) === 2,
      60_000,
    )
    assert.equal(await known(`outbound|80||${host}`), 2)
    assert.ok(await page())
  })
})
