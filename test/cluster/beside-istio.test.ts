/** A cluster that Istio is in, or comes to: what is Istio's stays Istio's, on a real API server. */
import assert from 'node:assert/strict'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { applyAll } from '../../src/cluster/apply.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { customResourceDefinitions } from '../../src/cluster/install/crds.ts'
import { listOf } from '../../src/cluster/install/existing.ts'
import { mergedValues, policyUse, problemsIn, readerName, withSettings } from '../../src/cluster/install/values.ts'
import { changeMachines, type Machine } from '../../src/cluster/machines.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { type Finished, meshIn } from '../cli/run-mesh.ts'
import { eventually } from '../support/xds-server.ts'
import { install, leadWebhooksTo, startAgent, system, values } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { accountToken, crd, makeAccount, makeNamespace, makePod } from './objects.ts'

const skip = cannotRunApi() ?? false

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const hooksPath = '/apis/admissionregistration.k8s.io/v1'
const istioLabelled = { 'istio-injection': 'enabled' }

/** As istiod makes it; nothing answers there, and nobody waits for it. */
const istioInjector = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'istio-sidecar-injector', labels: { app: 'sidecar-injector' } },
  webhooks: [
    {
      name: 'namespace.sidecar-injector.istio.io',
      clientConfig: { service: { name: 'istiod', namespace: 'istio-system', path: '/inject' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
      namespaceSelector: { matchLabels: istioLabelled },
      failurePolicy: 'Ignore',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 1,
    },
  ],
}

describe('beside Istio, on a real API server', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    for (const { metadata, spec } of customResourceDefinitions()) {
      const { names, versions } = spec as {
        readonly names: { readonly kind: string }
        readonly versions: readonly { readonly name: string }[]
      }
      const definition = crd(metadata.name, names.kind, undefined, versions[0]!.name)
      const body = { ...definition, metadata: { name: metadata.name, labels: { app: 'istio-pilot', chart: 'istio' } } }
      await admin.call('POST', definitionsPath, { body })
    }
    await admin.call('POST', `${hooksPath}/mutatingwebhookconfigurations`, { body: istioInjector })
  })
  after(() => api?.stop())

  /** What definitions say, as far as it counts: their status is the API server's own. */
  const said = async () =>
    Object.fromEntries(
      (await listOf(admin, definitionsPath)).map(({ metadata, spec }) => [
        metadata.name,
        JSON.stringify({ generation: metadata.generation, labels: metadata.labels, spec }),
      ]),
    )
  /** Of what is not about to be deleted: no controller of the cluster's finishes that here. */
  const names = async (path: string) =>
    (await listOf(admin, path))
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name)
  /** Nothing runs here, so installing applies all and then says that nothing comes up. */
  const mesh = (...args: readonly string[]): Promise<Finished> =>
    meshIn(tmpdir(), [...args, '--kubeconfig', api.kubeconfig()])

  it('installs what checks, and nothing that serves; what served before is taken out', async () => {
    const before = await said()
    const first = await mesh('install', '--profile', 'demo', '--wait', '0')
    assert.match(first.stderr, /Istio injects here \(istio-sidecar-injector\): its labels are left to it/)
    assert.ok(first.stderr.includes(`${customResourceDefinitions().length} definitions of another manager left alone`))
    const injector = (await admin.call('GET', `${hooksPath}/mutatingwebhookconfigurations/mesh-injector`)) as {
      readonly webhooks: readonly { readonly name: string }[]
    }
    assert.deepEqual(
      injector.webhooks.filter(({ name }) => name.startsWith('istio-')),
      [],
    )
    const shop = await makeNamespace(admin)
    await makePod(admin, shop, 'web-1', { annotations: { 'meshwright.dev/status': '{}' } })
    for (const command of ['install', 'upgrade']) {
      // Certificates of now were given out as it is now, whatever comes.
      const ttl = ['--set', 'certificates.ttlSeconds=3600']
      const refused = await mesh(command, '--target', 'istio', ...ttl, '--wait', '0')
      assert.equal(refused.code, 2)
      assert.match(
        refused.stderr,
        new RegExp(
          `serves 1 proxy, in ${shop}: with target istio nobody serves .* within 24 hours.*\\n.* --force$`,
          'm',
        ),
      )
    }
    assert.ok(
      (await names(`${hooksPath}/mutatingwebhookconfigurations`)).includes('mesh-injector'),
      'nothing was changed',
    )
    const tried = await mesh('upgrade', '--target', 'istio', '--dry-run')
    assert.equal(tried.code, 0, tried.stderr)
    assert.match(tried.stderr, /^without --dry-run this needs --force: the installation in mesh-system serves 1 proxy/m)
    assert.match(tried.stderr, /resources would change$/m)
    const { stderr } = await mesh('upgrade', '--target', 'istio', '--force', '--wait', '0')
    assert.match(stderr, /MutatingWebhookConfiguration mesh-injector deleted: proxies are istiod's/)
    assert.deepEqual(await names(`${hooksPath}/mutatingwebhookconfigurations`), ['istio-sidecar-injector'])
    assert.deepEqual(await names(`${hooksPath}/validatingwebhookconfigurations`), ['mesh-validator'])
    await eventually(
      'one Deployment',
      async () => (await names(`/apis/apps/v1/namespaces/${system}/deployments`)).join() === 'mesh-agent',
    )
    assert.deepEqual(await said(), before)
    assert.match((await mesh('verify')).stdout, /other meshes: Istio injects here/)
    const again = await mesh('install', '--target', 'istio', '--wait', '0')
    assert.doesNotMatch(again.stderr, /--force/, 'an installation that serves nobody leaves nobody')
  })

  it('is asked for by force, as uninstalling is, where proxies are served: in pods, or on machines that have joined', async () => {
    await install(admin, { ...values, istioLabels: false })
    const space = await makeNamespace(admin)
    const machine = (name: string, expiresAt: number): Machine => ({
      namespace: space,
      serviceAccount: 'default',
      accountUid: 'any',
      invitation: { hash: 'any', expiresAt, isUsed: true },
      name,
      ip: '192.0.2.1',
      credentials: [{ hash: 'any', expiresAt }],
    })
    const hour = 3_600_000
    await changeMachines(admin, system, entries => {
      entries.set('1', machine('legacy', Date.now() + hour))
      entries.set('2', machine('gone', Date.now() - hour))
      const { name: _, ip: __, ...invited } = machine('', Date.now() + hour)
      entries.set('3', { ...invited, credentials: [] })
    })
    // The installation's own gateway is what shall go.
    await makePod(admin, system, 'mesh-ingressgateway-1', {
      account: readerName,
      labels: { app: 'mesh-ingressgateway' },
    })
    const others = (await listOf(admin, '/api/v1/pods')).filter(
      ({ metadata }) => metadata.annotations?.['meshwright.dev/status'] !== undefined,
    )
    for (const { metadata } of others)
      await admin.call('DELETE', `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`, {
        query: { gracePeriodSeconds: 0 },
      })
    const toIstio = await mesh('install', '--target', 'istio', '--wait', '0')
    assert.equal(toIstio.code, 2)
    assert.match(
      toIstio.stderr,
      new RegExp(`serves 2 proxies, in mesh-system and on the machine ${space}/legacy: with`),
    )
    const one = await mesh('uninstall')
    assert.equal(one.code, 2)
    assert.match(
      one.stderr,
      new RegExp(`serves 1 proxy, on the machine ${space}/legacy: nobody .* within 24 hours.*\\n.* --force$`, 'm'),
    )
    await makePod(admin, space, 'web-1', { annotations: { 'meshwright.dev/status': '{}' } })
    const purge = await mesh('uninstall', '--purge')
    assert.equal(purge.code, 2)
    assert.match(purge.stderr, new RegExp(`serves 2 proxies, in ${space} and on the machine ${space}/legacy: nobody`))
    assert.deepEqual(
      await names(`${hooksPath}/validatingwebhookconfigurations`),
      ['mesh-validator'],
      'nothing was changed',
    )
    const forced = await mesh('uninstall', '--force')
    assert.equal(forced.code, 0, forced.stderr)
    assert.match(forced.stderr, /proxies that run go on with what they have, until their certificates end\./)
    assert.deepEqual(await names(`${hooksPath}/validatingwebhookconfigurations`), [])
    for (const [namespace, name] of [
      [space, 'web-1'],
      [system, 'mesh-ingressgateway-1'],
    ] as const)
      await admin.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, { query: { gracePeriodSeconds: 0 } })
    await changeMachines(admin, system, entries => entries.clear())
  })

  it('is asked for by a word that there is', () => {
    assert.deepEqual(withSettings(values, ['target=istio']).bad, [])
    const [bad] = withSettings(values, ['target=linkerd']).bad
    assert.deepEqual([bad?.problem, bad?.remedy], ["can't be linkerd", 'write envoy or istio'])
  })

  it('leaves objects of others to them where a policy alone is against it, unless told otherwise', () => {
    const use = (...settings: readonly string[]) => policyUse(withSettings(values, settings).values)
    assert.equal(use(), 'enforce')
    assert.equal(use('target=istio'), 'warn')
    assert.equal(use('target=istio', 'validation.policies=enforce'), 'enforce')
    assert.equal(use('validation.policies=warn'), 'warn')
    assert.equal(use('validation.policies=off'), 'off')
    const [bad] = problemsIn(withSettings(values, ['validation.policies=never']).values)
    assert.deepEqual(
      [bad?.path, bad?.problem, bad?.remedy],
      ['validation.policies', "can't be never", 'write auto, enforce, warn or off'],
    )
    assert.equal(policyUse(mergedValues({ target: 'istio' })), 'warn', 'of an earlier installation')
    const others = ['gateway.serviceType=Nodeport', 'images.pullPolicy=always']
    assert.deepEqual(
      problemsIn(withSettings(values, others).values).map(({ path, remedy }) => [path, remedy]),
      [
        ['gateway.serviceType', 'write LoadBalancer, NodePort or ClusterIP'],
        ['images.pullPolicy', 'write Always, IfNotPresent or Never'],
      ],
    )
  })

  it('checks what is applied, and serves no proxy', async () => {
    const target = { ...values, target: 'istio' }
    await install(admin, { ...target, istioLabels: false })
    await using running = await startAgent(api, admin, { values: target })
    await leadWebhooksTo(admin, running.ports.webhook)
    await eventually('a refusal of what is wrong', () =>
      admin
        .call('POST', '/apis/networking.istio.io/v1/namespaces/default/virtualservices', {
          query: { dryRun: 'All' },
          body: {
            apiVersion: 'networking.istio.io/v1',
            kind: 'VirtualService',
            metadata: { name: 'wrong' },
            spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' }, weight: -1 }] }] },
          },
        })
        .then(
          () => false,
          error => /mesh-validator/.test(String(error)),
        ),
    )
    const crooked = {
      hosts: ['shop.example'],
      http: [{ route: [80, 10].map(weight => ({ destination: { host: `w${weight}` }, weight })) }],
    }
    const kept = (await admin.call('POST', '/apis/networking.istio.io/v1/namespaces/default/virtualservices', {
      query: { dryRun: 'All' },
      body: {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'theirs' },
        spec: crooked,
      },
    })) as ApiObject
    assert.equal(kept.metadata.name, 'theirs', 'what a policy alone is against is taken')
    assert.equal(await isOpen(running.ports.xds), false)
    assert.deepEqual(await listOf(admin, '/api/v1/configmaps?fieldSelector=metadata.name%3Dmeshwright-trust'), [])
    const token = await accountToken(admin, system, readerName, { audience: readerName })
    const status = (await look(running.ports.webhook, '/debug/status', token)) as { readonly target: string }
    assert.equal(status.target, 'istio')
    assert.ok(
      running.lines.some(line => /beside Istio/.test(line)),
      running.lines.join('\n'),
    )
    await leadWebhooksTo(admin, undefined)
  })

  it('leaves Istio’s labels to Istio for as long as it has an injector, also one that came later', async () => {
    await install(admin, { ...values, istioLabels: true })
    await makeAccount(admin, system, 'default').catch(() => {})
    const asIstio = await makeNamespace(admin, istioLabelled)
    const asOurs = await makeNamespace(admin, { 'meshwright.dev/injection': 'enabled' })
    await using running = await startAgent(api, admin, { values: { ...values, istioLabels: true } })
    await leadWebhooksTo(admin, running.ports.webhook)
    let count = 0
    const isInjected = async (namespace: string) => {
      count += 1
      const body = { metadata: { name: `pod-${count}` }, spec: { containers: [{ name: 'app', image: 'app' }] } }
      const pod = (await admin.call('POST', `/api/v1/namespaces/${namespace}/pods`, { body })) as {
        readonly spec: { readonly initContainers?: readonly { readonly name: string }[] }
      }
      return (pod.spec.initContainers ?? []).some(({ name }) => name === 'mesh-proxy')
    }
    /** `mesh describe` and `mesh verify` say of the first pod of Istio's namespace what the webhook would do. */
    const isMissed = async () => {
      const name = `pod-${first}`
      const description = (await mesh('describe', 'pod', name, '--namespace', asIstio)).stdout
      const isDescribed = /it has no proxy, though namespace \S+ has istio-injection=enabled/.test(description)
      assert.match(description, isDescribed ? /so restart it/ : /it has no proxy: neither the pod nor namespace/)
      assert.equal((await mesh('verify')).stdout.includes(`${asIstio}/${name}`), isDescribed, 'both say the same')
      return isDescribed
    }
    await eventually('a pod with our label', () => isInjected(asOurs).catch(() => false), 60_000)
    assert.equal(await isInjected(asIstio), false)
    const first = count
    assert.equal(await isMissed(), false)
    await admin.call('DELETE', `${hooksPath}/mutatingwebhookconfigurations/istio-sidecar-injector`)
    await eventually('a pod with Istio’s label, once Istio is gone', () => isInjected(asIstio))
    assert.equal(await isMissed(), true)
    await admin.call('POST', `${hooksPath}/mutatingwebhookconfigurations`, { body: istioInjector })
    await eventually('no pod with Istio’s label, once it is back', async () => !(await isInjected(asIstio)))
    assert.equal(await isMissed(), false)
    await leadWebhooksTo(admin, undefined)
  })

  it('purges no definition of another manager’s, and none that objects are left of', async () => {
    const all = await names(definitionsPath)
    await Promise.all(all.map(name => admin.call('DELETE', `${definitionsPath}/${name}`)))
    await eventually('no definitions', async () => (await names(definitionsPath)).length === 0)
    await mesh('install', '--profile', 'minimal', '--wait', '0')
    // Somebody else takes one over: from now on it is theirs.
    const taken = 'sidecars.networking.istio.io'
    const theirs = { ...crd(taken, 'Sidecar'), metadata: { name: taken } } as Resource
    await applyAll(admin, [theirs], { namespace: 'default', fieldManager: 'istioctl', force: true })
    const before = (await said())[taken]
    assert.match(
      (await mesh('install', '--profile', 'minimal', '--wait', '0')).stderr,
      /1 definition of another manager left alone: sidecars/,
    )
    assert.equal((await said())[taken], before)

    const route = '/apis/networking.istio.io/v1/namespaces/default/virtualservices'
    const spec = { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }] }
    await admin.call('POST', route, {
      body: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'theirs' }, spec },
    })
    // Pods of before have their proxies still.
    const refused = await mesh('uninstall', '--purge', '--force')
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /purging would delete resources of the mesh: VirtualService default\/theirs/)
    const still = (await admin.call('GET', `${route}/theirs`)) as ApiObject
    assert.equal(still.metadata.name, 'theirs')
    await admin.call('DELETE', `${route}/theirs`)
    const purged = await mesh('uninstall', '--purge', '--force')
    assert.equal(purged.code, 0, purged.stderr)
    assert.match(purged.stderr, /not touched: 1 definition of another manager/)
    await eventually('the one that is theirs', async () => (await names(definitionsPath)).join() === taken)
  })
})

/** Does anything listen at a port of this machine? */
function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** What the agent answers to whoever may look. */
function look(port: number, path: string, token: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers: { 'x-mesh-token': token }, rejectUnauthorized: false }
    request(options, response => {
      let text = ''
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text)))
    })
      .on('error', reject)
      .end()
  })
}
