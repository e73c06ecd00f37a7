import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { proxyRejected } from '../diagnostics/codes.generated.ts'
import type { ProxyPlacement } from '../model/placement.ts'
import { bootstrapBase } from '../phases/4-emit/envoy/bootstrap.ts'
import { emitProxy, labelsOf, type Message } from '../phases/4-emit/envoy/index.ts'
import { staticBootstrap } from '../phases/4-emit/envoy/static-bootstrap.ts'
import type { AdminSocket, Delivery, ProxyDelivery, Served } from './delivery.ts'
import { adminSocketOf, type StateFolder } from './state/state-folder.ts'

/** Envoy watches files by inotify or kqueue; we ask it this often (ms) whether it has taken a change. */
const pollMs = 40

const parts = {
  cds: { field: 'clusters', type: 'envoy.config.cluster.v3.Cluster', stat: 'cluster_manager.cds' },
  lds: { field: 'listeners', type: 'envoy.config.listener.v3.Listener', stat: 'listener_manager.lds' },
} as const

type Part = keyof typeof parts

/** What one proxy was last given, and what it made of it. */
interface Given {
  readonly versions: Readonly<Record<Part, string>>
  readonly revision: string
  readonly givenAt: number
  readonly delivery: ProxyDelivery
}

/**
 * Delivers configuration as files that each Envoy watches (`path_config_source`): listeners with their routes inside,
 * clusters with their endpoints inside. Written by rename, clusters first, so that no route names what is not there.
 */
export class FileDelivery implements Delivery {
  readonly #state: StateFolder
  readonly #changed: () => void
  readonly #given = new Map<string, Given>()
  readonly #timer: NodeJS.Timeout
  #isPolling = false

  constructor(state: StateFolder, changed: () => void) {
    this.#state = state
    this.#changed = changed
    this.#timer = setInterval(() => void this.#poll(), pollMs)
  }

  bootstrap({ mesh }: Served, proxy: ProxyPlacement, admin: AdminSocket): unknown {
    const source = (part: Part) => {
      const path = this.#file(`${proxy.name}.${proxy.namespace}`, part)
      return { resource_api_version: 'V3', path_config_source: { path } }
    }
    return {
      ...bootstrapBase({ proxy, domain: mesh.domain, labels: labelsOf(mesh, proxy), admin }),
      dynamic_resources: { cds_config: source('cds'), lds_config: source('lds') },
    }
  }

  deliver(served: Served): void {
    const { mesh, placement, revision } = served
    for (const name of this.#given.keys()) if (placement.proxies[name] === undefined) this.#given.delete(name)
    for (const [name, proxy] of Object.entries(placement.proxies)) {
      const options = { proxy, domain: mesh.domain, labels: labelsOf(mesh, proxy) }
      const whole = staticBootstrap(options, emitProxy(mesh, placement, proxy))
      const resources = whole['static_resources'] as Readonly<Record<string, readonly Message[]>>
      const previous = this.#given.get(name)
      const write = (part: Part) => this.#write(name, { part, resources, previous })
      const versions = { cds: write('cds'), lds: write('lds') }
      const isSame = previous?.versions.cds === versions.cds && previous.versions.lds === versions.lds
      if (isSame) continue
      const delivery = { ...previous?.delivery, isConnected: previous !== undefined, isAccepted: false }
      this.#given.set(name, { versions, revision, givenAt: Date.now(), delivery })
    }
  }

  proxyOf(name: string): ProxyDelivery {
    return this.#given.get(name)?.delivery ?? { isConnected: false, isAccepted: false }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    rmSync(join(this.#state.root, 'config'), { recursive: true, force: true })
  }

  #file(name: string, part: Part): string {
    return join(this.#state.root, 'config', name, `${part}.json`)
  }

  /** @returns the content's version */
  #write(
    name: string,
    change: { part: Part; resources: Readonly<Record<string, readonly Message[]>>; previous: Given | undefined },
  ): string {
    const { field, type } = parts[change.part]
    const resources = (change.resources[field] ?? []).map(resource => ({
      '@type': `type.googleapis.com/${type}`,
      ...resource,
    }))
    const version = createHash('sha256').update(JSON.stringify(resources)).digest('hex').slice(0, 16)
    if (change.previous?.versions[change.part] === version) return version
    const file = this.#file(name, change.part)
    mkdirSync(join(this.#state.root, 'config', name), { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.next`, JSON.stringify({ version_info: version, resources }), { mode: 0o600 })
    // Envoy takes notice of a file that is moved into its place, and of nothing else.
    renameSync(`${file}.next`, file)
    return version
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return
    this.#isPolling = true
    const waiting = [...this.#given].filter(([, { delivery }]) => !delivery.isAccepted)
    await Promise.all(waiting.map(([name, given]) => this.#ask(name, given)))
    this.#isPolling = false
  }

  async #ask(name: string, given: Given): Promise<void> {
    const dump = await readAdmin(
      adminSocketOf(this.#state, name),
      '/stats?filter=(cds|lds)%5C.(version_text|update_rejected)$',
    )
    // Another revision may have come meanwhile.
    if (dump === undefined || this.#given.get(name) !== given) return
    const isTaken = (Object.keys(parts) as Part[]).every(part =>
      dump.includes(`${parts[part].stat}.version_text: "${given.versions[part]}"`),
    )
    const isRefused = /update_rejected: [1-9]/.test(dump)
    if (!isTaken && (!isRefused || given.delivery.rejection !== undefined)) return
    const now = Date.now()
    const accepted = { isAccepted: true, acceptedAt: now, tookMs: now - given.givenAt, revision: given.revision }
    const refused = {
      rejection: proxyRejected({}, { proxy: name, type: 'Listener or Cluster', resource: '', reason: 'see its log' }),
    }
    const delivery: ProxyDelivery = isTaken
      ? { isConnected: true, ...accepted }
      : { ...given.delivery, isConnected: true, ...refused }
    this.#given.set(name, { ...given, delivery })
    this.#changed()
  }
}

function readAdmin(socketPath: string, path: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const call = request({ socketPath, path, agent: false, timeout: 2000 }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}
