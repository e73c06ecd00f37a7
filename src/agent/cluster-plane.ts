/**
 * The control plane of a cluster: what its objects mean, for every proxy that proves who it is.
 *
 * Owns which revision is served and where things run; the watch tells what there is, the xDS server moves the bytes.
 */
import type { SecureContextOptions } from 'node:tls'
import type { ClusterClient } from '../cluster/client.ts'
import { compileCluster } from '../cluster/cluster-revision.ts'
import { type Change, ClusterWatch } from '../cluster/cluster-watch.ts'
import { hasIpv6, hasSidecar, type PodObject, type ServiceObject } from '../cluster/objects.ts'
import { type ObservedServices, observedServices } from '../cluster/observed-placement.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import { TokenVerifier } from '../cluster/token-verifier.ts'
import { type ObservedWorkload, workloadsOfPods } from '../cluster/workloads-of-pods.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { CertificateAuthority } from '../identity/certificate-authority.ts'
import type { Mesh } from '../model/mesh.ts'
import { selects } from '../model/node.ts'
import type { Placement, ProxyPlacement } from '../model/placement.ts'
import type { Recording } from '../model/recording.ts'
import type { Resolved } from '../phases/2-resolve/resolve.ts'
import { type GatewayCredential, gatewayCredentials, gatewayPorts } from '../phases/4-emit/envoy/index.ts'
import { loadCodec } from '../protobuf/codec.ts'
import type { XdsEvent } from '../xds/events.ts'
import { type Held, nothingHeld } from '../xds/held.ts'
import type { XdsNode } from '../xds/node.ts'
import { type Assignment, type Verdict, XdsServer, type XdsTarget } from '../xds/server.ts'
import type { Snapshot } from '../xds/snapshot.ts'
import { GatewaySecrets } from './gateway-secrets.ts'
import { SnapshotCache } from './snapshots.ts'
import { WorkloadSecrets } from './workload-secrets.ts'

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
  readonly onEvent?: (event: XdsEvent) => void
  readonly onNamespace: (name: string, namespace: ApiObject | undefined) => void
  /** What is wrong with the cluster's objects, whenever that changes. */
  readonly onFindings: (findings: readonly Diagnostic[]) => void
  readonly onError: (what: string, error: Error) => void
}

/** Changes are gathered for so long, ms: a deployment changes many objects at once. */
const gatherMs: Readonly<Record<Change, number>> = { configuration: 50, places: 20 }

/** What is served now; replaced as a whole. */
interface Served {
  readonly resolved: Resolved
  readonly placement: Placement
  readonly observed: ObservedServices
  /** Keys of pods that have an address of IPv6: their proxies listen there, too. */
  readonly ipv6Pods: string
  readonly push: number
  /** Pods of one workload are sent the same: by workload or, for gateways, by labels. */
  readonly snapshots: Map<string, Snapshot>
}

export class ClusterPlane {
  readonly server: XdsServer
  readonly secrets: WorkloadSecrets
  readonly #options: ClusterPlaneOptions
  readonly #watch: ClusterWatch
  readonly #verifier: TokenVerifier
  readonly #gatewaySecrets: GatewaySecrets
  #compiled: readonly Diagnostic[] = []
  readonly #cache = new SnapshotCache(loadCodec())
  #workloads: ReadonlyMap<string, ObservedWorkload> = new Map()
  #workloadShapes = ''
  #served: Served | undefined
  #timer: NodeJS.Timeout | undefined
  #pending: Change | undefined

  constructor(options: ClusterPlaneOptions) {
    this.#options = options
    this.#verifier = new TokenVerifier(options.client, options.audience)
    this.secrets = new WorkloadSecrets({
      authority: options.authority,
      codec: loadCodec(),
      identityOf: node => this.#identityOf(node),
      ttlMs: options.certificateTtlMs,
      more: node => this.#gatewaySecretsOf(node),
      onError: (node, error) => options.onError(`certificate of ${node.name}.${node.namespace}`, error),
    })
    this.#gatewaySecrets = new GatewaySecrets({
      client: options.client,
      codec: loadCodec(),
      systemNamespace: options.systemNamespace,
      ownSecrets: options.ownSecrets,
      onChange: namespace => {
        this.secrets.changed(node => node.namespace === namespace)
        this.#report()
      },
      onError: options.onError,
    })
    this.server = new XdsServer({
      assign: node => this.#assign(node),
      authenticate: (token, node) => this.#authenticate(token, node),
      secrets: request => this.secrets.open(request),
      tls: options.tls,
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    })
    this.#watch = new ClusterWatch({
      client: options.client,
      onChange: change => this.#changed(change),
      onPodGone: pod => this.#endStreams(pod, 'the pod is gone'),
      onAccountGone: (namespace, name) => this.#accountGone(namespace, name),
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
    await this.#watch.start()
    this.#update('configuration')
    if (target !== undefined) await this.server.listen(target)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await Promise.all([this.#watch.stop(), this.#gatewaySecrets.stop(), this.server.close()])
  }

  /** Digest of what is served; undefined before the cluster was read. */
  get revision(): string | undefined {
    return this.#served?.resolved.digest
  }

  /** Where a place of the cluster's objects is, for findings. */
  get spanOf() {
    return (place: string) => this.#served?.resolved.spans.spanOf(place)
  }

  /** The pods that are known, by `namespace/name`. */
  get pods(): ReadonlyMap<string, PodObject> {
    return this.#watch.pods
  }

  #changed(change: Change): void {
    // Before everything has been read, there is nothing to be changed.
    if (this.#served === undefined) return
    const isSooner = this.#pending === undefined || (this.#pending === 'places' && change === 'configuration')
    if (isSooner) this.#pending = change
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const pending = this.#pending ?? change
      this.#pending = undefined
      this.#update(pending)
    }, gatherMs[change])
  }

  #update(change: Change): void {
    const { domain } = this.#options
    this.#workloads = workloadsOfPods(this.#watch.pods)
    const shapes = new Map(
      [...this.#workloads.values()].map(workload => [`${workload.namespace}/${workload.name}`, workload]),
    )
    const text = JSON.stringify([...shapes.values()])
    const hasNewShapes = text !== this.#workloadShapes
    this.#workloadShapes = text
    const before = this.#served
    const resolved =
      change === 'configuration' || hasNewShapes || before === undefined
        ? this.#compile([...shapes.values()])
        : before.resolved
    if (resolved !== before?.resolved) this.#report()
    const { services, slices, pods, nodes } = this.#watch
    const seen = { services, slices, pods, nodes, workloads: this.#workloads, domain }
    const observed = observedServices(seen, before?.observed)
    const ipv6Pods = [...pods].flatMap(([key, pod]) => (hasIpv6(pod) ? [key] : [])).join(' ')
    const isSame =
      resolved.mesh === before?.resolved.mesh && observed === before.observed && ipv6Pods === before.ipv6Pods
    if (before !== undefined && isSame) {
      this.#served = { ...before, resolved }
      return
    }
    const placement: Placement = { proxies: {}, hasIdentity: true, hasSecrets: true, ...observed }
    this.#served = { resolved, observed, placement, ipv6Pods, push: (before?.push ?? 0) + 1, snapshots: new Map() }
    this.server.push()
    if (resolved.mesh !== before?.resolved.mesh) this.#followSecrets(resolved.mesh)
  }

  #compile(workloads: readonly ObservedWorkload[]): Resolved {
    const { domain, systemNamespace, recording, caFile } = this.#options
    const previous = this.#served?.resolved
    const compiled = compileCluster({
      services: this.#watch.services.values(),
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

  #assign(node: XdsNode): Assignment {
    if (this.#served === undefined) return { refuse: 'the cluster has not been read yet' }
    const key = `${node.namespace}/${node.name}`
    const pod = this.#watch.pods.get(key)
    if (pod === undefined) return { refuse: `there is no pod ${key}` }
    const { snapshots, resolved, placement, push } = this.#served
    const workload = this.#workloadOf(key)
    // An injected pod is a sidecar, whatever its proxy says of itself.
    const kind = hasSidecar(pod) ? 'sidecar' : node.kind
    const ipv6 = hasIpv6(pod)
    const shared = `${kind} ${workload?.namespace}/${workload?.name} ${ipv6}`
    const known = snapshots.get(shared)
    if (known !== undefined) return { snapshot: known }
    const proxy = { ...this.#proxyOf(node, kind, workload), ...(ipv6 ? { hasIpv6: true } : {}) }
    const snapshot = this.#cache.snapshot({ digest: resolved.digest, push, mesh: resolved.mesh, placement }, proxy)
    snapshots.set(shared, snapshot)
    return { snapshot }
  }

  /** A pod may call before what the watch has told of it has been gathered: one of a known workload is known all the same. */
  #workloadOf(key: string): ObservedWorkload | undefined {
    if (!this.#workloads.has(key) && this.#watch.pods.has(key)) this.#workloads = workloadsOfPods(this.#watch.pods)
    return this.#workloads.get(key)
  }

  #proxyOf(node: XdsNode, kind: XdsNode['kind'], workload: ObservedWorkload | undefined): ProxyPlacement {
    const { name, namespace, ip } = node
    const labels = workload?.labels ?? {}
    const base = { name, namespace, kind, labels, address: ip, inbound: [], outbound: [] }
    if (kind === 'sidecar')
      return {
        ...base,
        servers: [],
        interception: 'redirect',
        ...(workload === undefined ? {} : { workload: workload.name }),
      }
    const mesh = this.#served!.resolved.mesh
    const servers = gatewayPorts(mesh, { name, namespace, labels }).map(port => ({
      port,
      listen: { address: '0.0.0.0', port: this.#boundPort(port, namespace, labels) },
    }))
    return { ...base, servers, ...(workload === undefined ? {} : { workload: workload.name }) }
  }

  /** What Gateways name is looked for where their pods are. */
  #followSecrets(mesh: Mesh): void {
    const wanted = new Map<string, GatewayCredential[]>()
    const gateways = [...this.#workloads].filter(([key]) => !hasSidecar(this.#watch.pods.get(key)!))
    // Without the target's proxies there is nobody to be given anything.
    for (const workload of this.#options.hasProxies ? new Set(gateways.map(([, each]) => each)) : []) {
      const credentials = gatewayCredentials(mesh, { ...workload, name: '' })
      if (credentials.length === 0) continue
      wanted.set(workload.namespace, [...(wanted.get(workload.namespace) ?? []), ...credentials])
    }
    this.#gatewaySecrets.want(wanted)
    this.secrets.changed(({ namespace }) => wanted.has(namespace))
  }

  /** By the pod that the token was found to be of: what its Gateways name, in its own namespace. */
  #gatewaySecretsOf({ namespace, name }: XdsNode): Held {
    const key = `${namespace}/${name}`
    const [pod, workload, mesh] = [this.#watch.pods.get(key), this.#workloadOf(key), this.#served?.resolved.mesh]
    if (pod === undefined || workload === undefined || mesh === undefined || hasSidecar(pod)) return nothingHeld
    const { labels } = workload
    return this.#gatewaySecrets.heldBy(namespace, gatewayCredentials(mesh, { name, namespace, labels }))
  }

  #report(): void {
    this.#options.onFindings([...this.#compiled, ...this.#gatewaySecrets.findings()])
  }

  /** Where a gateway's pods listen for a port of its Service: what the Service leads to, else a port that needs no root. */
  #boundPort(port: number, namespace: string, labels: ProxyPlacement['labels']): number {
    const isTheirs = ({ metadata, spec }: ServiceObject) =>
      metadata.namespace === namespace &&
      Object.keys(spec?.selector ?? {}).length > 0 &&
      selects(spec?.selector ?? {}, labels ?? {})
    const ports = [...this.#watch.services.values()].filter(isTheirs).flatMap(({ spec }) => spec?.ports ?? [])
    const target = ports.find(candidate => candidate.port === port)?.targetPort
    return typeof target === 'number' ? target : port < 1024 ? port + 8000 : port
  }

  /** The token says which pod calls, and the node's name may not say otherwise. */
  async #authenticate(token: string | undefined, node: XdsNode): Promise<Verdict> {
    const { identity, refuse } = await this.#verifier.verify(token)
    if (identity === undefined) return { refuse }
    const { namespace, pod, serviceAccount, expiresAt } = identity
    if (namespace !== node.namespace || pod.name !== node.name)
      return { refuse: `the token is that of pod ${namespace}/${pod.name}, not of ${node.namespace}/${node.name}` }
    const known = await soon(this.#watch.pods, `${namespace}/${pod.name}`, pod.uid)
    if (known === undefined) return { refuse: `there is no pod ${namespace}/${pod.name} with this uid` }
    const { name } = serviceAccount
    if (((known as PodObject).spec?.serviceAccountName ?? 'default') !== name)
      return { refuse: `the pod runs as another account than ${name}` }
    // A token outlives its account by hours, and a new account of that name is another one.
    if ((await soon(this.#watch.accounts, `${namespace}/${name}`, serviceAccount.uid)) === undefined)
      return { refuse: `there is no service account ${namespace}/${name} with this uid` }
    return { expiresAt }
  }

  /** By the pod that the token was found to be of: never by what the proxy says. */
  #identityOf({ namespace, name }: XdsNode) {
    const pod = this.#watch.pods.get(`${namespace}/${name}`)
    if (pod === undefined) return undefined
    return { trustDomain: this.#options.domain, namespace, serviceAccount: pod.spec?.serviceAccountName ?? 'default' }
  }

  #endStreams({ metadata }: PodObject, reason: string): void {
    this.server.endStreams(reason, ({ name, namespace }) => name === metadata.name && namespace === metadata.namespace)
  }

  #accountGone(namespace: string, name: string): void {
    const pods = [...this.#watch.pods.values()].filter(
      ({ metadata, spec }) => metadata.namespace === namespace && (spec?.serviceAccountName ?? 'default') === name,
    )
    for (const pod of pods) this.#endStreams(pod, `service account ${namespace}/${name} is gone`)
  }
}

/** A token may be here before the watch has told of what it names. */
async function soon(objects: ReadonlyMap<string, ApiObject>, key: string, uid: string): Promise<ApiObject | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    const object = objects.get(key)
    if (object?.metadata.uid === uid) return object
    if (attempt === 20) return undefined
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
