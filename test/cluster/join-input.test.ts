/** What may be wrong with what a machine sends, and with what is typed to let it join: each is told what, and costs no token. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { agentName, xdsPort } from '../../src/cluster/install/values.ts'
import { askAgent, joinPaths } from '../../src/cluster/join-client.ts'
import { changeMachines, invite, listMachines } from '../../src/cluster/machines.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { XdsClient } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { makeAccount, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false
/** An address that has not tried in vain as often as may be. */
const elsewhere = '[::1]'

describe('whoever lets a machine join', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-join-input-'))
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    await makeNamespace(admin, {}, 'shop')
    await makeAccount(admin, 'shop', 'billing')
    running = await startAgent(api, admin)
    writeFileSync(join(folder, 'ca.pem'), running.agent.roots)
  })
  after(async () => {
    await running?.agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  /** A token that the agent has heard of: whoever has one may try as often as he likes. */
  async function invited(more: { readonly address?: string } = {}): Promise<string> {
    const account = (await admin.call('GET', '/api/v1/namespaces/shop/serviceaccounts/billing')) as ApiObject
    const bound = { namespace: 'shop', serviceAccount: 'billing', accountUid: account.metadata.uid ?? '', ...more }
    const { token } = await changeMachines(admin, system, entries => invite(entries, { ...bound, ttlMs: 3_600_000 }))
    await sleep(500)
    return token
  }
  const ask = (token: string, body: object, host = '127.0.0.1') => {
    const agent = { host, port: running.ports.xds, systemNamespace: system }
    return askAgent(joinPaths.join, { agent, ca: running.agent.roots, token, body })
  }

  /** Sends a text as it is, or its beginning. @returns status and answer; undefined where the connection is closed without */
  function send(
    token: string,
    text: string,
    { host = '127.0.0.1', isWhole = true }: { readonly host?: string; readonly isWhole?: boolean } = {},
  ): Promise<string | undefined> {
    const tls = { ca: running.agent.roots, servername: `${agentName}.${system}.svc` }
    const session = connect(`https://${host}:${running.ports.xds}`, tls)
    const authorization = token === '' ? {} : { authorization: `Bearer ${token}` }
    const stream = session.request({ ':method': 'POST', ':path': joinPaths.join, ...authorization })
    stream.write(text)
    if (isWhole) stream.end()
    let [status, body] = ['', '']
    stream.on('response', headers => {
      status = String(headers[':status'])
    })
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    return new Promise(resolve => {
      stream.on('error', () => {})
      stream.on('close', () => {
        session.destroy()
        resolve(status === '' ? undefined : `${status} ${body}`)
      })
    })
  }

  it('is told what is wrong with a name or an address, and may ask again', async () => {
    const token = await invited()
    const isName = /the name has to be a DNS label/
    const cases: readonly (readonly [object, RegExp])[] = [
      ...['', 'VM-1', 'vm_1', 'vm.1', '-vm', 'vm-', 'é', 'vm 1', 'machine_vm', '../vm', 'v'.repeat(64)].map(
        name => [{ name }, isName] as const,
      ),
      [{}, isName],
      [{ name: 7 }, isName],
      [{ name: 'vm', ip: 'nowhere' }, /the address is none/],
      [{ name: 'vm', ip: '10.0.0.300' }, /the address is none/],
      [{ name: 'vm', ip: '' }, /the address is none/],
      [{ name: 'v'.repeat(5000) }, /the request is too long/],
      [{ name: 'vm', more: 'v'.repeat(1_000_000) }, /the request is too long/],
    ]
    for (const [body, message] of cases)
      await assert.rejects(ask(token, body), { name: 'JoinFailed', isRefusal: true, message })
    const longest = 'v'.repeat(63)
    const { node, ip } = await ask(token, { name: longest, ip: '10.0.0.7' }, '::1')
    assert.deepEqual([node, ip], [`machine_${longest}`, '10.0.0.7'])
    const other = await invited()
    await assert.rejects(ask(other, { name: longest }), /there is a machine v+ in shop already/)
    await ask(other, { name: 'vm' })
  })

  it('is refused what is no JSON, and not waited for', async () => {
    const token = await invited()
    for (const text of ['', 'name=vm', '{"name":', '\u0000'])
      assert.equal(await send(token, text), '403 {"error":"the request is no JSON"}', text)
    for (const text of ['null', '[]', '7', '"vm"']) assert.match((await send(token, text)) ?? '', /DNS label/, text)
    assert.equal(await send('', '{"name":"vm"}', { host: elsewhere }), '403 {"error":"the token is not known"}')
    const halfway = send(token, '{"name":', { isWhole: false })
    const isOpen = sleep(50_000, 'open', { ref: false })
    assert.equal(await Promise.race([halfway, isOpen]), undefined, 'what does not come to its end')
    await ask(token, { name: 'vm-after' })
  })

  it('hears that a machine which was away for too long is none any more', async () => {
    const { token } = await ask(await invited(), { name: 'vm-away' })
    await changeMachines(admin, system, entries => {
      for (const [id, machine] of entries)
        if (machine.name === 'vm-away')
          entries.set(id, {
            ...machine,
            credentials: machine.credentials.map(each => ({ ...each, expiresAt: Date.now() - 1 })),
          })
    })
    const agent = { host: '::1', port: running.ports.xds, systemNamespace: system }
    await eventually('it is refused for good', () =>
      askAgent(joinPaths.refresh, { agent, ca: running.agent.roots, token }).then(
        () => false,
        (error: Error) => /away for more than a week/.test(error.message) && 'isForGood' in error && error.isForGood,
      ),
    )
  })

  it('serves a machine that is bound to an address from there alone, whatever its node says', async () => {
    const { token, node } = await ask(await invited({ address: '127.0.0.1' }), { name: 'vm-bound' })
    const ca = running.agent.roots
    const refresh = (host: string) =>
      askAgent(joinPaths.refresh, { agent: { host, port: running.ports.xds, systemNamespace: system }, ca, token })
    const from = async (host: string) => {
      const tls = { ca, servername: `${agentName}.${system}.svc` }
      const headers = { authorization: `Bearer ${token}` }
      const client = new XdsClient({ host, port: running.ports.xds, tls }, 'delta', headers)
      const nodeId = `sidecar~127.0.0.1~${node}.shop~shop.svc.cluster.local`
      client.send({ typeUrl: typeUrl.secret, names: ['default'], nodeId })
      const answer = await Promise.race([
        client.next().then(({ resources }) => resources.map(({ name }) => name).join()),
        client.ended.then(({ message }) => message),
      ])
      client.close()
      return answer
    }
    const isElsewhere = /the token is for 127\.0\.0\.1, and this comes from ::1/
    await eventually('the agent has heard of it', async () => !/is no machine’s/.test(await from(elsewhere)))
    assert.match(await from(elsewhere), isElsewhere)
    await assert.rejects(refresh('::1'), { isRefusal: true, message: isElsewhere })
    const { byNode } = await listMachines(admin, system)
    assert.equal(byNode.get(`shop/${node}`)?.machine.invitation.isSeen, false, 'nobody has shown it')
    assert.equal(await from('127.0.0.1'), 'default')
  })

  it('is told what can’t be typed, on either side', async () => {
    mkdirSync(join(folder, 'joined'))
    for (const name of ['machine.json', 'file'])
      writeFileSync(join(folder, name === 'file' ? name : `joined/${name}`), '{}')
    writeFileSync(join(folder, 'token'), 'mwj_nothing\n')
    const at = ['--agent', 'localhost:15012']
    const ca = ['--ca', 'ca.pem']
    const create = ['join-token', 'create', '--kubeconfig', api.kubeconfig()]
    const account = ['--service-account', 'shop/billing']
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['join'], /--token is missing[\s\S]*mesh join-token create/],
      [['join', '--token', 'x', ...ca], /--agent is missing[\s\S]*write HOST:PORT/],
      ...['host', 'host:', ':1', 'a b:1', 'host:123456', '::1:15012', 'https://host:1'].map(
        agent =>
          [['join', '--token', 'x', ...ca, '--agent', agent], /--agent can't be .*[\s\S]*write HOST:PORT/] as const,
      ),
      [['join', '--token', 'x', ...at], /--ca is missing/],
      [['join', '--token', 'x', ...at, '--ca', 'none.pem'], /--ca none\.pem can't be read/],
      [['join', '--token-file', 'none', ...at, ...ca], /--token-file none can't be read/],
      [['join', '--token', 'x', ...at, ...ca, '--dir', 'joined'], /joined is a machine’s that has joined already/],
      [['join', '--token', 'x', ...at, ...ca, '--dir', 'file/below'], /file\/below can't be made/],
      [['join', '--run', '--dir', 'nobody'], /no machine has joined by nobody[\s\S]*join first/],
      [
        ['join', '--token-file', 'token', '--agent', `[::1]:${running.ports.xds}`, ...ca, '--dir', 'new'],
        /has not joined: the token is not known[\s\S]*mesh join-token create/,
      ],
      ...['billing', 'shop/', '/billing', 'a/b/c'].map(
        name =>
          [[...create, '--service-account', name], /--service-account can't be .*[\s\S]*NAMESPACE\/NAME/] as const,
      ),
      [[...create, '--service-account', 'shop/nobody'], /serviceaccount .*nobody/i],
      ...['8d', '0s', '5', 'soon', '-1h'].map(
        ttl => [[...create, ...account, `--ttl=${ttl}`], /--ttl can't be .*[\s\S]*seven days at most/] as const,
      ),
      [[...create, ...account, '--address', 'nowhere'], /--address can't be nowhere/],
    ]
    const runs = async ([args, message]: (typeof cases)[number]) => {
      const { code, stdout, stderr } = await meshIn(folder, args)
      assert.deepEqual([code, stdout], [2, ''], `${args}\n${stderr}`)
      assert.match(stderr, message, String(args))
    }
    // Two at a time: each is a process of its own.
    const left = [...cases]
    await Promise.all(
      [1, 2].map(async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) await runs(next)
      }),
    )
  })

  it('is given the line with where the agent is reached, or told that somebody has to know', async () => {
    const create = ['join-token', 'create', '--service-account', 'shop/billing', '--kubeconfig', api.kubeconfig()]
    const none = await meshIn(folder, create)
    assert.match(none.stdout, new RegExp(`^mesh join --agent HOST:${xdsPort} --token mwj_`))
    assert.match(
      none.stderr,
      /HOST is where the machine reaches port 15012 of Service mesh-agent, which has no load balancer/,
    )
    for (const [ingress, agent] of [
      [{ ip: '192.0.2.7' }, '192.0.2.7'],
      [{ ip: 'fd00::7' }, '[fd00::7]'],
      [{ hostname: 'mesh.example.com' }, 'mesh.example.com'],
    ] as const) {
      const path = `/api/v1/namespaces/${system}/services/${agentName}`
      await admin.call('PATCH', path, {
        contentType: 'application/merge-patch+json',
        body: { spec: { type: 'LoadBalancer' } },
      })
      await admin.call('PATCH', `${path}/status`, {
        contentType: 'application/merge-patch+json',
        body: { status: { loadBalancer: { ingress: [ingress] } } },
      })
      const { stdout, stderr } = await meshIn(folder, create)
      assert.ok(stdout.startsWith(`mesh join --agent ${agent}:${xdsPort} --token mwj_`), stdout)
      assert.doesNotMatch(stderr, /HOST/)
    }
  })
})
