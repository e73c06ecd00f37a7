/** Who a proxy is: what its token proves, whatever it says of itself, and for as long as what was proved is there. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { agentName } from '../../src/cluster/install/values.ts'
import { statusAnnotation } from '../../src/cluster/objects.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { type Ended, XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { accountToken, makeAccount, makeNamespace, makePod, type PodInfo, podToken } from './objects.ts'

const skip = cannotRunApi() ?? false

interface Shown {
  readonly certificate: string | undefined
  readonly listeners: readonly string[]
}

describe('a proxy, by the token that it shows', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let [space, otherSpace] = ['', '']
  let web: PodInfo
  let token = ''
  const clients: XdsClient[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    running = await startAgent(api, admin)
  })
  after(async () => {
    await running?.[Symbol.asyncDispose]()
    await api?.stop()
  })
  beforeEach(async () => {
    space = await makeNamespace(admin)
    otherSpace = await makeNamespace(admin)
    await makeAccount(admin, space, 'web')
    web = await makePod(admin, space, 'web-1', { account: 'web', labels: { app: 'web' } })
    token = await podToken(admin, web, { account: 'web' })
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })

  const idOf = (name: string, namespace: string, kind = 'sidecar') =>
    `${kind}~10.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`

  function connect(shown: string | undefined): XdsClient {
    const tls = { ca: running.agent.roots, servername: `${agentName}.${system}.svc` }
    const headers = shown === undefined ? {} : { authorization: `Bearer ${shown}` }
    const client = new XdsClient({ host: '127.0.0.1', port: running.ports.xds, tls }, 'delta', headers)
    clients.push(client)
    return client
  }

  /** Whom the certificate names that such a proxy gets, and which secrets came at all. */
  async function ask(client: XdsClient, nodeId: string, names = ['default', 'ROOTCA']): Promise<Shown> {
    client.send({ typeUrl: typeUrl.secret, nodeId, names })
    const { resources } = await client.next()
    const secrets = resources.map(
      ({ body }) =>
        loadCodec().decode('google.protobuf.Any', body) as unknown as {
          readonly name: string
          readonly tls_certificate?: { readonly certificate_chain: { readonly inline_string: string } }
        },
    )
    const chain = secrets.find(({ name }) => name === 'default')?.tls_certificate?.certificate_chain.inline_string
    client.send({ typeUrl: typeUrl.listener })
    const listeners = (await client.next()).resources.map(({ name }) => name)
    return { certificate: chain === undefined ? undefined : new X509Certificate(chain).subjectAltName, listeners }
  }

  async function refusal(shown: string | undefined, nodeId: string): Promise<Ended> {
    const client = connect(shown)
    client.send({ typeUrl: typeUrl.cluster, nodeId })
    const ended = await client.ended
    assert.deepEqual(client.queue, [], 'it was told nothing')
    return ended
  }

  it('is the pod of its token, with the certificate of that pod’s account', async () => {
    const { certificate } = await ask(connect(token), idOf('web-1', space))
    assert.equal(certificate, `URI:spiffe://cluster.local/ns/${space}/sa/web`)
  })

  const forged: readonly (readonly [string, () => string])[] = [
    ['of another pod of its namespace', () => idOf('admin-1', space)],
    ['of a pod of its name in another namespace', () => idOf('web-1', otherSpace)],
    ['of another pod elsewhere', () => idOf('admin-1', otherSpace)],
    ['of a pod that does not exist', () => idOf('nobody', space)],
    ['of a gateway of the mesh', () => idOf('mesh-ingressgateway', system, 'router')],
  ]
  for (const [what, nodeId] of forged)
    it(`is refused with the node id ${what}`, async () => {
      await makePod(admin, space, 'admin-1', { account: 'web' })
      for (const name of ['web-1', 'admin-1']) await makePod(admin, otherSpace, name)
      const { status, message } = await refusal(token, nodeId())
      assert.equal(status, 16)
      assert.match(message, new RegExp(`the token is that of pod ${space}/web-1, not of `))
    })

  it('gets nobody else’s certificate by asking for it by name', async () => {
    const names = ['default', `spiffe://cluster.local/ns/${otherSpace}/sa/default`, 'kubernetes://mesh-ca', 'mesh-ca']
    const client = connect(token)
    client.send({ typeUrl: typeUrl.secret, nodeId: idOf('web-1', space), names })
    const { resources, removed } = await client.next()
    assert.deepEqual(
      resources.filter(({ body }) => body.length > 0).map(({ name }) => name),
      ['default'],
    )
    assert.deepEqual([...removed].sort(), names.slice(1).sort())
  })

  it('is refused where its pod has a sidecar, and it calls itself a gateway', async () => {
    const annotations = { [statusAnnotation]: '{}' }
    const injected = await makePod(admin, space, 'injected', { account: 'web', annotations })
    const shown = await podToken(admin, injected, { account: 'web' })
    const { status, message } = await refusal(shown, idOf('injected', space, 'router'))
    assert.equal(status, 16)
    assert.match(message, /has a sidecar, and calls itself a router/)
    const { listeners } = await ask(connect(shown), idOf('injected', space))
    assert.ok(listeners.includes('virtualInbound'), `listeners: ${listeners}`)
  })

  it('is refused with another address than its pod’s', async () => {
    const body = { status: { podIP: '10.9.9.9', podIPs: [{ ip: '10.9.9.9' }, { ip: 'fd00::9' }] } }
    const contentType = 'application/merge-patch+json'
    await admin.call('PATCH', `/api/v1/namespaces/${space}/pods/web-1/status`, { body, contentType })
    const { message } = await eventually('the address is known', async () => {
      const client = connect(token)
      client.send({ typeUrl: typeUrl.cluster, nodeId: idOf('web-1', space) })
      return Promise.race([client.ended, client.next().then(() => undefined)])
    })
    assert.match(message, /web-1 is at 10\.9\.9\.9 and fd00::9, not at 10\.0\.0\.1/)
    const itself = idOf('web-1', space).replace('10.0.0.1', 'fd00::9')
    assert.ok((await ask(connect(token), itself)).certificate)
  })

  it('is refused with the token of a pod that was made anew under the same name', async () => {
    await deleteObject('pods', 'web-1')
    await makePod(admin, space, 'web-1', { account: 'web' })
    const { status, message } = await refusal(token, idOf('web-1', space))
    assert.equal(status, 16)
    assert.match(message, /there is no pod .*web-1 with this uid/)
  })

  it('is refused with a token of its account that is no pod’s', async () => {
    const { message } = await refusal(
      await accountToken(admin, space, 'web', { audience: 'mesh' }),
      idOf('web-1', space),
    )
    assert.match(message, /the token is no pod’s/)
  })

  it('is refused with a token that was made for somebody else to read', async () => {
    const { message } = await refusal(
      await podToken(admin, web, { account: 'web', audience: 'bank' }),
      idOf('web-1', space),
    )
    assert.match(message, /token's aud is not ours/)
  })

  it('is refused without one, and with what is none', async () => {
    assert.match((await refusal(undefined, idOf('web-1', space))).message, /no token was shown/)
    assert.match((await refusal('garbage', idOf('web-1', space))).message, /is no token/)
  })

  it('is served no longer than its pod is there', async () => {
    const client = connect(token)
    await ask(client, idOf('web-1', space))
    await deleteObject('pods', 'web-1')
    const { status, message } = await client.ended
    assert.deepEqual([status, message], [16, 'the pod is gone'])
    assert.match((await refusal(token, idOf('web-1', space))).message, /there is no pod/)
  })

  it('is served no longer than its account is there, and not by another account of that name', async () => {
    const client = connect(token)
    await ask(client, idOf('web-1', space))
    await deleteObject('serviceaccounts', 'web')
    const { status, message } = await client.ended
    assert.deepEqual([status, message], [16, `service account ${space}/web is gone`])
    await makeAccount(admin, space, 'web')
    assert.match(
      (await refusal(token, idOf('web-1', space))).message,
      /there is no service account .*web with this uid/,
    )
  })

  it('leaves no token in what the agent logs', async () => {
    await refusal(token, idOf('nobody', space))
    assert.ok(!running.lines.some(line => line.includes(token.slice(0, 40))))
    assert.ok(running.lines.length > 0)
  })

  async function deleteObject(resource: string, name: string): Promise<void> {
    const body = { gracePeriodSeconds: 0 }
    await admin.call('DELETE', `/api/v1/namespaces/${space}/${resource}/${name}`, { body })
  }
})
