/**
 * The replica that writes, stopped between its look and its write for longer than its lease lasts, and woken up again: by then
 * another one writes, and other things.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findAuthority, ownSecret, secretData } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { trustConfigMap } from '../../src/cluster/inject/inject-pod.ts'
import { agentName } from '../../src/cluster/install/values.ts'
import { type Asked, type FaultProxy, statusObject } from '../support/fault-proxy.ts'
import { eventually } from '../support/xds-server.ts'
import { AgentProcess } from './agent-process.ts'
import { agentKubeconfig, install, system } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const lease = `/apis/coordination.k8s.io/v1/namespaces/${system}/leases/${agentName}`
const bundlePath = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps/${trustConfigMap}`

/** An agent with a network of its own, on which it is seen what it writes. */
interface Replica {
  readonly agent: AgentProcess
  readonly proxy: FaultProxy
}

describe('a writing replica that is paused for longer than its lease', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  const replicas: Replica[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
  })
  after(async () => {
    for (const { agent, proxy } of replicas) {
      await agent.kill()
      await proxy[Symbol.asyncDispose]()
    }
    await api?.stop()
  })

  async function start(identity: string): Promise<Replica> {
    const proxy = await faultProxyOf(api)
    const kubeconfig = await agentKubeconfig(api, admin, proxy.url)
    const replica = { agent: await AgentProcess.start(api, { kubeconfig, identity }), proxy }
    replicas.push(replica)
    await replica.agent.ready()
    return replica
  }

  const holder = async () =>
    ((await admin.call('GET', lease)) as { readonly spec: { readonly holderIdentity?: string } }).spec.holderIdentity
  const bundleOf = async (namespace: string) =>
    (await admin.find<{ readonly data: { readonly 'ca.crt': string } }>(bundlePath(namespace)))?.data['ca.crt']
  const isWrite = ({ method }: Asked) => method !== 'GET'
  const isWriteOf = (namespace: string) => (asked: Asked) =>
    isWrite(asked) && asked.path.startsWith(`/api/v1/namespaces/${namespace}/configmaps`)

  /** Another authority takes the place of the mesh's. @returns its roots */
  async function replaceAuthority(): Promise<string> {
    const elsewhere = await makeNamespace(admin)
    const { data, files } = await findAuthority(admin, elsewhere, 'cluster.local')
    const path = `/api/v1/namespaces/${system}/secrets/${ownSecret}`
    const known = (await admin.call('GET', path)) as object
    const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
    await admin.call('PUT', path, { body: { ...known, data: Object.fromEntries(encoded) } })
    assert.equal(secretData(await admin.call('GET', path))['ca.crt'], files.roots)
    return files.roots
  }

  it('writes nothing once it wakes up: neither what it was about to, nor what it believes to be right', async () => {
    const first = await start('agent-1')
    await eventually('it writes', async () => (await holder()) === 'agent-1')
    const second = await start('agent-2')
    const old = await eventually('its first bundle', () => bundleOf(system))

    // It looks for a bundle, and is stopped before it hears that there is none.
    const namespace = await makeNamespace(admin)
    const looked = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const isLook = ({ method, path }: Asked) => method === 'GET' && path === bundlePath(namespace)
    first.proxy.judge = async asked => {
      if (!isLook(asked)) return undefined
      looked.resolve()
      await goOn.promise
      return { kind: 'answer', status: 404, body: statusObject(404, 'NotFound') }
    }
    await looked.promise
    first.agent.pause()
    await eventually('another one writes', async () => (await holder()) === 'agent-2', 250_000)
    await eventually('also what the first one was about to', async () => (await bundleOf(namespace)) === old)
    const roots = await replaceAuthority()
    await eventually('and what is right by now', async () => (await bundleOf(namespace)) === roots)

    const slept = first.proxy.asked.length
    goOn.resolve()
    first.agent.resume()
    const since = () => first.proxy.asked.slice(slept)
    await eventually(
      'it looks at the lease again',
      () => since().filter(({ path }) => path === lease).length >= 3,
      60_000,
    )
    const later = await makeNamespace(admin)
    await eventually('the second one goes on', async () => (await bundleOf(later)) === roots)
    // As long as a replica waits that gathers what there is to be written, many times.
    await sleep(3000)
    assert.deepEqual(since().filter(isWrite), [])
    assert.equal(second.proxy.count(isWriteOf(later)), 1, 'and writes it once')
    assert.equal(await bundleOf(namespace), roots)
    assert.equal(await holder(), 'agent-2')
    assert.ok(await first.agent.isReady(), 'it serves all the same')
    assert.ok(first.agent.lines.some(line => line.includes('another replica writes from now on')))
  })
})
