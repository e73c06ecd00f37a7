/** The root of a mesh, replaced by the command while proxies are slow to accept, and while the command itself is killed. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { secretData } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { askAgent, joinPaths } from '../../src/cluster/join-client.ts'
import { changeMachines, invite } from '../../src/cluster/machines.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { type Started, startMesh } from '../cli/run-mesh.ts'
import { companyFiles, ecKey } from '../support/company-authority.ts'
import { SecretHolder } from '../support/secret-holder.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { install, isRunning, type RunningAgent, showReplica, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi, machineAddress } from './api-server.ts'
import { makeAccount, makeNamespace, makePod, podToken } from './objects.ts'

const skip = cannotRunApi() ?? false
const sidecar = { 'meshwright.dev/status': '{}' }
const secrets = `/api/v1/namespaces/${system}/secrets`

describe('the root of a mesh', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-rotation-'))
  let api: ApiServer
  let admin: ClusterClient
  let shop = ''
  const agents: RunningAgent[] = []
  const proxies = new Map<string, SecretHolder>()
  const runs: Started[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    shop = await makeNamespace(admin)
    for (const identity of ['agent-1', 'agent-2']) await runReplica(identity)
    for (const [index, name] of ['web', 'db'].entries()) await connect(name, agents[index]!)
  })
  after(async () => {
    for (const { child } of runs) child.kill('SIGKILL')
    for (const proxy of proxies.values()) proxy.close()
    for (const { agent } of agents) await agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  /** An agent here that people may ask. */
  async function runReplica(identity: string): Promise<void> {
    const running = await startAgent(api, admin, { identity })
    agents.push(running)
    await showReplica(admin, identity, running)
  }

  /** A pod with a proxy, connected to an agent by what was the trust bundle when the pod was made. */
  async function connect(name: string, { agent, ports }: RunningAgent, ca = agent.roots): Promise<void> {
    const path = `/api/v1/namespaces/${shop}/pods/${name}`
    const there = (await admin.call('GET', path).catch(() => undefined)) as { metadata: { uid: string } } | undefined
    const uid = there?.metadata.uid
    const pod =
      uid === undefined ? await makePod(admin, shop, name, { annotations: sidecar }) : { name, namespace: shop, uid }
    await isRunning(admin, shop, name)
    const target = { host: '127.0.0.1', port: ports.xds, tls: { ca, servername: `mesh-agent.${system}.svc` } }
    const headers = { authorization: `Bearer ${await podToken(admin, pod)}` }
    const client = new XdsClient(target, 'delta', headers)
    const proxy = new SecretHolder(client, `sidecar~${machineAddress}~${name}.${shop}~${shop}.svc.cluster.local`)
    proxies.set(name, proxy)
    await eventually(`${name} has its secrets`, () => proxy.chain !== '' && proxy.roots !== '')
  }

  const rotate = (...args: readonly string[]) => {
    const run = startMesh(folder, ['identity', 'rotate-root', '--kubeconfig', api.kubeconfig(), ...args])
    runs.push(run)
    return run
  }
  const secret = async () => secretData(await admin.call('GET', `${secrets}/mesh-ca`))
  const count = (text: string | undefined) => text?.match(/BEGIN CERTIFICATE/g)?.length ?? 0
  const says = (run: Started, what: RegExp) => eventually(String(what), () => what.test(run.stderr()), 30_000)

  it('is left alone by a dry run, which says what would be done', async () => {
    const before = await secret()
    const { code, stdout, stderr } = await rotate('--dry-run').ended
    assert.equal(code, 0, stderr)
    assert.match(stdout, /the root that signs is ([0-9A-F]{2}:){31}[0-9A-F]{2}\n1\. a new root is trusted/)
    assert.match(stdout, /4\. .*\neach step has to be accepted by 2 proxies; nothing was changed/)
    assert.deepEqual(await secret(), before)
  })

  it('is replaced step by step: each waits for the slowest proxy, and goes on where it was when it is killed', async () => {
    const [web, db] = [proxies.get('web')!, proxies.get('db')!]
    const old = await secret()
    const [oldRoot, bundle] = [old['ca.crt']!, agents[0]!.agent.roots]

    db.beSlow(true)
    const first = rotate()
    await says(first, /a new root is trusted beside the old one/)
    await says(first, new RegExp(`waiting for .*db\\.${shop}`))
    await eventually('both are trusted', () => count(web.roots) === 2 && count(db.roots) === 2)
    const trusted = await secret()
    assert.equal(
      trusted['tls.crt'],
      old['tls.crt'],
      'the old one signs as long as somebody has not said that he knows the new one',
    )
    first.child.kill('SIGKILL')
    await first.ended

    // A key that is lost halfway would be another root that everybody trusts.
    await admin.call('DELETE', `${secrets}/mesh-ca`)
    await eventually('it is put back', () => secret().catch(() => undefined))
    assert.deepEqual(await secret(), trusted)

    const second = rotate()
    await says(second, /a rotation is under way: a new root is trusted/)
    await says(second, new RegExp(`waiting for db\\.${shop}`))
    web.beSlow(true)
    db.beSlow(false)
    await says(second, /the new root signs/)
    await says(second, new RegExp(`waiting for .*web\\.${shop}`))
    const signs = await secret()
    assert.equal(signs['tls.crt'], trusted['next.crt'])
    assert.equal(count(signs['ca.crt']), 2, 'the old root is trusted as long as somebody may have its certificate')
    second.child.kill('SIGINT')
    await second.ended

    // A kubelet brings the bundle late: one that comes again with the old one alone is let in, and believes us.
    proxies.get('db')!.close()
    await connect('db', agents[1]!, bundle)
    web.beSlow(false)
    const third = rotate()
    const { code, stdout, stderr } = await third.ended
    assert.equal(code, 0, stderr)
    assert.match(
      stderr,
      /a rotation is under way: the new root signs[\s\S]*the old root is trusted no more[\s\S]*the root is .* for every proxy/,
    )
    assert.equal(stdout, '')
    const done = await secret()
    assert.deepEqual(Object.keys(done).sort(), ['bridge.crt', 'ca.crt', 'tls.crt', 'tls.key'])
    assert.equal(done['ca.crt'], trusted['next.crt'])
    for (const { roots } of proxies.values()) assert.equal(roots, trusted['next.crt'])
    for (const { agent } of agents) assert.ok(!agent.roots.includes(oldRoot.trim()))
    for (const text of [first.stderr(), second.stderr(), stderr]) assert.doesNotMatch(text, /PRIVATE KEY/)

    // Also one that is late by all of it.
    proxies.get('db')!.close()
    await connect('db', agents[1]!, bundle)
  })

  it('is not replaced behind the back of a pod whose proxy is away', async () => {
    proxies.get('web')!.close()
    const before = await secret()
    const { code, stderr } = await rotate('--wait', '1').ended
    assert.equal(code, 2)
    assert.match(stderr, new RegExp(`the root is not replaced yet: waiting for web\\.${shop} \\(not connected\\)`))
    assert.deepEqual(await secret(), before)
    await admin.call('DELETE', `/api/v1/namespaces/${shop}/pods/web`, { body: { gracePeriodSeconds: 0 } })
    const { code: then, stderr: said } = await rotate().ended
    assert.equal(then, 0, said)
    assert.notEqual((await secret())['tls.crt'], before['tls.crt'])
  })

  it('is not replaced behind the back of a machine that is away, as long as it may come back', async () => {
    const { agent, ports } = agents[0]!
    await makeAccount(admin, shop, 'billing')
    const account = (await admin.call('GET', `/api/v1/namespaces/${shop}/serviceaccounts/billing`)) as ApiObject
    const bound = {
      namespace: shop,
      serviceAccount: 'billing',
      accountUid: account.metadata.uid ?? '',
      ttlMs: 3_600_000,
    }
    const { id, token } = await changeMachines(admin, system, entries => invite(entries, bound))
    const at = { host: '127.0.0.1', port: ports.xds, systemNamespace: system }
    const joined = await eventually('it has joined', () =>
      askAgent(joinPaths.join, { agent: at, ca: agent.roots, token, body: { name: 'vm' } }).catch(() => undefined),
    )
    // A replica may not have heard of it yet.
    const machine = await eventually('it has its secrets', async () => {
      const target = { ...at, tls: { ca: agent.roots, servername: `mesh-agent.${system}.svc` } }
      const client = new XdsClient(target, 'delta', { authorization: `Bearer ${joined.token}` })
      const holder = new SecretHolder(client, `sidecar~127.0.0.1~${joined.node}.${shop}~${shop}.svc.cluster.local`)
      await Promise.race([client.ended, eventually('an answer', () => holder.chain !== '' && holder.roots !== '')])
      return holder.chain === '' ? undefined : holder
    })
    proxies.set('vm', machine)
    const before = await secret()

    machine.beSlow(true)
    const first = rotate()
    await says(first, new RegExp(`waiting for .*machine_vm\\.${shop}`))
    machine.close()
    await says(first, new RegExp(`waiting for machine_vm\\.${shop} \\(not connected\\)`))
    first.child.kill('SIGINT')
    await first.ended
    const { code, stderr } = await rotate('--wait', '1').ended
    assert.equal(code, 2, stderr)
    assert.match(stderr, new RegExp(`not replaced yet: waiting for machine_vm\\.${shop} \\(not connected\\)`))
    assert.match(stderr, /mesh join-token delete/)
    assert.equal((await secret())['tls.crt'], before['tls.crt'], 'the old one signs')

    await changeMachines(admin, system, entries => entries.delete(id))
    const { code: then, stderr: said } = await rotate().ended
    assert.equal(then, 0, said)
    assert.notEqual((await secret())['tls.crt'], before['tls.crt'])
  })

  it('is a company’s to replace where its authority is plugged in', async () => {
    const files = companyFiles(folder, ecKey)
    const stringData = { 'ca-cert.pem': files.chain, 'ca-key.pem': files.key, 'root-cert.pem': files.roots }
    await admin.call('POST', secrets, { body: { metadata: { name: 'cacerts' }, stringData } })
    const before = await secret()
    const { code, stderr } = await rotate().ended
    assert.equal(code, 2)
    assert.match(stderr, /the authority is Secret cacerts: its root is replaced by whoever made it/)
    assert.match(stderr, /docs\/security\.md has the steps/)
    assert.deepEqual(await secret(), before)
  })
})
