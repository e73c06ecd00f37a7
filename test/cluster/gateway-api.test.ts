/** The Gateway API in a cluster: definitions that come late, a real API server, and a real Envoy that serves what was applied. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { makeCertificate, withoutOpenssl } from '../golden/make-certificate.ts'
import { answers as answersTo, datagramServer } from '../support/datagrams.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi, machineAddress } from './api-server.ts'
import { applyGatewayApi, gatewayApiPath, letSecretsBeRead, postGatewayApi } from './gateway-api-objects.ts'
import { type GatewayScene, secretsGiven, startGateway } from './gateway-scene.ts'
import { makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? (findTestEnvoy() === undefined ? 'no Envoy here' : withoutOpenssl)

describe('the Gateway API in a cluster', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-gateway-api-'))
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let scene: GatewayScene
  /** Of the Gateway and its Secret, and of the routes: neither is where the gateway's pods are. */
  let [edge, shop] = ['', '']

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    running = await startAgent(api, admin)
    scene = await startGateway(admin, running)
    edge = await makeNamespace(admin)
    shop = await makeNamespace(admin)
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await running?.agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  const post = (namespace: string, kind: string, name: string, spec: object) =>
    postGatewayApi(admin, { kind, namespace, name, spec })
  const page = (host: string) => get({ port: scene.ports.http, path: '/', headers: { host } })
  // Definitions that have come late are found within half a minute, each kind by itself.
  const answers = (host: string, status: number, ms = 60_000) =>
    eventually(
      `${host} answers with ${status}\n${running.lines.join('\n')}`,
      async () => (await page(host))?.status === status,
      ms,
    )

  it('is nothing to speak of where its definitions are not there, and is read once they are', async () => {
    const before = running.agent.plane.revision
    assert.deepEqual(
      running.lines.filter(line => /gateway\.networking|HTTPRoute|ReferenceGrant/.test(line)),
      [],
    )
    await applyGatewayApi(admin)
    makeCertificate(join(folder, 'pair'))
    const [cert, key] = ['cert.pem', 'key.pem'].map(name => readFileSync(join(folder, 'pair', name), 'utf8'))
    await admin.call('POST', `/api/v1/namespaces/${edge}/secrets`, {
      body: { metadata: { name: 'pair' }, type: 'kubernetes.io/tls', stringData: { 'tls.crt': cert, 'tls.key': key } },
    })
    await letSecretsBeRead(admin, edge, system)
    const allowedRoutes = { namespaces: { from: 'Selector', selector: { matchLabels: { guest: 'yes' } } } }
    const tls = { certificateRefs: [{ name: 'pair' }] }
    await post(edge, 'Gateway', 'front', {
      gatewayClassName: 'meshwright',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes },
        { name: 'https', port: 443, protocol: 'HTTPS', tls, allowedRoutes },
      ],
    })
    await post(shop, 'HTTPRoute', 'web', {
      parentRefs: [{ name: 'front', namespace: edge }],
      hostnames: ['shop.example'],
      rules: [{ backendRefs: [{ name: 'web', namespace: scene.namespace, port: 80 }] }],
    })
    await eventually('another revision', () => running.agent.plane.revision !== before, 300_000)
    // A listener that no route is attached to answers what it knows nothing of.
    await answers('shop.example', 404, 300_000)
  })

  it('lets routes attach by the labels that their namespace has, from when it has them', async () => {
    await admin.call('PATCH', `/api/v1/namespaces/${shop}`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { guest: 'yes' } } },
    })
    // Its Service is another namespace's, which has not said yes.
    await answers('shop.example', 500)
  })

  it('sends to Services of other namespaces once a ReferenceGrant is there', async () => {
    await post(scene.namespace, 'ReferenceGrant', 'shop', {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: shop }],
      to: [{ group: '', kind: 'Service' }],
    })
    await answers('shop.example', 200)
    assert.equal((await page('other.example'))?.status, 404)
  })

  it('is described with the services that it leads to', async () => {
    const args = ['describe', 'service', 'web', '-n', scene.namespace, '--kubeconfig', api.kubeconfig()]
    const { stdout } = await meshIn(tmpdir(), args)
    const gateways = ['http', 'https'].map(name => `${edge}/front-istio-autogenerated-k8s-gateway-${name}`)
    assert.match(stdout, new RegExp(`^Exposed by\\n {2}HTTPRoute/${shop}/web\\S* at ${gateways.join(', ')}$`, 'm'))
  })

  it('serves HTTPS with the Secret of the Gateway’s namespace', async () => {
    const { serialNumber } = new X509Certificate(readFileSync(join(folder, 'pair/cert.pem')))
    const answer = await eventually('a page over HTTPS', async () => {
      const found = await securePage(scene.ports.https, 'shop.example')
      return found?.status === 200 ? found : undefined
    })
    assert.equal(answer.serialNumber, serialNumber)
  })

  it('gives the Secret to the installation’s gateways, and to no pod elsewhere that has their labels', async () => {
    const more = { labels: { istio: 'ingressgateway' } }
    const [ask, own] = [`kubernetes-gateway://${edge}/pair`, ['ROOTCA', 'default']]
    const given = (namespace: string, name: string) => secretsGiven(admin, running, { namespace, name, more, ask })
    assert.deepEqual(await given(system, 'edge-2'), [...own, ask].sort())
    assert.deepEqual(await given(shop, 'greedy'), own)
  })

  it('passes datagrams on from where the Service leads them to, beside TCP of the same number', async () => {
    const { port, socket } = await datagramServer('names', machineAddress)
    const listening = await freePort()
    try {
      const core = `/api/v1/namespaces/${scene.namespace}`
      const slices = `/apis/discovery.k8s.io/v1/namespaces/${scene.namespace}/endpointslices`
      const own = (await admin.call('GET', `${core}/services/edge`)) as { spec: { ports: object[] } }
      await admin.call('PATCH', `${core}/services/edge`, {
        contentType: 'application/merge-patch+json',
        body: {
          spec: { ports: [...own.spec.ports, { name: 'udp', port: 80, protocol: 'UDP', targetPort: listening }] },
        },
      })
      await admin.call('POST', `${core}/services`, {
        body: { metadata: { name: 'names' }, spec: { ports: [{ name: 'udp', port: 53, protocol: 'UDP' }] } },
      })
      await admin.call('POST', slices, {
        body: {
          metadata: { name: 'names-1', labels: { 'kubernetes.io/service-name': 'names' } },
          addressType: 'IPv4',
          endpoints: [{ addresses: [machineAddress], conditions: { ready: true } }],
          ports: [{ name: 'udp', port, protocol: 'UDP' }],
        },
      })
      await post(edge, 'Gateway', 'names', {
        gatewayClassName: 'meshwright',
        listeners: [{ name: 'udp', port: 80, protocol: 'UDP' }],
      })
      await post(scene.namespace, 'ReferenceGrant', 'names', {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'UDPRoute', namespace: edge }],
        to: [{ group: '', kind: 'Service', name: 'names' }],
      })
      await post(edge, 'UDPRoute', 'names', {
        parentRefs: [{ name: 'names' }],
        rules: [{ backendRefs: [{ name: 'names', namespace: scene.namespace, port: 53 }] }],
      })
      await eventually(
        `an answer\n${running.lines.join('\n')}`,
        async () => (await answersTo(listening, 1, 300))['names'] === 1,
        60_000,
      )
      const conditions = async () => {
        const path = `${gatewayApiPath('UDPRoute', edge)}/names`
        const { status } = (await admin.call('GET', path)) as {
          status?: { parents?: { conditions: { type: string; status: string }[] }[] }
        }
        return status?.parents?.flatMap(parent => parent.conditions.map(each => `${each.type} ${each.status}`))
      }
      await eventually('its status', async () => `${await conditions()}` === 'Accepted True,ResolvedRefs True')
      await answers('shop.example', 200)
    } finally {
      socket.close()
    }
  })

  it('takes routes away that are deleted', async () => {
    await admin.call('DELETE', `${gatewayApiPath('HTTPRoute', shop)}/web`)
    await answers('shop.example', 404)
    assert.equal(await scene.envoy.stat('listener_manager.lds.update_rejected'), 0)
  })
})

/** What a server answers with, and the certificate that it shows; undefined where there is no answer. */
function securePage(port: number, servername: string) {
  return new Promise<{ readonly status: number; readonly serialNumber: string } | undefined>(resolve => {
    const options = { host: '127.0.0.1', port, servername, headers: { host: servername }, rejectUnauthorized: false }
    const call = request({ ...options, agent: false, timeout: 5000 }, response => {
      const { serialNumber } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate()
      response.resume()
      resolve({ status: response.statusCode ?? 0, serialNumber })
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}
