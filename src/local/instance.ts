import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { envoyUnusable, notReady } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { type Carried, carriedBy } from '../model/gateway.ts'
import type { Mesh } from '../model/mesh.ts'
import { type Address, type Placement, proxyName } from '../model/placement.ts'
import type { Resolved } from '../phases/2-resolve/resolve.ts'
import { type AllocateOptions, allocate } from '../phases/4-emit/envoy/index.ts'
import { baseEnvironment } from './app-environment.ts'
import type { Delivery, Served } from './delivery.ts'
import { assertPortFree, type PortCheck } from './net/port-holder.ts'
import { logOf, planProcesses, processId } from './plan-processes.ts'
import { putAsideLogs, tailLog } from './process/log-file.ts'
import type { ProcessSpec, Timing } from './process/supervised-process.ts'
import { type Applied, Supervisor } from './process/supervisor.ts'
import { reapChildren } from './state/child-records.ts'
import { type Holder, releaseLock } from './state/instance-lock.ts'
import type { StateFolder } from './state/state-folder.ts'
import { type InstanceStatus, laggardsOf, type RefusedSource, statusOf } from './status.ts'

export interface InstanceOptions {
  readonly state: StateFolder
  readonly holder: Holder
  /** Path of Envoy's binary. */
  readonly envoy: string
  readonly delivery: Delivery
  readonly allocate: Omit<AllocateOptions, 'previous'>
  readonly env: Readonly<{ [name: string]: string | undefined }>
  /** Called after each change of what `status` tells. */
  readonly changed: () => void
  readonly timing?: Timing
}

export interface ReadyOptions {
  readonly timeoutMs: number
  /** Where a proxy refuses its configuration: is there somebody who will mend it? Then that is waited for. */
  readonly outlastsRefusals: boolean
}

/** What waiting has come to; `ended`: somebody has ended the instance meanwhile. */
export type Readiness = 'ready' | 'refused' | 'ended'

/** How long a proxy may take to learn that an endpoint is gone, before that endpoint's process ends. ms */
const farewellMs = 2000
/** An Envoy that ended so often without ever being ready will not get better. */
const hopelessRestarts = 2

/** A mesh that runs on this machine: its processes, and the revision that they serve. */
export class Instance {
  readonly #options: InstanceOptions
  readonly #supervisor: Supervisor
  #served: Served | undefined
  #refused: RefusedSource | undefined

  constructor(options: InstanceOptions) {
    this.#options = options
    this.#supervisor = new Supervisor(options.state, options.changed, options.timing)
  }

  /**
   * Makes a revision the one that runs: first the new processes and the configuration, then the end of what is gone, so
   * that nobody calls a process that has just ended.
   *
   * @throws Failure where an address that is needed is in use; nothing has changed then
   */
  async apply({ digest, mesh, spans }: Pick<Resolved, 'digest' | 'mesh' | 'spans'>): Promise<Applied> {
    const previous = this.#served?.placement
    const options = { ...this.#options.allocate, ...gatewayOptions(mesh, this.#options.allocate), hasIdentity: true }
    const placement = allocate(mesh, { ...options, ...(previous === undefined ? {} : { previous }) })
    await assertAddressesFree(placement, previous)
    const push = (this.#served?.push ?? 0) + 1
    const served: Served = { revision: digest, push, mesh, placement, spanOf: spans.spanOf }
    const specs = this.#plan(served)
    if (this.#served === undefined) putAsideLogs(this.#options.state)
    this.#served = served
    this.#options.delivery.deliver(served)
    const leaving = [...this.#supervisor.processes.values()].filter(
      ({ spec }) => !specs.some(({ id }) => id === spec.id),
    )
    if (leaving.length > 0) {
      await this.#supervisor.apply([...specs, ...leaving.map(process => process.spec)])
      await this.#settle(farewellMs)
    }
    const applied = await this.#supervisor.apply(specs)
    this.#options.changed()
    return applied
  }

  /** Takes the lines of the revision that runs from a source that means the same: a comment was added, say. */
  relocate({ spans }: Pick<Resolved, 'spans'>): void {
    if (this.#served !== undefined) this.#served = { ...this.#served, spanOf: spans.spanOf }
    this.#options.delivery.relocate(spans.spanOf)
  }

  /** The files can't be served as they are; or can again, where nothing is given. */
  refuse(source: RefusedSource | undefined): void {
    this.#refused = source
    this.#options.changed()
  }

  /** What runs, and how it is. */
  status(): InstanceStatus {
    return statusOf({
      state: this.#options.state,
      since: this.#options.holder.since,
      revision: this.#served?.revision,
      push: this.#served?.push,
      mesh: this.#served?.mesh,
      placement: this.#served?.placement,
      processes: this.#supervisor.processes,
      delivery: this.#options.delivery,
      refused: this.#refused,
    })
  }

  /**
   * Resolves once every process runs and every proxy has accepted its configuration; or where one has refused it, which
   * nothing but another configuration mends.
   *
   * @throws Failure naming what lags after `timeoutMs`, or an Envoy that will not start, with its last words
   */
  async ready({ timeoutMs, outlastsRefusals }: ReadyOptions, signal: AbortSignal): Promise<Readiness> {
    let deadline = Date.now() + timeoutMs
    for (;;) {
      const status = this.status()
      const laggards = laggardsOf(status)
      if (signal.aborted) return 'ended'
      if (laggards.length === 0) return 'ready'
      this.#assertEnvoysStart(status)
      if (status.proxies.some(({ rejection }) => rejection !== null)) {
        if (!outlastsRefusals) return 'refused'
        deadline = Date.now() + timeoutMs
      }
      if (Date.now() > deadline)
        throw new Failure(notReady({}, { seconds: timeoutMs / 1000, laggards: laggards.join('; ') }))
      await sleep(50)
    }
  }

  /** Ends everything and gives the instance up. Logs stay, for `mesh logs`. */
  async stop(): Promise<void> {
    const { state, delivery } = this.#options
    await this.#supervisor.stop()
    // What a program has started in a session of its own is outside its process group.
    await reapChildren(state)
    await delivery.close()
    for (const path of [state.envoy, state.admin, state.children, state.xdsSocket])
      rmSync(path, { recursive: true, force: true })
    releaseLock(state)
  }

  #plan(served: Served): ProcessSpec[] {
    const { state, envoy, delivery, env } = this.#options
    const base = baseEnvironment(env, { nodeFolder: dirname(process.execPath), instance: state.id })
    return planProcesses(served, { state, envoy, delivery, base })
  }

  async #settle(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs
    const isSettled = () => this.status().proxies.every(proxy => proxy.accepted || proxy.state !== 'running')
    while (!isSettled() && Date.now() < deadline) await sleep(10)
  }

  #assertEnvoysStart(status: InstanceStatus): void {
    const { state, envoy } = this.#options
    const hopeless = status.proxies.find(
      proxy => proxy.state === 'waiting' && proxy.restarts >= hopelessRestarts && !proxy.accepted,
    )
    if (hopeless === undefined) return
    const name = proxyName(hopeless)
    const words = tailLog(logOf(state, 'proxy', name), 12).filter(line => !line.startsWith('[mesh]'))
    throw new Failure(
      envoyUnusable(
        { notes: words.slice(-5) },
        { path: envoy, reason: `${processId('proxy', name)} ended: ${hopeless.reason}` },
      ),
    )
  }
}

/** A plain `--gateway-port` is meant for the mesh's first gateway port, whatever number that has. */
function gatewayOptions(mesh: Mesh, { gatewayPorts }: AllocateOptions): Pick<AllocateOptions, 'gatewayPorts'> {
  const plain = gatewayPorts?.[0]
  if (plain === undefined) return {}
  const servers = mesh.gateways.flatMap(gateway => gateway.servers)
  const pages = servers.filter(server => carriedBy(server).transport === undefined)
  const first = Math.min(...(pages.length === 0 ? servers : pages).map(({ port }) => port.number))
  return { gatewayPorts: { [first]: plain, ...gatewayPorts } }
}

/** Checks what this placement adds to the previous one: what that one had is in use by ourselves. */
async function assertAddressesFree(placement: Placement, previous: Placement | undefined): Promise<void> {
  const key = ({ address, port, transport }: PortCheck) => `${address}:${port} ${transport ?? 'TCP'}`
  const had = new Set(addressesOf(previous).map(key))
  const added = addressesOf(placement).filter(check => !had.has(key(check)))
  await Promise.all(added.map(check => assertPortFree(check)))
}

function addressesOf(placement: Placement | undefined): PortCheck[] {
  return Object.values(placement?.proxies ?? {}).flatMap(({ inbound, outbound, datagrams = [], servers }) => {
    const bound: readonly (Address & Carried)[] = [
      ...inbound.flatMap(({ listen, app }) => [listen, app]),
      ...outbound.map(({ listen }) => listen),
      ...datagrams.map(({ app }) => ({ ...app, transport: 'UDP' as const })),
    ]
    return [
      ...servers.map(({ port, listen, ...carried }) => {
        return { ...listen, ...carried, option: `--gateway-port ${port}=${listen.port + 1}` }
      }),
      ...bound.map(listen => ({ ...listen, option: '--address-range 127.2.0.0' })),
    ]
  })
}
