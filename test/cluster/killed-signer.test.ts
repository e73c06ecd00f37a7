/**
 * The agent that answers for pods' keys, killed while it does: whoever comes after it answers what is open, nothing that was
 * answered is answered again, and each pod's proxy is told what its pod was given.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { findAuthority } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { agentName, type InstallValues } from '../../src/cluster/install/values.ts'
import type { PodCertificateRequest } from '../../src/cluster/pod-certificates.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import type { Asked, FaultProxy } from '../support/fault-proxy.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { AgentProcess } from './agent-process.ts'
import { agentKubeconfig, values as defaults, install, system } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf, podCertificateFlags } from './api-server.ts'
import { makeAccount, makeNamespace, type PodInfo, podToken } from './objects.ts'
import { answerOf, askForCertificate, makePodWithKey } from './pod-certificates.ts'

const skip = cannotRunApi() ?? false
const values: InstallValues = { ...defaults, identity: { ...defaults.identity, key: 'pod' } }
const lease = `/apis/coordination.k8s.io/v1/namespaces/${system}/leases/${agentName}`
const pods = ['a', 'b', 'c', 'd'] as const
/** A successor waits out the lease, and a write that may be under way, ms; and ten times that. */
const successorMs = 250_000

/** An agent with a network of its own. */
interface Replica {
  readonly agent: AgentProcess
  readonly proxy: FaultProxy
}

describe('an agent that is killed while it answers for pods’ keys', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let ca = ''
  const replicas: Replica[] = []

  before(async () => {
    api = await ApiServer.start(podCertificateFlags)
    admin = api.client()
    await install(admin, values)
  })
  after(async () => {
    for (const replica of replicas) await end(replica)
    await api?.stop()
  })

  async function start(identity: string): Promise<Replica> {
    const proxy = await faultProxyOf(api)
    const kubeconfig = await agentKubeconfig(api, admin, proxy.url)
    const replica = { agent: await AgentProcess.start(api, { kubeconfig, identity, values }), proxy }
    replicas.push(replica)
    await replica.agent.ready()
    ca = (await findAuthority(admin, system, 'cluster.local')).files.roots
    return replica
  }

  async function end({ agent, proxy }: Replica): Promise<void> {
    await agent.kill()
    await proxy[Symbol.asyncDispose]()
  }

  const holder = async () =>
    ((await admin.call('GET', lease)) as { readonly spec: { readonly holderIdentity?: string } }).spec.holderIdentity
  const isAnswer = ({ method, path }: Asked) =>
    method === 'PUT' && /\/podcertificaterequests\/[^/]+\/status$/.test(path)

  /** It dies at its second answer: the server never hears of that, or has taken it and is not heard. */
  function dieAtSecond({ agent, proxy }: Replica, moment: 'before' | 'after'): void {
    let answers = 0
    proxy.judge = asked => {
      if (agent.hasEnded) return { kind: 'reset' }
      if (!isAnswer(asked)) return undefined
      answers += 1
      if (answers < 2) return undefined
      const kill = () => void agent.kill()
      if (moment === 'after') return { kind: 'lost', done: kill }
      kill()
      return { kind: 'stall' }
    }
  }

  const chainOf = async (path: string) =>
    ((await admin.call('GET', path)) as PodCertificateRequest).status?.certificateChain

  /** The proxy of a pod is told the certificate that the pod was given. */
  async function isTold(pod: PodInfo, { chain, port }: { chain: string; port: number }): Promise<void> {
    const serial = new X509Certificate(chain).serialNumber.toLowerCase().padStart(32, '0')
    const token = await podToken(admin, pod, { account: 'web' })
    const target = { host: '127.0.0.1', port, tls: { ca, servername: `${agentName}.${system}.svc` } }
    const client = new XdsClient(target, 'delta', { authorization: `Bearer ${token}` })
    let version = ''
    client.onResponse = response => {
      version = response.resources.find(({ name }) => name === 'default')?.version ?? version
      client.ack(response, ['default'])
    }
    const nodeId = `sidecar~127.0.0.1~${pod.name}.${pod.namespace}~${pod.namespace}.svc.cluster.local`
    client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
    await eventually(`${pod.name} is told ${serial}`, () => version.endsWith(serial))
    client.close()
  }

  for (const [moment, next] of [
    ['before', 'started again'],
    ['after', 'started again'],
    ['before', 'followed by another one'],
  ] as const)
    it(`${moment} an answer is taken, and ${next}: all have their certificates, and each one`, async () => {
      const shop = await makeNamespace(admin)
      await makeAccount(admin, shop, 'web')
      const first = await start('agent-1')
      await eventually('it writes', async () => (await holder()) === 'agent-1', successorMs)
      const other = next === 'started again' ? undefined : await start('agent-2')
      const made = await Promise.all(pods.map(name => makePodWithKey(admin, shop, { name, account: 'web' })))

      dieAtSecond(first, moment)
      const requests = await Promise.all(made.map(pod => askForCertificate(admin, pod)))
      await eventually('its end', () => first.agent.hasEnded, 60_000)
      const given = await Promise.all(requests.map(chainOf))
      assert.equal(given.filter(chain => chain !== undefined).length, moment === 'before' ? 1 : 2)

      const second = other ?? (await start('agent-1'))
      const answers = await Promise.all(requests.map(path => answerOf(admin, path, successorMs)))
      const chains = answers.map(({ certificateChain = '' }) => certificateChain)
      assert.equal(new Set(chains).size, pods.length)
      for (const [index, chain] of given.entries()) if (chain !== undefined) assert.equal(chains[index], chain)
      const asked = second.proxy.asked.filter(isAnswer).map(({ path }) => path.replace(/\/status$/, ''))
      assert.deepEqual(asked.sort(), requests.filter((_, index) => given[index] === undefined).sort())
      for (const [index, pod] of made.entries())
        await isTold(pod, { chain: chains[index]!, port: second.agent.ports.xds })
      for (const replica of replicas.splice(0)) await end(replica)
    })
})
