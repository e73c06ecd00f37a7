/** The API server goes away and comes back: real agents, and a pod's stream that has to go on. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findAuthority } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { AgentProcess } from './agent-process.ts'
import { agentKubeconfig, install, isRunning, system } from './agents.ts'
import { ApiServer, cannotRunApi, machineAddress } from './api-server.ts'
import { makeNamespace, makePod, podToken } from './objects.ts'

/** Longer than watches wait for each other, and than it takes to ask a few times in vain. */
const downMs = 12_000

describe('an API server that goes away', { skip: cannotRunApi() }, () => {
  let api: ApiServer
  let admin: ClusterClient
  const agents: AgentProcess[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    for (const identity of ['agent-1', 'agent-2']) {
      const agent = await AgentProcess.start(api, { kubeconfig: await agentKubeconfig(api, admin), identity })
      agents.push(agent)
      await agent.ready()
    }
  })
  after(async () => {
    for (const agent of agents) await agent.kill()
    await api?.stop()
  })

  it('takes no certificate from anybody, not even from a replica that has seen no token, and is followed again', async t => {
    const namespace = await makeNamespace(admin)
    const pod = await makePod(admin, namespace, 'web', { annotations: { 'meshwright.dev/status': '{}' } })
    await isRunning(admin, namespace, 'web')
    const ca = (await findAuthority(admin, system, 'cluster.local')).files.roots
    const token = await podToken(admin, pod)
    const nodeId = `sidecar~${machineAddress}~web.${namespace}~${namespace}.svc.cluster.local`
    const open = (agent: AgentProcess) => {
      const target = { host: '127.0.0.1', port: agent.ports.xds, tls: { ca, servername: `mesh-agent.${system}.svc` } }
      const client = new XdsClient(target, 'delta', { authorization: `Bearer ${token}` })
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
      return client
    }
    const [first, second] = agents as [AgentProcess, AgentProcess]
    const stream = open(first)
    assert.equal((await stream.next()).resources.length, 1)
    let end: object | undefined
    void stream.ended.then(how => {
      end = how
    })

    await api.stopServer()
    await sleep(downMs)
    assert.deepEqual([await first.isReady(), await second.isReady()], [true, true])
    const late = open(second)
    const given = await Promise.race([late.next(), late.ended.then(error => Promise.reject(error))])
    assert.equal(given.resources.length, 1, 'the other replica gives the pod its certificate')
    assert.equal(end, undefined, 'the stream goes on')

    await api.startServer()
    const since = performance.now()
    const other = await makeNamespace(admin)
    await eventually(
      `a bundle in a new namespace\n${agents.map(({ lines }) => lines.slice(-20).join('\n')).join('\n---\n')}`,
      () => admin.call('GET', `/api/v1/namespaces/${other}/configmaps/meshwright-trust`).catch(() => undefined),
      60_000,
    )
    t.diagnostic(
      `${Math.round(performance.now() - since)} ms after the server was back, a new namespace had its bundle`,
    )
    assert.equal(end, undefined, 'the stream still goes on')
    for (const client of [stream, late]) client.close()
  })
})
