/**
 * The agent in a cluster: control plane, webhooks and authority of one replica.
 *
 * All replicas serve; the one that holds the Lease writes what the cluster needs: the trust bundle of each namespace, the
 * webhooks' CA, and statuses of the Gateway API.
 */
import type { SecureContextOptions } from 'node:tls'
import {
  authoritySecrets,
  type FoundAuthority,
  keepAuthority,
  loadAuthority,
  ownSecret,
  readAuthority,
} from '../cluster/authority-secret.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { tokenAudience } from '../cluster/inject/inject-pod.ts'
import { isIstioInjector } from '../cluster/install/existing.ts'
import {
  agentName,
  hasPodKeys,
  healthPort,
  type InstallValues,
  injectionSettings,
  policyUse,
  readerAudience,
  readerName,
  recordingOf,
  servesProxies,
  sourceOf,
  webhookPort,
  xdsPort,
} from '../cluster/install/values.ts'
import { LeaseHolder } from '../cluster/lease.ts'
import { machinesSecret, noMachines, readMachines } from '../cluster/machines.ts'
import { trimManagedFields } from '../cluster/objects.ts'
import { type ApiObject, Reflector } from '../cluster/reflector.ts'
import { TokenVerifier } from '../cluster/token-verifier.ts'
import type { AdmissionAnswer, AdmissionRequest } from '../cluster/webhook/admission.ts'
import { admitPod } from '../cluster/webhook/inject.ts'
import { type InspectAnswer, WebhookServer } from '../cluster/webhook/server.ts'
import { admitResource } from '../cluster/webhook/validate.ts'
import { type Diagnostic, leftOut } from '../diagnostics/diagnostic.ts'
import type { CertificateAuthority } from '../identity/certificate-authority.ts'
import type { MetaMap } from '../kinds/resource.ts'
import type { ProxyOwner } from '../model/proxy-setup.ts'
import type { XdsEvent } from '../xds/events.ts'
import { inspectAgent } from './agent-inspection.ts'
import { awaitAuthority } from './await-authority.ts'
import { ClusterPlane } from './cluster-plane.ts'
import { ClusterWriter } from './cluster-writer.ts'
import { Health } from './health.ts'
import { keepRenewing } from './keep-renewing.ts'
import { MachineDoor } from './machine-door.ts'
import { ownSecrets, withoutOthersData } from './own-secrets.ts'
import { PodSigner } from './pod-signer.ts'

export interface ClusterAgentOptions {
  readonly client: ClusterClient
  readonly values: InstallValues
  /** Of this replica: its pod's name. */
  readonly identity: string
  /** One line for each thing that happens. */
  readonly log: (level: 'info' | 'warning' | 'error', line: string) => void
  readonly onEvent?: (event: XdsEvent) => void
  /** Ends a start that waits. */
  readonly signal?: AbortSignal
  /** Default: those of the installation. */
  readonly ports?: { readonly xds: number; readonly webhook: number; readonly health: number }
}

/** Life of the agent's own certificate, ms. It is renewed at half of it. */
const serverTtlMs = 24 * 3_600_000
/** So soon after a renewal that failed it is tried again, ms. */
const serverRetryMs = 60_000
/** Findings about what is beside an object: it holds all the same. */
const heldAllTheSame: ReadonlySet<string> = new Set(['MW9009'])
/** How often what is written is looked at again, ms. */
const lookAgainMs = 60_000
/** So long the API server is asked about a namespace while it waits for us, ms: it gives up after 5 s. */
const labelsTimeoutMs = 2_000

export class ClusterAgent {
  readonly plane: ClusterPlane
  readonly #options: ClusterAgentOptions
  readonly #webhooks: WebhookServer
  readonly #door: MachineDoor
  readonly #lease: LeaseHolder
  readonly #writer: ClusterWriter
  /** Absent: pods have no keys of their own. */
  readonly #signer: PodSigner | undefined
  readonly #secrets: Reflector
  /** Whose webhooks change what is made: Istio's may be among them. */
  readonly #injectors: Reflector
  readonly #health: Health
  readonly #timers = new Set<NodeJS.Timeout>()
  #endRenewing = () => {}
  /** By namespace: its labels, for the injection webhook. */
  readonly #namespaces = new Map<string, Readonly<{ [label: string]: string }>>()
  #authority: CertificateAuthority
  #files: FoundAuthority
  readonly #readers: TokenVerifier
  #findings: readonly string[] = []
  readonly #istioInjectors = new Set<string>()
  #machines = noMachines
  #reading: Promise<void> = Promise.resolve()

  private constructor(
    options: ClusterAgentOptions,
    start: { health: Health; found: FoundAuthority; authority: CertificateAuthority; tls: SecureContextOptions },
  ) {
    const { client, values, identity, log } = options
    this.#options = options
    this.#health = start.health
    this.#files = start.found
    this.#authority = start.authority
    this.#writer = new ClusterWriter({
      client,
      mayWrite: () => this.#lease.isHolder,
      hasProxies: servesProxies(values),
      roots: () => this.#authority.roots,
      log,
    })
    this.#signer = hasPodKeys(values) ? this.#podSigner() : undefined
    this.plane = new ClusterPlane({
      client,
      ...(this.#signer === undefined ? {} : { bundleOf: pod => this.#signer?.bundleOf(pod) }),
      authority: start.authority,
      tls: start.tls,
      domain: values.domain,
      systemNamespace: values.namespace,
      recording: recordingOf(values),
      caFile: values.proxy.caFile,
      hasProxies: servesProxies(values),
      ownSecrets,
      certificateTtlMs: values.certificates.ttlSeconds * 1000,
      audience: tokenAudience,
      machines: () => this.#machines,
      other: (stream, headers) => this.#door.handle(stream, headers),
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
      onNamespace: (name, namespace) => {
        if (namespace === undefined) this.#namespaces.delete(name)
        else this.#namespaces.set(name, namespace.metadata.labels ?? {})
        this.#writer.namespaceIsThere(name, namespace !== undefined)
      },
      onStatuses: statuses => this.#writer.statusesAre(statuses),
      onFindings: findings => this.#report(findings),
      onError: (what, error) => log('warning', `${what}: ${error.message}`),
    })
    this.#webhooks = new WebhookServer({
      tls: start.tls,
      hooks: {
        '/inject': request => this.#inject(request),
        '/validate': request => admitResource(request, policyUse(values), each => this.plane.isOursToJudge(each)),
      },
      inspect: (path, token) => this.#inspect(path, token),
      onError: error => log('error', `webhook: ${error.message}`),
    })
    this.#door = new MachineDoor({
      client,
      namespace: values.namespace,
      domain: values.domain,
      roots: () => this.#authority.roots,
      machines: () => this.#machines,
      accountUid: key => this.plane.accountUid(key),
      log,
    })
    this.#readers = new TokenVerifier(client, readerAudience)
    this.#lease = new LeaseHolder({
      client,
      namespace: values.namespace,
      name: agentName,
      identity,
      onGained: () => {
        log('info', 'this replica writes from now on')
        this.#writer.begin()
        this.#signer?.begin()
      },
      onLost: () => log('info', 'another replica writes from now on'),
    })
    this.#secrets = new Reflector(client, {
      path: `/api/v1/namespaces/${values.namespace}/secrets`,
      fieldSelector: 'type!=kubernetes.io/service-account-token',
      trim: withoutOthersData,
      onChange: (key, secret) => {
        if (authoritySecrets[sourceOf(values)].some(name => key.endsWith(`/${name}`))) this.#authorityChanged()
        if (key.endsWith(`/${machinesSecret}`)) this.#machinesChanged(secret)
      },
      onError: error => log('warning', `secrets: ${error.message}`),
    })
    this.#injectors = new Reflector(client, {
      path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
      onChange: (key, object) => {
        if (object !== undefined && isIstioInjector(object)) this.#istioInjectors.add(key)
        else this.#istioInjectors.delete(key)
      },
      onError: error => log('warning', `webhooks: ${error.message}`),
      trim: trimManagedFields,
    })
  }

  /**
   * Reads the cluster and serves; resolves once it is ready.
   *
   * @throws AuthorityUnusable where the plugged-in authority can't be used
   */
  static async start(options: ClusterAgentOptions): Promise<ClusterAgent> {
    const { values, ports } = options
    const health = new Health()
    await health.listen(ports?.health ?? healthPort)
    try {
      const found = await awaitAuthority(options)
      const authority = await loadAuthority(found, values.domain)
      const tls = await serverTls(authority, values)
      const agent = new ClusterAgent(options, { health, found, authority, tls })
      await agent.#run()
      return agent
    } catch (error) {
      await health.close()
      throw error
    }
  }

  async #run(): Promise<void> {
    const { log, values, ports = { xds: xdsPort, webhook: webhookPort } } = this.#options
    log('info', `the authority is Secret ${this.#files.from}`)
    await this.#webhooks.listen(ports.webhook)
    this.#lease.start()
    await this.#secrets.start()
    await this.#injectors.start()
    await this.plane.start(servesProxies(values) ? { host: '::', port: ports.xds } : undefined)
    await this.#signer?.start()
    this.#endRenewing = keepRenewing({
      renew: () => this.#renewServer(),
      everyMs: serverTtlMs / 2,
      retryMs: serverRetryMs,
      onError: error =>
        log('error', `the agent's own certificate can't be renewed, and is tried again: ${error.message}`),
    })
    // Somebody may install the webhooks anew: then they know no CA.
    this.#every(lookAgainMs, () => this.#writer.soon())
    this.#health.isReady = true
    this.#writer.start()
    const does = servesProxies(values) ? 'serving' : 'beside Istio, whose proxies stay its own: checking'
    log('info', `${does} revision ${this.plane.revision?.slice(0, 12)} in ${values.namespace}`)
  }

  /** Ready no more, then gone: proxies go on with what they have and come to another replica. */
  async close(): Promise<void> {
    this.#health.isReady = false
    this.#endRenewing()
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([
      this.#lease.stop(Promise.all([this.#writer.stop(), this.#signer?.stop()])),
      this.#secrets.stop(),
      this.#injectors.stop(),
      this.plane.close(),
      this.#webhooks.close(),
    ])
    await this.#health.close()
  }

  /** Is this the replica that writes? */
  get isWriter(): boolean {
    return this.#lease.isHolder
  }

  get roots(): string {
    return this.#authority.roots
  }

  #podSigner(): PodSigner {
    const { client, values, log } = this.#options
    return new PodSigner({
      client,
      domain: values.domain,
      authority: () => this.#authority,
      ttlMs: values.certificates.ttlSeconds * 1000,
      mayWrite: () => this.#lease.isHolder,
      pods: () => this.plane.pods,
      accounts: () => this.plane.accounts,
      onIssued: pod =>
        this.plane.secrets.bundlesChanged(({ namespace, name }) => namespace === pod.namespace && name === pod.name),
      log,
    })
  }

  /** Istio's labels are Istio's to act on, wherever it has an injector: also one that came after this installation. */
  async #inject(request: AdmissionRequest): Promise<AdmissionAnswer> {
    const { values } = this.#options
    if (!servesProxies(values)) return { isAllowed: true }
    const readsIstioLabels = values.istioLabels && this.#istioInjectors.size === 0
    const known = injectionSettings(values)
    const setupOf = (workload: ProxyOwner) => this.plane.setupOf(workload)
    const settings = { ...known, readsIstioLabels, setupOf, dns: { ...known.dns, ...this.plane.dns } }
    return admitPod(request, settings, how => this.#labelsOf(request.namespace, how))
  }

  /** As the watch has told of them, or as the API server has them now. */
  async #labelsOf(name: string, how: 'known' | 'now'): Promise<MetaMap> {
    const known = this.#namespaces.get(name)
    if (how === 'known' && known !== undefined) return known
    const deadline = performance.now() + labelsTimeoutMs
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}`
    const namespace = (await this.#options.client.call('GET', path, { deadline })) as ApiObject
    return namespace.metadata.labels ?? {}
  }

  /** Only whoever was allowed to make a token for the reading account may look, and that is the API server's to say. */
  async #inspect(path: string, token: string | undefined): Promise<InspectAnswer | undefined> {
    const { values, identity } = this.#options
    const { account, refuse } = await this.#readers.verifyAccount(token)
    if (account !== `${values.namespace}/${readerName}`)
      return { refuse: refuse ?? `the token is not that of ${readerName}` }
    const value = inspectAgent(path, {
      name: identity,
      plane: this.plane,
      isWriter: this.isWriter,
      target: values.target,
      secret: this.#files.from,
      authority: this.#authority,
      findings: this.#findings,
    })
    return value === undefined ? undefined : { value }
  }

  #every(ms: number, work: () => void): void {
    const timer = setInterval(work, ms)
    timer.unref()
    this.#timers.add(timer)
  }

  #report(findings: readonly Diagnostic[]): void {
    const lines = findings
      .filter(({ severity }) => severity === 'error')
      .map(finding => {
        const { code, message, help = '' } = finding
        const state = heldAllTheSame.has(code) ? '' : ' is left out'
        return `${leftOut(finding)}${state}: [${code}] ${message}${help && ` (${help})`}`
      })
    for (const line of lines) if (!this.#findings.includes(line)) this.#options.log('warning', line)
    this.#findings = lines
  }

  #machinesChanged(secret: ApiObject | undefined): void {
    const before = this.#machines
    this.#machines = readMachines(secret)
    this.plane.machinesChanged(before)
  }

  /** One after the other: what was read last is what holds. */
  #authorityChanged(): void {
    this.#reading = this.#reading.then(() => this.#readAuthority())
  }

  async #readAuthority(): Promise<void> {
    const { client, values, log } = this.#options
    try {
      const found = await readAuthority(client, values.namespace, sourceOf(values))
      if (found === undefined) return await this.#authorityGone()
      const authority = await loadAuthority(found, values.domain)
      if (authority.fingerprint === this.#authority.fingerprint) return
      log('info', `Secret ${found.from} has changed: certificates are issued again`)
      this.#files = found
      this.#authority = authority
      this.plane.secrets.use(authority)
      await this.#renewServer()
      this.#writer.soon()
    } catch (error) {
      // What was right goes on; what is wrong is said.
      log('error', `the authority's Secret can't be used, so the old one is kept: ${(error as Error).message}`)
    }
  }

  /** Another authority, made in its place, would be trusted by nobody who has the old one's certificates. */
  async #authorityGone(): Promise<void> {
    const { client, values, log } = this.#options
    const { from, data } = this.#files
    const isOurs = from === ownSecret
    log('error', `Secret ${from} is gone: its authority is kept${isOurs ? ', and put back' : ' until it comes back'}`)
    if (isOurs) await keepAuthority(client, values.namespace, data)
  }

  async #renewServer(): Promise<void> {
    const tls = await serverTls(this.#authority, this.#options.values)
    this.plane.server.renew(tls)
    this.#webhooks.renew(tls)
  }
}

/** Its names are those by which proxies and the API server call it. */
async function serverTls(authority: CertificateAuthority, { namespace }: InstallValues): Promise<SecureContextOptions> {
  const names = [
    `${agentName}.${namespace}.svc`,
    `${agentName}.${namespace}.svc.cluster.local`,
    `${agentName}.${namespace}`,
  ]
  const { chain, key } = await authority.issueServer(names, serverTtlMs)
  return { cert: chain, key, minVersion: 'TLSv1.2' }
}
