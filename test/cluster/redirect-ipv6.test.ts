/**
 * The redirect of IPv6 as a pod has it: two network namespaces with a cable between them, the init container's rules in one,
 * and a real Envoy under the proxy's user behind them.
 */

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { podSettings } from '../../src/cluster/inject/annotations.ts'
import { redirectRules } from '../../src/cluster/inject/redirect-rules.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allResources, emitProxy, proxyUser } from '../../src/phases/4-emit/envoy/index.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { webDeployment, webLabels } from '../support/web-deployment.ts'
import { eventually } from '../support/xds-server.ts'

const tools = [
  ['ip', '-V'],
  ['iptables-restore', '-V'],
  ['ip6tables-restore', '-V'],
  ['setpriv', '-V'],
  ['curl', '-V'],
] as const
const missing = tools.find(([tool, flag]) => spawnSync(tool, [flag]).status !== 0)

function cannotRun(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root'
  if (findTestEnvoy() === undefined) return 'no Envoy here'
  return missing === undefined ? false : `no ${missing[0]} here`
}

const [pod, outside] = ['fd77::2', 'fd77::1']
const virtual = 'fd99::1'
const service = (name: string, port: object): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: webLabels, ports: [port] },
})
const resources: Resource[] = [
  service('web', { name: 'http', port: 80, targetPort: 8080 }),
  { ...service('db', { name: 'tcp', port: 3306 }), spec: { ports: [{ name: 'tcp', port: 3306 }] } },
  webDeployment,
]

const { traffic } = podSettings({}).settings
const [rules4, rules6] = [redirectRules(traffic, 4), redirectRules(traffic, 6)]
/** Entry point of the init container. */
const redirect = ['sh', join(import.meta.dirname, '../../src/cluster/images/mesh-redirect.sh')]

/** Listens, and answers with who called it. */
const program = `require('node:http').createServer((request, response) =>
  response.end(process.argv[1] + ' called by ' + request.socket.remoteAddress)).listen(Number(process.argv[2]), process.argv[3])`

describe('a pod’s traffic by IPv6', { skip: cannotRun() }, () => {
  const names = { pod: `mesh-p${process.pid}`, outside: `mesh-o${process.pid}` }
  const folder = mkdtempSync(join(tmpdir(), 'mesh-ipv6-'))
  const running: ChildProcess[] = []
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const within = (space: keyof typeof names, ...command: readonly string[]) => [
    'netns',
    'exec',
    names[space],
    ...command,
  ]
  const start = (space: keyof typeof names, ...command: readonly string[]) =>
    running.push(spawn('ip', within(space, ...command), { stdio: 'ignore' }))
  const curl = (space: keyof typeof names, url: string) =>
    spawnSync('ip', within(space, 'curl', '-sgi', '-m', '5', url), { encoding: 'utf8' }).stdout

  before(() => {
    for (const name of Object.values(names)) ip('netns', 'add', name)
    ip('link', 'add', 'eth0', 'netns', names.pod, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', names.outside)
    for (const [space, address] of [
      ['pod', pod],
      ['outside', outside],
    ] as const) {
      ip('-n', names[space], 'link', 'set', 'lo', 'up')
      ip('-n', names[space], 'link', 'set', 'eth0', 'up')
      ip('-n', names[space], '-6', 'address', 'add', `${address}/64`, 'dev', 'eth0', 'nodad')
    }
    ip('-n', names.pod, '-6', 'route', 'add', 'default', 'via', outside)
    execFileSync('ip', within('pod', ...redirect, rules4, rules6), { stdio: ['ignore', 'ignore', 'pipe'] })
    start('pod', process.execPath, '-e', program, 'app', '8080', pod)
    start('outside', process.execPath, '-e', program, 'database', '9000', outside)
    startEnvoy()
  })
  after(async () => {
    const ended = running.map(child => new Promise(done => child.once('exit', done)))
    for (const child of running) child.kill('SIGKILL')
    await Promise.all(ended)
    for (const name of Object.values(names)) spawnSync('ip', ['netns', 'del', name])
    rmSync(folder, { recursive: true, force: true })
  })

  /** With what the agent would send it; where the database is, is said here. */
  function startEnvoy(): void {
    const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }
    const { mesh } = resolve(resources.map(resource => ({ resource, span, spanAt: () => span }))).value
    const place = { name: 'web-1', namespace: 'default', kind: 'sidecar', workload: 'web', address: pod } as const
    const proxy = { ...place, interception: 'redirect', hasIpv6: true, inbound: [], outbound: [], servers: [] } as const
    const addresses = { 'db.default.svc.cluster.local': [virtual] }
    const all = allResources(emitProxy(mesh, { proxies: {}, addresses }, proxy))
    const database = 'outbound|3306||db.default.svc.cluster.local'
    const endpoint = { address: { socket_address: { address: outside, port_value: 9000 } } }
    const listeners = all.filter(({ type, value }) => type === 'listener' && !JSON.stringify(value).includes('"rds"'))
    const clusters = all.filter(({ type, name }) => type === 'cluster' && !name.startsWith('outbound|'))
    const statics = {
      listeners: listeners.map(({ value }) => value),
      clusters: [
        ...clusters.map(({ value }) => value),
        {
          name: database,
          type: 'STATIC',
          load_assignment: { cluster_name: database, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
        },
      ],
    }
    chmodSync(folder, 0o777)
    const [binary, config] = [join(folder, 'envoy'), join(folder, 'bootstrap.json')]
    // The proxy's user may not look into root's folders.
    copyFileSync(findTestEnvoy()!, binary)
    chmodSync(binary, 0o755)
    writeFileSync(config, JSON.stringify({ static_resources: statics }))
    const user = ['setpriv', '--reuid', String(proxyUser), '--regid', String(proxyUser), '--clear-groups']
    const flags = ['--disable-hot-restart', '--concurrency', '1', '-l', 'warning', '--log-path', join(folder, 'log')]
    start('pod', ...user, binary, '-c', config, ...flags)
  }

  it('comes to the application through its proxy, and does not go round in circles', async () => {
    const answer = await eventually('an answer of the proxy’s', () => {
      const text = curl('outside', `http://[${pod}]:8080/`)
      return text.includes('server: istio-envoy') ? text : undefined
    })
    assert.match(answer, /app called by ::1$/, readFileSync(join(folder, 'log'), 'utf8'))
  })

  for (const [what, addresses, code] of [
    ['keeps a pod from starting where it can’t be redirected', [`${pod}/64`], 1],
    ['keeps no pod from starting that has no address for it', [], 0],
  ] as const)
    it(what, () => {
      const name = `mesh-r${process.pid}`
      ip('netns', 'add', name)
      try {
        ip('-n', name, 'link', 'set', 'lo', 'up')
        ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1')
        ip('-n', name, 'link', 'set', 'eth0', 'up')
        ip('-n', name, 'link', 'set', 'eth1', 'up')
        for (const address of addresses) ip('-n', name, '-6', 'address', 'add', address, 'dev', 'eth0', 'nodad')
        const own = execFileSync('ip', ['-n', name, '-6', 'address'], { encoding: 'utf8' })
        assert.match(own, /inet6 fe80::/, 'it has an address of its link, as every pod has')
        // Rules that the kernel does not take, as those of a table that it lacks.
        const wrong = rules6.replace('*nat', '*none')
        const run = spawnSync('ip', ['netns', 'exec', name, ...redirect, rules4, wrong], { encoding: 'utf8' })
        assert.equal(run.status, code, run.stderr)
        assert.match(run.stderr, /IPv6 is not redirected: .*\S/)
        assert.equal(/the pod has the IPv6 address fd77/.test(run.stderr), code === 1)
        const good = spawnSync('ip', ['netns', 'exec', name, ...redirect, rules4, rules6], { encoding: 'utf8' })
        assert.deepEqual([good.status, good.stderr], [0, ''])
      } finally {
        ip('netns', 'del', name)
      }
    })

  it('goes out through its proxy to where a service’s address leads', async () => {
    await eventually('an answer of the database’s', () =>
      /database called by/.test(curl('pod', `http://[${virtual}]:3306/`)),
    )
  })
})
