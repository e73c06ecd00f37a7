/** Which proxies people mean by a name: that of a pod, or of what the pod is one of. A real API server, asked by the command. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import type { ProxyReport } from '../../src/agent/report.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { Sidecar } from '../support/sidecar.ts'
import { eventually } from '../support/xds-server.ts'
import { install, isRunning, type RunningAgent, showReplica, startAgent, system } from './agents.ts'
import { ApiServer, cannotRunApi, machineAddress } from './api-server.ts'
import { makeNamespace, makePod, podToken } from './objects.ts'

/** Of a Deployment two pods, of a StatefulSet of the same name one, and a pod that nobody owns. */
const pods = [
  ['reviews-v1-5f-a', { kind: 'ReplicaSet', name: 'reviews-v1-5f' }],
  ['reviews-v1-5f-b', { kind: 'ReplicaSet', name: 'reviews-v1-5f' }],
  ['reviews-v1-0', { kind: 'StatefulSet', name: 'reviews-v1' }],
  ['alone', undefined],
] as const

describe('mesh proxy config of a cluster', { skip: cannotRunApi() ?? false }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let running: RunningAgent
  let shop = ''
  const sidecars: Sidecar[] = []

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    shop = await makeNamespace(admin)
    running = await startAgent(api, admin)
    await showReplica(admin, 'agent-1', running)
    for (const [name, owner] of pods) await connect(name, owner)
    await eventually('all are there', () => running.agent.plane.server.proxies().length === pods.length)
  })
  after(async () => {
    for (const { client } of sidecars) client.close()
    await running?.agent.close()
    await api?.stop()
  })

  async function connect(name: string, owner: (typeof pods)[number][1]): Promise<void> {
    const owned = { apiVersion: 'apps/v1', uid: 'f6b8f2a0-0000-4000-8000-000000000000', controller: true, ...owner }
    const pod = await makePod(admin, shop, name, {
      labels: { app: name, ...(owner?.kind === 'ReplicaSet' ? { 'pod-template-hash': '5f' } : {}) },
      annotations: { 'meshwright.dev/status': '{}' },
      ownerReferences: owner === undefined ? [] : [owned],
    })
    await isRunning(admin, shop, name)
    const tls = { ca: running.agent.roots, servername: `mesh-agent.${system}.svc` }
    const target = { host: '127.0.0.1', port: running.ports.xds, tls }
    const nodeId = `sidecar~${machineAddress}~${name}.${shop}~${shop}.svc.cluster.local`
    sidecars.push(new Sidecar(target, { nodeId, token: await podToken(admin, pod) }))
  }

  const mesh = (...args: readonly string[]) =>
    meshIn(tmpdir(), [...args, '--cluster', '--kubeconfig', api.kubeconfig()])
  const config = (name: string) => mesh('proxy', 'config', name, '--format', 'json')

  it('takes the name of a pod', async () => {
    for (const name of ['alone', 'pod/alone', `alone.${shop}`, 'reviews-v1-5f-b']) {
      const { code, stdout, stderr } = await config(name)
      assert.equal(code, 0, stderr)
      assert.equal(stderr, '')
      assert.ok((JSON.parse(stdout) as unknown[]).length > 0)
    }
  })

  it('takes the name of a workload, and says which of its pods it has looked at', async () => {
    const first = `of reviews-v1-5f-a.${shop}; `
    for (const [name, said] of [
      ['deployment/reviews-v1', `${first}deployment/reviews-v1 is reviews-v1-5f-b.${shop}, too\n`],
      ['deploy/reviews-v1', `${first}deploy/reviews-v1 is reviews-v1-5f-b.${shop}, too\n`],
      [`deployments/reviews-v1.${shop}`, `${first}deployments/reviews-v1.${shop} is reviews-v1-5f-b.${shop}, too\n`],
      ['sts/reviews-v1', ''],
    ] as const) {
      const { code, stdout, stderr } = await config(name)
      assert.equal(code, 0, stderr)
      assert.equal(stderr, said)
      assert.ok((JSON.parse(stdout) as unknown[]).length > 0)
    }
    const { code, stderr } = await config('reviews-v1')
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^of reviews-v1-0\.\S+; reviews-v1 is reviews-v1-5f-a\.\S+, reviews-v1-5f-b\.\S+, too$/m)
  })

  it('names what there is where there is no such one', async () => {
    for (const name of [
      'reviews',
      'deployment/alone',
      'pod/reviews-v1',
      'daemonset/reviews-v1',
      'reviews-v1.elsewhere',
    ]) {
      const { code, stderr } = await config(name)
      assert.equal(code, 2, name)
      assert.match(
        stderr,
        /there is no workload ".*" in the cluster\n.*alone, statefulset\/reviews-v1, deployment\/reviews-v1$/m,
      )
    }
  })

  it('is told of each proxy what it is of', async () => {
    const { stdout } = await mesh('proxies', '-n', shop, '--format', 'json')
    const workloads = (JSON.parse(stdout) as ProxyReport[]).map(({ name, workload }) => [name, workload])
    assert.deepEqual(Object.fromEntries(workloads), {
      alone: null,
      'reviews-v1-0': { kind: 'StatefulSet', name: 'reviews-v1' },
      'reviews-v1-5f-a': { kind: 'Deployment', name: 'reviews-v1' },
      'reviews-v1-5f-b': { kind: 'Deployment', name: 'reviews-v1' },
    })
  })
})
