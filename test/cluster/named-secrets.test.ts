/** Secrets that gateways name: real API server, real Envoy, and nobody but that gateway. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import { inspectAgent } from '../../src/agent/agent-inspection.ts'
import { ownSecret } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { statusAnnotation } from '../../src/cluster/objects.ts'
import { secureServer } from '../behaviour/tls-upstreams.ts'
import { makeCertificate, revocation, withoutOpenssl } from '../golden/make-certificate.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { letSecretsBeRead } from './gateway-api-objects.ts'
import {
  callByRule,
  type GatewayScene,
  httpServer,
  type PodFields,
  secretsGiven,
  startGateway,
} from './gateway-scene.ts'
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
      https('two', 'shop.example', { mode: 'SIMPLE', credentialNames: ['rsa', 'ecdsa'] }),
      https('partners', 'partners.test', { mode: 'MUTUAL', credentialName: 'rsa', caCertCredentialName: 'partners' }),
      https('anybody', 'anybody.test', { mode: 'OPTIONAL_MUTUAL', credentialName: 'rsa', insecureSkipVerify: true }),
    ])
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await running?.agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  /** A new pair, as texts. */
  function newPair(name: string, newKey?: readonly string[]) {
    makeCertificate(join(folder, name), newKey)
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
  const answers = (host: string, wanted: string | undefined, own?: ConnectionOptions) =>
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
    await said(/Secret test-\w+\/pair, which says no CA for others, nor does pair-cacert/)
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

  it('hold a certificate for each kind of key, authorities of their own, or those that are not looked at', async () => {
    const [rsa, ecdsa] = [newPair('rsa', ['-newkey', 'rsa:2048']), newPair('ecdsa')]
    const [partner, stranger] = [newPair('partner'), newPair('stranger')]
    await putTls(scene.namespace, 'rsa', rsa)
    await putTls(scene.namespace, 'ecdsa', ecdsa)
    // A server whose certificates are of other names shows the first (Envoy’s rule).
    const old = (ciphers: string) => ({ maxVersion: 'TLSv1.2', ciphers }) as const
    await answers('shop.example', serial(rsa.cert), old('ECDHE-RSA-AES128-GCM-SHA256'))
    await answers('shop.example', serial(ecdsa.cert), old('ECDHE-ECDSA-AES128-GCM-SHA256'))
    await said(/Secret test-\w+\/partners, which is not there .*create secret generic partners --from-file/)
    await put(scene.namespace, 'partners', 'Opaque', { 'ca.crt': partner.cert })
    await answers('partners.test', serial(rsa.cert), partner)
    assert.equal(await ask(scene.ports.https, 'partners.test', stranger), undefined, 'with a stranger’s')
    await put(scene.namespace, 'rsa-cacert', 'Opaque', { 'ca.crt': partner.cert })
    for (const own of [undefined, partner, stranger]) await answers('anybody.test', serial(rsa.cert), own)
    await admin.call('PATCH', `${secrets(scene.namespace)}/partners`, {
      contentType: 'application/merge-patch+json',
      body: { stringData: { 'ca.crl': revocation(join(folder, 'partner')) } },
    })
    await answers('partners.test', undefined, partner)
  })

  it('are what gateways call others with, where a rule names one, and whom they believe', async () => {
    const [server, client, other] = [newPair('far-server'), newPair('far-client'), newPair('far-other')]
    await using far = await secureServer({ ...server, ca: client.cert })
    const { http } = scene.ports
    await callByRule(admin, scene.namespace, { port: far.port, tls: { mode: 'MUTUAL', credentialName: 'far' } })
    const call = () => get({ port: http, path: '/', headers: { host: 'far.test' } })
    await said(/DestinationRule test-\w+\/far: \[MW9009\] .*Secret test-\w+\/far, which is not there/)
    const data = { 'tls.crt': client.cert, 'tls.key': client.key, 'ca.crt': server.cert }
    const seen = JSON.stringify({ sni: 'shop.example', alpn: 'http/1.1', client: 'DNS:shop.example' })
    assert.notEqual((await call())?.body, seen, 'without a certificate nobody is called')
    const told = async (wanted: string | number) => {
      const answer = await call()
      return answer?.body === wanted || answer?.status === wanted
    }
    await put(scene.namespace, 'far', 'kubernetes.io/tls', data)
    await eventually(`a call with a certificate\n${scene.envoy.log()}`, () => told(seen), 30_000)
    await admin.call('PATCH', `${secrets(scene.namespace)}/far`, {
      contentType: 'application/merge-patch+json',
      body: { stringData: { 'ca.crt': other.cert } },
    })
    await eventually('no call to one that nobody believes', () => told(503), 30_000)
    await put(scene.namespace, 'far-cacert', 'Opaque', { cacert: server.cert })
    await eventually('a call by the authorities beside', () => told(seen), 30_000)
  })

  it('are given to the sidecars that a rule for calls picks, and to no others', async () => {
    const annotations = { [statusAnnotation]: '{}' }
    await putTls(scene.namespace, 'mine', newPair('mine'))
    await admin.call('POST', `/apis/networking.istio.io/v1/namespaces/${scene.namespace}/destinationrules`, {
      body: {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'picked' },
        spec: {
          host: 'web',
          workloadSelector: { matchLabels: { app: 'picked' } },
          trafficPolicy: { tls: { mode: 'MUTUAL', credentialName: 'mine', insecureSkipVerify: true } },
        },
      },
    })
    const labels = { app: 'picked' }
    const [mine, all] = ['kubernetes://mine', ['ROOTCA', 'default']]
    const given = (name: string, more: PodFields) => givenTo(scene.namespace, name, more, mine)
    assert.deepEqual(await given('picked-1', { labels, annotations }), [...all, mine].sort())
    assert.deepEqual(await given('unpicked', { annotations }), all, 'another workload')
    const elsewhere = await makeNamespace(admin)
    assert.deepEqual(await givenTo(elsewhere, 'picked-1', { labels, annotations }, mine), all, 'the same elsewhere')
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
function ask(port: number, servername: string, own?: ConnectionOptions): Promise<string | undefined> {
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
