/** How a gateway of the installation drains: with its real bootstrap in a real Envoy, and its pod's other container beside. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Container } from '../../src/cluster/inject/pod.ts'
import { manifests } from '../../src/cluster/install/manifests.ts'
import { profiles } from '../../src/cluster/install/values.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { eventually } from '../support/xds-server.ts'

interface GatewayPod {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } }
}
interface Statics {
  readonly static_resources: {
    readonly listeners: { readonly address: { readonly socket_address: { port_value: number } } }[]
  }
}

const installed = manifests(profiles['default']!)
const find = (kind: string) =>
  installed.find(({ kind: its, metadata }) => its === kind && metadata.name === 'mesh-ingressgateway') as Resource
const { containers } = (find('Deployment') as unknown as GatewayPod).spec.template.spec
const [gateway, drain] = containers as [Container, Container]
const adminSocket = '/run/meshwright/admin.sock'

describe('a gateway', { skip: withoutEnvoy }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-drain-'))
  const socketPath = join(folder, 'admin.sock')
  const running: ChildProcess[] = []
  let [status, traffic] = [0, 0]

  before(async () => {
    ;[status, traffic] = [await freePort(), await freePort()]
    const args = gateway['args'] as string[]
    const text = args[args.indexOf('--config-yaml') + 1]!.replaceAll(adminSocket, socketPath)
      .replaceAll('$(POD_IP)', '127.0.0.1')
      .replaceAll(/\$\((\w+)\)/g, 'x')
    // Without a control plane: what it would send is another listener.
    const { dynamic_resources: _, ...bootstrap } = JSON.parse(text) as Statics & { dynamic_resources: unknown }
    const [own] = bootstrap.static_resources.listeners
    own!.address.socket_address.port_value = status
    const other = structuredClone({ ...own!, name: 'traffic' })
    other.address.socket_address.port_value = traffic
    const clusters = (bootstrap.static_resources as unknown as { clusters: { name: string }[] }).clusters
    const statics = { listeners: [own, other], clusters: clusters.filter(({ name }) => name === 'admin') }
    const config = JSON.stringify({ ...bootstrap, static_resources: statics })
    const flags = ['--disable-hot-restart', '--concurrency', '1', '-l', 'error']
    running.push(spawn(findTestEnvoy()!, ['--config-yaml', config, ...flags], { stdio: 'ignore' }))
    await eventually('an answer', async () => (await get({ port: traffic, path: '/healthz/ready' }))?.status === 200)
  })
  after(() => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  /** Is a client told to take another connection? */
  const isDraining = () =>
    new Promise<boolean>((resolve, reject) => {
      const options = { port: traffic, path: '/healthz/ready', headers: { connection: 'keep-alive' } }
      request(options, answer => {
        answer.resume()
        resolve(answer.headers.connection === 'close')
      })
        .once('error', reject)
        .end()
    })

  it('shows the outside nothing but its traffic', () => {
    const { ports } = (find('Service') as unknown as { spec: { ports: { name: string }[] } }).spec
    assert.deepEqual(
      ports.map(({ name }) => name),
      ['http2', 'https'],
    )
  })

  it('is drained by nobody who can reach its pod', async () => {
    for (const path of ['/drain', '/drain_listeners', '/drain_listeners?graceful&skip_exit'])
      assert.equal((await get({ port: status, path }))?.status, 404)
    assert.equal(await isDraining(), false)
  })

  it('holds few of those who ask it to wait, and answers the others at once', async () => {
    const waiting = Array.from({ length: 700 }, () => get({ port: status, path: '/farewell' }))
    let answered = 0
    for (const one of waiting) void one.then(() => (answered += 1))
    await eventually('two hundred answers', () => answered === 200)
    await Promise.all(waiting)
  })

  it('drains when its pod is told to end', async () => {
    const [shell, ...args] = (drain['command'] as string[]).map(word => word.replaceAll(adminSocket, socketPath))
    const child = spawn(shell!, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
    try {
      await new Promise(resolve => setTimeout(resolve, 500))
      assert.equal(await isDraining(), false)
      child.kill('SIGTERM')
      assert.equal(await ended, 0)
      await eventually('a gateway that drains', isDraining)
    } finally {
      // Whatever the shell has left; in a pod it ends with the container.
      process.kill(-child.pid!, 'SIGKILL')
    }
  })

  it('shares only the admin’s folder with the container that has it drain, under the same user', () => {
    const mounts = (container: Container) => container['volumeMounts'] as { name: string; mountPath: string }[]
    const shared = mounts(gateway).filter(({ mountPath }) => mountPath === dirname(adminSocket))
    assert.deepEqual(mounts(drain), shared)
    assert.deepEqual(drain['securityContext'], gateway['securityContext'])
    assert.equal(gateway.lifecycle?.preStop?.httpGet?.path, '/farewell')
  })
})
