/**
 * Gives each proxy of a mesh its addresses on one machine. Pure and deterministic: the same mesh gets the same
 * addresses, and a mesh that grows keeps those that it had, so that a push never moves a listener without need.
 */
import { isWildcard } from '../../../model/host-entry.ts'
import type { Mesh } from '../../../model/mesh.ts'
import { nodeKey } from '../../../model/node.ts'
import {
  type Address,
  type BoundServer,
  type Datagrams,
  type Inbound,
  type Outbound,
  type Placement,
  type ProxyPlacement,
  proxyName,
  unprivileged,
} from '../../../model/placement.ts'
import { containerPort, type Workload } from '../../../model/workload.ts'
import { type GatewayProxy, portsOf } from './gateway-proxies.ts'
import { inboundPorts } from './inbound-chains.ts'
import { indexMesh, type MeshIndex } from './index-mesh.ts'
import { viewOf } from './view.ts'

export interface AllocateOptions {
  /** `addresses`: each proxy has addresses of its own (Linux). `ports`: all on 127.0.0.1, told apart by port (macOS). */
  readonly addressing?: 'addresses' | 'ports'
  /** First address of the range, which grows by 256 for each proxy. Default: 127.1.0.0. */
  readonly range?: string
  /** Where gateways listen. Default: 127.0.0.1. */
  readonly gatewayAddress?: string
  /** By a server's port number, the port that is really bound. */
  readonly gatewayPorts?: Readonly<{ [port: number]: number }>
  /** Only where workloads take requests in: for control planes whose proxies bring their own outbound layout. */
  readonly inboundOnly?: boolean
  /** Do proxies get certificates? Default: they don't. */
  readonly hasIdentity?: boolean
  /** An earlier placement, whose addresses are kept. */
  readonly previous?: Placement
}

/**
 * So many callees get listeners of their own; beyond, a port's services share one and are told apart by host. Twice as
 * many addresses fit into a proxy's range, so that all callees may be replaced at once.
 */
const dedicatedLimit = 120
/** With `ports`, the first one that is handed out. */
const firstPort = 21_000

export function allocate(mesh: Mesh, options: AllocateOptions = {}): Placement {
  const index = indexMesh(mesh)
  const slots = new SlotTable(options)
  const sidecars = mesh.workloads.map(workload => sidecarPlacement(workload, index, slots))
  const taken = new Set<string>()
  const routers = index.gatewayProxies.map(gateway => routerPlacement(gateway, { options, taken }))
  const proxies = Object.fromEntries([...sidecars, ...routers].map(proxy => [proxyName(proxy), proxy]))
  return isSame(options.previous, proxies) ? options.previous! : withIdentity({ proxies }, options)
}

function withIdentity(placement: Placement, { hasIdentity }: AllocateOptions): Placement {
  return hasIdentity === true ? { ...placement, hasIdentity } : placement
}

/** Equal placements are one object, so that what was made from it is not made again. */
function isSame(previous: Placement | undefined, proxies: Placement['proxies']): boolean {
  return previous !== undefined && JSON.stringify(previous.proxies) === JSON.stringify(proxies)
}

function sidecarPlacement(workload: Workload, index: MeshIndex, slots: SlotTable): ProxyPlacement {
  const owner = nodeKey(workload)
  const inbound = inboundPorts(workload, index).map((port): Inbound => {
    const listen = slots.own(owner, `in ${port}`, unprivileged(port))
    return { port, listen, app: slots.own(owner, `app ${port}`, appPort(port)) }
  })
  const datagrams = datagramsOf(workload, index, { inbound, slots })
  return {
    name: workload.name,
    namespace: workload.namespace,
    kind: 'sidecar',
    workload: workload.name,
    address: slots.addressOf(owner),
    inbound,
    ...(datagrams.length === 0 ? {} : { datagrams }),
    outbound: slots.options.inboundOnly === true ? [] : outboundOf(workload, index, slots),
    servers: [],
  }
}

/** Where the application has a port of the same number for TCP, it has one address for both. */
function datagramsOf(
  workload: Workload,
  index: MeshIndex,
  { inbound, slots }: { readonly inbound: readonly Inbound[]; readonly slots: SlotTable },
): Datagrams[] {
  const owner = nodeKey(workload)
  const all = index
    .servicesOf(workload)
    .flatMap(({ datagramPorts = [] }) => datagramPorts.map(port => containerPort(workload, port.targetPort)))
  const ports = [...new Set(all.filter(port => port !== undefined))].sort((a, b) => a - b)
  return ports.map(port => {
    const beside = inbound.find(each => each.port === port)
    return { port, app: beside?.app ?? slots.own(owner, `udp ${port}`, appPort(port)) }
  })
}

function appPort(port: number): number {
  return port + (port > 50_000 ? -10_000 : 10_000)
}

function outboundOf(workload: Workload, index: MeshIndex, slots: SlotTable): Outbound[] {
  const owner = nodeKey(workload)
  const view = viewOf(index.routing, workload, index.scopeOf(workload))
  const own = new Set(index.servicesOf(workload).map(service => service.host))
  const callees = view.services.filter(
    // A wildcard is no host that a listener could stand for.
    ({ service }) => (view.isScoped || !own.has(service.host)) && !isWildcard(service.host),
  )
  if (callees.length > dedicatedLimit) {
    const ports = [...new Set(callees.flatMap(({ service }) => service.ports.map(port => port.number)))].sort(
      (a, b) => a - b,
    )
    return ports.map(port => ({ port, listen: slots.other(owner, 'shared', port) }))
  }
  return callees.flatMap(({ service }) =>
    service.ports.map(port => ({
      host: service.host,
      port: port.number,
      listen: slots.other(owner, service.host, port.number),
    })),
  )
}

interface GatewayPorts {
  readonly options: AllocateOptions
  /** Ports that gateways have on their one address, by transport. */
  readonly taken: Set<string>
}

function routerPlacement(gateway: GatewayProxy, { options, taken }: GatewayPorts): ProxyPlacement {
  const address = options.gatewayAddress ?? '127.0.0.1'
  const before = options.previous?.proxies[proxyName(gateway)]?.servers ?? []
  const bound = new Map<string, number>()
  for (const { port, transport = 'TCP' } of bySteadiness(gateway, before, options)) {
    const had = before.find(server => server.port === port && (server.transport ?? 'TCP') === transport)?.listen.port
    const chosen = options.gatewayPorts?.[port] ?? freePort(had ?? unprivileged(port), transport, taken)
    taken.add(`${transport} ${chosen}`)
    bound.set(`${transport} ${port}`, chosen)
  }
  const servers = portsOf(gateway).map(({ port, transport }): BoundServer => {
    const listen = { address, port: bound.get(`${transport ?? 'TCP'} ${port}`)! }
    return { port, ...(transport === undefined ? {} : { transport }), listen }
  })
  return {
    name: gateway.name,
    namespace: gateway.namespace,
    kind: 'router',
    address,
    inbound: [],
    outbound: [],
    servers,
  }
}

/** Those first that somebody relies on: what an option names, what is there already, and what can have its own number. */
function bySteadiness(
  gateway: GatewayProxy,
  before: readonly BoundServer[],
  { gatewayPorts = {} }: AllocateOptions,
): ReturnType<typeof portsOf> {
  const rank = ({ port }: { readonly port: number }) => {
    if (gatewayPorts[port] !== undefined) return 0
    if (before.some(server => server.port === port)) return 1
    return unprivileged(port) === port ? 2 : 3
  }
  return portsOf(gateway).toSorted((a, b) => rank(a) - rank(b))
}

/** The port, or the first of those a thousand further each that nobody has: of 80 and 8080 both would be bound at 8080. */
function freePort(wanted: number, transport: string, taken: ReadonlySet<string>): number {
  for (let port = wanted; port <= 65_535; port += 1000) if (!taken.has(`${transport} ${port}`)) return port
  return wanted
}

/** Hands out addresses: what an earlier placement held first, then the next free ones. */
class SlotTable {
  readonly options: AllocateOptions
  readonly #base: number
  readonly #proxies = new Map<string, number>()
  readonly #others = new Map<string, number>()
  readonly #ports = new Map<string, number>()
  readonly #taken = new Set<number>()
  readonly #slots = new Set<number>()
  /** By slot: the offsets that are taken. */
  readonly #offsets = new Map<number, Set<number>>()
  #nextPort = firstPort

  constructor(options: AllocateOptions) {
    this.options = options
    this.#base = toNumber(options.range ?? '127.1.0.0')
    for (const proxy of Object.values(options.previous?.proxies ?? {})) this.#recall(proxy)
  }

  addressOf(owner: string): string {
    if (this.options.addressing === 'ports') return '127.0.0.1'
    return toText(this.#base + this.#slot(owner) * 256 + 1)
  }

  /** An address of the proxy itself. */
  own(owner: string, purpose: string, port: number): Address {
    if (this.options.addressing === 'ports') return { address: '127.0.0.1', port: this.#port(`${owner} ${purpose}`) }
    return { address: this.addressOf(owner), port }
  }

  /** An address of its own for what the proxy calls. */
  other(owner: string, callee: string, port: number): Address {
    if (this.options.addressing === 'ports')
      return { address: '127.0.0.1', port: this.#port(`${owner} out ${callee} ${port}`) }
    const slot = this.#slot(owner)
    const key = `${slot} ${callee}`
    const offset = this.#others.get(key) ?? this.#nextOther(slot)
    this.#keepOther(slot, key, offset)
    return { address: toText(this.#base + slot * 256 + offset), port: unprivileged(port) }
  }

  #slot(owner: string): number {
    const known = this.#proxies.get(owner)
    if (known !== undefined) return known
    let slot = this.#proxies.size
    while (this.#slots.has(slot)) slot += 1
    this.#keepSlot(owner, slot)
    return slot
  }

  /** Offsets up to 9 are the proxy's own. */
  #nextOther(slot: number): number {
    const used = this.#offsets.get(slot) ?? new Set<number>()
    let offset = 10
    while (used.has(offset)) offset += 1
    return offset
  }

  #port(key: string): number {
    const known = this.#ports.get(key)
    if (known !== undefined) return known
    while (this.#taken.has(this.#nextPort)) this.#nextPort += 1
    this.#keepPort(key, this.#nextPort)
    return this.#nextPort
  }

  #recall(proxy: ProxyPlacement): void {
    if (proxy.kind === 'router') return
    const owner = `${proxy.namespace}/${proxy.workload}`
    if (this.options.addressing === 'ports') {
      for (const { port, listen, app } of proxy.inbound) {
        this.#keepPort(`${owner} in ${port}`, listen.port)
        this.#keepPort(`${owner} app ${port}`, app.port)
      }
      for (const { port, app } of proxy.datagrams ?? []) this.#keepPort(`${owner} udp ${port}`, app.port)
      for (const { host, port, listen } of proxy.outbound)
        this.#keepPort(`${owner} out ${host ?? 'shared'} ${port}`, listen.port)
      return
    }
    const slot = Math.floor((toNumber(proxy.address) - this.#base) / 256)
    this.#keepSlot(owner, slot)
    for (const { host, listen } of proxy.outbound)
      this.#keepOther(slot, `${slot} ${host ?? 'shared'}`, toNumber(listen.address) & 255)
  }

  #keepSlot(owner: string, slot: number): void {
    this.#proxies.set(owner, slot)
    this.#slots.add(slot)
  }

  #keepOther(slot: number, key: string, offset: number): void {
    const used = this.#offsets.get(slot) ?? new Set<number>()
    this.#offsets.set(slot, used.add(offset))
    this.#others.set(key, offset)
  }

  #keepPort(key: string, port: number): void {
    this.#ports.set(key, port)
    this.#taken.add(port)
  }
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toText(address: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.')
}
