/** Agents that are processes of their own, which can be killed and measured. */
import { type ChildProcess, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { InstallValues } from '../../src/cluster/install/values.ts'
import { freePort } from '../support/free-ports.ts'
import { eventually } from '../support/xds-server.ts'
import { values as installed } from './agents.ts'
import type { ApiServer } from './api-server.ts'

const main = join(import.meta.dirname, '../support/agent-main.ts')

export interface AgentPorts {
  readonly xds: number
  readonly webhook: number
  readonly health: number
}

export interface AgentProcessOptions {
  readonly kubeconfig: string
  /** Of the replica. A container that is started again in its pod has the same. Default: agent-1. */
  readonly identity?: string
  readonly values?: InstallValues
  readonly ports?: AgentPorts
  /** For Node. */
  readonly execArgv?: readonly string[]
}

/** What an agent has used since it was last asked. */
export interface Usage {
  readonly cpuMs: number
  readonly rssMb: number
}

export class AgentProcess implements AsyncDisposable {
  readonly ports: AgentPorts
  /** What it has said, on stdout and stderr. */
  readonly lines: string[] = []
  readonly ended: Promise<void>
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, ports: AgentPorts) {
    this.#child = child
    this.ports = ports
    this.ended = new Promise(resolve => child.once('close', () => resolve()))
    for (const input of [child.stdout!, child.stderr!])
      createInterface({ input }).on('line', line => this.lines.push(line))
  }

  /** Starts one, and does not wait for it. */
  static async start(api: ApiServer, options: AgentProcessOptions): Promise<AgentProcess> {
    const { kubeconfig, identity = 'agent-1', execArgv = [] } = options
    const ports = options.ports ?? (await freeAgentPorts())
    const values = api.file(`values-${ports.health}.json`)
    writeFileSync(values, JSON.stringify(options.values ?? installed))
    const child = fork(main, [JSON.stringify({ kubeconfig, values, ports })], {
      execArgv: ['--conditions=source', ...execArgv],
      env: { ...process.env, POD_NAME: identity },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    return new AgentProcess(child, ports)
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** As the kubelet asks it. */
  async isReady(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.ports.health}/readyz`).catch(() => undefined)
    return answer?.status === 200
  }

  /** Resolves once it is ready. */
  async ready(ms = 60_000): Promise<void> {
    await eventually(`an agent that is ready\n${this.lines.slice(-20).join('\n')}`, () => this.isReady(), ms)
  }

  usage(): Promise<Usage> {
    return new Promise(resolve => {
      this.#child.once('message', message => resolve(message as Usage))
      this.#child.send('usage')
    })
  }

  /** Holds it where it is, as a machine without time for it does: its connections stay open, its clocks go on. */
  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  /** Without a word to anybody. */
  async kill(): Promise<void> {
    if (!this.hasEnded) this.#child.kill('SIGKILL')
    await this.ended
  }

  /** As Kubernetes ends a pod. */
  async stop(): Promise<void> {
    if (!this.hasEnded) this.#child.kill('SIGTERM')
    await this.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

export async function freeAgentPorts(): Promise<AgentPorts> {
  return { xds: await freePort(), webhook: await freePort(), health: await freePort() }
}
