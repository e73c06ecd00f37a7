/** Secrets that gateways name: real API server, real Envoy, and nobody but that gateway. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect } from 'node:tls'
import { inspectAgent } from '../../src/agent/agent-inspection.ts'
import { ownSecret } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { statusAnnotation } from '../../src/cluster/objects.ts'
import { makeCertificate, withoutOpenssl } from '../golden/make-certificate.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { letSecretsBeRead } from './gateway-api-objects.ts'
import { type GatewayScene, httpServer, type PodFields, secretsGiven, startGateway } from './gateway-scene.ts'
import { makeAccount, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? (findTestEnvoy() === undefined ? 'no Envoy here' : withoutOpenssl)

const https = (name: string, host: string, tls: object) => ({
  port: { number: 443, name, protocol: 'HTTPS' },
  hosts: [host],
  tls,
})

describe('Secrets that gateways name', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-secrets-'))
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let scene: GatewayScene

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    running = await startAgent(api, admin)
    scene = await startGateway(admin, running, [
      httpServer,
      https('simple', 'simple.test', { mode: 'SIMPLE', credentialName: 'cert' }),
      https('mutual', 'mutual.test', { mode: 'MUTUAL', credentialName: 'pair' }),
    ])
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await running?.agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  /** A new pair, as texts. */
  function newPair(name: string) {
    makeCertificate(join(folder, name))
    const read = (file: string) => readFileSync(join(folder, name, file), 'utf8')
    return { cert: read('cert.pem'), key: read('key.pem') }
  }
  const secrets = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`
  const put = (namespace: string, name: string, type: string, stringData: object) =>
    admin.call('POST', secrets(namespace), { body: { metadata: { name }, type, stringData } })
  const putTls = (namespace: string, name: string, { cert, key }: { cert: string; key: string }) =>
    put(namespace, name, 'kubernetes.io/tls', { 'tls.crt': cert, 'tls.key': key })
  const change = (name: string, { cert, key }: { cert: string; key: string }) =>
    admin.call('PATCH', `${secrets(scene.namespace)}/${name}`, {
      contentType: 'application/merge-patch+json',
      body: { stringData: { 'tls.crt': cert, 'tls.key': key } },
    })
  const serial = (cert: string) => new X509Certificate(cert).serialNumber
  const said = (pattern: RegExp) =>
    eventually(`a line like ${pattern}\n${running.lines.join('\n')}`, () =>
      running.lines.find(line => pattern.test(line)),
    )
  const answers = (host: string, wanted: string | undefined, own?: { cert: string; key: string }) =>
    eventually(
      `${host} answers with ${wanted}\n${scene.envoy.log()}`,
      async () => (await ask(scene.ports.https, host, own)) === wanted,
      30_000,
    )

  it('may not be read before somebody lets the control plane read them, which is said; other ports serve', async () => {
    await said(
      /Gateway test-\w+\/edge: \[MW9009\] .*Secret test-\w+\/cert, which the control plane may not read .*create role/,
    )
    await eventually(
      'a page over HTTP',
      async () => (await get({ port: scene.ports.http, path: '/' }))?.status === 200,
      60_000,
    )
    // What is missing keeps no revision from being accepted.
    await eventually('a gateway that has accepted all', () => running.agent.plane.server.proxies()[0]?.isSynced)
    await letSecretsBeRead(admin, scene.namespace, system)
    await said(/Secret test-\w+\/cert, which is not there/)
  })

  it('are served once they are there, replaced while the gateway runs, and kept where they become wrong', async () => {
    const [first, second] = [newPair('first'), newPair('second')]
    await putTls(scene.namespace, 'cert', first)
    await answers('simple.test', serial(first.cert))
    await change('cert', second)
    await answers('simple.test', serial(second.cert))
    await change('cert', { cert: first.cert, key: second.key })
    await said(/Secret test-\w+\/cert, which holds a key that does not belong to its certificate/)
    assert.equal(await ask(scene.ports.https, 'simple.test'), serial(second.cert))
    await change('cert', first)
    await answers('simple.test', serial(first.cert))
    assert.equal(await scene.envoy.stat('listener_manager.lds.update_rejected'), 0)
  })

  it('in Istio’s generic form judge clients by the CAs of a Secret beside, or of their own', async () => {
    const [server, client, other] = [newPair('server'), newPair('client'), newPair('other')]
    await put(scene.namespace, 'pair', 'Opaque', { cert: server.cert, key: server.key })
    await said(/Secret test-\w+\/pair, which says no CA for clients, nor does pair-cacert/)
    assert.equal(await ask(scene.ports.https, 'mutual.test', client), undefined, 'nobody, before there are CAs')
    await put(scene.namespace, 'pair-cacert', 'Opaque', { cacert: client.cert })
    await answers('mutual.test', serial(server.cert), client)
    assert.equal(await ask(scene.ports.https, 'mutual.test'), undefined, 'without a certificate')
    assert.equal(await ask(scene.ports.https, 'mutual.test', other), undefined, 'with a stranger’s')
    await admin.call('DELETE', `${secrets(scene.namespace)}/pair-cacert`)
    await admin.call('PATCH', `${secrets(scene.namespace)}/pair`, {
      contentType: 'application/merge-patch+json',
      body: { stringData: { cacert: other.cert } },
    })
    await answers('mutual.test', serial(server.cert), other)
  })

  const givenTo = (namespace: string, name: string, more: PodFields, ask: string) =>
    secretsGiven(admin, running, { namespace, name, more, ask })

  it('are given to pods that the Gateway selects, in that namespace, and to no others', async () => {
    const labels = { istio: scene.namespace }
    const [cert, mine] = ['kubernetes://cert', ['ROOTCA', 'default']]
    assert.deepEqual(await givenTo(scene.namespace, 'edge-2', { labels }, cert), [...mine, cert].sort())
    assert.deepEqual(await givenTo(scene.namespace, 'other', {}, cert), mine, 'a pod beside it')
    const annotations = { [statusAnnotation]: '{}' }
    assert.deepEqual(await givenTo(scene.namespace, 'side', { labels, annotations }, cert), mine, 'a sidecar')
    const elsewhere = await makeNamespace(admin)
    assert.deepEqual(await givenTo(elsewhere, 'edge-1', { labels }, cert), mine, 'one of the same labels elsewhere')
    // A Secret that no Gateway names is nobody's.
    await putTls(scene.namespace, 'unnamed', newPair('unnamed'))
    assert.deepEqual(await givenTo(scene.namespace, 'edge-3', { labels }, 'kubernetes://unnamed'), mine)
  })

  it('are never the authority of the mesh, whoever asks', async () => {
    await makeAccount(admin, system, 'default').catch(() => {})
    const labels = { istio: 'greedy' }
    await admin.call('POST', `/apis/networking.istio.io/v1/namespaces/${system}/gateways`, {
      body: {
        apiVersion: 'networking.istio.io/v1',
        kind: 'Gateway',
        metadata: { name: 'greedy' },
        spec: { selector: labels, servers: [https('greedy', '*', { mode: 'SIMPLE', credentialName: ownSecret })] },
      },
    })
    const names = await givenTo(system, 'greedy', { labels }, `kubernetes://${ownSecret}`)
    assert.deepEqual(names, ['ROOTCA', 'default'])
    await said(/mesh-ca, which is the authority of the mesh/)
  })

  it('are in nothing that is shown or logged', () => {
    const shown = inspectAgent(`/debug/config/edge-5f-1.${scene.namespace}`, {
      name: 'agent',
      plane: running.agent.plane,
      isWriter: true,
      target: 'envoy',
      secret: ownSecret,
      authority: undefined as never,
      findings: [],
    })
    const text = JSON.stringify(shown)
    assert.match(text, /kubernetes:\/\/cert/)
    for (const where of [text, running.lines.join('\n'), JSON.stringify(running.events)])
      assert.doesNotMatch(where, /PRIVATE KEY|BEGIN CERTIFICATE/)
  })
})

/** Serial number of the certificate that a server of this name shows, once a request was answered; undefined where none is. */
function ask(port: number, servername: string, own?: { cert: string; key: string }): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false, ...own })
    const serialNumber = () => socket.getPeerCertificate().serialNumber
    socket.setTimeout(5000, () => socket.destroy())
    socket.on('error', () => resolve(undefined))
    socket.on('close', () => resolve(undefined))
    socket.on('secureConnect', () => socket.write(`GET / HTTP/1.1\r\nhost: ${servername}\r\n\r\n`))
    socket.on('data', () => {
      resolve(serialNumber())
      socket.destroy()
    })
  })
}
