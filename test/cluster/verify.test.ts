/** What `mesh verify` says of an installation in which one thing is broken, on a real API server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { type InstallValues, profiles } from '../../src/cluster/install/values.ts'
import type { Verified } from '../../src/cluster/verify.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { companyFiles, ecKey } from '../support/company-authority.ts'
import { eventually } from '../support/xds-server.ts'
import { install, leadWebhooksTo, type RunningAgent, showReplica, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { applyGatewayApi } from './gateway-api-objects.ts'
import { forbidConfigMaps, makeNamespace, makePod } from './objects.ts'

const skip = cannotRunApi() ?? false
const hooksPath = '/apis/admissionregistration.k8s.io/v1'
const injector = `${hooksPath}/mutatingwebhookconfigurations/mesh-injector`
const validator = `${hooksPath}/validatingwebhookconfigurations/mesh-validator`
const deployments = `/apis/apps/v1/namespaces/${system}/deployments`
const values: InstallValues = profiles['default']!

/** A fault, and what is to be said of it. */
interface Fault {
  readonly what: string
  readonly state: 'note' | 'bad'
  readonly fact: RegExp
  readonly remedy: RegExp
  readonly make: () => Promise<unknown>
}

describe('mesh verify', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  const folder = mkdtempSync(join(tmpdir(), 'mesh-verify-'))

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await begin(values)
  })
  after(async () => {
    await running?.agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  /** Installs, and brings up what runs: no kubelet and no controller does it here. */
  async function begin(own: InstallValues): Promise<void> {
    await install(admin, own)
    running = await startAgent(api, admin, { values: own })
    await showReplica(admin, 'agent-1', running)
    await leadWebhooksTo(admin, running.ports.webhook)
    await areReady('mesh-agent', 2)
    if (own.target === 'envoy') await areReady('mesh-ingressgateway', 1)
    await isWell()
  }

  /** The agent may have something to write yet. */
  async function isWell(): Promise<void> {
    let said: readonly Verified[] = []
    await eventually(
      'nothing wrong',
      async () => {
        said = await verify()
        return said.every(({ state }) => state !== 'bad')
      },
      60_000,
    ).catch(error => assert.fail(`${error}\n${JSON.stringify(said, null, 2)}`))
  }

  const verify = async (...args: readonly string[]): Promise<Verified[]> => {
    const { stdout, stderr } = await meshIn(tmpdir(), [
      'verify',
      '--format',
      'json',
      '--kubeconfig',
      api.kubeconfig(),
      ...args,
    ])
    assert.equal(stderr, '')
    return JSON.parse(stdout) as Verified[]
  }

  const patch = (path: string, body: unknown, type = 'merge-patch+json') =>
    admin.call('PATCH', path, { contentType: `application/${type}`, body })

  const areReady = (name: string, count: number) =>
    patch(`${deployments}/${name}/status`, {
      status: { replicas: count, readyReplicas: count, availableReplicas: count },
    })

  const forgetCa = (path: string) =>
    patch(path, [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: '' }], 'json-patch+json')

  /** The agent puts right what it can, now or soon: the fault is made again until it is seen. */
  async function isFound({ what, state, fact, remedy, make }: Fault): Promise<void> {
    let said: readonly Verified[] = []
    const found = await eventually(`${what}: ${fact}`, async () => {
      await make()
      said = await verify()
      return said.find(each => each.what === what && fact.test(each.fact))
    }).catch(error => assert.fail(`${error}\n${JSON.stringify(said, null, 2)}`))
    assert.equal(found.state, state)
    assert.match(found.remedy ?? '', remedy)
  }

  it('finds nothing wrong where all is well, and says so', async () => {
    const { code, stdout } = await meshIn(tmpdir(), ['verify', '--kubeconfig', api.kubeconfig()])
    assert.equal(code, 0)
    assert.match(stdout, /✔ deployments: mesh-agent: 2 of 2 replicas ready\n/)
    assert.match(stdout, /✔ validation webhook: it knows the CA of the agent, which answers\n/)
    assert.match(stdout, /\nall is well\n$/)
  })

  it('finds a replica that is not ready, and says what keeps it from that', async () => {
    const name = 'mesh-agent-second'
    const waiting = { reason: 'CrashLoopBackOff', message: 'back-off' }
    const containerStatuses = [
      { name: 'agent', image: 'agent', imageID: '', ready: false, restartCount: 3, state: { waiting } },
    ]
    const pods = `/api/v1/namespaces/${system}/pods`
    await admin.call('POST', pods, {
      body: {
        metadata: { name, labels: { app: 'mesh-agent' } },
        spec: { serviceAccountName: 'mesh-agent', containers: [{ name: 'agent', image: 'agent' }] },
      },
    })
    await patch(`${pods}/${name}/status`, { status: { phase: 'Running', containerStatuses } })
    await isFound({
      what: 'deployments',
      state: 'note',
      fact: /^mesh-agent: 1 of 2 replicas ready: .*mesh-agent-second, container agent: CrashLoopBackOff: back-off/,
      remedy: /describe pods -l app=mesh-agent$/,
      make: () => areReady('mesh-agent', 1),
    })
    const found = await verify()
    assert.deepEqual(
      found.filter(({ state }) => state === 'bad'),
      [],
      'the replica that answers is asked, and the other one is not waited for',
    )
    await admin.call('DELETE', `${pods}/${name}`, { query: { gracePeriodSeconds: 0 } })
    await isFound({
      what: 'deployments',
      state: 'bad',
      fact: /^mesh-agent: 0 of 2 replicas ready/,
      remedy: /describe pods/,
      make: () => areReady('mesh-agent', 0),
    })
    await areReady('mesh-agent', 2)
  })

  it('names kinds of the Gateway API that are not defined here, where others of it are', async () => {
    const said = async () =>
      (await verify()).filter(({ what }) => what === 'Gateway API').map(({ state, fact }) => `${state}: ${fact}`)
    assert.deepEqual(await said(), ['good: not defined here: nothing is read of it'])
    await applyGatewayApi(admin)
    assert.deepEqual(await said(), ['good: 10 kinds are read'])
    const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tcproutes.gateway.networking.k8s.io'
    await isFound({
      what: 'Gateway API',
      state: 'note',
      fact: /^not defined here in a version that is read: TCPRoute$/,
      remedy: /mesh crds --gateway-api TCPRoute \| kubectl apply/,
      make: () => admin.call('DELETE', definition).catch(() => {}),
    })
  })

  it('finds a gateway that is not ready, is scaled to nothing, or is not there', async () => {
    const gateway = `${deployments}/mesh-ingressgateway`
    const about = { what: 'deployments', state: 'bad' } as const
    await isFound({
      ...about,
      fact: /^mesh-ingressgateway: 0 of 1 replica ready: mesh-ingressgateway has no pods yet$/,
      remedy: /kubectl -n mesh-system describe pods -l app=mesh-ingressgateway/,
      make: () => areReady('mesh-ingressgateway', 0),
    })
    await isFound({
      ...about,
      fact: /^mesh-ingressgateway: 0 of 0 replicas ready$/,
      remedy: /scale deployment mesh-ingressgateway --replicas=1/,
      make: () => patch(gateway, { spec: { replicas: 0 } }),
    })
    await isFound({
      ...about,
      fact: /^mesh-ingressgateway is not there$/,
      remedy: /mesh install/,
      make: () => admin.call('DELETE', gateway).catch(() => {}),
    })
    await install(admin, values)
    await areReady('mesh-ingressgateway', 1)
  })

  for (const [what, path, effect] of [
    ['injection webhook', injector, 'pods of labelled namespaces are refused'],
    ['validation webhook', validator, 'what is applied is not checked'],
  ] as const)
    it(`finds an ${what} that does not work`.replace('an v', 'a v'), async () => {
      const about = { what, state: 'bad' } as const
      await isFound({
        ...about,
        fact: new RegExp(`^the API server does not know the CA of the agent: ${effect}$`),
        remedy: /the agent writes it/,
        make: () => forgetCa(path),
      })
      await isFound({
        ...about,
        fact: new RegExp(`^Service mesh-system/mesh-agent has no ready endpoint: ${effect}$`),
        remedy: /-l app=mesh-agent/,
        make: () => leadWebhooksTo(admin, undefined),
      })
      await leadWebhooksTo(admin, running.ports.webhook)
      await isFound({
        ...about,
        fact: new RegExp(`^there is no Service mesh-system/elsewhere: ${effect}$`),
        remedy: /mesh install/,
        make: () =>
          patch(
            path,
            [{ op: 'replace', path: '/webhooks/0/clientConfig/service/name', value: 'elsewhere' }],
            'json-patch+json',
          ),
      })
      await isFound({
        ...about,
        fact: /^its configuration is empty: /,
        remedy: /mesh install/,
        make: () => patch(path, { webhooks: null }),
      })
      await isFound({
        ...about,
        fact: /^it is not there: /,
        remedy: /mesh install/,
        make: () => admin.call('DELETE', path).catch(() => {}),
      })
      await install(admin, values)
    })

  it('finds pods that lack their proxy, among those that run', async () => {
    const space = await makeNamespace(admin)
    for (const phase of ['Running', 'Pending', 'Succeeded', 'Failed']) {
      await makePod(admin, space, phase.toLowerCase())
      await patch(`/api/v1/namespaces/${space}/pods/${phase.toLowerCase()}/status`, { status: { phase } })
    }
    const labelled = (value: string | null) =>
      patch(`/api/v1/namespaces/${space}`, { metadata: { labels: { 'meshwright.dev/injection': value } } })
    await isFound({
      what: 'pods without proxy',
      state: 'note',
      fact: new RegExp(`^2 pods without the proxy that they should have: ${space}/pending, ${space}/running$`),
      remedy: /rollout restart/,
      make: () => labelled('enabled'),
    })
    await labelled(null)
  })

  it('finds a namespace without the trust bundle', async () => {
    await forbidConfigMaps(admin, 'closed')
    await makeNamespace(admin, {}, 'closed')
    await isFound({
      what: 'trust bundles',
      state: 'bad',
      fact: /^missing in closed: pods with a proxy can't start there$/,
      remedy: /the log of mesh-agent/,
      // The policy holds from some moment on.
      make: () => admin.call('DELETE', '/api/v1/namespaces/closed/configmaps/meshwright-trust').catch(() => {}),
    })
    await admin.call('DELETE', `/api/v1/namespaces/closed`)
  })

  it('finds objects that are left out', async () => {
    // Nobody is asked about it: it was there before.
    await leadWebhooksTo(admin, undefined)
    const path = '/apis/security.istio.io/v1/namespaces/default/requestauthentications'
    await eventually('an object that is wrong', () =>
      admin
        .call('POST', path, {
          body: {
            apiVersion: 'security.istio.io/v1',
            kind: 'RequestAuthentication',
            metadata: { name: 'empty' },
            spec: { jwtRules: [{ issuer: 'x', jwks: '{"keys":[]}' }] },
          },
        })
        .catch(() => undefined),
    )
    await isFound({
      what: 'control plane',
      state: 'bad',
      fact: /^RequestAuthentication default\/empty is left out: \[MW\d+\]/,
      remedy: /mend the object/,
      make: async () => {},
    })
    await admin.call('DELETE', `${path}/empty`)
    await leadWebhooksTo(admin, running.ports.webhook)
  })

  it('finds replicas that do not agree', async () => {
    await using late = await faultProxyOf(api)
    late.judge = ({ isWatch, path }) => (isWatch && path.endsWith('/virtualservices') ? { kind: 'stall' } : undefined)
    await using other = await startAgent(api, admin, { identity: 'agent-2', url: late.url, values })
    await admin.call('POST', '/apis/networking.istio.io/v1/namespaces/default/virtualservices', {
      body: {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'new' },
        spec: { hosts: ['new.example'], http: [{ route: [{ destination: { host: 'kubernetes' } }] }] },
      },
    })
    await showReplica(admin, 'agent-2', other)
    await isFound({
      what: 'control plane',
      state: 'note',
      fact: /^replicas serve different revisions$/,
      remedy: /passes/,
      make: async () => {},
    })
    await admin.call('DELETE', `/api/v1/namespaces/${system}/pods/agent-2`, { query: { gracePeriodSeconds: 0 } })
  })

  it('finds that nobody writes', async () => {
    const lease = `/apis/coordination.k8s.io/v1/namespaces/${system}/leases/mesh-agent`
    await isFound({
      what: 'control plane',
      state: 'bad',
      fact: /^no replica holds the Lease/,
      remedy: /its log/,
      make: () => patch(lease, { spec: { holderIdentity: 'nobody' } }),
    })
    await admin.call('DELETE', lease)
    await eventually('a replica that writes', () => running.agent.isWriter, 60_000)
  })

  it('finds an authority that ends soon', async () => {
    const files = companyFiles(folder, ecKey)
    const stringData = {
      'ca-cert.pem': files.chain,
      'ca-key.pem': files.key,
      'root-cert.pem': files.roots,
      'cert-chain.pem': files.chain + files.roots,
    }
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cacerts' }, stringData }
    await admin.call('POST', `/api/v1/namespaces/${system}/secrets`, { body })
    await isFound({
      what: 'control plane',
      state: 'bad',
      fact: /^the authority ends on \d{4}-\d\d-\d\d$/,
      remedy: /docs\/security\.md/,
      make: async () => {},
    })
    await admin.call('DELETE', `/api/v1/namespaces/${system}/secrets/cacerts`)
  })

  it('says that the agent can’t be asked, and what to look at', async () => {
    await running.agent.close()
    await isFound({
      what: 'control plane',
      state: 'bad',
      fact: /^it can't be looked at: the control plane can't be asked: /,
      remedy: /kubectl -n mesh-system get pods/,
      make: async () => {},
    })
    await admin.call('DELETE', `/api/v1/namespaces/${system}/pods/agent-1`, { query: { gracePeriodSeconds: 0 } })
  })

  it('looks at what there is with target istio: the agent and the webhook that checks', async () => {
    for (const path of [injector, `${deployments}/mesh-ingressgateway`]) await admin.call('DELETE', path)
    const own = { ...values, target: 'istio' }
    await begin(own)
    assert.deepEqual(
      (await verify()).map(({ what, state }) => `${what}: ${state}`),
      [
        'Kubernetes version: good',
        'other meshes: note',
        'other meshes: note',
        'control plane: good',
        'deployments: good',
        'validation webhook: good',
      ],
    )
    const about = { what: 'validation webhook', state: 'bad' } as const
    await isFound({
      ...about,
      fact: /^the API server does not know the CA of the agent: what is applied is not checked$/,
      remedy: /the agent writes it/,
      make: () => forgetCa(validator),
    })
    await isFound({
      ...about,
      fact: /^it is not there: what is applied is not checked$/,
      remedy: /mesh install/,
      make: () => admin.call('DELETE', validator).catch(() => {}),
    })
  })
})
