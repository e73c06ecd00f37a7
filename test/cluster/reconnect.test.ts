/** Agents that go while proxies stay: what these have is not sent again, and the API server hardly notices. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { statusAnnotation } from '../../src/cluster/objects.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { type Held, Sidecar } from '../support/sidecar.ts'
import type { Received } from '../support/xds-client.ts'
import { eventually } from '../support/xds-server.ts'
import { AgentProcess } from './agent-process.ts'
import { agentKubeconfig, install, system } from './agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { makeAccount, makeNamespace, makePod, podToken } from './objects.ts'

const skip = cannotRunApi() ?? false
const proxies = 500
const services = 20

interface Proxy {
  readonly name: string
  readonly token: string
  sidecar: Sidecar
  /** What came since it connected last. */
  received: Received[]
}

describe(`${proxies} proxies of an agent that is gone`, { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let network: FaultProxy
  let kubeconfig = ''
  let space = ''
  let ca = ''
  const all: Proxy[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    network = await faultProxyOf(api)
    kubeconfig = await agentKubeconfig(api, admin, network.url)
    space = await makeNamespace(admin)
    for (let index = 0; index < services; index += 1) await makeService(`svc-${index}`)
  })
  after(async () => {
    for (const { sidecar } of all) sidecar?.client.close()
    await network?.[Symbol.asyncDispose]()
    await api?.stop()
  })

  async function makeService(name: string): Promise<void> {
    const spec = { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 80, appProtocol: 'http' }] }
    await admin.call('POST', `/api/v1/namespaces/${space}/services`, { body: { metadata: { name }, spec } })
    await makeAccount(admin, space, name)
    const pods = Array.from({ length: proxies / services }, async (_, index) => {
      const labels = { app: name }
      const annotations = { [statusAnnotation]: '{}' }
      const pod = await makePod(admin, space, `${name}-${index}`, { account: name, labels, annotations })
      const token = await podToken(admin, pod, { account: name })
      all.push({ name: pod.name, token, received: [] } as unknown as Proxy)
    })
    await Promise.all(pods)
  }

  const start = (identity: string) => AgentProcess.start(api, { kubeconfig, identity })

  /** Opens the stream of each, with what it holds from an earlier one. */
  function connect(agent: AgentProcess, held: (proxy: Proxy) => Held | undefined): void {
    for (const proxy of all) {
      const before = held(proxy)
      proxy.received = []
      const target = { host: '127.0.0.1', port: agent.ports.xds, tls: { ca, servername: `mesh-agent.${system}.svc` } }
      proxy.sidecar = new Sidecar(target, {
        nodeId: `sidecar~10.0.0.1~${proxy.name}.${space}~${space}.svc.cluster.local`,
        token: proxy.token,
        routes: ['80', '15012'],
        wantsSecrets: true,
        ...(before === undefined ? {} : { held: before }),
        onResponse: response => proxy.received.push(response),
      })
    }
  }

  const acceptedBy = (agent: AgentProcess) =>
    new Set(agent.lines.flatMap(line => / info (\S+) accepted /.exec(line)?.[1] ?? [])).size
  const versions = () => all.map(({ sidecar }) => sidecar.held.get(typeUrl.secret)?.get('default'))
  /** Requests that came for the sake of proxies, or of anything else; watches and the lease go on by themselves. */
  const askedSince = (count: number) =>
    network.asked.slice(count).filter(({ isWatch, path }) => !isWatch && !/leases/.test(path))

  it('are served by the next one, which sends nothing that they have and asks the API server a handful of times', async () => {
    const first = await start('agent-1')
    await using _ = first
    await first.ready()
    const bundle = `/api/v1/namespaces/${space}/configmaps/meshwright-trust`
    const map = await eventually('the roots', () => admin.call('GET', bundle).catch(() => undefined), 60_000)
    ca = (map as { data: { 'ca.crt': string } }).data['ca.crt']
    const before = network.asked.length
    connect(first, () => undefined)
    await eventually('all have all', () => all.every(({ sidecar }) => sidecar.isComplete), 100_000)
    assert.equal(new Set(versions()).size, proxies, 'a certificate each')
    assert.ok(askedSince(before).length < 20, `${askedSince(before).map(({ path }) => path)}`)

    const certificates = versions()
    await first.kill()
    await eventually('all have noticed', () => all.every(({ sidecar }) => sidecar.client.stream.destroyed))
    // The last list that it reads is held back for a while.
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    network.judge = ({ path, isWatch }) =>
      /endpointslices/.test(path) && !isWatch ? held.then(() => undefined) : undefined
    const from = network.asked.length
    const second = await start('agent-1')
    await using __ = second
    await eventually('it reads', () => network.asked.slice(from).some(({ path }) => /virtualservices/.test(path)))
    for (let look = 0; look < 20; look += 1) {
      assert.equal(await second.isReady(), false, 'not ready before all is read')
      await sleep(50)
    }
    connect(second, ({ sidecar }) => sidecar.held)
    await sleep(500)
    assert.ok(all.every(({ received }) => received.length === 0))
    release()
    await second.ready()
    const ready = network.asked.length
    // Those that found nobody there come again, as Envoy does.
    connect(second, ({ sidecar }) => sidecar.held)
    await eventually('all have accepted', () => acceptedBy(second) === proxies, 60_000)
    for (const { received } of all) {
      const types = received.filter(({ resources, removed }) => resources.length + removed.length > 0)
      // A cluster may have been left warming for its endpoints, which nobody can know who did not see them accepted.
      assert.deepEqual([...new Set(types.map(type => type.typeUrl))], [typeUrl.endpoint])
      assert.deepEqual(
        received.flatMap(({ removed }) => removed),
        [],
      )
    }
    assert.deepEqual(versions(), certificates, 'no certificate is issued anew')
    const lists = new Set(network.asked.slice(from, ready).map(({ path }) => path))
    assert.ok(askedSince(from).length < 2 * lists.size && lists.size < 60, `${askedSince(from).length} requests`)
    assert.ok(askedSince(ready).length < 20, `${askedSince(ready).map(({ path }) => path)}`)
  })

  it('are given no other certificate by a replica that lives beside it, nor by the first when they come back', async () => {
    const [one, other] = [await start('agent-1'), await start('agent-2')]
    await using _ = one
    await using __ = other
    await Promise.all([one.ready(), other.ready()])
    const certificates = versions()
    for (const agent of [other, one, other]) {
      for (const { sidecar } of all) sidecar.client.close()
      connect(agent, ({ sidecar }) => sidecar.held)
      const before = agent.lines.length
      await eventually('all are connected', () => connectedSince(agent, before) === proxies, 60_000)
      await sleep(1000)
      assert.deepEqual(versions(), certificates)
      assert.ok(all.every(({ received }) => received.every(({ typeUrl: type }) => type !== typeUrl.secret)))
    }
  })
})

function connectedSince(agent: AgentProcess, from: number): number {
  return agent.lines.slice(from).filter(line => / connected \(delta\)/.test(line)).length
}
