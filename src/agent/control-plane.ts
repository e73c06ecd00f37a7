/**
 * A control plane over one mesh, for any proxy that connects: what `mesh serve` and benchmarks run.
 *
 * Owns which revision is served, where proxies say that they are, and what each gets. The xDS server behind it moves the
 * bytes; compiling is its caller's.
 */
import type { Mesh } from '../model/mesh.ts'
import type { Labels } from '../model/node.ts'
import type { Placement, ProxyPlacement } from '../model/placement.ts'
import { allocate, placeProxy } from '../phases/4-emit/envoy/index.ts'
import { loadCodec } from '../protobuf/codec.ts'
import type { XdsEvent } from '../xds/events.ts'
import type { XdsNode } from '../xds/node.ts'
import { type Assignment, XdsServer, type XdsTarget } from '../xds/server.ts'
import type { Snapshot } from '../xds/snapshot.ts'
import { isGrpcClient, placeGrpcClient } from './grpc-clients.ts'
import { SnapshotCache } from './snapshots.ts'

export interface ServedRevision {
  readonly digest: string
  readonly mesh: Mesh
}

/** How long endpoints that come and go are gathered, ms: far below what a person notices. */
const gatherMs = 20

interface Placed {
  readonly node: XdsNode
  readonly proxy: ProxyPlacement
}

export class ControlPlane {
  readonly server: XdsServer
  readonly #cache = new SnapshotCache(loadCodec())
  readonly #onEvent: ((event: XdsEvent) => void) | undefined
  readonly #nodes = new Map<string, Placed>()
  #revision: ServedRevision
  #allocated: Placement
  #placement: Placement
  /** Of the revision and placement that are served now, by node id. */
  #snapshots = new Map<string, Snapshot>()
  /** Counts what is handed out: each revision, and each change of where its workloads are. */
  #push = 1
  #observing: NodeJS.Timeout | undefined

  constructor(revision: ServedRevision, onEvent?: (event: XdsEvent) => void) {
    this.#revision = revision
    this.#allocated = allocate(revision.mesh, { inboundOnly: true })
    this.#placement = this.#allocated
    this.#onEvent = onEvent
    this.server = new XdsServer({ assign: node => this.#assign(node), onEvent: event => this.#handle(event) })
  }

  listen(target: XdsTarget): Promise<XdsTarget> {
    return this.server.listen(target)
  }

  get revision(): string {
    return this.#revision.digest
  }

  /** Hands out another revision from now on. */
  serve(revision: ServedRevision): void {
    if (revision.digest === this.#revision.digest) return
    this.#revision = revision
    this.#allocated = allocate(revision.mesh, { inboundOnly: true, previous: this.#allocated })
    for (const [id, { node, proxy }] of this.#nodes) this.#nodes.set(id, { node, proxy: this.#place(node, proxy) })
    this.#observe()
  }

  close(): Promise<void> {
    clearTimeout(this.#observing)
    return this.server.close()
  }

  #assign(node: XdsNode): Assignment {
    const proxy = this.#nodes.get(node.id)?.proxy ?? this.#place(node, undefined)
    const known = this.#snapshots.get(node.id)
    const { digest, mesh } = this.#revision
    const revision = { digest, push: this.#push, mesh, placement: this.#placement }
    const snapshot = known ?? this.#cache.snapshot(revision, proxy)
    // A stream that is refused after all must leave nothing behind.
    if (this.#nodes.has(node.id)) this.#snapshots.set(node.id, snapshot)
    return { snapshot }
  }

  /** An equal placement stays the same object: what was made from it is not made again. */
  #place(node: XdsNode, previous: ProxyPlacement | undefined): ProxyPlacement {
    const identity = identityOf(node)
    const proxy = isGrpcClient(node) ? placeGrpcClient(node, identity) : placeProxy(this.#revision.mesh, identity)
    return previous !== undefined && JSON.stringify(proxy) === JSON.stringify(previous) ? previous : proxy
  }

  #handle(event: XdsEvent): void {
    if (event.kind === 'connected') this.#connected(event.proxy)
    if (event.kind === 'disconnected') this.#disconnected(event.proxy)
    this.#onEvent?.(event)
  }

  /** A workload is where its proxy says it is, instead of where we would have put it. */
  #connected(node: XdsNode): void {
    const proxy = this.#nodes.get(node.id)?.proxy ?? this.#place(node, undefined)
    this.#nodes.set(node.id, { node, proxy })
    if (proxy.workload !== undefined) this.#observeSoon()
  }

  #disconnected(node: XdsNode): void {
    const placed = this.#nodes.get(node.id)
    if (placed === undefined || this.server.proxies().some(proxy => proxy.node.id === node.id)) return
    this.#nodes.delete(node.id)
    this.#snapshots.delete(node.id)
    if (placed.proxy.workload !== undefined) this.#observeSoon()
  }

  /** Soon: when many proxies connect at once, endpoints are gathered into one change. */
  #observeSoon(): void {
    this.#observing ??= setTimeout(() => this.#observe(), gatherMs)
  }

  #observe(): void {
    clearTimeout(this.#observing)
    this.#observing = undefined
    this.#placement = observedPlacement(this.#allocated, [...this.#nodes])
    this.#snapshots = new Map()
    this.#push += 1
    this.server.push()
  }
}

/** Connected proxies take the places of their workloads; all other workloads stay where they were allocated. */
function observedPlacement(allocated: Placement, nodes: readonly (readonly [string, Placed])[]): Placement {
  const carriers = nodes.filter(([, { proxy }]) => proxy.workload !== undefined)
  if (carriers.length === 0) return allocated
  const taken = new Set(carriers.map(([, { proxy }]) => `${proxy.workload}.${proxy.namespace}`))
  const rest = Object.entries(allocated.proxies).filter(([name]) => !taken.has(name))
  return { proxies: Object.fromEntries([...rest, ...carriers.map(([id, { proxy }]) => [id, proxy] as const)]) }
}

function identityOf(node: XdsNode) {
  const { kind, ip, name, namespace, metadata } = node
  return { kind, ip, name, namespace, labels: labelsOf(metadata['LABELS']) }
}

/** A node's metadata is the client's word: only texts count. */
function labelsOf(value: unknown): Labels {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
