/** What one agent of a cluster costs: thousands of sidecars come at once, then endpoints move, fifty a second. */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AgentProcess } from '../cluster/agent-process.ts'
import { agentKubeconfig, install, system } from '../cluster/agents.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from '../cluster/api-server.ts'
import { makeAccount } from '../cluster/objects.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { eventually } from '../support/xds-server.ts'
import type { LoadReport, LoadStep } from './cluster-load.ts'
import {
  type BenchPod,
  type ClusterMesh,
  callees,
  makeClusterMesh,
  moveEndpoint,
  trustedRoots,
} from './cluster-mesh.ts'
import { answer, row } from './report.ts'

export interface ClusterBenchOptions extends ClusterMesh {
  readonly changesPerSecond: number
  readonly seconds: number
  /** Folder for a CPU profile of each agent. */
  readonly profile?: string
}

export const usualCluster: ClusterBenchOptions = {
  services: 500,
  podsPerService: 4,
  changesPerSecond: 50,
  seconds: 30,
}

/** Processes that clients are spread over. */
const loads = 2
const widths = [26, 9, 13, 13, 11, 9]

interface Scene {
  readonly api: ApiServer
  readonly proxy: FaultProxy
  readonly kubeconfig: string
  readonly pods: readonly BenchPod[]
  readonly options: ClusterBenchOptions
}

export async function clusterBench(options: ClusterBenchOptions = usualCluster): Promise<void> {
  const reason = cannotRunApi()
  if (reason !== undefined) return console.log(`\nCluster: ${reason}`)
  console.error('\nstarting an API server; the first time it is built, which takes about ten minutes')
  const api = await ApiServer.start()
  const proxy = await faultProxyOf(api)
  try {
    const admin = api.client()
    await install(admin)
    await makeAccount(admin, 'default', 'default')
    console.error('making pods and tokens')
    const pods = await makeClusterMesh(admin, options)
    const kubeconfig = await agentKubeconfig(api, admin, proxy.url)
    const scene = { api, proxy, kubeconfig, pods, options }
    console.log(
      `\nCluster (${pods.length} sidecars, ${options.services} services that call ${callees} each, scoped; TLS, tokens; a real API server)`,
    )
    row(['step', 'wall s', 'agent CPU s', 'agent RSS MB', 'kB/client', 'asked of the API server'], widths)
    await withAgent(scene, 'without', running => allConnect(scene, running, false))
    await withAgent(scene, 'identities', async running => {
      await allConnect(scene, running, true)
      await churn(scene, running)
    })
  } finally {
    await proxy[Symbol.asyncDispose]()
    await api.stop()
  }
}

interface Running {
  readonly agent: AgentProcess
  readonly children: readonly ChildProcess[]
}

/** An agent and clients of its own, so that each is measured from its beginning. */
async function withAgent(scene: Scene, name: string, work: (running: Running) => Promise<void>): Promise<void> {
  const { api, proxy, kubeconfig, options } = scene
  const asked = proxy.asked.length
  const started = performance.now()
  const execArgv =
    options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`, `--cpu-prof-name=${name}`]
  const agent = await AgentProcess.start(api, { kubeconfig, execArgv })
  const children = Array.from({ length: loads }, () =>
    fork(join(import.meta.dirname, 'cluster-load.ts'), { execArgv: ['--conditions=source'] }),
  )
  try {
    await agent.ready(120_000)
    await print(scene, { step: 'started and ready', wallMs: performance.now() - started, agent, asked })
    await work({ agent, children })
  } finally {
    for (const child of children) {
      child.removeAllListeners('exit')
      child.disconnect()
    }
    await agent.stop()
  }
}

interface Line {
  readonly step: string
  readonly wallMs: number
  readonly agent: AgentProcess
  /** How many requests the API server had got before. */
  readonly asked: number
  readonly bytes?: number
}

async function print({ proxy, pods }: Scene, { step, wallMs, agent, asked, bytes }: Line): Promise<void> {
  const { cpuMs, rssMb } = await agent.usage()
  const kb = bytes === undefined ? '' : (bytes / pods.length / 1024).toFixed(1)
  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  row([step, seconds(wallMs), seconds(cpuMs), Math.round(rssMb), kb, proxy.asked.length - asked], widths)
}

async function tell<Reply>(children: readonly ChildProcess[], step: (index: number) => LoadStep): Promise<Reply[]> {
  return Promise.all(
    children.map((child, index) => {
      const reply = answer<Reply>(child)
      child.send(step(index))
      return reply
    }),
  )
}

async function allConnect(scene: Scene, { agent, children }: Running, wantsSecrets: boolean): Promise<void> {
  const { api, proxy, pods, options } = scene
  const ca = await eventually('the trust bundle', () => trustedRoots(api.client()), 120_000)
  // The writer's own work is over, and not counted here.
  await sleep(2000)
  const tls = { ca, servername: `mesh-agent.${system}.svc` }
  const target = { host: '127.0.0.1', port: agent.ports.xds, tls }
  const asked = proxy.asked.length
  await agent.usage()
  await tell(children, () => ({ kind: 'begin' }))
  const started = performance.now()
  await tell(children, index => ({
    kind: 'open',
    target,
    pods: pods.filter((_, position) => position % children.length === index),
    wantsSecrets,
    services: options.services,
  }))
  const wallMs = performance.now() - started
  const reports = await tell<LoadReport>(children, () => ({ kind: 'report' }))
  const again = sum(reports, report => report.again)
  if (again > 0) console.log(`(${again} connections had to be opened again)`)
  const step = wantsSecrets ? 'config and identities' : 'config alone'
  await print(scene, { step, wallMs, agent, asked, bytes: sum(reports, ({ bytes }) => bytes) })
}

/** A change is there when the last of the sidecars that call its service has it. */
async function churn(scene: Scene, { agent, children }: Running): Promise<void> {
  const { api, proxy, pods, options } = scene
  const admin = api.client()
  const asked = proxy.asked.length
  const sentAt: number[] = []
  const writes: Promise<void>[] = []
  await agent.usage()
  await tell(children, () => ({ kind: 'begin' }))
  const started = performance.now()
  while (performance.now() < started + options.seconds * 1000) {
    const due = Math.floor(((performance.now() - started) / 1000) * options.changesPerSecond)
    while (sentAt.length <= due) {
      const change = sentAt.length
      const address = `10.2${String(change >> 16).padStart(2, '0')}.${(change >> 8) & 255}.${change & 255}`
      sentAt.push(performance.timeOrigin + performance.now())
      writes.push(moveEndpoint(admin, pods, { service: change % options.services, address }))
    }
    await sleep(5)
  }
  await Promise.all(writes)
  const writtenMs = performance.now() - started
  const concerned = callees * options.podsPerService
  let reports: LoadReport[] = []
  await eventually(
    'all changes have come',
    async () => {
      reports = await tell<LoadReport>(children, () => ({ kind: 'report' }))
      return sum(reports, ({ reached }) => sum(reached, ([, count]) => count)) >= sentAt.length * concerned
    },
    120_000,
  )
  const bytes = sum(reports, report => report.bytes)
  await print(scene, { step: `${sentAt.length} endpoints moved`, wallMs: writtenMs, agent, asked, bytes })
  const late = sentAt.map((at, change) => lastOf(reports, change) - at).sort((a, b) => a - b)
  const part = (share: number) => Math.round(late[Math.min(late.length - 1, Math.floor(late.length * share))]!)
  console.log(
    `\nfrom a change's write to its last receipt: p50 ${part(0.5)} ms, p99 ${part(0.99)} ms, longest ${part(1)} ms; ` +
      `${sum(reports, ({ responses }) => responses)} responses; clients' own CPU ${(sum(reports, ({ cpuMs }) => cpuMs) / 1000).toFixed(1)} s`,
  )
}

function lastOf(reports: readonly LoadReport[], change: number): number {
  const times = reports.flatMap(({ reached }) => reached.filter(([which]) => which === change).map(([, , at]) => at))
  return Math.max(...times)
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
