/** A machine outside of Kubernetes joins a mesh by a one-time token, and its Envoy calls a service by mutual TLS. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { findAuthority, loadAuthority, secretData } from '../../src/cluster/authority-secret.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { askAgent, joinPaths } from '../../src/cluster/join-client.ts'
import { changeMachines, type Machine } from '../../src/cluster/machines.ts'
import { readMachine, refreshMachine } from '../../src/local/machine-folder.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { meshIn, type Started, startMesh } from '../cli/run-mesh.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi, machineAddress } from './api-server.ts'
import { makeAccount, makeNamespace, makePod } from './objects.ts'

const skip = cannotRunApi() ?? withoutEnvoy
const machines = `/api/v1/namespaces/${system}/secrets/mesh-machines`
const domain = 'cluster.local'

describe('a machine outside of the cluster', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-join-'))
  const runs: Started[] = []
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let service: Server
  let port = 0
  let first = ''

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    await makeNamespace(admin, {}, 'shop')
    for (const account of ['billing', 'web']) await makeAccount(admin, 'shop', account)
    port = await freePort()
    service = await secureService()
    running = await startAgent(api, admin)
    writeFileSync(join(folder, 'ca.pem'), running.agent.roots)
  })
  after(async () => {
    for (const { child } of runs) child.kill('SIGTERM')
    await Promise.all(runs.map(({ ended }) => ended))
    await running?.agent.close()
    service?.closeAllConnections()
    service?.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  /** A service of the mesh: a pod with a proxy, whose place a server takes that asks callers for their certificates. */
  async function secureService(): Promise<Server> {
    const found = await findAuthority(admin, system, domain)
    const authority = await loadAuthority(found, domain)
    const id = { trustDomain: domain, namespace: 'shop', serviceAccount: 'web' }
    const { chain, key } = await authority.issueWorkload(id, 3_600_000)
    const tls = { cert: chain, key, ca: authority.roots, requestCert: true, ALPNProtocols: ['istio'] }
    const server = createServer(tls, (request, response) =>
      response.end((request.socket as TLSSocket).getPeerCertificate().subjectaltname),
    )
    await new Promise<void>(resolve => server.listen(0, machineAddress, resolve))
    const target = (server.address() as { port: number }).port
    const labels = { app: 'web' }
    await makePod(admin, 'shop', 'web-1', { account: 'web', labels, annotations: { 'meshwright.dev/status': '{}' } })
    const spec = { selector: labels, ports: [{ name: 'http', port, targetPort: target }] }
    await admin.call('POST', '/api/v1/namespaces/shop/services', { body: { metadata: { name: 'web' }, spec } })
    const endpoint = { addresses: [machineAddress], targetRef: { kind: 'Pod', name: 'web-1', namespace: 'shop' } }
    await admin.call('POST', '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', {
      body: {
        metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: [endpoint],
        ports: [{ name: 'http', port: target, protocol: 'TCP' }],
      },
    })
    return server
  }

  const adminMesh = (...args: readonly string[]) => meshIn(folder, [...args, '--kubeconfig', api.kubeconfig()])

  /** The words of the command line that an administrator is given for a machine. */
  async function invited(...more: readonly string[]): Promise<string[]> {
    const account = ['--service-account', 'shop/billing', '--agent', `localhost:${running.ports.xds}`]
    const { code, stdout, stderr } = await adminMesh('join-token', 'create', ...account, ...more)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^mesh join --agent localhost:\d+ --token mwj_[0-9a-f]{16}\.[\w-]{43} --ca ca\.pem\n$/)
    return stdout.trim().split(' ').slice(1)
  }
  const tokenIn = (words: readonly string[]) => words[words.indexOf('--token') + 1]!
  const joinIn = (dir: string, words: readonly string[], name = dir) =>
    meshIn(folder, [...words, '--dir', dir, '--name', name])

  const agentWords = () => ['--agent', `localhost:${running.ports.xds}`]
  const askToJoin = (token: string, name: string) =>
    askAgent(joinPaths.join, {
      agent: { host: '127.0.0.1', port: running.ports.xds, systemNamespace: system },
      ca: running.agent.roots,
      token,
      body: { name },
    })

  /** Changes what a machine may show, as time would; resolves once the agent knows. */
  async function changeCredentials(
    name: string,
    change: (credentials: Machine['credentials']) => Machine['credentials'],
  ) {
    const isIt = ([, machine]: readonly [string, Machine]) => machine.name === name
    await changeMachines(admin, system, entries => {
      const [id, machine] = [...entries].find(isIt)!
      entries.set(id, { ...machine, credentials: change(machine.credentials) })
    })
    await sleep(300)
  }

  /** How a stream ends; undefined where it goes on for as long as nobody would wait. */
  const endOf = (client: XdsClient) => Promise.race([client.ended, sleep(10_000, undefined, { ref: false })])

  function runMachine(dir: string): Started {
    const run = startMesh(folder, ['join', '--run', '--dir', dir])
    runs.push(run)
    return run
  }
  const call = () => get({ port, path: '/', headers: { host: 'web' } })
  const tokenOf = (dir: string) => readFileSync(join(folder, dir, 'token'), 'utf8')
  const refusals = () => running.events.flatMap(event => (event.kind === 'refused' ? [event.reason] : []))

  it('joins by the line that an administrator was given, and keeps what it has to itself', async () => {
    const words = await invited()
    first = tokenIn(words)
    const { code, stdout, stderr } = await joinIn('vm-1', words)
    assert.equal(code, 0, stderr)
    assert.equal(stdout, `${join(folder, 'vm-1/bootstrap.json')}\n`)
    assert.match(stderr, /joined as shop\/billing/)
    assert.equal(statSync(join(folder, 'vm-1')).mode & 0o777, 0o700)
    for (const file of readdirSync(join(folder, 'vm-1')))
      assert.equal(statSync(join(folder, 'vm-1', file)).mode & 0o777, 0o600, file)
    const secret = tokenOf('vm-1')
    assert.match(secret, /^mwm_/)
    const entries = JSON.stringify(secretData(await admin.call('GET', machines)))
    for (const text of [entries, readFileSync(join(folder, 'vm-1/bootstrap.json'), 'utf8'), stdout, stderr])
      for (const kept of [first, secret]) assert.ok(!text.includes(kept.split('.')[1]!))
  })

  it('calls a service by mutual TLS, as the account of its token', async () => {
    const run = runMachine('vm-1')
    const answer = await eventually(
      `an answer: ${run.stderr()}`,
      async () => {
        const found = await call()
        return found?.status === 200 ? found : undefined
      },
      60_000,
    )
    assert.equal(answer.body, 'URI:spiffe://cluster.local/ns/shop/sa/billing')
    const twice = await meshIn(folder, ['join', '--run', '--dir', 'vm-1'])
    assert.equal(twice.code, 2)
    assert.match(twice.stderr, new RegExp(`vm-1 runs already, in process ${run.child.pid}`))
    const children = readFileSync(`/proc/${run.child.pid}/task/${run.child.pid}/children`, 'utf8').trim().split(' ')
    for (const pid of [run.child.pid, ...children]) {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      assert.match(line, /vm-1/)
      assert.doesNotMatch(line, /mw[jm]_/)
    }
  })

  it('shows itself another way once half of that time is over, and its Envoy takes it up', async () => {
    const before = tokenOf('vm-1')
    await changeCredentials('vm-1', ([latest]) => [{ ...latest!, expiresAt: Date.now() + 3_600_000 }])
    const refresh = async () => {
      const { agent, roots, token, dir } = readMachine(join(folder, 'vm-1'))!
      refreshMachine(dir, await askAgent(joinPaths.refresh, { agent, ca: roots, token }))
      return tokenOf('vm-1')
    }
    const after = await eventually('another token', async () => {
      const now = await refresh()
      return now === before ? undefined : now
    })
    assert.equal(await refresh(), after, 'which stays for the first half of its life')
    await changeCredentials('vm-1', ([latest]) => [latest!])
    const { server } = running.agent.plane
    server.endStreams('come again', ({ name }) => name === 'machine_vm-1')
    const isThere = () => server.proxies().some(({ node, isSynced }) => node.name === 'machine_vm-1' && isSynced)
    await eventually('it is gone', () => !isThere())
    await eventually('it is there again', isThere, 60_000)
    assert.equal((await call())?.status, 200)
  })

  it('is told the roots as they are now as soon as it runs, and ends when it is told to', async () => {
    const run = runs.at(-1)!
    assert.equal(await run.stop(), 0)
    assert.equal(await call(), undefined, 'and its Envoy with it')
    writeFileSync(join(folder, 'vm-1/ca.crt'), `${running.agent.roots}\n`)
    const again = runMachine('vm-1')
    const roots = () => readFileSync(join(folder, 'vm-1/ca.crt'), 'utf8')
    await eventually(`the roots ${again.stderr()}`, () => roots() === running.agent.roots)
    await eventually('an answer', async () => (await call())?.status === 200, 60_000)
  })

  it('says that its Envoy has ended, and how, for whoever starts it again', async () => {
    const run = runs.at(-1)!
    const children = readFileSync(`/proc/${run.child.pid}/task/${run.child.pid}/children`, 'utf8').trim().split(' ')
    const envoy = children.find(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bootstrap.json'))
    process.kill(Number(envoy), 'SIGKILL')
    const { code, stderr } = await run.ended
    assert.equal(code, 2)
    assert.match(stderr, /Envoy has ended by SIGKILL/)
    runMachine('vm-1')
    await eventually('an answer', async () => (await call())?.status === 200, 60_000)
  })

  it('is refused where the token was used, is wrong, late, or for another address', async () => {
    const late = tokenIn(await invited('--ttl', '1s'))
    const elsewhere = tokenIn(await invited('--address', '10.9.9.9'))
    await sleep(1000)
    const cases: readonly (readonly [string, RegExp])[] = [
      [first, /^JoinFailed: the token was used already/],
      [`${first.slice(0, -4)}AAAA`, /^JoinFailed: the token is not known$/],
      ['mwj_nothing', /^JoinFailed: the token is not known$/],
      [tokenOf('vm-1'), /^JoinFailed: the token is not known$/],
      [late, /^JoinFailed: the token has expired$/],
      [elsewhere, /^JoinFailed: the token is for 10\.9\.9\.9, and this comes from 127\.0\.0\.1$/],
    ]
    for (const [token, message] of cases) await assert.rejects(askToJoin(token, 'vm-no'), message)
    const twice = tokenIn(await invited())
    const both = await Promise.allSettled([askToJoin(twice, 'vm-a'), askToJoin(twice, 'vm-b')])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'also at the same moment')
    const { code, stdout, stderr } = await joinIn('vm-used', [
      'join',
      ...agentWords(),
      '--ca',
      'ca.pem',
      '--token',
      first,
    ])
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /the machine has not joined: the token was used already[\s\S]*mesh join-token create/)
  })

  it('does not even show its token to a control plane that it can not believe, or to all of its machine', async () => {
    writeFileSync(join(folder, 'other.pem'), readFileSync(api.file('ca.crt')))
    const words = await invited()
    const { code, stderr } = await joinIn(
      'vm-2',
      words.map(word => (word === 'ca.pem' ? 'other.pem' : word)),
    )
    assert.equal(code, 2)
    assert.match(stderr, /can't be asked: .*(certificate|issuer|self)/i)
    assert.equal((await joinIn('vm-2', words)).code, 0, 'it was not spent')
    // In a process that goes on, everybody would see it.
    const run = await meshIn(folder, ['join', '--run', ...agentWords(), '--ca', 'ca.pem', '--token', 'x'])
    assert.match(run.stderr, /would be seen among processes/)
  })

  it('is nobody else, whatever its node says', async () => {
    const tls = { ca: running.agent.roots, servername: `mesh-agent.${system}.svc` }
    const ids = [
      'sidecar~127.0.0.1~machine_vm-2.shop~shop.svc.cluster.local',
      'sidecar~127.0.0.1~machine_vm-1.default~default.svc.cluster.local',
      'router~127.0.0.1~machine_vm-1.shop~shop.svc.cluster.local',
      'sidecar~10.0.0.9~machine_vm-1.shop~shop.svc.cluster.local',
      'sidecar~127.0.0.1~web-1.shop~shop.svc.cluster.local',
    ]
    for (const nodeId of ids) {
      const headers = { authorization: `Bearer ${tokenOf('vm-1')}` }
      const client = new XdsClient({ host: '127.0.0.1', port: running.ports.xds, tls }, 'delta', headers)
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
      assert.equal((await endOf(client))?.status, 16, nodeId)
      client.close()
    }
  })

  it('is out as soon as an administrator says so', async () => {
    const { stdout } = await adminMesh('join-token', 'list')
    const [, id] = /^([0-9a-f]{16}) +shop\/billing +vm-1 +\S+ +joined, until/m.exec(stdout) ?? []
    assert.ok(id, stdout)
    assert.equal((await adminMesh('join-token', 'delete', id)).code, 0)
    await eventually('its stream ends', () => refusals().includes('the machine is not known any more'))
    const run = runs.at(-1)!
    const ended = await Promise.race([run.ended, sleep(30_000, undefined, { ref: false })])
    const { code, stderr } = ended ?? { code: undefined, stderr: run.stderr() }
    assert.equal(code, 2, stderr)
    assert.match(
      stderr,
      /this machine is no part of the mesh any more: the machine is not known any more: it was put out/,
    )
    assert.match(stderr, /remove vm-1 and ask for another token: mesh join-token create/)
    assert.equal(await call(), undefined, 'its Envoy is gone, too')
    const again = await meshIn(folder, ['join', '--run', '--dir', 'vm-1'])
    assert.equal(again.code, 2)
    assert.match(again.stderr, /is no part of the mesh any more/)
    const tls = { ca: running.agent.roots, servername: `mesh-agent.${system}.svc` }
    const headers = { authorization: `Bearer ${tokenOf('vm-1')}` }
    const client = new XdsClient({ host: '127.0.0.1', port: running.ports.xds, tls }, 'delta', headers)
    const nodeId = 'sidecar~127.0.0.1~machine_vm-1.shop~shop.svc.cluster.local'
    client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
    assert.match((await endOf(client))?.message ?? '', /no machine’s, or has expired/)
    assert.match((await adminMesh('join-token', 'delete', id)).stderr, /there is no token or machine/)
  })

  it('goes on with what it has where the mesh is just not reached', async () => {
    assert.equal((await joinIn('vm-6', await invited())).code, 0)
    const path = join(folder, 'vm-6/machine.json')
    const elsewhere = await freePort()
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), port: elsewhere }))
    const run = runMachine('vm-6')
    await eventually('it says so', () => run.stderr().includes(`localhost:${elsewhere} can't be asked`))
    await eventually('and goes on', async () => (await call())?.status === 200, 60_000)
    // As long as it takes to look at its stream, twice.
    await sleep(5000)
    assert.equal(run.child.exitCode, null, run.stderr())
    assert.equal(await run.stop(), 0)
  })

  it('goes with its account', async () => {
    await makeAccount(admin, 'shop', 'passing')
    const words = await invited('--service-account', 'shop/passing')
    const { token, node } = await askToJoin(tokenIn(words), 'vm-5')
    const tls = { ca: running.agent.roots, servername: `mesh-agent.${system}.svc` }
    const target = { host: '127.0.0.1', port: running.ports.xds, tls }
    const open = () => {
      const client = new XdsClient(target, 'delta', { authorization: `Bearer ${token}` })
      const nodeId = `sidecar~127.0.0.1~${node}.shop~shop.svc.cluster.local`
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
      return client
    }
    const client = open()
    assert.equal((await client.next()).resources.length, 1)
    await admin.call('DELETE', '/api/v1/namespaces/shop/serviceaccounts/passing')
    assert.match((await endOf(client))?.message ?? '', /service account shop\/passing is gone/)
    await makeAccount(admin, 'shop', 'passing')
    // One of the same name is another one.
    assert.match((await endOf(open()))?.message ?? '', /is gone, or another one than the token is for/)
  })

  it('leaves no token in what the control plane says', () => {
    const said = JSON.stringify([running.lines, running.events])
    assert.doesNotMatch(said, /mw[jm]_/)
    assert.match(said, /machine vm-1 of shop\/billing joined from/)
  })

  it('may not try for ever', async () => {
    const wrong = () => askToJoin('mwj_wrong', 'vm-3').catch((error: Error) => error.message)
    const answers = await Promise.all(Array.from({ length: 12 }, wrong))
    assert.ok(answers.includes('too many tries: come again in a minute'), String(answers))
    // Whoever has a token is kept out by nobody who guesses.
    const token = tokenIn(await invited())
    await eventually('a machine with a token is let in', () => askToJoin(token, 'vm-3').catch(() => undefined))
  })
})
