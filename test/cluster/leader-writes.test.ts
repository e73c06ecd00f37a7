/** What the writing replica writes, when it was stopped between its look and its write and another one has written since. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ClusterWriter } from '../../src/agent/cluster-writer.ts'
import { ClusterClient } from '../../src/cluster/client.ts'
import { trustConfigMap } from '../../src/cluster/inject/inject-pod.ts'
import { injectorName } from '../../src/cluster/install/values.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { bundlePath, writeStatus, writeTrust, writeWebhookCa } from '../../src/cluster/trust.ts'
import { eventually } from '../support/xds-server.ts'
import { install } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const hooks = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const injector = { resource: 'mutatingwebhookconfigurations', name: injectorName } as const

type Call = Parameters<ClusterClient['call']>

/** A client that can be stopped before a write, as a process can be. */
class StoppableClient extends ClusterClient {
  #isStopping = false
  #stands = () => {}
  #goOn = () => {}

  /** Resolves once it stands before its next write to such a path. */
  stopBeforeWrite(path: RegExp): Promise<void> {
    this.#path = path
    this.#isStopping = true
    return new Promise(resolve => {
      this.#stands = resolve
    })
  }

  goOn(): void {
    this.#goOn()
  }

  override async call(...[method, path, options]: Call): Promise<unknown> {
    if (this.#isStopping && method !== 'GET' && this.#path.test(path)) {
      this.#isStopping = false
      const going = new Promise<void>(resolve => {
        this.#goOn = resolve
      })
      this.#stands()
      await going
    }
    return super.call(method, path, options)
  }

  #path = /./
}

describe('what the writing replica writes', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
  })
  after(() => api?.stop())

  const stoppable = () => new StoppableClient(api.client().connection)

  const bundleOf = async (namespace: string) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${trustConfigMap}`
    return (await admin.find<{ readonly data: { readonly 'ca.crt': string } }>(path))?.data['ca.crt']
  }

  for (const [what, earlier] of [
    ['changes', 'first'],
    ['makes', undefined],
  ] as const)
    it(`is no bundle that another one ${what} at the same moment`, async () => {
      const namespace = await makeNamespace(admin)
      if (earlier !== undefined) await writeTrust(admin, namespace, earlier)
      const replica = stoppable()
      const stands = replica.stopBeforeWrite(/configmaps/)
      const written = writeTrust(replica, namespace, 'old')
      await stands
      await writeTrust(admin, namespace, 'new')
      replica.goOn()
      await assert.rejects(written, { name: 'ApiError', status: 409 })
      assert.equal(await bundleOf(namespace), 'new')
    })

  it('is no CA of webhooks that another one has changed', async () => {
    const replica = stoppable()
    const stands = replica.stopBeforeWrite(/webhook/)
    const written = writeWebhookCa(replica, injector, 'old')
    await stands
    await writeWebhookCa(admin, injector, 'new')
    replica.goOn()
    await assert.rejects(written, { name: 'ApiError', status: 409 })
    const { webhooks } = (await admin.call('GET', `${hooks}/${injectorName}`)) as {
      readonly webhooks: readonly { readonly clientConfig: { readonly caBundle: string } }[]
    }
    for (const { clientConfig } of webhooks)
      assert.equal(Buffer.from(clientConfig.caBundle, 'base64').toString(), 'new')
  })

  it('is no status that was made of an object that another one has changed', async () => {
    const namespace = await makeNamespace(admin)
    const path = `/api/v1/namespaces/${namespace}/services`
    await admin.call('POST', path, { body: { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } } })
    const { resourceVersion = '' } = ((await admin.call('GET', `${path}/web`)) as ApiObject).metadata
    const replica = stoppable()
    const stands = replica.stopBeforeWrite(/status/)
    const status = { conditions: [] }
    const written = writeStatus(replica, { what: 'web', path: `${path}/web/status`, resourceVersion, status })
    await stands
    await admin.call('PATCH', `${path}/web`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { other: 'yes' } } },
    })
    replica.goOn()
    await assert.rejects(written, { name: 'ApiError', status: 409 })
  })

  it('is looked at anew after that: whether it writes still, and what', async () => {
    const namespace = await makeNamespace(admin)
    await writeTrust(admin, namespace, 'first')
    const replica = stoppable()
    const lines: string[] = []
    let [isHolder, roots] = [true, 'old']
    const writer = new ClusterWriter({
      client: replica,
      hasProxies: true,
      mayWrite: () => isHolder,
      roots: () => roots,
      log: (_, line) => lines.push(line),
    })
    writer.namespaceIsThere(namespace, true)
    writer.start()
    try {
      await eventually('its first write', async () => (await bundleOf(namespace)) === 'old')
      roots = 'older'
      const stands = replica.stopBeforeWrite(/configmaps/)
      writer.begin()
      await stands
      await writeTrust(admin, namespace, 'new')
      isHolder = false
      replica.goOn()
      await new Promise(resolve => setTimeout(resolve, 3000))
      assert.equal(await bundleOf(namespace), 'new', 'a replica that writes no more leaves it')
      ;[isHolder, roots] = [true, 'newest']
      writer.begin()
      await eventually('what holds by then', async () => (await bundleOf(namespace)) === 'newest')
      assert.deepEqual(lines, [])
    } finally {
      replica.goOn()
      await writer.stop()
    }
  })

  it('is said to be written by somebody else, and by whom, where that one is quicker each time', async () => {
    const namespace = await makeNamespace(admin)
    await writeTrust(admin, namespace, 'first')
    const path = bundlePath(namespace)
    await using network = await faultProxyOf(api)
    let [isQuick, count] = [true, 0]
    network.judge = async ({ method, path: asked }) => {
      if (!isQuick || method !== 'PATCH' || asked !== path) return undefined
      count += 1
      await admin.call('PATCH', path, {
        query: { fieldManager: 'another-controller' },
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { count: String(count) } } },
      })
      return undefined
    }
    const lines: string[] = []
    const writer = new ClusterWriter({
      client: api.client({ url: network.url }),
      hasProxies: true,
      mayWrite: () => true,
      roots: () => 'second',
      log: (_, line) => lines.push(line),
    })
    writer.namespaceIsThere(namespace, true)
    writer.start()
    try {
      await eventually('a line', () => lines.length > 0, 60_000)
      assert.deepEqual(lines, [
        `the trust bundle of ${namespace} can't be written: the field manager another-controller has written ${path} in between 3 times, one after the other`,
      ])
      await eventually('more of the same', () => count > 4, 60_000)
      assert.equal(lines.length, 1, 'it is said once')
      isQuick = false
      await eventually('the bundle', async () => (await bundleOf(namespace)) === 'second', 60_000)
    } finally {
      await writer.stop()
    }
  })

  it('is not sent any more once its time is over', async () => {
    const namespace = await makeNamespace(admin)
    const { connection } = api.client()
    // What it shows is read from a file: while that takes its time, the machine may sleep.
    const credentials = async () => {
      await new Promise(resolve => setTimeout(resolve, 200))
      return connection.credentials()
    }
    const slow = new ClusterClient({ ...connection, credentials })
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late' } }
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const written = slow.call('POST', path, { body, deadline: performance.now() + 100 })
    await assert.rejects(written, /was not asked: it is too late for that/)
    assert.equal(await admin.find(`${path}/late`), undefined)
  })
})
