/**
 * The kubelet's checks of an injected pod, which its proxy answers: a real Envoy with the bootstrap that injection
 * gives it, behind the init container's rules, configured by an agent, under STRICT mutual TLS.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { trustFiles } from '../../src/cluster/inject/inject-pod.ts'
import type { Pod } from '../../src/cluster/inject/pod.ts'
import { injectionSettings } from '../../src/cluster/install/values.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { podPorts } from '../../src/model/placement.ts'
import { proxyUser } from '../../src/phases/4-emit/envoy/index.ts'
import { get } from '../support/envoy.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { eventually } from '../support/xds-server.ts'
import { install, leadWebhooksTo, type RunningAgent, startAgent, system, values } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { makeNamespace, podToken } from './objects.ts'

const tools = [
  ['ip', '-V'],
  ['iptables-restore', '-V'],
  ['setpriv', '-V'],
  ['curl', '-V'],
] as const

function cannotRun(): string | false {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const missing = tools.find(([tool, flag]) => spawnSync(tool, [flag]).status !== 0)
  return cannotRunApi() ?? (missing === undefined ? withoutEnvoy : `no ${missing[0]} here`)
}

/** A network of two, which no other run of this file has at the same time. */
const network = `198.18.${(process.pid >> 6) & 255}`
const [node, address] = [1, 2].map(host => `${network}.${(process.pid & 63) * 4 + host}`) as [string, string]
const ports = { tcp: 9000, grpc: 9001 } as const
const paths = {
  tcp: '/app-health/web/livez',
  grpc: '/app-health/web/readyz',
  http: '/app-health/web/startupz',
} as const
const redirect = ['sh', join(import.meta.dirname, '../../src/cluster/images/mesh-redirect.sh')]

/** An application that sends people on to its pages, and is healthy, or says of itself that it is not (grpc.health.v1: 1 is SERVING, 2 is not). */
const program = `
require('node:http').createServer(({ url }, response) =>
  url === '/old' ? response.writeHead(302, { location: '/new' }).end() : response.end('app')).listen(${ports.tcp}, '0.0.0.0')
require('node:http2').createServer().on('stream', (stream, headers) => {
  if (headers[':path'] !== '/grpc.health.v1.Health/Check') return stream.close()
  stream.resume()
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, Number(process.argv[1])]))
}).listen(${ports.grpc}, '0.0.0.0')`

const pod: Pod = {
  metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'web',
        livenessProbe: { tcpSocket: { port: ports.tcp }, periodSeconds: 3 },
        readinessProbe: { grpc: { port: ports.grpc }, periodSeconds: 1 },
        startupProbe: { httpGet: { port: ports.tcp, path: '/old' } },
      },
    ],
  },
}

describe('checks of an injected pod', { skip: cannotRun() }, () => {
  const space = `mesh-probes-${process.pid}`
  const folder = mkdtempSync(join(tmpdir(), 'mesh-probes-'))
  const running = new Set<ChildProcess>()
  let api: ApiServer
  let admin: ClusterClient
  let agent: RunningAgent
  let app: ChildProcess | undefined

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    await makeNamespace(admin, { 'meshwright.dev/injection': 'enabled' }, 'shop')
    await admin.call('POST', `/apis/security.istio.io/v1/namespaces/${system}/peerauthentications`, {
      body: {
        apiVersion: 'security.istio.io/v1',
        kind: 'PeerAuthentication',
        metadata: { name: 'default' },
        spec: { mtls: { mode: 'STRICT' } },
      },
    })
    agent = await startAgent(api, admin)
    await leadWebhooksTo(admin, agent.ports.webhook)
    const made = await eventually('an injected pod', () => makeInjected().catch(() => undefined), 60_000)
    const [init, proxy] = made.spec.initContainers!
    makeNetwork(init!['args'] as string[])
    await startProxy(
      proxy!['args'] as string[],
      await podToken(admin, { name: 'web-1', namespace: 'shop', uid: made.metadata.uid! }),
    )
  })
  after(async () => {
    await Promise.all([...running].map(end))
    spawnSync('ip', ['netns', 'del', space])
    await agent?.agent.close()
    await api?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const settings = () => injectionSettings(values)
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const within = (...command: readonly string[]) => ['netns', 'exec', space, ...command]

  function start(...command: readonly string[]): ChildProcess {
    const child = spawn('ip', within(...command), { stdio: 'ignore' })
    running.add(child)
    return child
  }

  async function end(child: ChildProcess): Promise<void> {
    running.delete(child)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  /** As a pod's: a cable to its node, and the rules of its init container. */
  function makeNetwork(rules: readonly string[]): void {
    const cable = `mp${process.pid}`
    ip('netns', 'add', space)
    ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
    ip('address', 'add', `${node}/30`, 'dev', cable)
    ip('link', 'set', cable, 'up')
    ip('-n', space, 'address', 'add', `${address}/30`, 'dev', 'eth0')
    for (const each of ['lo', 'eth0']) ip('-n', space, 'link', 'set', each, 'up')
    ip('-n', space, 'route', 'add', 'default', 'via', node)
    ip(...within(...redirect, ...rules))
  }

  /** Made as people make it: the agent's webhook adds the proxy. */
  async function makeInjected(): Promise<Pod & ApiObject> {
    const pods = '/api/v1/namespaces/shop/pods'
    const made = (await admin.call('POST', pods, { body: { apiVersion: 'v1', kind: 'Pod', ...pod } })) as Pod &
      ApiObject
    await admin.call('PATCH', `${pods}/web-1/status`, {
      contentType: 'application/merge-patch+json',
      body: { status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] } },
    })
    return made
  }

  /** As the kubelet does: the pod's variables in its arguments, its volumes beneath a folder, and the agent where it is here. */
  async function startProxy(args: readonly string[], token: string): Promise<void> {
    chmodSync(folder, 0o777)
    const here = (text: string) =>
      text.replaceAll(/\/(var\/run\/secrets\/meshwright\.dev|run\/meshwright)(?=[/"])/g, folder)
    const variables: Readonly<{ [name: string]: string }> = {
      POD_NAME: 'web-1',
      POD_NAMESPACE: 'shop',
      POD_IP: address,
    }
    const bootstrap = here(args[args.indexOf('--config-yaml') + 1]!)
      .replaceAll(/(?<!\$)\$\((\w+)\)/g, (_, name: string) => variables[name]!)
      .replaceAll('$$', '$')
    const { host, port } = settings().xds
    const agentAt = { address: host, port_value: port }
    const agentHere = { address: node, port_value: agent.ports.xds }
    assert.ok(bootstrap.includes(JSON.stringify(agentAt)))
    const files = { ...trustFiles(agent.agent.roots), token }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), here(text))
    const config = join(folder, 'bootstrap.json')
    writeFileSync(config, bootstrap.replace(JSON.stringify(agentAt), JSON.stringify(agentHere)))
    const binary = join(folder, 'envoy')
    // The proxy's user may not look into root's folders.
    copyFileSync(findTestEnvoy()!, binary)
    chmodSync(binary, 0o755)
    const user = ['setpriv', '--reuid', String(proxyUser), '--regid', String(proxyUser), '--clear-groups']
    const flags = ['--disable-hot-restart', '--concurrency', '1', '-l', 'warning', '--log-path', join(folder, 'log')]
    start(...user, binary, '-c', config, ...flags)
    await eventually('a proxy that is ready', async () => (await ask('/healthz/ready')) === 200, 60_000)
  }

  /** As the kubelet asks. */
  const ask = async (path: string) => (await get({ host: address, port: podPorts.status, path }))?.status
  const runApp = (says: 1 | 2) => start(process.execPath, '-e', program, String(says))

  /** Both answers, once they are these. */
  async function answers(tcp: number, grpc: number): Promise<void> {
    let seen: unknown
    const isSo = async () => {
      seen = [await ask(paths.tcp), await ask(paths.grpc)]
      return String(seen) === String([tcp, grpc])
    }
    await eventually(`${tcp} and ${grpc}`, isSo, 30_000).catch(error => {
      throw new Error(`${seen} in place of ${tcp},${grpc}\n${readFileSync(join(folder, 'log'), 'utf8')}`, {
        cause: error,
      })
    })
  }

  it('fail as long as nobody listens at the application’s ports', async () => {
    await answers(503, 503)
    // Not only before the first check: it stays so.
    await new Promise(resolve => setTimeout(resolve, 3000))
    await answers(503, 503)
  })

  it('pass once it does, though nobody without a certificate reaches the application itself', async () => {
    app = runApp(1)
    await answers(200, 200)
    assert.equal(await get({ host: address, port: ports.tcp, path: '/' }), undefined)
    const own = spawnSync('ip', within('curl', '-sg', '-m', '5', `http://127.0.0.1:${ports.tcp}/`), {
      encoding: 'utf8',
    })
    assert.equal(own.stdout, 'app', 'which is there')
  })

  it('ask the application as often as the kubelet would, by the probe’s own period', async () => {
    const attempts = async (cluster: string) => {
      const stats = await get({ host: address, port: podPorts.metrics, path: '/stats/prometheus' })
      const name = `envoy_cluster_health_check_attempt{envoy_cluster_name="${cluster}"} `
      return Number(
        stats?.body
          .split('\n')
          .find(line => line.startsWith(name))
          ?.slice(name.length),
      )
    }
    const before = await attempts('app-probe-0')
    const began = performance.now()
    await new Promise(resolve => setTimeout(resolve, 9000))
    const asked = (await attempts('app-probe-0')) - before
    // One is at the edge of the time.
    const most = (performance.now() - began) / 3000 + 1
    assert.ok(asked >= 1 && asked <= most, `${asked} times in nine seconds`)
  })

  it('by HTTP pass where the application answers with a redirect, also to whoever follows those to the same host', async () => {
    const followed = await fetch(`http://${address}:${podPorts.status}${paths.http}`)
    assert.equal(followed.status, 302, 'a kubelet takes all below 400 for success')
  })

  it('by gRPC fail where the application says so, though its port is open', async () => {
    await end(app!)
    app = runApp(2)
    await answers(200, 503)
  })

  it('fail again once it has gone', async () => {
    await end(app!)
    await answers(503, 503)
  })
})
