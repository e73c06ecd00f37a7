/**
 * An agent that is killed before and after each thing that it writes while it starts, and started again in its pod: what there
 * is in the end is right, however far it had come.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { findAuthority, ownSecret } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { trustConfigMap } from '../../src/cluster/inject/inject-pod.ts'
import { agentName, injectorName, validatorName } from '../../src/cluster/install/values.ts'
import { statusAnnotation } from '../../src/cluster/objects.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { Sidecar } from '../support/sidecar.ts'
import { eventually } from '../support/xds-server.ts'
import { type AgentPorts, AgentProcess, freeAgentPorts } from './agent-process.ts'
import { agentKubeconfig, install, system } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { makeNamespace, makePod, type PodInfo, podToken } from './objects.ts'

const skip = cannotRunApi() ?? false

/** When it dies: the server never hears of the write, or has done it and is not heard. */
const moments = ['before', 'after'] as const

const secrets = `/api/v1/namespaces/${system}/secrets`
const leases = `/apis/coordination.k8s.io/v1/namespaces/${system}/leases`
const admission = '/apis/admissionregistration.k8s.io/v1'
const webhooks = [
  `${admission}/mutatingwebhookconfigurations/${injectorName}`,
  `${admission}/validatingwebhookconfigurations/${validatorName}`,
]

interface Webhooks {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[]
}

describe('an agent that is killed as it starts', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let proxy: FaultProxy
  let kubeconfig = ''
  let ports: AgentPorts
  let pod: PodInfo
  /** What it wrote last, when it was killed. */
  let killedAt = ''

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    proxy = await faultProxyOf(api)
    kubeconfig = await agentKubeconfig(api, admin, proxy.url)
    ports = await freeAgentPorts()
    const space = await makeNamespace(admin)
    pod = await makePod(admin, space, 'web', { annotations: { [statusAnnotation]: '{}' } })
  })
  after(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await api?.stop()
  })

  const start = () => AgentProcess.start(api, { kubeconfig, ports })
  const namespaces = async () => {
    const list = (await admin.call('GET', '/api/v1/namespaces')) as { items: { metadata: { name: string } }[] }
    return list.items.map(({ metadata }) => metadata.name)
  }
  const bundlePath = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps/${trustConfigMap}`
  const bundleOf = async (namespace: string) => {
    const map = (await admin.call('GET', bundlePath(namespace)).catch(() => undefined)) as
      | { readonly data: { readonly 'ca.crt': string } }
      | undefined
    return map?.data['ca.crt']
  }
  const caBundles = async () => {
    const all = (await Promise.all(webhooks.map(path => admin.call('GET', path)))) as Webhooks[]
    return all.flatMap(({ webhooks: list }) => list.map(({ clientConfig }) => clientConfig.caBundle ?? ''))
  }

  /** As a fresh installation leaves it. */
  async function reset(): Promise<void> {
    const paths = [`${secrets}/${ownSecret}`, `${leases}/${agentName}`, ...(await namespaces()).map(bundlePath)]
    await Promise.all(paths.map(path => admin.call('DELETE', path).catch(() => {})))
    for (const path of webhooks) {
      const { webhooks: list } = (await admin.call('GET', path)) as Webhooks
      const body = list.map((_, index) => ({
        op: 'replace',
        path: `/webhooks/${index}/clientConfig/caBundle`,
        value: '',
      }))
      await admin.call('PATCH', path, { contentType: 'application/json-patch+json', body })
    }
  }

  /** Is all written that an agent writes? Then it has nothing left to be killed at. */
  async function isWritten(): Promise<boolean> {
    const { files } = await findAuthority(admin, system, 'cluster.local')
    const bundles = await Promise.all((await namespaces()).map(bundleOf))
    const ca = Buffer.from(files.roots).toString('base64')
    return bundles.every(bundle => bundle === files.roots) && (await caBundles()).every(bundle => bundle === ca)
  }

  /** Starts one and kills it at its n-th write. @returns false where it has written all before that */
  async function killAt(n: number, moment: (typeof moments)[number]): Promise<boolean> {
    let [writes, isKilled] = [0, false]
    const agent = await start()
    const kill = () => {
      isKilled = true
      void agent.kill()
    }
    proxy.judge = ({ method, path }) => {
      if (isKilled) return { kind: 'reset' }
      if (method === 'GET') return undefined
      writes += 1
      if (writes < n) return undefined
      killedAt = `${method} ${path}`
      if (moment === 'after') return { kind: 'lost', done: kill }
      kill()
      return { kind: 'reset' }
    }
    try {
      await eventually(
        'an end',
        async () => agent.hasEnded || (writes < n && (await agent.isReady()) && (await isWritten())),
        60_000,
      )
    } finally {
      proxy.judge = () => undefined
      await agent.kill()
    }
    return isKilled
  }

  /** A proxy is given what it needs, by an agent that it believes. */
  async function isServed(agent: AgentProcess, ca: string): Promise<void> {
    const tls = { ca, servername: `${agentName}.${system}.svc` }
    const token = await podToken(admin, pod)
    const nodeId = `sidecar~10.0.0.1~${pod.name}.${pod.namespace}~${pod.namespace}.svc.cluster.local`
    const options = { nodeId, token, routes: ['15012'], wantsSecrets: true }
    const sidecar = new Sidecar({ host: '127.0.0.1', port: agent.ports.xds, tls }, options)
    await eventually('a proxy that has all', () => sidecar.isComplete)
    sidecar.client.close()
  }

  for (const moment of moments)
    it(`${moment} any of its writes: started again, it puts everything right`, async () => {
      const written: string[] = []
      for (let n = 1; ; n += 1) {
        await reset()
        if (!(await killAt(n, moment))) break
        written.push(killedAt)
        const left = await admin.call('GET', `${secrets}/${ownSecret}`).catch(() => undefined)
        await using agent = await start()
        await agent.ready()
        const made = await findAuthority(admin, system, 'cluster.local')
        if (left !== undefined)
          assert.deepEqual(await admin.call('GET', `${secrets}/${ownSecret}`), left, 'the authority that was there')
        await eventually(`all of it, killed ${moment} ${killedAt}\n${agent.lines.join('\n')}`, isWritten, 60_000)
        await isServed(agent, made.files.roots)
      }
      // The authority, the lease, what both webhooks are believed by, and a bundle for each namespace.
      assert.ok(written.length >= 4 + (await namespaces()).length, written.join('\n'))
    })
})
