/** The agent's webhooks, called by a real API server: quick, robust, and in nobody's way when they are gone. */
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { findAuthority, loadAuthority, ownSecret } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { agentName, injectorName } from '../../src/cluster/install/values.ts'
import { writeWebhookCa } from '../../src/cluster/trust.ts'
import type { AdmissionRequest } from '../../src/cluster/webhook/admission.ts'
import { WebhookServer } from '../../src/cluster/webhook/server.ts'
import { compile, withCarriedSettings } from '../../src/compile.ts'
import { createAuthorityFiles } from '../../src/identity/certificate-authority.ts'
import { withFolder } from '../phases/1-load/scratch.ts'
import { freePort } from '../support/free-ports.ts'
import { eventually } from '../support/xds-server.ts'
import { install, leadWebhooksTo, type RunningAgent, startAgent, system, values } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { applyGatewayApi, gatewayApiPath, postGatewayApi } from './gateway-api-objects.ts'
import { makeAccount, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const injected = { 'meshwright.dev/injection': 'enabled' }

interface Pod {
  readonly spec: { readonly initContainers?: readonly { readonly name: string; readonly args?: readonly string[] }[] }
}

describe('the webhooks, as the API server calls them', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let labelled = ''
  let running: RunningAgent | undefined
  let count = 0

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    labelled = await makeNamespace(admin, injected)
    for (const name of ['default', 'kube-system', system]) await makeAccount(admin, name, 'default').catch(() => {})
  })
  after(() => api?.stop())
  beforeEach(() => leadWebhooksTo(admin, undefined))
  afterEach(async () => {
    await running?.agent.close()
    running = undefined
  })

  /** Makes a pod as people do, without a word of proxies. */
  async function makePod(namespace: string, labels: object = {}, spec: object = {}): Promise<Pod> {
    count += 1
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${count}`, labels },
      spec: { containers: [{ name: 'app', image: 'app' }], ...spec },
    }
    return (await admin.call('POST', `/api/v1/namespaces/${namespace}/pods`, { body })) as Pod
  }
  const hasProxy = ({ spec }: Pod) => (spec.initContainers ?? []).some(({ name }) => name === 'mesh-proxy')

  /** An agent that the API server reaches and believes. */
  async function serve(url = api.url, own = values): Promise<RunningAgent> {
    running = await startAgent(api, admin, { url, values: own })
    await leadWebhooksTo(admin, running.ports.webhook)
    // Until the API server has heard of the endpoint and of the CA.
    await eventually('an injected pod', () => makePod(labelled).then(hasProxy, () => false), 60_000)
    // Whom it does not believe yet judges nothing: objects are let through.
    await eventually('a refusal', () => postWrong('?dryRun=All').then(() => false, isDenied), 60_000)
    return running
  }

  /** A policy that denies nothing: what the definition's own rules refuse does not get as far as the webhook. */
  function postWrong(query = ''): Promise<unknown> {
    const path = `/apis/security.istio.io/v1/namespaces/${labelled}/authorizationpolicies${query}`
    const spec = { action: 'DENY' }
    const body = { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name: 'wrong' }, spec }
    return admin.call('POST', path, { body })
  }
  const isDenied = (error: Error) => /denied the request: \[MW3102\]/.test(error.message)

  const selected = () =>
    [
      ['a namespace of the cluster’s own', 'kube-system', {}, {}],
      ['the control plane’s own namespace, whatever its labels say', system, {}, {}],
      ['a namespace that asked for nothing', 'default', {}, {}],
      ['a pod that wants none', labelled, { 'meshwright.dev/inject': 'false' }, {}],
    ] as const

  it('are in nobody’s way but of pods that need a proxy, when no agent runs', async () => {
    await admin.call('PATCH', `/api/v1/namespaces/${system}`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: injected } },
    })
    for (const [what, namespace, labels] of selected()) assert.ok(await makePod(namespace, labels), what)
    await assert.rejects(makePod(labelled), /failed calling webhook "namespace\.mesh-injector\.meshwright\.dev"/)
    await assert.rejects(makePod('default', { 'meshwright.dev/inject': 'true' }), /failed calling webhook/)
  })

  it('keep nobody waiting but pods that need a proxy, when the agent hangs', async () => {
    const port = await freePort()
    const silent = createTcpServer(() => {}).listen(port)
    try {
      await leadWebhooksTo(admin, port)
      const from = performance.now()
      for (const [what, namespace, labels] of selected()) assert.ok(await makePod(namespace, labels), what)
      assert.ok(performance.now() - from < 4000, 'none of them was asked about')
      await eventually('a refusal that took its time', async () => {
        const asked = performance.now()
        await assert.rejects(makePod(labelled), /failed calling webhook/)
        return performance.now() - asked > 4000
      })
    } finally {
      silent.close()
    }
  })

  it('are believed no longer than their certificate is good, and say so to whoever makes a pod', async () => {
    const found = await findAuthority(admin, system, values.domain)
    const authority = await loadAuthority(found, values.domain)
    const now = Date.now() - 3_600_000
    const { chain, key } = await authority.issueServer([`${agentName}.${system}.svc`], 60_000, now)
    await writeWebhookCa(admin, { resource: 'mutatingwebhookconfigurations', name: injectorName }, authority.roots)
    const port = await freePort()
    const asked: string[] = []
    const hook = async ({ kind }: AdmissionRequest) => {
      asked.push(kind)
      return { isAllowed: true }
    }
    const late = new WebhookServer({
      tls: { cert: chain, key },
      hooks: { '/inject': hook },
      onError: () => {},
    })
    await late.listen(port)
    try {
      await leadWebhooksTo(admin, port)
      await eventually('a refusal that names the certificate', () =>
        makePod(labelled).then(
          () => false,
          error => /certificate has expired/.test((error as Error).message),
        ),
      )
      for (const [what, namespace, labels] of selected()) assert.ok(await makePod(namespace, labels), what)
      assert.deepEqual(asked, [], 'nothing was sent to it')
    } finally {
      await late.close()
    }
    await serve()
  })

  it('lock nobody out from mending an outage: what can not be judged is let through', async () => {
    const path = `/apis/networking.istio.io/v1/namespaces/${labelled}/virtualservices`
    const spec = { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }] }
    const body = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'mend' }, spec }
    assert.ok(await admin.call('POST', path, { body }))
  })

  it('add a proxy to each pod that asks for one, and to no other', async () => {
    await serve()
    assert.ok(hasProxy(await makePod('default', { 'meshwright.dev/inject': 'true' })))
    for (const [what, namespace, labels] of selected()) assert.ok(!hasProxy(await makePod(namespace, labels)), what)
    assert.ok(!hasProxy(await makePod(labelled, {}, { hostNetwork: true })))
  })

  it('run the proxy of a new pod as ProxyConfigs say by then', async () => {
    await serve()
    const path = `/apis/networking.istio.io/v1beta1/namespaces/${labelled}/proxyconfigs`
    const body = {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'ProxyConfig',
      metadata: { name: 'threads' },
      spec: { selector: { matchLabels: { app: 'busy' } }, concurrency: 7 },
    }
    await admin.call('POST', path, { body })
    const threadsOf = ({ spec }: Pod) => {
      const { args = [] } = (spec.initContainers ?? []).find(({ name }) => name === 'mesh-proxy')!
      return args[args.indexOf('--concurrency') + 1]
    }
    const isHeard = async () => threadsOf(await makePod(labelled, { app: 'busy' })) === '7'
    await eventually('a pod with that many threads', isHeard, 60_000)
    assert.equal(threadsOf(await makePod(labelled)), '2')
  })

  it('add one to a pod whose namespace was made or labelled a moment before, though no watch has told of it', async () => {
    const proxy = await faultProxyOf(api)
    try {
      await serve(proxy.url)
      const older = await makeNamespace(admin)
      await eventually('a watch that has told of it', async () => !hasProxy(await makePod(older)))
      proxy.silenceWatches()
      const newer = await makeNamespace(admin, injected)
      await admin.call('PATCH', `/api/v1/namespaces/${older}`, {
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: injected } },
      })
      // The API server itself hears of labels by a watch, and asks only from then on.
      await eventually('a proxy', async () => hasProxy(await makePod(older)))
      assert.ok(hasProxy(await makePod(newer)))
    } finally {
      await running?.agent.close()
      running = undefined
      await proxy[Symbol.asyncDispose]()
    }
  })

  it('refuse what mesh check calls an error, in the same words', async () => {
    await serve()
    await assert.rejects(postWrong(), isDenied)
  })

  it('refuse what mesh check calls an error in the Gateway API’s objects where they are ours, and leave others’ to others', async () => {
    await applyGatewayApi(admin)
    await serve()
    const post = (kind: string, name: string, spec: object) =>
      postGatewayApi(admin, { kind, name, spec, ...(kind === 'GatewayClass' ? {} : { namespace: labelled }) })
    const listening = (gatewayClassName: string, hostname: string) => ({
      gatewayClassName,
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname }],
    })
    // To a definition it is a name like any other.
    const noName = '192.0.2.1'
    // No expression, which a definition can't know.
    const rules = [{ matches: [{ path: { type: 'RegularExpression', value: '/(' } }] }]
    const to = (parent: string) => ({ parentRefs: [{ name: parent }], rules })
    const refused = /denied the request: \[MW3\d+\]/
    await assert.rejects(post('Gateway', 'ours', listening('meshwright', noName)), refused)
    await post('Gateway', 'ours', listening('meshwright', 'shop.example'))
    await post('Gateway', 'theirs', listening('theirs', noName))
    await post('HTTPRoute', 'theirs', to('theirs'))
    // What was made a moment before, the agent knows once its watch has told it; it looks for new kinds every half minute.
    await eventually(
      'a refusal',
      () =>
        post('HTTPRoute', 'ours', to('ours')).then(
          () => admin.call('DELETE', `${gatewayApiPath('HTTPRoute', labelled)}/ours`).then(() => false),
          error => refused.test((error as Error).message),
        ),
      60_000,
    )
    await assert.rejects(
      post('HTTPRoute', 'inner', { ...to('web'), parentRefs: [{ group: '', kind: 'Service', name: 'web' }] }),
      refused,
    )
  })

  /** A mesh whose gateway has a host twice, as `mesh apply` gives it to a cluster; and what `mesh check` says of it. */
  async function crooked(config: string) {
    const text = `import { defineConfig } from 'meshwright/policy'\nexport default defineConfig(${config})\n`
    const yaml = ['apiVersion: networking.istio.io/v1', 'kind: Gateway', 'metadata: { name: twice }'].join('\n')
    const server = (name: string) => `{ port: { number: 80, name: ${name}, protocol: HTTP }, hosts: [shop.example] }`
    const spec = `spec: { selector: { istio: ingressgateway }, servers: [${server('one')}, ${server('two')}] }`
    return withFolder({ 'mesh.yaml': `${yaml}\n${spec}\n`, 'mesh.config.ts': text }, async path => {
      const compiled = await compile({ path, skipTypes: true })
      const { resources } = withCarriedSettings({ ...compiled, resolved: compiled.resolved! })
      const body = resources.find(({ resource }) => resource.kind === 'Gateway')!.resource
      const finding = compiled.diagnostics.find(({ code }) => code === 'gateway-host-overlap')
      return { finding, body: { ...body, metadata: { ...body.metadata, namespace: labelled } } }
    })
  }

  it('refuse what a policy finds in one object alone, in the same words, unless its mesh accepts it', async () => {
    await serve()
    const path = `/apis/networking.istio.io/v1/namespaces/${labelled}/gateways`
    const post = (body: object) => admin.call('POST', path, { body })
    const { finding, body } = await crooked('{}')
    const words = `denied the request: [gateway-host-overlap] ${finding?.message} (${finding?.help})`
    await assert.rejects(post(body), error => (error as Error).message.includes(words))
    const accepted = (until: string) =>
      `{ waivers: [{ rule: 'gateway-host-overlap', subject: 'Gateway/*', reason: 'moving', until: '${until}' }] }`
    const late = await crooked(accepted('2020-01-01'))
    await assert.rejects(
      post(late.body),
      /denied the request: .*the waiver of "gateway-host-overlap" .* ended on 2020-01-01/,
    )
    const waived = await crooked(accepted('2999-12-31'))
    assert.equal(waived.finding, undefined)
    assert.ok(await post(waived.body))
  })

  it('warn of what a policy finds, or say nothing of it, where the installation says so; of what is wrong beside it they do not', async () => {
    const path = `/apis/networking.istio.io/v1/namespaces/${labelled}/gateways`
    const { finding, body } = await crooked('{}')
    const words = `[gateway-host-overlap] ${finding?.message}`
    /** What the API server passes on to whoever applies: the refusal, or the warnings. */
    const said = async () => {
      const { agent: _, ...options } = await admin.connection.credentials()
      const other = { ...body, metadata: { ...body.metadata, name: 'other' } }
      const response = await fetchJson(`${api.url}${path}?dryRun=All`, { ...options, ca: api.read('ca.crt') }, other)
      return { status: response.statusCode, warning: String(response.headers['warning'] ?? '') }
    }
    for (const [policies, isWarned] of [
      ['warn', true],
      ['off', false],
    ] as const) {
      await serve(api.url, { ...values, validation: { policies } })
      const { status, warning } = await said()
      assert.equal(status, 201, policies)
      assert.equal(warning.includes(words.slice(0, 30)), isWarned, warning)
      await assert.rejects(postWrong(), isDenied)
      await running?.agent.close()
    }
  })

  it('let go what is being deleted, whatever it says', async () => {
    const path = `/apis/networking.istio.io/v1/namespaces/${labelled}/gateways`
    const { body } = await crooked('{}')
    const old = { ...body, metadata: { ...body.metadata, name: 'old', finalizers: ['example.com/held'] } }
    await admin.call('POST', path, { body: old })
    await serve()
    await admin.call('DELETE', `${path}/old`)
    const change = (finalizers: readonly string[]) =>
      admin.call('PATCH', `${path}/old`, {
        contentType: 'application/merge-patch+json',
        body: { metadata: { finalizers } },
      })
    assert.ok(await change([]))
    await assert.rejects(admin.call('GET', `${path}/old`), /not found/)
  })

  it('go on with another certificate when the authority has changed, without a restart', async () => {
    const { agent } = await serve()
    const { chain, key, roots } = await createAuthorityFiles('cluster.local')
    const before = agent.roots
    await admin.call('PATCH', `/api/v1/namespaces/${system}/secrets/${ownSecret}`, {
      contentType: 'application/merge-patch+json',
      body: { data: null, stringData: { 'tls.crt': chain, 'tls.key': key, 'ca.crt': roots } },
    })
    await eventually('the new authority', () => agent.roots === roots)
    assert.notEqual(agent.roots, before)
    await eventually(
      'a pod with a proxy',
      async () => {
        try {
          return hasProxy(await makePod(labelled))
        } catch (error) {
          // Between the new certificate and the API server's knowing of its CA.
          assert.match((error as Error).message, /failed calling webhook.*x509|certificate/)
          return false
        }
      },
      30_000,
    )
    const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/mesh-injector'
    // The API server may still hold a connection that it opened under the old certificate.
    await eventually('the CA of the new authority', async () => {
      const { webhooks } = (await admin.call('GET', configurations)) as {
        webhooks: { clientConfig: { caBundle: string } }[]
      }
      return webhooks.every(
        ({ clientConfig }) => Buffer.from(clientConfig.caBundle, 'base64').toString() === agent.roots,
      )
    })
  })

  it('answer long before anybody notices: 100 ms at most, where a machine is not busy otherwise', async () => {
    await serve()
    const took: number[] = []
    for (let index = 0; index < 100; index += 1) {
      const from = performance.now()
      assert.ok(hasProxy(await makePod(labelled)))
      took.push(performance.now() - from)
    }
    took.sort((a, b) => a - b)
    const [median, slow] = [took[50]!, took[98]!]
    console.log(`# a pod is made, with its proxy: median ${median.toFixed(1)} ms, p99 ${slow.toFixed(1)} ms`)
    assert.ok(slow < 1000)
  })
})

/** Posts as clients do that look at the answer's head, too. */
function fetchJson(url: string, options: RequestOptions, body: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { ...(options.headers as object), 'content-type': 'application/json' }
    request(url, { ...options, method: 'POST', headers }, response => resolve(response.resume()))
      .on('error', reject)
      .end(JSON.stringify(body))
  })
}
