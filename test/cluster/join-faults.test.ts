/** Machines that join while agents are killed, answers are lost and watches lag: a token is good until its answer was heard. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findAuthority } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { type Admitted, askAgent, joinPaths } from '../../src/cluster/join-client.ts'
import { changeMachines, invite, listMachines } from '../../src/cluster/machines.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { keepMachine } from '../../src/local/keep-machine.ts'
import { makeFolder, readMachine, writeMachine } from '../../src/local/machine-folder.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { meshIn } from '../cli/run-mesh.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { type AgentPorts, AgentProcess, freeAgentPorts } from './agent-process.ts'
import { agentKubeconfig, install, startAgent as runReplica, system } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { makeAccount, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
const domain = 'cluster.local'

/** What befalls a write: the server never hears of it, or its answer is lost; with the agent, or to an agent that goes on. */
const faults = ['the agent dies before', 'the agent dies after', 'the answer is lost after'] as const

describe('a machine that joins', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-join-faults-'))
  let api: ApiServer
  let admin: ClusterClient
  let proxy: FaultProxy
  let kubeconfig = ''
  let ca = ''
  let ports: AgentPorts
  let agent: AgentProcess

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    await makeNamespace(admin, {}, 'shop')
    await makeAccount(admin, 'shop', 'billing')
    proxy = await faultProxyOf(api)
    kubeconfig = await agentKubeconfig(api, admin, proxy.url)
    ports = await freeAgentPorts()
    await startAgent()
    ca = (await findAuthority(admin, system, domain)).files.roots
    writeFileSync(join(folder, 'ca.pem'), ca)
  })
  after(async () => {
    await agent?.kill()
    await proxy?.[Symbol.asyncDispose]()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  async function startAgent(): Promise<void> {
    agent = await AgentProcess.start(api, { kubeconfig, ports })
    await agent.ready()
  }

  async function invited(serviceAccount = 'billing'): Promise<string> {
    const account = (await admin.call('GET', `/api/v1/namespaces/shop/serviceaccounts/${serviceAccount}`)) as ApiObject
    const bound = { namespace: 'shop', serviceAccount, accountUid: account.metadata.uid ?? '' }
    const { token } = await changeMachines(admin, system, entries => invite(entries, { ...bound, ttlMs: 3_600_000 }))
    return token
  }

  const at = (port: number) => ({ host: '127.0.0.1', port, systemNamespace: system })
  const joinAs = (name: string, token: string, port = ports.xds): Promise<Admitted> =>
    askAgent(joinPaths.join, { agent: at(port), ca, token, body: { name } })
  const refresh = (token: string, port = ports.xds): Promise<Admitted> =>
    askAgent(joinPaths.refresh, { agent: at(port), ca, token })
  const joinByCommand = (name: string, token: string) =>
    meshIn(folder, [
      ...['join', '--agent', `127.0.0.1:${ports.xds}`, '--ca', 'ca.pem'],
      ...['--token', token, '--name', name, '--dir', name],
    ])
  const idOf = (token: string) => token.slice('mwj_'.length).split('.')[0]!
  const entriesOf = async (name: string) =>
    [...(await listMachines(admin, system)).byId.values()].filter(machine => machine.name === name)

  /** The n-th write of the machines' Secret from now on meets a fault. */
  function failAt(n: number, fault: (typeof faults)[number]): void {
    let writes = 0
    proxy.judge = ({ method, path }) => {
      if (agent.hasEnded) return { kind: 'reset' }
      if (method !== 'PUT' || !path.endsWith('/secrets/mesh-machines')) return undefined
      writes += 1
      if (writes !== n) return undefined
      if (fault === 'the answer is lost after') return { kind: 'lost' }
      const kill = () => void agent.kill()
      if (fault === 'the agent dies after') return { kind: 'lost', done: kill }
      kill()
      return { kind: 'stall' }
    }
  }

  async function mended(): Promise<void> {
    proxy.judge = () => undefined
    if (!agent.hasEnded) return
    await agent.ended
    await startAgent()
  }

  for (const [index, fault] of faults.entries())
    it(`types the same line again where ${fault} the write of its joining, and is in once`, async () => {
      const name = `vm-a${index}`
      const token = await invited()
      failAt(1, fault)
      const first = await joinByCommand(name, token)
      assert.equal(first.code, 2, first.stderr)
      assert.match(first.stderr, /the machine has not joined[\s\S]*type the same line again/)
      await mended()
      if (fault !== 'the agent dies before') {
        assert.equal((await entriesOf(name)).length, 1, 'it is written, and nobody was told')
        await assert.rejects(joinAs('vm-other', token), /the token was used already/)
      }
      const second = await joinByCommand(name, token)
      assert.equal(second.code, 0, second.stderr)
      assert.equal((await entriesOf(name)).length, 1)
      await assert.rejects(joinAs(name, token), /the token was used already/)
      await assert.rejects(joinAs('vm-other', token), /the token was used already/)
      await refresh(readMachine(join(folder, name))!.token)
    })

  for (const [index, fault] of faults.entries())
    it(`has joined where ${fault} the write that it was seen`, async () => {
      const name = `vm-b${index}`
      const token = await invited()
      failAt(2, fault)
      const first = await joinByCommand(name, token)
      assert.equal(first.code, 0, first.stderr)
      assert.match(first.stderr, /the token is open to the same name until this machine runs/)
      await mended()
      await refresh(readMachine(join(folder, name))!.token)
      await assert.rejects(joinAs(name, token), /the token was used already/)
    })

  it('is told that it was put out before it could show what it was given', async () => {
    const token = await invited()
    let writes = 0
    proxy.judge = async ({ method, path }) => {
      if (method !== 'PUT' || !path.endsWith('/secrets/mesh-machines')) return undefined
      writes += 1
      // What the agent has read is not what lies there any more: it reads again.
      if (writes === 2) await changeMachines(admin, system, entries => entries.delete(idOf(token)))
      return undefined
    }
    const { code, stderr } = await joinByCommand('vm-out', token)
    proxy.judge = () => undefined
    assert.equal(code, 2)
    assert.match(stderr, /is no part of the mesh any more: the machine is not known any more/)
    assert.match(stderr, /remove vm-out and ask for another token/)
    assert.deepEqual(await entriesOf('vm-out'), [])
  })

  it('has used its token up as soon as its proxy has come, and what nobody has heard is good no more', async () => {
    const token = await invited()
    const lost = await joinAs('vm-quick', token)
    const heard = await joinAs('vm-quick', token)
    const open = (shown: string) => {
      const tls = { ca, servername: `mesh-agent.${system}.svc` }
      const headers = { authorization: `Bearer ${shown}` }
      const client = new XdsClient({ host: '127.0.0.1', port: ports.xds, tls }, 'delta', headers)
      const nodeId = `sidecar~${heard.ip}~${heard.node}.shop~shop.svc.cluster.local`
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
      return client
    }
    assert.match((await open(lost.token).ended)?.message ?? '', /no machine’s, or has expired|not known any more/)
    await assert.rejects(refresh(lost.token), { isForGood: true })
    const listed = async () => (await meshIn(folder, ['join-token', 'list', '--kubeconfig', api.kubeconfig()])).stdout
    assert.match(await listed(), /vm-quick +\S+ +joined, not seen yet, until/)
    const client = open(heard.token)
    assert.equal((await client.next()).resources.length, 1)
    assert.match(await listed(), /vm-quick +\S+ +joined, until/)
    await assert.rejects(joinAs('vm-quick', token), /the token was used already/)
    client.close()
  })

  it('is named in the log, once, where it can’t be noted down that it has come', async () => {
    const heard = await joinAs('vm-unnoted', await invited())
    const come = async () => {
      const tls = { ca, servername: `mesh-agent.${system}.svc` }
      const headers = { authorization: `Bearer ${heard.token}` }
      const client = new XdsClient({ host: '127.0.0.1', port: ports.xds, tls }, 'delta', headers)
      const nodeId = `sidecar~${heard.ip}~${heard.node}.shop~shop.svc.cluster.local`
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
      const message = await Promise.race([client.ended.then(ended => ended.message), client.next().then(() => 'in')])
      client.close()
      return message
    }
    // The replica may not have heard of it yet.
    const isRefused = async () => /could not note it down now/.test(await come())
    proxy.judge = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/secrets/mesh-machines') ? { kind: 'answer', status: 403 } : undefined
    await eventually('it is refused', isRefused)
    assert.ok(await isRefused(), 'a second time')
    const told = () => agent.lines.filter(line => /warning machine shop\/vm-unnoted is refused/.test(line))
    await eventually('it is told', () => told().length > 0)
    assert.match(told()[0]!, /it can't be noted down that it has come: .*403/)
    assert.equal(told().length, 1)
    proxy.judge = () => undefined
    assert.equal(await come(), 'in')
  })

  it('is not told that its account is gone by a replica that has not heard of it yet', async () => {
    await using behind = await faultProxyOf(api)
    const isOfAccounts = (path: string) => path.endsWith('/serviceaccounts')
    behind.judge = ({ path, isWatch }) => (isWatch && isOfAccounts(path) ? { kind: 'stall-body' } : undefined)
    await using late = await runReplica(api, admin, { identity: 'agent-2', url: behind.url })
    await makeAccount(admin, 'shop', 'fresh')
    const { token } = await joinAs('vm-early', await invited('fresh'))
    await refresh(token)
    await refresh(token, late.ports.xds)
    const { token: other } = await joinAs('vm-late', await invited('fresh'), late.ports.xds)
    assert.equal(late.agent.plane.accountUid('shop/fresh'), undefined, 'it has not heard of it by now')

    const dir = join(folder, 'vm-late')
    makeFolder(dir)
    writeMachine(dir, at(late.ports.xds), await refresh(other, late.ports.xds))
    const lines: string[] = []
    const signal = AbortSignal.timeout(60_000)
    const kept = keepMachine(dir, { signal, say: line => lines.push(line), retryMs: 100 })
    await sleep(5000)
    // No stream has ended: there was none.
    await admin.call('DELETE', '/api/v1/namespaces/shop/serviceaccounts/fresh')
    assert.match((await kept) ?? '', /service account shop\/fresh is gone/)
    assert.deepEqual(lines, [])
    await assert.rejects(refresh(token, late.ports.xds), { isForGood: true })
  })
})
