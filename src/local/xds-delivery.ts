import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { carrierOf, isGrpcClient, placeGrpcClient } from '../agent/grpc-clients.ts'
import { Handover, pushOf } from '../agent/handover.ts'
import { configReport, proxyReports, rejectionOf } from '../agent/report.ts'
import { SnapshotCache } from '../agent/snapshots.ts'
import { WorkloadSecrets } from '../agent/workload-secrets.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { CertificateAuthority, createAuthorityFiles } from '../identity/certificate-authority.ts'
import type { SpiffeId } from '../identity/spiffe-id.ts'
import { type ProxyPlacement, proxyName } from '../model/placement.ts'
import { dynamicBootstrap, labelsOf, serviceAccountOf } from '../phases/4-emit/envoy/index.ts'
import { loadCodec } from '../protobuf/codec.ts'
import type { XdsEvent } from '../xds/events.ts'
import type { XdsNode } from '../xds/node.ts'
import { type Assignment, type Verdict, XdsServer } from '../xds/server.ts'
import type { Snapshot } from '../xds/snapshot.ts'
import type { Inspection } from './control.ts'
import type { AdminSocket, Delivery, DeliveryContext, ProxyDelivery, Served } from './delivery.ts'

/** As everywhere: identities of one machine are good for this machine alone, for its root is. */
const trustDomain = 'cluster.local'
/** As in a cluster, ms. */
const certificateTtlMs = 24 * 3_600_000

type Nacked = Extract<XdsEvent, { kind: 'nacked' }>

interface Known extends ProxyDelivery {
  /** What it has all of, by the handover's number. */
  readonly synced?: number
  /** What it refused, from which `rejection` is told. */
  readonly nacked?: Nacked
}

const unknown: Known = { isConnected: false, isAccepted: false }

/**
 * Delivers configuration by xDS over a Unix socket that only the user can open. Each proxy has a token of its own, so
 * that no workload's Envoy can ask for what is meant for another.
 */
export class XdsDelivery implements Delivery {
  readonly #context: DeliveryContext
  readonly #server: XdsServer
  readonly #cache: SnapshotCache
  readonly #secrets: WorkloadSecrets
  readonly #roots: string
  readonly #tokens = new Map<string, string>()
  readonly #proxies = new Map<string, Known>()
  /** Of what is handed out now. */
  readonly #snapshots = new Map<string, Snapshot>()
  readonly #handover = new Handover({
    isAccepted: number => [...this.#proxies.values()].every(proxy => isThrough(proxy, number)),
    onStep: () => {
      this.#snapshots.clear()
      this.#server.push()
    },
  })
  #served: Served | undefined

  private constructor(context: DeliveryContext, authority: CertificateAuthority) {
    this.#context = context
    this.#roots = authority.roots
    this.#secrets = new WorkloadSecrets({
      authority,
      codec: loadCodec(),
      identityOf: node => this.#identityOf(node),
      ttlMs: certificateTtlMs,
      onError: (_, error) => context.failed(error),
    })
    this.#cache = new SnapshotCache(loadCodec())
    this.#server = new XdsServer({
      assign: node => this.#assign(node),
      authenticate: (token, node) => this.#authenticate(token, node),
      secrets: request => this.#secrets.open(request),
      onEvent: event => this.#onEvent(event),
    })
  }

  get inspection(): Inspection {
    const spanOf = (place: string) => this.#served?.spanOf(place)
    return {
      proxies: () => proxyReports(this.#server),
      identities: () => ({ roots: this.#roots, identities: this.#secrets.identities() }),
      config: name => configReport(this.#server, name, { codec: loadCodec(), spanOf }),
    }
  }

  /** Starts to listen on the instance's socket. */
  static async listen(context: DeliveryContext): Promise<XdsDelivery> {
    // A root of its own for each run, which no file ever holds: all that trusts it ends with the run.
    const authority = await CertificateAuthority.load(await createAuthorityFiles(trustDomain), trustDomain)
    const delivery = new XdsDelivery(context, authority)
    await delivery.#server.listen({ path: context.state.xdsSocket })
    return delivery
  }

  bootstrap({ mesh }: Served, proxy: ProxyPlacement, admin: AdminSocket): unknown {
    const name = proxyName(proxy)
    const token = this.#tokens.get(name) ?? randomBytes(32).toString('hex')
    this.#tokens.set(name, token)
    const options = { proxy, domain: mesh.domain, labels: labelsOf(mesh, proxy), admin }
    return dynamicBootstrap(options, { socketPath: this.#context.state.xdsSocket, token })
  }

  deliver(served: Served): void {
    this.#served = served
    for (const name of this.#proxies.keys())
      if (served.placement.proxies[name] === undefined) this.#proxies.delete(name)
    this.#handover.begin(served)
  }

  relocate(spanOf: Served['spanOf']): void {
    if (this.#served === undefined) return
    this.#served = { ...this.#served, spanOf }
    // What stands refused is told again where it has moved: its old line may be anything by now.
    for (const [name, proxy] of this.#proxies) {
      if (proxy.nacked === undefined) continue
      const rejection = rejectionOf(proxy.nacked.proxy, proxy.nacked.nack, spanOf)
      const isMoved = !isDeepStrictEqual(rejection.span, proxy.rejection?.span)
      this.#proxies.set(name, { ...proxy, rejection })
      if (isMoved) this.#context.rejected(rejection)
    }
  }

  proxyOf(name: string): ProxyDelivery {
    const proxy = this.#proxies.get(name)
    if (proxy === undefined) return unknown
    const { current } = this.#handover
    const isAccepted = proxy.isConnected && current?.isLast === true && proxy.synced === current.number
    return { ...proxy, isAccepted }
  }

  close(): Promise<void> {
    this.#handover.stop()
    return this.#server.close()
  }

  #assign(node: XdsNode): Assignment {
    if (isGrpcClient(node)) return this.#assignClient(node)
    const name = proxyName(node)
    const isKnown = this.#served?.placement.proxies[name] !== undefined
    const step = this.#handover.current
    const proxy = step?.placement.proxies[name] ?? this.#served?.placement.proxies[name]
    if (!isKnown || step === undefined || proxy === undefined) return { refuse: `there is no proxy ${name} here` }
    const { revision: digest, number: push, mesh, placement } = step
    const snapshot = this.#snapshots.get(name) ?? this.#cache.snapshot({ digest, push, mesh, placement }, proxy)
    this.#snapshots.set(name, snapshot)
    return { snapshot }
  }

  /** The socket is the user's alone, and there is nothing secret in what a client without a proxy is told. */
  #assignClient(node: XdsNode): Assignment {
    const step = this.#handover.current
    if (step === undefined) return { refuse: 'nothing is handed out yet' }
    const { revision: digest, number: push, mesh, placement } = step
    if (placement.proxies[proxyName(node)] !== undefined) return { refuse: 'this is the name of a proxy' }
    const carrier = placement.proxies[`${carrierOf(node)}.${node.namespace}`]
    const client = placeGrpcClient(node, carrier === undefined ? {} : { carrier })
    return { snapshot: this.#cache.snapshot({ digest, push, mesh, placement }, client) }
  }

  /** A proxy's token is its own, so its name is proven; whom that name stands for, the mesh says. */
  #identityOf(node: XdsNode): SpiffeId | undefined {
    const proxy = this.#served?.placement.proxies[proxyName(node)]
    if (this.#served === undefined || proxy === undefined || isGrpcClient(node)) return undefined
    const serviceAccount = serviceAccountOf(this.#served.mesh, proxy)
    return { trustDomain, namespace: proxy.namespace, serviceAccount }
  }

  #authenticate(token: string | undefined, node: XdsNode): Verdict {
    if (isGrpcClient(node)) return {}
    const expected = this.#tokens.get(proxyName(node))
    // Digests have one length, which the comparison asks for, and tell nothing by the time that it takes.
    const digest = (text: string) => createHash('sha256').update(text).digest()
    const isRight = expected !== undefined && timingSafeEqual(digest(token ?? ''), digest(expected))
    return isRight ? {} : { refuse: 'the token is not that of this proxy' }
  }

  #onEvent(event: XdsEvent): void {
    if (!('proxy' in event) || event.proxy === undefined || isGrpcClient(event.proxy)) return
    const name = proxyName(event.proxy)
    // A proxy that has just left the mesh says goodbye.
    if (this.#served?.placement.proxies[name] === undefined) return
    const known = this.#proxies.get(name) ?? unknown
    if (event.kind === 'connected') this.#proxies.set(name, { ...known, isConnected: true })
    else if (event.kind === 'disconnected') this.#proxies.set(name, { ...known, isConnected: false })
    else if (event.kind === 'synced') this.#proxies.set(name, this.#synced(event))
    else if (event.kind === 'nacked')
      this.#proxies.set(name, { ...known, nacked: event, rejection: this.#rejected(event) })
    else return
    this.#handover.changed()
    this.#context.changed()
  }

  /** A push that changed nothing for the proxy leaves standing what it accepted before. */
  #synced(event: Extract<XdsEvent, { kind: 'synced' }>): ProxyDelivery & { synced: number } {
    const { proxy, revision, push: number, isConcerned, ms } = event
    const { rejection: _, nacked: __, ...known } = this.#proxies.get(proxyName(proxy)) ?? unknown
    const accepted = { acceptedAt: Date.now(), tookMs: Math.round(ms), revision, push: pushOf(number) }
    return { ...known, ...(isConcerned ? accepted : {}), isConnected: true, synced: number }
  }

  #rejected({ proxy, nack }: Nacked): Diagnostic {
    const found = rejectionOf(proxy, nack, place => this.#served?.spanOf(place))
    this.#context.rejected(found)
    return found
  }
}

/** Who is away or refuses what it was sent holds nobody up. */
function isThrough({ isConnected, nacked, synced }: Known, number: number): boolean {
  return !isConnected || nacked !== undefined || synced === number
}
