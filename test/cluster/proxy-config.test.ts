/** Which proxies people mean by a name: that of a pod, or of what the pod is one of. A real API server, asked by the command. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { ProxyReport } from '../../src/agent/report.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { entry, meshIn } from '../cli/run-mesh.ts'
import { Sidecar } from '../support/sidecar.ts'
import { eventually } from '../support/xds-server.ts'
import { install, isRunning, type RunningAgent, showReplica, startAgent, system } from './agents.ts'
import { ApiServer, binaryFolder, cannotRunApi, machineAddress } from './api-server.ts'
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
    for (const [name, owner] of pods) await connect(shop, name, owner)
    await eventually('all are there', () => running.agent.plane.server.proxies().length === pods.length)
  })
  after(async () => {
    for (const { client } of sidecars) client.close()
    await running?.agent.close()
    await api?.stop()
  })

  async function connect(space: string, name: string, owner?: (typeof pods)[number][1]): Promise<void> {
    const owned = { apiVersion: 'apps/v1', uid: 'f6b8f2a0-0000-4000-8000-000000000000', controller: true, ...owner }
    const pod = await makePod(admin, space, name, {
      labels: { app: name, ...(owner?.kind === 'ReplicaSet' ? { 'pod-template-hash': '5f' } : {}) },
      annotations: { 'meshwright.dev/status': '{}' },
      ownerReferences: owner === undefined ? [] : [owned],
    })
    await isRunning(admin, space, name)
    const tls = { ca: running.agent.roots, servername: `mesh-agent.${system}.svc` }
    const target = { host: '127.0.0.1', port: running.ports.xds, tls }
    const nodeId = `sidecar~${machineAddress}~${name}.${space}~${space}.svc.cluster.local`
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

  /** One context for each of these namespaces, called as it is, and one that names none. */
  function kubeconfigWith(current: string, ...namespaces: readonly string[]): string {
    const config = JSON.parse(readFileSync(api.kubeconfig(), 'utf8')) as {
      readonly contexts: readonly { context: object }[]
    }
    const [{ context } = { context: {} }] = config.contexts
    const named = namespaces.map(namespace => ({ name: namespace, context: { ...context, namespace } }))
    const file = api.file('contexts')
    writeFileSync(
      file,
      JSON.stringify({ ...config, contexts: [...config.contexts, ...named], 'current-context': current }),
    )
    return file
  }

  const listed = (stdout: string) =>
    (JSON.parse(stdout) as ProxyReport[]).map(({ name, namespace }) => `${name}.${namespace}`)

  it('looks where kubectl would: in the namespace of the context, unless another one is named', async () => {
    const other = await makeNamespace(admin)
    const empty = await makeNamespace(admin)
    await connect(shop, 'twin')
    await connect(other, 'twin')
    await eventually('both are there', () => running.agent.plane.server.proxies().length === pods.length + 2)
    const env = { ...process.env, KUBECONFIG: kubeconfigWith(other, other, shop, empty) }
    const run = (...args: readonly string[]) => meshIn(tmpdir(), [...args, '--format', 'json'], env)
    const list = async (...args: readonly string[]) => listed((await run('proxies', ...args)).stdout)
    const inShop = [...pods.map(([name]) => `${name}.${shop}`), `twin.${shop}`].sort()
    assert.deepEqual(await list('--cluster'), [`twin.${other}`])
    assert.deepEqual(await list('--context', shop), inShop)
    assert.deepEqual(await list('--cluster', '-n', shop), inShop)
    assert.deepEqual((await list('--cluster', '-A')).sort(), [...inShop, `twin.${other}`].sort())
    assert.deepEqual((await list('--context', 'test')).sort(), [...inShop, `twin.${other}`].sort())
    const nobody = await run('proxies', '--context', empty)
    assert.deepEqual([listed(nobody.stdout), nobody.code], [[], 0])
    assert.equal(nobody.stderr, `no proxy is connected in namespace ${empty}; -A lists those of all\n`)

    const of = (...args: readonly string[]) => run('proxy', 'config', ...args)
    const twin = await of('twin', '--cluster')
    assert.deepEqual([twin.code, twin.stderr], [0, ''], 'of that namespace alone')
    assert.match((await of('twin', '--cluster', '-A')).stderr, /twin is twin\.\S+, too$/m)
    assert.equal((await of(`alone.${shop}`, '--cluster')).code, 0, 'a name that says its namespace')
    assert.equal((await of('alone', '--context', shop)).code, 0)
    const hidden = await of('alone', '--cluster')
    assert.equal(hidden.code, 2)
    assert.match(
      hidden.stderr,
      new RegExp(`there is no workload "alone" in namespace ${other}\\n.*its workloads are twin$`, 'm'),
    )
    assert.match((await of('alone', '--context', empty)).stderr, /its workloads are none: -A looks in all namespaces$/m)
    const unknown = await run('proxies', '--context', 'nowhere')
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /there is no context nowhere, but test, /)
  })

  it('is a plugin of kubectl', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-plugin-'))
    try {
      const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
        readonly bin: { readonly [name: string]: string }
      }
      assert.equal(manifest.bin['kubectl-mesh'], manifest.bin['mesh'])
      // As npm makes it of the package, but of the sources.
      const plugin = `#!/bin/sh\nexec "${process.execPath}" --conditions=source "${entry}" "$@"\n`
      writeFileSync(join(folder, 'kubectl-mesh'), plugin, { mode: 0o755 })
      const kubectl = join(await binaryFolder(), 'kubectl')
      const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, KUBECONFIG: kubeconfigWith('test', shop) }
      const run = (...args: readonly string[]) => promisify(execFile)(kubectl, ['mesh', ...args], { env })
      const { stdout } = await run('proxies', '--context', shop, '--format', 'json')
      assert.ok(listed(stdout).includes(`alone.${shop}`))
      assert.match(
        (await run('describe', 'pod', 'alone', '--context', shop).catch(error => error)).stdout,
        new RegExp(`^Pod ${shop}/alone$`, 'm'),
      )
      await assert.rejects(run('proxy', 'config', 'nobody', '--cluster'), {
        code: 2,
        stderr: /there is no workload "nobody"/,
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
