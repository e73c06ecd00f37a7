/**
 * The control plane of a cluster: what its objects mean, for every proxy that proves who it is.
 *
 * Owns which revision is served and where things run; the watch tells what there is, the xDS server moves the bytes.
 */
import type { SecureContextOptions } from 'node:tls'
import type { ClusterClient } from '../cluster/client.ts'
import { compileCluster } from '../cluster/cluster-revision.ts'
import { type Change, ClusterWatch } from '../cluster/cluster-watch.ts'
import { oursAmong } from '../cluster/gateway-api-owner.ts'
import { type StatusToWrite, statusesToWrite } from '../cluster/gateway-api-status.ts'
import { gatewayAddresses, servedPorts } from '../cluster/gateway-services.ts'
import { isMachineNode, type Machines } from '../cluster/machines.ts'
import { dnsOf, hasIpv6, hasSidecar, ipv6PodsOf, localityOf, type PodObject } from '../cluster/objects.ts'
import { observedServices } from '../cluster/observed-placement.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import { type ObservedWorkload, workloadsOfPods } from '../cluster/workloads-of-pods.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { CertificateAuthority } from '../identity/certificate-authority.ts'
import type { Resource } from '../kinds/resource.ts'
import type { Mesh } from '../model/mesh.ts'
import { type DnsWishes, settingsOf } from '../model/mesh-settings.ts'
import type { Locality, Placement, ProxyPlacement } from '../model/placement.ts'
import { type ProxyOwner, type ProxySetup, proxySetupFor } from '../model/proxy-setup.ts'
import type { Recording } from '../model/recording.ts'
import type { Resolved } from '../phases/2-resolve/resolve.ts'
import {
  type Credential,
  placeCaller,
  prefersAnyByPlace,
  proxyCredentials,
  sharesAnyByZone,
} from '../phases/4-emit/envoy/index.ts'
import { loadCodec } from '../protobuf/codec.ts'
import type { XdsEvent } from '../xds/events.ts'
import { type Held, nothingHeld } from '../xds/held.ts'
import type { XdsNode } from '../xds/node.ts'
import { type Assignment, type XdsOptions, XdsServer, type XdsTarget } from '../xds/server.ts'
import type { Snapshot } from '../xds/snapshot.ts'
import { Attestation } from './attestation.ts'
import { endOfAccount, endOfMachines, endOfPod } from './end-streams.ts'
import { hasEndpointsOf, movedHosts } from './moved-hosts.ts'
import { NamedSecrets } from './named-secrets.ts'
import { type PodNode, placePod, podTraits } from './place-pod.ts'
import type { Served } from './served.ts'
import { SnapshotCache } from './snapshots.ts'
import { type PodBundle, WorkloadSecrets } from './workload-secrets.ts'

export interface ClusterPlaneOptions {
  readonly client: ClusterClient
  readonly authority: CertificateAuthority
  /** The certificate that xDS is served with. */
  readonly tls: SecureContextOptions
  readonly domain: string
  readonly systemNamespace: string
  readonly recording: Recording
  /** File with the roots of public CAs in the proxies' image. */
  readonly caFile: string
  /** Secrets of its own that no gateway may have. */
  readonly ownSecrets: readonly string[]
  /** Life of a workload's certificate, ms. */
  readonly certificateTtlMs: number
  /** Are proxies ours? */
  readonly hasProxies: boolean
  readonly audience: string
  /** Where a pod has a key of its own; absent: keys are made here, also for pods that have one. */
  readonly bundleOf?: (pod: PodObject) => PodBundle | undefined
  /** Machines outside of the cluster that are part of the mesh. */
  readonly machines: () => Machines
  /** Takes requests on the port of xDS that are none for discovery. */
  readonly other: NonNullable<XdsOptions['other']>
  readonly onEvent?: (event: XdsEvent) => void
  readonly onNamespace: (name: string, namespace: ApiObject | undefined) => void
  /** Statuses that are not as they should be, whenever something has changed. */
  readonly onStatuses: (statuses: readonly StatusToWrite[]) => void
  /** What is wrong with the cluster's objects, whenever that changes. */
  readonly onFindings: (findings: readonly Diagnostic[]) => void
  readonly onError: (what: string, error: Error) => void
}

/** Changes are gathered for so long, ms: a deployment changes many objects at once. */
const gatherMs: Readonly<Record<Change, number>> = { configuration: 50, pods: 20, places: 20, statuses: 50 }

/** Changes that make another revision. */
const meaning: ReadonlySet<Change> = new Set(['configuration', 'pods'])

export class ClusterPlane {
  readonly server: XdsServer
  readonly secrets: WorkloadSecrets
  readonly #options: ClusterPlaneOptions
  readonly #watch: ClusterWatch
  readonly #attestation: Attestation
  readonly #namedSecrets: NamedSecrets
  #compiled: readonly Diagnostic[] = []
  readonly #cache = new SnapshotCache(loadCodec())
  #workloads: ReadonlyMap<string, ObservedWorkload> = new Map()
  #shapes: readonly ObservedWorkload[] = []
  #served: Served | undefined
  #timer: NodeJS.Timeout | undefined
  #pending = new Set<Change>()

  constructor(options: ClusterPlaneOptions) {
    this.#options = options
    this.#attestation = new Attestation({
      ...options,
      pods: () => this.#watch.pods,
      accounts: () => this.#watch.accounts,
      isServed: key => this.#workloads.has(key),
    })
    this.secrets = new WorkloadSecrets({
      authority: options.authority,
      codec: loadCodec(),
      identityOf: node => this.#attestation.identityOf(node),
      ttlMs: options.certificateTtlMs,
      more: node => this.#namedSecretsOf(node),
      bundleOf: ({ namespace, name }) => {
        const pod = this.#watch.pods.get(`${namespace}/${name}`)
        return pod === undefined ? undefined : options.bundleOf?.(pod)
      },
      onError: (node, error) => options.onError(`certificate of ${node.name}.${node.namespace}`, error),
    })
    this.#namedSecrets = new NamedSecrets({
      client: options.client,
      codec: loadCodec(),
      systemNamespace: options.systemNamespace,
      ownSecrets: options.ownSecrets,
      onChange: namespace => {
        this.secrets.changed(node => node.namespace === namespace)
        this.#report()
        this.#changed('statuses')
      },
      onError: options.onError,
    })
    this.server = new XdsServer({
      assign: node => this.#assign(node),
      authenticate: (token, node, remote) => this.#attestation.authenticate({ token, remote }, node),
      secrets: request => this.secrets.open(request),
      tls: options.tls,
      other: options.other,
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    })
    this.#watch = new ClusterWatch({
      client: options.client,
      servesGatewayApi: options.hasProxies,
      onChange: change => this.#changed(change),
      onPodGone: pod => endOfPod(this.server, pod, 'the pod is gone'),
      onAccountGone: (namespace, name) => {
        const runs = { pods: this.#watch.pods.values(), machines: this.#options.machines() }
        endOfAccount(this.server, { namespace, name }, runs)
      },
      onNamespace: (name, namespace) => {
        options.onNamespace(name, namespace)
        this.#changed('configuration')
      },
      onError: options.onError,
    })
  }

  /**
   * Reads the cluster, and only then listens: a proxy is never told that there is nothing.
   *
   * @param target absent: proxies are not ours, and nothing is served
   */
  async start(target?: XdsTarget): Promise<void> {
    await Promise.all([this.#watch.start(), this.#attestation.prepare()])
    this.#update(new Set(['configuration', 'pods', 'places']))
    if (target !== undefined) await this.server.listen(target)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await Promise.all([this.#watch.stop(), this.#namedSecrets.stop(), this.server.close()])
  }

  /** Digest of what is served; undefined before the cluster was read. */
  get revision(): string | undefined {
    return this.#served?.resolved.digest
  }

  /** How the proxy of a pod that is about to be made is to be run, by what the cluster says now. */
  setupOf(workload: ProxyOwner): ProxySetup {
    const mesh = this.#served?.resolved.mesh
    return mesh === undefined ? {} : proxySetupFor(mesh, workload)
  }

  /** Where a place of the cluster's objects is, for findings. */
  get spanOf() {
    return (place: string) => this.#served?.resolved.spans.spanOf(place)
  }

  /** The pods that are known, by `namespace/name`. */
  get pods(): ReadonlyMap<string, PodObject> {
    return this.#watch.pods
  }

  /** What the mesh says of pods' questions for names. */
  get dns(): DnsWishes | undefined {
    return this.#served === undefined ? undefined : settingsOf(this.#served.resolved.mesh)?.dns
  }

  /** The service accounts that are known, by `namespace/name`. */
  get accounts(): ReadonlyMap<string, ApiObject> {
    return this.#watch.accounts
  }

  /** May the API server be told what is wrong with this object of the Gateway API? */
  isOursToJudge(resource: Resource): boolean {
    return oursAmong(this.#watch.gatewayApiObjects()).has(resource)
  }

  #changed(change: Change): void {
    // Before everything has been read, there is nothing to be changed.
    if (this.#served === undefined) return
    this.#pending.add(change)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      // Objects whose authorities are still to be read would be taken for such as have none: that is a change of its own.
      const isKnown = !this.#pending.has('configuration') || this.#watch.followNamed()
      const pending = isKnown ? this.#pending : this.#pending.difference(meaning)
      this.#pending = this.#pending.difference(pending)
      if (pending.size === 0) return
      if (pending.size === 1 && pending.has('statuses')) this.#judgeStatuses()
      else this.#update(pending)
    }, gatherMs[change])
  }

  #update(changes: ReadonlySet<Change>): void {
    const { domain } = this.#options
    const hasNewShapes = changes.has('pods') && this.#readWorkloads()
    const before = this.#served
    const isOther = changes.has('configuration') || hasNewShapes || before === undefined
    const resolved = isOther ? this.#compile(this.#shapes) : before.resolved
    if (resolved !== before?.resolved) this.#report()
    const { services, slices, pods, nodes } = this.#watch
    const declared = resolved.mesh.services
    const seen = { services, slices, pods, nodes, workloads: this.#workloads, declared, domain }
    const observed = observedServices(seen, before?.observed)
    const ipv6Pods = changes.has('pods') || before === undefined ? ipv6PodsOf(pods) : before.ipv6Pods
    const isSame =
      resolved.mesh === before?.resolved.mesh && observed === before.observed && ipv6Pods === before.ipv6Pods
    if (before !== undefined && isSame) {
      this.#served = { ...before, resolved }
      this.#judgeStatuses()
      return
    }
    const placement: Placement = { proxies: {}, hasIdentity: true, hasSecrets: true, ...observed }
    const push = (before?.push ?? 0) + 1
    const earlier = before?.snapshots ?? new Map<string, Snapshot>()
    const isLocal = before?.resolved.mesh === resolved.mesh && !sharesAnyByZone(resolved.mesh)
    const moved = isLocal ? movedHosts(observed, before.observed) : undefined
    this.#served = { resolved, observed, placement, ipv6Pods, push, snapshots: new Map(), earlier, moved }
    this.server.push()
    if (resolved.mesh !== before?.resolved.mesh) this.#followSecrets()
    this.#judgeStatuses()
  }

  /** What runs, by its pods. @returns whether workloads are others than before */
  #readWorkloads(): boolean {
    this.#workloads = workloadsOfPods(this.#watch.pods, this.#workloads)
    const before = this.#shapes
    this.#shapes = [...new Set(this.#workloads.values())]
    return before.length !== this.#shapes.length || this.#shapes.some((shape, index) => shape !== before[index])
  }

  #compile(workloads: readonly ObservedWorkload[]): Resolved {
    const { domain, systemNamespace, recording, caFile } = this.#options
    const previous = this.#served?.resolved
    const compiled = compileCluster({
      services: this.#watch.services.values(),
      namespaces: this.#watch.namespaces.values(),
      configs: this.#watch.configs(),
      workloads,
      domain,
      systemNamespace,
      recording,
      caFile,
      ...(previous === undefined ? {} : { previous }),
    })
    // Observed workloads are of our own making: nobody wrote what is found in them.
    this.#compiled = compiled.diagnostics.filter(({ subject }) => subject?.kind !== 'Deployment')
    return compiled.value
  }

  /** By the same objects that the Mesh was made of; beside the target's proxies nothing of ours is served. */
  #judgeStatuses(): void {
    const { hasProxies, systemNamespace, onStatuses } = this.#options
    // Of Secrets that are about to be read nobody knows yet: their changes have statuses judged again.
    if (!hasProxies || this.#namedSecrets.isPending) return
    const standings = this.#namedSecrets.judged(this.#served?.resolved.mesh.standings ?? [])
    const objects = this.#watch.gatewayApiObjects()
    const { services } = this.#watch
    const gateways = this.#served?.resolved.mesh.gateways ?? []
    // Endpoints come and go many times a second: where nobody uses the API, that costs nothing.
    const isUsed = objects.length > 0
    const addresses = isUsed ? gatewayAddresses(services.values(), systemNamespace) : []
    const ports = isUsed ? servedPorts(services.values(), { systemNamespace, gateways }) : new Map()
    const facts = { objects, standings, findings: this.#compiled, addresses, ports, now: new Date() }
    onStatuses(statusesToWrite({ ...facts, definitions: this.#watch.gatewayApiDefinitions() }))
  }

  #assign(node: XdsNode): Assignment {
    if (this.#served === undefined) return { refuse: 'the cluster has not been read yet' }
    const key = `${node.namespace}/${node.name}`
    if (isMachineNode(node.name)) return this.#assignMachine(node, this.#served)
    const pod = this.#watch.pods.get(key)
    if (pod === undefined) return { refuse: `there is no pod ${key}` }
    const { snapshots, earlier, moved, resolved, placement, push } = this.#served
    const workload = this.#workloads.get(key)
    // An injected pod is a sidecar, whatever its proxy says of itself.
    const kind = hasSidecar(pod) ? 'sidecar' : node.kind
    const locality = this.#localityOf(pod, resolved.mesh)
    const place = Object.values(locality ?? {}).join('/')
    const shared = `${kind} ${workload?.namespace}/${workload?.name} ${hasIpv6(pod)} ${dnsOf(pod)?.allocates} ${place}`
    const known = snapshots.get(shared)
    if (known !== undefined) return { snapshot: known }
    const revision = { digest: resolved.digest, push, mesh: resolved.mesh, placement }
    const before = earlier.get(shared)
    const isUnmoved = before?.revision === resolved.digest && moved !== undefined && !hasEndpointsOf(before, moved)
    const proxy = { ...this.#proxyOf(node, kind, workload), ...podTraits(pod, locality) }
    const snapshot = isUnmoved ? before : this.#cache.snapshot(revision, proxy, before)
    snapshots.set(shared, snapshot)
    return { snapshot }
  }

  /** Where a pod's node stands, where any policy cares: else all pods of a workload are sent the same. */
  #localityOf({ spec }: PodObject, mesh: Mesh): Locality | undefined {
    if (!prefersAnyByPlace(mesh)) return undefined
    const machine = this.#watch.nodes.get(spec?.nodeName ?? '')
    return machine === undefined ? undefined : localityOf(machine)
  }

  #assignMachine(node: XdsNode, { snapshots, resolved, placement, push }: Served): Assignment {
    const key = `${node.namespace}/${node.name}`
    if (!this.#options.machines().byNode.has(key)) return { refuse: `there is no machine ${key}` }
    const known = snapshots.get(key)
    if (known !== undefined) return { snapshot: known }
    const { digest, mesh } = resolved
    const snapshot = this.#cache.snapshot({ digest, push, mesh, placement }, placeCaller(mesh, node))
    snapshots.set(key, snapshot)
    return { snapshot }
  }

  #proxyOf(node: PodNode, kind: XdsNode['kind'], workload: ObservedWorkload | undefined): ProxyPlacement {
    return placePod(this.#served!.resolved.mesh, { node, kind, workload, services: this.#watch.services.values() })
  }

  /** What proxies need of Secrets is looked for where their pods are. */
  #followSecrets(): void {
    const wanted = new Map<string, Credential[]>()
    const placed = [...this.#workloads].map(([key, each]) => [each, this.#kindOf(key)] as const)
    // Without the target's proxies there is nobody to be given anything. Pods of one workload need the same.
    const all = this.#options.hasProxies ? new Map(placed.map(([each, kind]) => [each, kind])) : []
    for (const [workload, kind] of all) {
      const { namespace } = workload
      const credentials = this.#credentialsOf({ namespace, name: '', ip: '' }, kind, workload)
      if (credentials.length === 0) continue
      wanted.set(namespace, [...(wanted.get(namespace) ?? []), ...credentials])
    }
    this.#namedSecrets.want(wanted)
    this.secrets.changed(({ namespace }) => wanted.has(namespace))
    this.#report()
  }

  #kindOf(key: string): XdsNode['kind'] {
    return hasSidecar(this.#watch.pods.get(key)!) ? 'sidecar' : 'router'
  }

  #credentialsOf(node: PodNode, kind: XdsNode['kind'], workload: ObservedWorkload): readonly Credential[] {
    const { resolved, placement } = this.#served!
    return proxyCredentials(resolved.mesh, placement, this.#proxyOf(node, kind, workload))
  }

  /** By the pod that the token was found to be of: what its Gateways and rules name, in its own namespace. */
  #namedSecretsOf(node: XdsNode): Held {
    const key = `${node.namespace}/${node.name}`
    const workload = this.#workloads.get(key)
    if (!this.#watch.pods.has(key) || workload === undefined || this.#served === undefined) return nothingHeld
    return this.#namedSecrets.heldBy(node.namespace, this.#credentialsOf(node, this.#kindOf(key), workload))
  }

  #report(): void {
    this.#options.onFindings([...this.#compiled, ...this.#namedSecrets.findings()])
  }

  /** By `namespace/name`: undefined where there is no such account. */
  accountUid(key: string): string | undefined {
    return this.#attestation.accountUid(key)
  }

  /** Streams of machines that are none any more end. */
  machinesChanged(before: Machines): void {
    endOfMachines(this.server, this.#options.machines(), before)
  }
}
