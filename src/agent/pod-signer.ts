/**
 * Signs for keys that kubelets have made for pods: answers PodCertificateRequests of our signer.
 *
 * Whom a certificate names is what the cluster knows of the pod, against which each request is held; a request can't ask for
 * a name. The replica that holds the Lease answers; all of them follow, so that each can tell who has which certificate.
 */
import { createPublicKey, X509Certificate } from 'node:crypto'
import { isApiError } from '../cluster/api-error.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { writeTimeoutMs } from '../cluster/lease.ts'
import { hasPodKey, type PodObject, trimManagedFields } from '../cluster/objects.ts'
import {
  type PodCertificateRequest,
  type PodCertificateStatus,
  podCertificatePlural,
  podCertificatesMissing,
  podCertificateVersion,
  podKeyFiles,
  podSigner,
} from '../cluster/pod-certificates.ts'
import { type ApiObject, Reflector } from '../cluster/reflector.ts'
import type { CertificateAuthority } from '../identity/certificate-authority.ts'
import type { PodBundle } from './workload-secrets.ts'

export interface PodSignerOptions {
  readonly client: ClusterClient
  readonly domain: string
  readonly authority: () => CertificateAuthority
  /** Life of a certificate, ms; shorter where its request says so. */
  readonly ttlMs: number
  /** May this replica write now? Asked before each write. */
  readonly mayWrite: () => boolean
  /** What the cluster has now, by `namespace/name`. */
  readonly pods: () => ReadonlyMap<string, PodObject>
  readonly accounts: () => ReadonlyMap<string, ApiObject>
  /** A pod has another certificate than was known. */
  readonly onIssued: (pod: { readonly namespace: string; readonly name: string }) => void
  readonly log: (level: 'info' | 'warning' | 'error', line: string) => void
}

/** A certificate that a pod was given. */
type PodCertificate = NonNullable<PodBundle['certificate']>

/** Clocks differ: valid from so long before it is made; the API server takes up to 5 minutes. ms */
const backdateMs = 2 * 60_000
/** So near to its beginning and its end it is not renewed: the API server would not take it. ms */
const restMs = 10 * 60_000
/** The shortest life that the API server takes, ms. */
const shortestMs = 3_600_000
/** So long after a failed answer the next is tried, ms. */
const retryMs = 5_000
/** How often it is looked whether, and in which version, the cluster serves such requests, ms. */
const lookMs = 60_000

/** A request that will never be answered otherwise. */
interface Denied {
  readonly reason: string
  readonly message: string
}

export class PodSigner {
  readonly #options: PodSignerOptions
  /** By pod's uid. The cluster deletes requests after half an hour; what they said is kept as long as the pod. */
  readonly #known = new Map<string, PodCertificate>()
  /** By request: why it could not be answered, so that it is said once. */
  readonly #failures = new Map<string, string>()
  readonly #open = new Map<string, PodCertificateRequest>()
  #requests: Reflector | undefined
  #version: string | undefined
  #isRunning = false
  #saidMissing = false
  #lookTimer: NodeJS.Timeout | undefined
  #retryTimer: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()

  constructor(options: PodSignerOptions) {
    this.#options = options
  }

  /** Resolves once all requests that there are have been read, if the cluster serves any. */
  async start(): Promise<void> {
    this.#isRunning = true
    await this.#look()
    this.#lookTimer = setInterval(() => void this.#look(), lookMs)
    this.#lookTimer.unref()
  }

  /** Begins nothing any more; resolves once what was under way is over. */
  async stop(): Promise<void> {
    this.#isRunning = false
    clearInterval(this.#lookTimer)
    clearTimeout(this.#retryTimer)
    await Promise.all([this.#working, this.#requests?.stop()])
  }

  /** Answers what is open, if this replica may: also when it has just become the one that writes. */
  begin(): void {
    this.#working = this.#working.then(() => this.#answerAll())
  }

  /** Where a pod has its key, and what it was given for it last; undefined where it has none. */
  bundleOf(pod: PodObject): PodBundle | undefined {
    if (!hasPodKey(pod)) return undefined
    return {
      file: podKeyFiles.bundle,
      folder: podKeyFiles.folder,
      certificate: this.#known.get(pod.metadata.uid ?? ''),
    }
  }

  /** An upgrade of the cluster may serve another version, or none. */
  async #look(): Promise<void> {
    const { client, log, pods } = this.#options
    try {
      const uids = new Set([...pods().values()].map(({ metadata }) => metadata.uid))
      for (const uid of this.#known.keys()) if (!uids.has(uid)) this.#known.delete(uid)
      const version = await podCertificateVersion(client)
      if (version === undefined && !this.#saidMissing) log('error', missingLine)
      this.#saidMissing = version === undefined
      if (version === this.#version || !this.#isRunning) return
      await this.#requests?.stop()
      this.#version = version
      this.#open.clear()
      this.#requests = version === undefined ? undefined : this.#follow(version)
      await this.#requests?.start()
    } catch (error) {
      log('warning', `${podCertificatePlural}: ${(error as Error).message}`)
    }
  }

  #follow(version: string): Reflector {
    return new Reflector(this.#options.client, {
      path: `/apis/${version}/${podCertificatePlural}`,
      fieldSelector: `spec.signerName=${podSigner}`,
      onChange: (key, request) => this.#changed(key, request as PodCertificateRequest | undefined),
      onError: error => this.#options.log('warning', `${podCertificatePlural}: ${error.message}`),
      trim: trimManagedFields,
    })
  }

  #changed(key: string, request: PodCertificateRequest | undefined): void {
    if (request === undefined || isAnswered(request)) {
      this.#open.delete(key)
      this.#failures.delete(key)
      if (request !== undefined) this.#learn(request)
      return
    }
    this.#open.set(key, request)
    this.begin()
  }

  #learn({ metadata, spec = {}, status = {} }: PodCertificateRequest): void {
    const certificate = certificateIn(status)
    const { podUID = '', podName = '' } = spec
    if (certificate === undefined || certificate.issuedAt < (this.#known.get(podUID)?.issuedAt ?? 0)) return
    this.#known.set(podUID, certificate)
    this.#options.onIssued({ namespace: metadata.namespace ?? '', name: podName })
  }

  /** One that can't be answered keeps no other one back. */
  async #answerAll(): Promise<void> {
    for (const [key, request] of [...this.#open]) {
      if (!this.#isRunning || !this.#options.mayWrite()) return
      if (this.#open.get(key) === request) await this.#tried(key, request)
    }
  }

  async #tried(key: string, request: PodCertificateRequest): Promise<void> {
    try {
      await this.#answer(request)
      // The watch tells of it, too; until then it is not answered again.
      if (this.#open.get(key) === request) this.#open.delete(key)
      this.#failures.delete(key)
    } catch (error) {
      // It is gone, or was answered by another replica: the watch tells.
      if (isApiError(error, 404, 409)) return
      const { message } = error as Error
      const line = `the certificate of pod ${request.metadata.namespace}/${request.spec?.podName} can't be given: ${message}`
      if (this.#failures.get(key) !== message) this.#options.log('warning', line)
      this.#failures.set(key, message)
      clearTimeout(this.#retryTimer)
      this.#retryTimer = setTimeout(() => this.begin(), retryMs)
      this.#retryTimer.unref()
    }
  }

  async #answer(request: PodCertificateRequest): Promise<void> {
    const { client, log } = this.#options
    const denied = (await this.#mismatch(request)) ?? keyProblem(request)
    const status = denied === undefined ? await this.#sign(request) : deniedStatus(denied)
    // Asked once more: reading has taken its time, and somebody else may write now.
    if (!this.#options.mayWrite()) return
    const { name, namespace, uid, resourceVersion } = request.metadata
    const path = `/apis/${this.#version}/namespaces/${namespace}/${podCertificatePlural}/${name}/status`
    await client.call('PUT', path, {
      deadline: performance.now() + writeTimeoutMs,
      body: {
        apiVersion: this.#version,
        kind: 'PodCertificateRequest',
        metadata: { name, namespace, uid, resourceVersion },
        spec: request.spec,
        status,
      },
    })
    if (denied !== undefined)
      log('warning', `pod ${namespace}/${request.spec?.podName} is refused a certificate: ${denied.message}`)
  }

  /**
   * Holds a request against what is known of its pod. What the watch does not know is asked of the API server, before it is
   * refused: a kubelet never asks again for a pod that was refused.
   */
  async #mismatch({ metadata: { namespace }, spec = {} }: PodCertificateRequest): Promise<Denied | undefined> {
    const { client, pods, accounts } = this.#options
    const { podName, podUID, serviceAccountName, serviceAccountUID, nodeName } = spec
    const isPod = (pod: PodObject | undefined) =>
      pod?.metadata.uid === podUID &&
      (pod?.spec?.serviceAccountName ?? 'default') === serviceAccountName &&
      pod?.spec?.nodeName === nodeName
    const isAccount = (account: ApiObject | undefined) => account?.metadata.uid === serviceAccountUID
    const deny = (message: string) => ({ reason: 'NotThisPod', message })
    const podPath = `/api/v1/namespaces/${namespace}/pods/${podName}`
    if (!isPod(pods().get(`${namespace}/${podName}`)) && !isPod(await client.find<PodObject>(podPath)))
      return deny(`no pod ${namespace}/${podName} has this uid, runs as ${serviceAccountName} and on ${nodeName}`)
    const accountPath = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccountName}`
    if (!isAccount(accounts().get(`${namespace}/${serviceAccountName}`)) && !isAccount(await client.find(accountPath)))
      return deny(`there is no service account ${namespace}/${serviceAccountName} with this uid`)
    return undefined
  }

  async #sign({ metadata: { namespace = '' }, spec = {} }: PodCertificateRequest): Promise<PodCertificateStatus> {
    const { authority, domain: trustDomain, ttlMs } = this.#options
    const now = Date.now()
    const lifeMs = Math.min(ttlMs, (spec.maxExpirationSeconds ?? Number.POSITIVE_INFINITY) * 1000)
    const id = { trustDomain, namespace, serviceAccount: spec.serviceAccountName ?? '' }
    const notBefore = now - backdateMs
    const publicKey = Buffer.from(spec.pkixPublicKey ?? '', 'base64')
    const signed = await authority().signWorkload(id, publicKey, { notBefore, notAfter: notBefore + lifeMs })
    // No refusal: the kubelet would not ask again when there is a new authority.
    if (signed.notAfter - signed.notBefore < shortestMs)
      throw new Error('the authority ends within the hour that Kubernetes asks for at least')
    const message = `issued to ${namespace}/${spec.podName}`
    return {
      conditions: [condition('Issued', { reason: 'Issued', message })],
      certificateChain: signed.chain,
      notBefore: timeOf(signed.notBefore),
      notAfter: timeOf(signed.notAfter),
      beginRefreshAt: timeOf(renewalOf(signed, now)),
    }
  }
}

const missingLine = `${podCertificatesMissing.fact}: ${podCertificatesMissing.remedy}`

/** Issued, denied and failed are final. */
function isAnswered({ status }: PodCertificateRequest): boolean {
  return (status?.conditions ?? []).length > 0
}

function keyProblem({ spec }: PodCertificateRequest): Denied | undefined {
  const deny = (message: string) => ({ reason: 'UnsupportedKeyType', message })
  try {
    const der = Buffer.from(spec?.pkixPublicKey ?? '', 'base64')
    const { asymmetricKeyDetails } = createPublicKey({ key: der, format: 'der', type: 'spki' })
    return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? undefined : deny('keys are of the type ECDSAP256 here')
  } catch {
    return deny('the key can’t be read: keys are of the type ECDSAP256 here')
  }
}

function deniedStatus(denied: Denied): PodCertificateStatus {
  return { conditions: [condition('Denied', denied)] }
}

function condition(type: string, { reason, message }: Denied) {
  return { type, status: 'True', reason, message, lastTransitionTime: timeOf(Date.now()) }
}

/** At half of its life, up to a tenth of it sooner, and where the API server takes it. */
function renewalOf({ notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number }, now: number) {
  const at = now + ((notAfter - now) / 2) * (1 - Math.random() / 10)
  return Math.min(Math.max(at, notBefore + restMs), notAfter - restMs)
}

/** As the API server writes times: whole seconds. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '')
}

/** @returns undefined where none was issued, or it can't be read */
function certificateIn(status: PodCertificateStatus): PodCertificate | undefined {
  const { certificateChain: chain, notBefore, notAfter, beginRefreshAt } = status
  if (chain === undefined || notBefore === undefined || notAfter === undefined) return undefined
  try {
    const serial = new X509Certificate(chain).serialNumber.toLowerCase().padStart(32, '0')
    const renewsAt = Date.parse(beginRefreshAt ?? notAfter)
    return { chain, serial, issuedAt: Date.parse(notBefore) + backdateMs, notAfter: Date.parse(notAfter), renewsAt }
  } catch {
    return undefined
  }
}
