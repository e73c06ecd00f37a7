/**
 * The root of a mesh is replaced while agents are killed: at each step the one that writes dies as it begins to, and is started
 * again. Proxies come back as they do, and at no moment does anybody meet a certificate that he does not trust.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { secretData } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { trustConfigMap } from '../../src/cluster/inject/inject-pod.ts'
import { agentName } from '../../src/cluster/install/values.ts'
import { rotationSteps } from '../../src/cluster/root-rotation.ts'
import { readCertificates } from '../../src/identity/x509.ts'
import { type Started, startMesh } from '../cli/run-mesh.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { SecretHolder } from '../support/secret-holder.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { type AgentPorts, AgentProcess, freeAgentPorts } from './agent-process.ts'
import { agentKubeconfig, install, isRunning, showReplica, system } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf, machineAddress } from './api-server.ts'
import { makeNamespace, makePod, type PodInfo, podToken } from './objects.ts'

const skip = cannotRunApi() ?? false
/** A writer that has had nothing to write in a step dies all the same, ms. */
const patienceMs = 3_000

interface Replica {
  readonly identity: string
  readonly ports: AgentPorts
  readonly proxy: FaultProxy
  readonly kubeconfig: string
  agent: AgentProcess
}

describe('the root of a mesh whose agents are killed', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-killed-rotation-'))
  let api: ApiServer
  let admin: ClusterClient
  let shop = ''
  let run: Started | undefined
  const replicas: Replica[] = []
  const proxies = new Map<string, SecretHolder>()
  /** By proxy: versions of the certificates that it was given, over all of its streams. */
  const given = new Map<string, string[]>()
  /** Who met a certificate that he did not trust. */
  const strangers: string[] = []
  let isOver = false

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    shop = await makeNamespace(admin)
    for (const identity of ['agent-1', 'agent-2']) await startReplica(identity)
    for (const [index, name] of ['web', 'db'].entries()) {
      const pod = await makePod(admin, shop, name, { annotations: { 'meshwright.dev/status': '{}' } })
      await isRunning(admin, shop, name)
      await connect(pod, index)
      await eventually(`${name} has its secrets`, () => proxies.get(name)?.chain && proxies.get(name)?.roots)
    }
  })
  after(async () => {
    isOver = true
    run?.child.kill('SIGKILL')
    for (const proxy of proxies.values()) proxy.close()
    for (const { agent, proxy } of replicas) {
      await agent.kill()
      await proxy[Symbol.asyncDispose]()
    }
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  async function startReplica(identity: string): Promise<void> {
    const [proxy, ports] = [await faultProxyOf(api), await freeAgentPorts()]
    const kubeconfig = await agentKubeconfig(api, admin, proxy.url)
    const agent = await AgentProcess.start(api, { kubeconfig, identity, ports })
    const replica: Replica = { identity, ports, proxy, kubeconfig, agent }
    replicas.push(replica)
    await agent.ready()
    await showReplica(admin, identity, replica)
  }

  const bundleOf = async (namespace: string) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${trustConfigMap}`
    return (await admin.find<{ readonly data: { readonly 'ca.crt': string } }>(path))?.data['ca.crt']
  }
  const secret = async () => secretData(await admin.call('GET', `/api/v1/namespaces/${system}/secrets/mesh-ca`))
  const isTrusted = ({ chain }: SecretHolder, { roots }: SecretHolder) => {
    const leaf = new X509Certificate(chain)
    return readCertificates(roots).some(root => leaf.verify(new X509Certificate(Buffer.from(root.rawData)).publicKey))
  }

  /** As Envoy does: by the bundle that is there, to the next replica where a stream has ended, with what it holds. */
  async function connect(pod: PodInfo, index: number): Promise<void> {
    const { name } = pod
    const tls = { ca: (await bundleOf(shop)) ?? '', servername: `${agentName}.${system}.svc` }
    const target = { host: '127.0.0.1', port: replicas[index % replicas.length]!.ports.xds, tls }
    const client = new XdsClient(target, 'delta', { authorization: `Bearer ${await podToken(admin, pod)}` })
    const nodeId = `sidecar~${machineAddress}~${name}.${shop}~${shop}.svc.cluster.local`
    const holder = new SecretHolder(client, nodeId, proxies.get(name))
    const take = client.onResponse
    client.onResponse = response => {
      take(response)
      const versions = response.resources.flatMap(each => (each.name === 'default' ? [each.version] : []))
      given.set(name, [...(given.get(name) ?? []), ...versions])
      meet()
    }
    proxies.set(name, holder)
    void client.ended.then(async () => {
      client.close()
      await sleep(100)
      if (!isOver) await connect(pod, index + 1)
    })
  }

  function meet(): void {
    const all = [...proxies].filter(([, { chain, roots }]) => chain !== '' && roots !== '')
    for (const [name, one] of all)
      for (const [other, theirs] of all)
        if (!isTrusted(one, theirs)) strangers.push(`${other} does not trust ${name}: ${JSON.stringify(theirs.came)}`)
  }

  /** Kills the writing replica at its next write, or where it has none, and starts it again. @returns what it was at */
  async function killWriter(moment: 'before' | 'after'): Promise<string> {
    const [writer] = replicas as [Replica, Replica]
    let killedAt = ''
    writer.proxy.judge = ({ method, path }) => {
      if (killedAt !== '') return { kind: 'reset' }
      if (method !== 'PATCH' && !(method === 'PUT' && path.includes('webhookconfigurations'))) return undefined
      killedAt = `${method} ${path}`
      const kill = () => void writer.agent.kill()
      if (moment === 'after') return { kind: 'lost', done: kill }
      kill()
      return { kind: 'stall' }
    }
    await eventually('its end', () => writer.agent.hasEnded, patienceMs).catch(() => {})
    killedAt ||= 'nothing'
    await writer.agent.kill()
    writer.proxy.judge = () => undefined
    const { kubeconfig, identity, ports } = writer
    writer.agent = await AgentProcess.start(api, { kubeconfig, identity, ports })
    await writer.agent.ready()
    return killedAt
  }

  for (const moment of ['before', 'after'] as const)
    it(`is replaced by all, with each agent that dies ${moment} its first write of a step started again`, async () => {
      const old = await secret()
      given.clear()
      const started = startMesh(folder, ['identity', 'rotate-root', '--kubeconfig', api.kubeconfig()])
      run = started
      const killedAt: string[] = []
      for (const { what } of Object.values(rotationSteps)) {
        await eventually(`${what}\n${started.stderr()}`, () => started.stderr().includes(what), 120_000)
        killedAt.push(await killWriter(moment))
      }
      const { code, stderr } = await started.ended
      assert.equal(code, 0, stderr)
      assert.ok(killedAt.filter(what => what !== 'nothing').length >= 2, killedAt.join('\n'))

      const now = await secret()
      assert.notEqual(now['tls.crt'], old['tls.crt'])
      assert.equal(now['ca.crt'], now['tls.crt'], 'one root alone is trusted')
      for (const namespace of [shop, system])
        await eventually(`the bundle of ${namespace}`, async () => (await bundleOf(namespace)) === now['ca.crt'])
      for (const [name, holder] of proxies) {
        await eventually(`${name} has the new root`, () => proxies.get(name)?.roots === now['ca.crt'])
        assert.ok(isTrusted(proxies.get(name)!, holder))
      }
      assert.deepEqual(strangers, [])
      // A version says first of which authority it is: of each the proxy was given one, whoever died meanwhile.
      for (const [name, versions] of given) {
        const authorities = versions.map(version => version.split('.')[0])
        assert.equal(new Set(authorities).size, authorities.length, `${name}: ${versions.join('\n')}`)
      }
    })
})
