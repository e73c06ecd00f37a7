/** Pods' networks without pods: a network namespace for each, behind a router, with the init container's rules. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrafficSettings } from '../../src/cluster/inject/annotations.ts'
import { redirectRules } from '../../src/cluster/inject/redirect-rules.ts'
import { findTestEnvoy } from './find-test-envoy.ts'

export interface PodSpace {
  /** Addresses of the pod, each with 24 bits of network. */
  readonly own: readonly string[]
  /** The router's in the same network. */
  readonly router: string
  /** How its traffic is redirected. Default: not at all. */
  readonly traffic?: TrafficSettings
  /** Who knows names. Default: as on this machine. */
  readonly nameServer?: string
}

const tools = [
  ['ip', '-V'],
  ['iptables-restore', '-V'],
  ['setpriv', '-V'],
  ['curl', '-V'],
] as const

/** For node:test's `skip`: false where there can be such networks with an Envoy in them, else the reason. */
export function withoutPodNetwork(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root'
  if (findTestEnvoy() === undefined) return 'no Envoy here'
  const missing = tools.find(([tool, flag]) => spawnSync(tool, [flag]).status !== 0)
  return missing === undefined ? false : `no ${missing[0]} here`
}

/** The entry point of the init container. */
const redirect = ['sh', join(import.meta.dirname, '../../src/cluster/images/mesh-redirect.sh')]

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

export class PodNetwork<Name extends string> {
  readonly #names: readonly (Name | 'router')[]
  readonly #running: ChildProcess[] = []

  constructor(spaces: Readonly<Record<Name, PodSpace>>) {
    const entries = Object.entries(spaces) as [Name, PodSpace][]
    this.#names = [...entries.map(([name]) => name), 'router']
    const router = this.nameOf('router')
    ip('netns', 'add', router)
    ip('netns', 'exec', router, 'sysctl', '-w', 'net.ipv4.ip_forward=1')
    for (const [name, space] of entries) this.#make(name, space, router)
  }

  /** Of the namespace, for `ip netns`. */
  nameOf(space: Name | 'router'): string {
    return `mesh-${space}-${process.pid}`
  }

  /** Arguments for `ip` that run a command there. */
  within(space: Name, ...command: readonly string[]): string[] {
    return ['netns', 'exec', this.nameOf(space), ...command]
  }

  /** Runs a program for Node.js there, until the end. */
  start(space: Name, code: string, ...args: readonly string[]): ChildProcess {
    const command = this.within(space, process.execPath, '-e', code, '--', ...args)
    const child = spawn('ip', command, { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#running.push(child)
    return child
  }

  #make(name: Name, { own, router, traffic, nameServer }: PodSpace, at: string): void {
    const [space, cable] = [this.nameOf(name), `c-${name}`]
    ip('netns', 'add', space)
    ip('link', 'add', 'eth0', 'netns', space, 'type', 'veth', 'peer', 'name', cable, 'netns', at)
    for (const device of ['lo', 'eth0']) ip('-n', space, 'link', 'set', device, 'up')
    ip('-n', at, 'link', 'set', cable, 'up')
    for (const address of own) ip('-n', space, 'address', 'add', `${address}/24`, 'dev', 'eth0')
    ip('-n', at, 'address', 'add', `${router}/24`, 'dev', cable)
    ip('-n', space, 'route', 'add', 'default', 'via', router)
    if (nameServer !== undefined) {
      mkdirSync(`/etc/netns/${space}`, { recursive: true })
      writeFileSync(`/etc/netns/${space}/resolv.conf`, `nameserver ${nameServer}\noptions timeout:2 attempts:2\n`)
    }
    if (traffic === undefined) return
    const rules = [redirectRules(traffic, 4), redirectRules(traffic, 6)]
    execFileSync('ip', this.within(name, ...redirect, ...rules), { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#running.map(
      child => new Promise(done => (child.exitCode === null ? child.once('exit', done) : done(0))),
    )
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(ended)
    for (const name of this.#names) {
      spawnSync('ip', ['netns', 'del', this.nameOf(name)])
      rmSync(`/etc/netns/${this.nameOf(name)}`, { recursive: true, force: true })
    }
  }
}
