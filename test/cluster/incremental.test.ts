/** What an agent has made step by step, as a cluster changed under it, is what another one makes of the cluster as it is. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { statusAnnotation } from '../../src/cluster/objects.ts'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { type Held, Sidecar } from '../support/sidecar.ts'
import { eventually } from '../support/xds-server.ts'
import { install, type RunningAgent, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { makeNamespace, makePod, type PodInfo, podToken } from './objects.ts'

const skip = cannotRunApi() ?? false
const names = ['a', 'b', 'c']

describe('a cluster that changes under an agent', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let space = ''
  let running: RunningAgent
  const pods = new Map<string, PodInfo>()
  const sidecars: Sidecar[] = []

  const istio = (plural: string) => `/apis/networking.istio.io/v1/namespaces/${space}/${plural}`
  const slices = () => `/apis/discovery.k8s.io/v1/namespaces/${space}/endpointslices`
  const merge = (path: string, body: object) =>
    admin.call('PATCH', path, { contentType: 'application/merge-patch+json', body })

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    space = await makeNamespace(admin)
    await eventually('a kind that is served', () => admin.call('GET', istio('sidecars')).catch(() => undefined), 60_000)
    for (const name of names) await makeService(name)
    // Whoever calls b alone knows nothing of c.
    const spec = { workloadSelector: { labels: { app: 'a' } }, egress: [{ hosts: [`./b.${space}.svc.cluster.local`] }] }
    const body = { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', metadata: { name: 'a' }, spec }
    await admin.call('POST', istio('sidecars'), { body })
    running = await startAgent(api, admin)
  })
  after(async () => {
    for (const { client } of sidecars) client.close()
    await running?.agent.close()
    await api?.stop()
  })

  async function makeService(name: string): Promise<void> {
    const spec = { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 80, appProtocol: 'http' }] }
    await admin.call('POST', `/api/v1/namespaces/${space}/services`, { body: { metadata: { name }, spec } })
    const pod = await makePod(admin, space, name, {
      labels: { app: name },
      // The injector writes down what it made the rules of a pod for.
      annotations: { [statusAnnotation]: name === 'c' ? '{"dns":{"allocates":true}}' : '{}' },
    })
    pods.set(name, pod)
    await admin.call('POST', slices(), {
      body: {
        metadata: { name, labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
        endpoints: [endpoint(name, '10.1.0.1')],
      },
    })
  }

  const endpoint = (name: string, address: string) => ({
    addresses: [address],
    conditions: { ready: true },
    targetRef: { kind: 'Pod', name, namespace: space },
  })
  const move = (name: string, ...addresses: readonly string[]) =>
    merge(`${slices()}/${name}`, { endpoints: addresses.map(address => endpoint(name, address)) })

  async function connect(name: string, to: RunningAgent): Promise<Sidecar> {
    const token = await podToken(admin, pods.get(name)!)
    const sidecar = new Sidecar(
      { host: '127.0.0.1', port: to.ports.xds, tls: { ca: to.agent.roots, servername: `mesh-agent.${system}.svc` } },
      { nodeId: `sidecar~10.0.0.1~${name}.${space}~${space}.svc.cluster.local`, token, routes: ['80'] },
    )
    sidecars.push(sidecar)
    await eventually(`${name} has all`, () => sidecar.isComplete)
    return sidecar
  }

  const plain = (held: Held) =>
    Object.fromEntries([...held].map(([type, versions]) => [type, Object.fromEntries([...versions].sort())]))
  const endpointOf = (sidecar: Sidecar, name: string) =>
    sidecar.held.get(typeUrl.endpoint)?.get(`outbound|80||${name}.${space}.svc.cluster.local`)

  it('tells of an endpoint that moves to whoever calls it, and to nobody else', async () => {
    const [a, c] = [await connect('a', running), await connect('c', running)]
    const [ofB, ofC] = [endpointOf(c, 'b'), endpointOf(c, 'c')]
    let count = 0
    const take = a.client.onResponse
    a.client.onResponse = response => {
      count += 1
      take(response)
    }
    await move('c', '10.1.0.2')
    await eventually('c knows', () => endpointOf(c, 'c') !== ofC)
    await sleep(500)
    assert.equal(count, 0, 'a is told nothing')
    await move('b', '10.1.0.3')
    await eventually('c knows', () => endpointOf(c, 'b') !== ofB)
    await eventually('a knows', () => endpointOf(a, 'b') === endpointOf(c, 'b'))
    assert.equal(count, 1)
  })

  it('answers the questions for names of pods that were injected for it, and of no others', async () => {
    const [a, c] = [await connect('a', running), await connect('c', running)]
    const asked = [a, c].map(({ held }) => held.get(typeUrl.listener)?.has('dns'))
    assert.deepEqual(asked, [false, true])
  })

  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['an endpoint more', () => move('b', '10.1.0.3', '10.1.0.4')],
    ['no endpoint at all', () => move('c')],
    ['a pod with another label', () => merge(pod('b'), { metadata: { labels: { version: 'v2' } } })],
    [
      'a pod that carries no proxy any more',
      () => merge(pod('b'), { metadata: { annotations: { [statusAnnotation]: null } } }),
    ],
    ['a port that leads elsewhere', () => merge(service('b'), { spec: { ports: [port(81)] } })],
    ['an endpoint there', () => merge(`${slices()}/b`, { ports: [{ name: 'http', port: 81, protocol: 'TCP' }] })],
    ['a service more', () => makeService('d')],
    ['one less, with its endpoints', () => Promise.all([remove(service('c')), remove(`${slices()}/c`)])],
    [
      'endpoints while something else changes',
      () => Promise.all([move('d', '10.1.0.9'), move('b', '10.1.0.8'), scope()]),
    ],
    ['all of it in one moment', () => Promise.all([move('b', '10.1.0.7'), makeService('e'), remove(service('d'))])],
  ]
  const pod = (name: string) => `/api/v1/namespaces/${space}/pods/${name}`
  const service = (name: string) => `/api/v1/namespaces/${space}/services/${name}`
  const remove = (path: string) => admin.call('DELETE', path)
  const port = (targetPort: number) => ({ name: 'http', port: 80, targetPort, appProtocol: 'http', protocol: 'TCP' })
  const scope = () => merge(`${istio('sidecars')}/a`, { spec: { egress: [{ hosts: ['./*'] }] } })

  it('gives each proxy what another agent gives it, that reads the cluster as it is', async () => {
    const mine = await Promise.all(['a', 'c'].map(name => connect(name, running)))
    for (const [what, change] of steps) {
      await change()
      await using other = await startAgent(api, admin, { identity: 'agent-2' })
      const theirs = await Promise.all(['a', 'c'].map(name => connect(name, other)))
      const both = () => [mine, theirs].map(sidecars => sidecars.map(({ held }) => plain(held)))
      const isSame = () => JSON.stringify(both()[0]) === JSON.stringify(both()[1])
      await eventually(what, isSame).catch(() => assert.deepEqual(both()[0], both()[1], what))
      for (const { client } of theirs) client.close()
    }
  })
})
