/** Authorities that the Gateway API names in a cluster: ConfigMaps of a real API server, and a real Envoy that judges by them. */
import assert from 'node:assert/strict'
import { request } from 'node:https'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { agentName } from '../../src/cluster/install/values.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { CertificateAuthority, createAuthorityFiles, type Issued } from '../../src/identity/certificate-authority.ts'
import { type SeenConnection, secureServer } from '../behaviour/tls-upstreams.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi, machineAddress } from './api-server.ts'
import { applyGatewayApi, gatewayApiPath, letSecretsBeRead, postGatewayApi } from './gateway-api-objects.ts'
import { type GatewayScene, startGateway } from './gateway-scene.ts'
import { accountToken, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? (findTestEnvoy() === undefined ? 'no Envoy here' : false)
const hour = 3_600_000
const host = 'bank.example'

describe('authorities that the Gateway API names in a cluster', { skip }, () => {
  const stack = new AsyncDisposableStack()
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let scene: GatewayScene
  let [authority, other]: CertificateAuthority[] = []
  let space = ''

  before(async () => {
    ;[authority, other] = await Promise.all([newAuthority(), newAuthority()])
    api = await ApiServer.start()
    stack.defer(() => api.stop())
    admin = api.client()
    await install(admin)
    await applyGatewayApi(admin)
    running = await startAgent(api, admin)
    stack.defer(() => running.agent.close())
    scene = stack.use(await startGateway(admin, running))
    space = await makeNamespace(admin)
    await letSecretsBeRead(admin, space, system)
    const own = await authority!.issueServer([host], hour)
    const bank = stack.use(await secureServer({ cert: own.chain, key: own.key, ca: authority!.roots }, machineAddress))
    await postService(bank.port)
    await putSecret('cert', own)
    await putSecret('client', await authority!.issueServer(['client.example'], hour))
    const ca = (name: string) => [{ group: '', kind: 'ConfigMap', name }]
    await post('Gateway', 'front', {
      gatewayClassName: 'meshwright',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } },
      ],
      tls: {
        backend: { clientCertificateRef: { name: 'client' } },
        frontend: { default: { validation: { caCertificateRefs: ca('members-ca') } } },
      },
    })
    await post('HTTPRoute', 'bank', {
      parentRefs: [{ name: 'front' }],
      rules: [{ backendRefs: [{ name: 'bank', port: 80 }] }],
    })
    await post('BackendTLSPolicy', 'bank', {
      targetRefs: [{ group: '', kind: 'Service', name: 'bank' }],
      validation: { hostname: host, caCertificateRefs: ca('bank-ca') },
    })
  })
  after(() => stack.disposeAsync())

  const post = (kind: string, name: string, spec: object) =>
    postGatewayApi(admin, { kind, name, spec, namespace: space })
  const put = (kind: string, body: object) => admin.call('POST', `/api/v1/namespaces/${space}/${kind}`, { body })
  const putSecret = (name: string, { chain, key }: Issued) =>
    put('secrets', {
      metadata: { name },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': chain, 'tls.key': key },
    })
  const configMap = (name: string) => `/api/v1/namespaces/${space}/configmaps/${name}`
  const putConfigMap = (name: string, text: string) =>
    put('configmaps', { metadata: { name }, data: { 'ca.crt': text, 'unread.txt': 'x' } })
  const change = (name: string, text: string) =>
    admin.call('PATCH', configMap(name), {
      contentType: 'application/merge-patch+json',
      body: { data: { 'ca.crt': text } },
    })

  async function postService(port: number): Promise<void> {
    await put('services', { metadata: { name: 'bank' }, spec: { ports: [{ name: 'http', port: 80 }] } })
    await admin.call('POST', `/apis/discovery.k8s.io/v1/namespaces/${space}/endpointslices`, {
      body: {
        metadata: { name: 'bank-1', labels: { 'kubernetes.io/service-name': 'bank' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [machineAddress], conditions: { ready: true } }],
        ports: [{ name: 'http', port, protocol: 'TCP' }],
      },
    })
  }

  const log = () => `${running.lines.join('\n')}\n${scene.envoy.log()}`
  /** The client that the backend was shown, or the status without one. */
  const call = async () => {
    const answer = await get({ port: scene.ports.http, path: '/', headers: { host } })
    return answer?.status === 200 ? (JSON.parse(answer.body) as SeenConnection).client : answer?.status
  }
  const hears = (what: string, wanted: string | number) =>
    eventually(`${what}\n${log()}`, async () => (await call()) === wanted, 60_000)
  const shown = 'DNS:client.example'
  /** What the status of the policy says first. */
  const says = (reason: string) =>
    eventually(`${reason}\n${log()}`, async () => {
      const { status } = (await admin.call('GET', `${gatewayApiPath('BackendTLSPolicy', space)}/bank`)) as ApiObject & {
        readonly status?: { readonly ancestors?: readonly { readonly conditions: readonly { reason: string }[] }[] }
      }
      return status?.ancestors?.[0]?.conditions[0]?.reason === reason
    })

  it('are missed, and nobody is trusted, until they are there', async () => {
    await hears('nobody is trusted', 500)
    await says('NoValidCACertificate')
    await putConfigMap('bank-ca', authority!.roots)
    await hears('the backend is called, and shown the certificate', shown)
    await says('Accepted')
  })

  it('are followed when they change, become wrong, and are gone', async () => {
    await change('bank-ca', other!.roots)
    await hears('another authority', 503)
    await change('bank-ca', authority!.roots)
    await hears('the right one', shown)
    await change('bank-ca', 'no certificate')
    await hears('none', 500)
    await says('NoValidCACertificate')
    await change('bank-ca', authority!.roots)
    await hears('the right one again', shown)
    await admin.call('DELETE', configMap('bank-ca'))
    await hears('gone', 500)
    await putConfigMap('bank-ca', authority!.roots)
    await hears('back', shown)
  })

  it('are known before a policy that names others is served', async () => {
    await putConfigMap('new-ca', authority!.roots)
    const { revision } = running.agent.plane
    const path = `${gatewayApiPath('BackendTLSPolicy', space)}/bank`
    const caCertificateRefs = [{ group: '', kind: 'ConfigMap', name: 'new-ca' }]
    const body = { spec: { validation: { hostname: host, caCertificateRefs } } }
    const answers = new Set<string | number | null | undefined>()
    await admin.call('PATCH', path, { contentType: 'application/merge-patch+json', body })
    await eventually(`another revision\n${log()}`, async () => {
      answers.add(await call())
      return running.agent.plane.revision !== revision
    })
    await admin.call('DELETE', configMap('bank-ca'))
    for (let left = 50; left > 0; left -= 1) answers.add(await call())
    assert.deepEqual([...answers], [shown])
  })

  it('judge clients of a listener, which is closed before they are there', async () => {
    const [member, stranger] = await Promise.all([authority!, other!].map(each => each.issueServer(['client'], hour)))
    const ask = (own?: Issued) => statusOf(scene.ports.https, own)
    assert.equal(await ask(member), undefined, 'no authority')
    await putConfigMap('members-ca', authority!.roots)
    await eventually(`a member\n${log()}`, async () => (await ask(member)) === 200, 60_000)
    assert.equal(await ask(stranger), undefined, 'one of another authority')
    assert.equal(await ask(), undefined, 'nobody')
  })

  it('are known to a replica before it serves anything', async () => {
    const { revision } = running.agent.plane
    await using second = await startAgent(api, admin, { identity: 'agent-2' })
    assert.equal(second.agent.plane.revision, revision)
  })

  it('are read with rights that let nothing be changed', async () => {
    const client = api.client({ token: await accountToken(admin, system, agentName) })
    const { data } = (await client.call('GET', configMap('new-ca'))) as ApiObject & { readonly data: object }
    assert.ok('ca.crt' in data)
    const status = (method: 'PATCH' | 'DELETE') => {
      const options = { contentType: 'application/merge-patch+json', body: { data: {} } }
      return client.call(method, configMap('new-ca'), method === 'PATCH' ? options : {}).then(
        () => 200,
        error => (error as { readonly status: number }).status,
      )
    }
    assert.deepEqual([await status('PATCH'), await status('DELETE')], [403, 403])
  })

  it('hold nothing up where they may not be read, which is said', async () => {
    const role = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${agentName}-${system}`
    const { rules } = (await admin.call('GET', role)) as ApiObject & { readonly rules: readonly Rule[] }
    const kept = rules.filter(({ resources, verbs, resourceNames }) => {
      return !(resources?.includes('configmaps') && verbs.includes('list') && resourceNames === undefined)
    })
    assert.equal(kept.length, rules.length - 1)
    await admin.call('PATCH', role, { contentType: 'application/merge-patch+json', body: { rules: kept } })
    await post('BackendTLSPolicy', 'vault', {
      targetRefs: [{ group: '', kind: 'Service', name: 'vault' }],
      validation: { hostname: host, caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'vault-ca' }] },
    })
    await eventually(`a line\n${log()}`, () => running.lines.some(line => /configmaps\/vault-ca.*forbidden/.test(line)))
    const { revision } = running.agent.plane
    await post('HTTPRoute', 'later', {
      parentRefs: [{ name: 'front', sectionName: 'http' }],
      hostnames: ['later.example'],
      rules: [{ backendRefs: [{ name: 'bank', port: 80 }] }],
    })
    await eventually(`another revision\n${log()}`, () => running.agent.plane.revision !== revision)
    assert.equal(await call(), shown)
  })
})

interface Rule {
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

async function newAuthority(): Promise<CertificateAuthority> {
  return CertificateAuthority.load(await createAuthorityFiles('test.example'), 'test.example')
}

/** Undefined where the connection is closed, or there is none. */
function statusOf(port: number, own?: Issued): Promise<number | undefined> {
  const pair = own === undefined ? {} : { cert: own.chain, key: own.key }
  return new Promise(done => {
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false, agent: false, headers: { host }, ...pair }
    const asked = request(options, response => {
      response.resume().on('end', () => done(response.statusCode))
    })
    asked.on('error', () => done(undefined)).end()
  })
}
