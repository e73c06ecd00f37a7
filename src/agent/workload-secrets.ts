/**
 * Certificates of workloads, by SDS: one for each stream, under the identity that its caller was attested to have.
 *
 * A key is made here, goes over that one stream, and is forgotten with it. Certificates are renewed at half of their life,
 * with jitter, so that an outage of the other half hurts nobody.
 */
import { hash } from 'node:crypto'
import { AuthorityExpired, type CertificateAuthority, type Issued } from '../identity/certificate-authority.ts'
import { type SpiffeId, spiffeUri } from '../identity/spiffe-id.ts'
import type { Codec } from '../protobuf/codec.ts'
import { encodeResource } from '../xds/encode-resource.ts'
import { type Held, type HeldResource, nothingHeld } from '../xds/held.ts'
import type { XdsNode } from '../xds/node.ts'
import type { SecretRequest, SecretSource } from '../xds/secrets.ts'
import { type EncodedResource, typeUrl } from '../xds/snapshot.ts'

/** Names under which proxies ask for them (Istio's). */
const [ownName, rootsName] = ['default', 'ROOTCA']

export interface WorkloadSecretsOptions {
  readonly authority: CertificateAuthority
  readonly codec: Codec
  /** Whom an attested proxy's certificate names; undefined: it gets none. */
  readonly identityOf: (node: XdsNode) => SpiffeId | undefined
  /** Life of a certificate, ms. */
  readonly ttlMs: number
  /**
   * Called where a certificate can't be issued; the proxy keeps what it has, and it is tried again. Once for an authority that
   * has expired, whoever asks.
   */
  readonly onError: (node: XdsNode, error: Error) => void
  /** Secrets beside its own that an attested proxy may have. Default: none. */
  readonly more?: (node: XdsNode) => Held
  /** Where a proxy has its key from others; undefined: it is made here. Default: all are. */
  readonly bundleOf?: (node: XdsNode) => PodBundle | undefined
}

/** A file with key and certificate that somebody else keeps up. */
export interface PodBundle {
  readonly file: string
  /** The folder whose exchange says that the file is another one. */
  readonly folder: string
  /** The certificate that was given for it last, as far as that is known. */
  readonly certificate: (Certificate & { readonly chain: string; readonly renewsAt: number }) | undefined
}

/** A certificate as it can be shown: without its key. */
export interface IdentityReport {
  readonly proxy: string
  readonly namespace: string
  readonly identity: string
  /** Who made its key: `agent`, or `pod`: the kubelet. */
  readonly key: 'agent' | 'pod'
  /** Of the certificate, hex; null where it is not known: the proxy holds one from another replica. */
  readonly serial: string | null
  /** ms since 1970; null, as the two below, where the certificate for a pod's own key is not known any more. */
  readonly issuedAt: number | null
  readonly notAfter: number | null
  /** When it will be replaced, ms since 1970. */
  readonly renewsAt: number | null
  /** It is of the authority as it is now, and the proxy has accepted it and the roots. */
  readonly accepted: boolean
}

/** After a failure it is tried again so soon, ms. */
const retryMs = 5_000
/** Clocks of replicas may differ by so much, ms. */
const aheadMs = 300_000
/** Time mends no authority that has expired, and another one is handed out at once. ms */
const expiredRetryMs = 60_000
/** Longer timers would fire at once, ms. */
const longestTimerMs = 2 ** 31 - 1

export class WorkloadSecrets {
  readonly #options: WorkloadSecretsOptions
  readonly #streams = new Set<StreamSecrets>()
  #authority: CertificateAuthority
  /** The authority that was said to have expired. */
  #expired: CertificateAuthority | undefined

  constructor(options: WorkloadSecretsOptions) {
    this.#options = options
    this.#authority = options.authority
  }

  /** For an XdsServer's `secrets`. */
  open(request: SecretRequest): SecretSource | undefined {
    const id = this.#options.identityOf(request.node)
    if (id === undefined) return undefined
    const stream = new StreamSecrets(request, {
      ...this.#options,
      id,
      authority: () => this.#authority,
      onError: (node, error) => this.#failed(node, error),
    })
    this.#streams.add(stream)
    void stream.start()
    return {
      renew: () => void stream.renew(),
      close: () => {
        stream.close()
        this.#streams.delete(stream)
      },
    }
  }

  /** Hands out another authority's certificates and roots from now on. */
  use(authority: CertificateAuthority): void {
    this.#authority = authority
    for (const stream of this.#streams) void stream.authorityChanged()
  }

  #failed(node: XdsNode, error: Error): void {
    if (error instanceof AuthorityExpired) {
      if (this.#expired === this.#authority) return
      this.#expired = this.#authority
    }
    this.#options.onError(node, error)
  }

  /** The certificates of keys that are others' are to be asked for again, for these. */
  bundlesChanged(of: (node: XdsNode) => boolean): void {
    for (const stream of this.#streams) if (of(stream.node)) stream.bundleChanged()
  }

  /** What proxies may have beside their own is to be asked again, for these. */
  changed(of: (node: XdsNode) => boolean): void {
    for (const stream of this.#streams) if (of(stream.node)) stream.tell()
  }

  /** One entry for each open stream that has an identity. */
  identities(): IdentityReport[] {
    return [...this.#streams].flatMap(stream => stream.report() ?? [])
  }
}

interface StreamOptions extends Omit<WorkloadSecretsOptions, 'authority'> {
  readonly id: SpiffeId
  readonly authority: () => CertificateAuthority
}

/** What is known of a certificate: of our own making, or read off the version that a proxy says it holds. */
type Certificate = Pick<Issued, 'issuedAt' | 'notAfter'> & { readonly serial: string | null }

class StreamSecrets {
  readonly #request: SecretRequest
  readonly #options: StreamOptions
  #own: HeldResource | undefined
  #certificate: Certificate | undefined
  /** Identity and authority that it is of. */
  #signedAs = ''
  #renewsAt = 0
  /** It has come to nothing so far, and is to be tried again. */
  #hasFailed = false
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(request: SecretRequest, options: StreamOptions) {
    this.#request = request
    this.#options = options
  }

  get node(): XdsNode {
    return this.#request.node
  }

  /** A proxy that comes back with a certificate in the first half of its life keeps it: nothing is issued again. */
  async start(): Promise<void> {
    const version = this.#request.versions.get(ownName)
    const held = version === undefined ? undefined : this.#believed(version)
    if (this.#bundle() !== undefined) {
      this.#certificate = held
      this.#renewsAt = held === undefined ? 0 : halfLife(held)
      return this.renew()
    }
    if (version === undefined || held === undefined) return this.renew()
    this.#take({ version }, held)
  }

  async renew(): Promise<void> {
    const bundle = this.#bundle()
    if (bundle !== undefined) return this.#tellWhere(bundle)
    const authority = this.#options.authority()
    try {
      const issued = await authority.issueWorkload(this.#options.id, this.#options.ttlMs)
      if (this.#isClosed) return
      // Another authority came while this one was at work: its certificate is on its way.
      if (authority !== this.#options.authority()) return await this.renew()
      this.#hasFailed = false
      this.#take(this.#encode(issued), {
        issuedAt: issued.issuedAt,
        notAfter: issued.notAfter,
        serial: issued.serial,
      })
    } catch (error) {
      if (this.#isClosed) return
      this.#options.onError(this.#request.node, error as Error)
      this.#hasFailed = true
      this.#schedule(Date.now() + (error instanceof AuthorityExpired ? expiredRetryMs : retryMs))
    }
  }

  /** Roots go out at once; a certificate of the old authority is replaced, for it may soon be trusted no more. */
  async authorityChanged(): Promise<void> {
    if (this.#own === undefined && !this.#hasFailed) return
    this.tell()
    await this.renew()
  }

  bundleChanged(): void {
    const bundle = this.#bundle()
    if (bundle !== undefined) this.#tellWhere(bundle)
  }

  close(): void {
    this.#isClosed = true
    this.#own = undefined
    clearTimeout(this.#timer)
  }

  report(): IdentityReport | undefined {
    if (this.#own === undefined) return undefined
    const { name, namespace } = this.#request.node
    const key = this.#bundle() === undefined ? 'agent' : 'pod'
    const who = { proxy: name, namespace, identity: spiffeUri(this.#options.id), key } as const
    const { serial = null, issuedAt = null, notAfter = null } = this.#certificate ?? {}
    const renewsAt = this.#certificate === undefined ? null : this.#renewsAt
    return { ...who, serial, issuedAt, notAfter, renewsAt, accepted: this.#isAccepted() }
  }

  #bundle(): PodBundle | undefined {
    return this.#options.bundleOf?.(this.#request.node)
  }

  /**
   * Has a proxy read its key and certificate where its pod has them, and again whenever they are exchanged. The version says
   * which certificate that is, so that whoever is asked next knows it.
   */
  #tellWhere({ file, folder, certificate }: PodBundle): void {
    if (certificate !== undefined) {
      const { serial, issuedAt, notAfter, chain, renewsAt } = certificate
      this.#certificate = { serial, issuedAt, notAfter }
      this.#renewsAt = renewsAt
      this.#signedAs = this.#options.authority().hasIssued(chain) ? this.#signature() : ''
    } else this.#signedAs = this.#certificate === undefined ? '' : this.#signedAs || this.#signature()
    const part = { filename: file }
    const tls = { certificate_chain: part, private_key: part, watched_directory: { path: folder } }
    const value = { name: ownName, tls_certificate: tls }
    const encoded = encodeResource(this.#options.codec, { typeUrl: typeUrl.secret, name: ownName, value })
    const known = this.#certificate
    this.#own = known === undefined ? encoded : { ...encoded, version: this.#versionOf(known, this.#signedAs) }
    this.tell()
  }

  #isAccepted(): boolean {
    if (this.#own === undefined || this.#signedAs !== this.#signature()) return false
    const roots = rootsSecret(this.#options.authority(), this.#options.codec)
    const { hasAccepted } = this.#request
    return hasAccepted(ownName, this.#own.version) && hasAccepted(rootsName, roots.version)
  }

  #take(own: HeldResource, certificate: Certificate): void {
    this.#own = own
    this.#signedAs = this.#signature()
    this.#certificate = certificate
    this.#schedule(renewalOf(certificate))
    this.tell()
  }

  /** Hands over all that it may have now. */
  tell(): void {
    if (this.#own === undefined) return
    const roots = rootsSecret(this.#options.authority(), this.#options.codec)
    const more = this.#options.more?.(this.#request.node) ?? nothingHeld
    // Whatever else it may have never takes the place of who it is.
    this.#request.changed(new Map([...more, [ownName, this.#own], [rootsName, roots]]))
  }

  #schedule(at: number): void {
    clearTimeout(this.#timer)
    this.#renewsAt = at
    this.#timer = setTimeout(() => void this.renew(), Math.min(Math.max(0, at - Date.now()), longestTimerMs))
    this.#timer.unref()
  }

  #encode({ chain, key, ...issued }: Issued): EncodedResource {
    const value = {
      name: ownName,
      tls_certificate: { certificate_chain: { inline_string: chain }, private_key: { inline_string: key } },
    }
    const encoded = encodeResource(this.#options.codec, { typeUrl: typeUrl.secret, name: ownName, value })
    return { ...encoded, version: this.#versionOf(issued) }
  }

  /**
   * Says what a certificate is without showing it: another replica reads from it that a proxy needs no other one yet.
   */
  #versionOf({ issuedAt, notAfter, serial }: Certificate, signedAs = this.#signature()): string {
    return [signedAs, issuedAt / 1000, notAfter / 1000, serial].join('.')
  }

  /** A certificate of the same identity and authority, and young enough to be renewed by us; undefined otherwise. */
  #believed(version: string): Certificate | undefined {
    const [signature, from, to, serial] = version.split('.')
    const certificate = { issuedAt: Number(from) * 1000, notAfter: Number(to) * 1000, serial: serial ?? null }
    const lifeMs = certificate.notAfter - certificate.issuedAt
    const hasOwnKey = this.#bundle() !== undefined
    // It is the proxy's own word: none that we would have said is believed. A kubelet's certificate lives as long as it asked for.
    const isOurs = signature === this.#signature() && lifeMs > 0 && (hasOwnKey || lifeMs <= this.#options.ttlMs + 1000)
    const isYoung = hasOwnKey || Date.now() < halfLife(certificate)
    return isOurs && isYoung && certificate.issuedAt <= Date.now() + aheadMs ? certificate : undefined
  }

  /** Of identity and authority together, and of whose the key is. */
  #signature(): string {
    const whose = this.#bundle() === undefined ? '' : '\npod'
    return hash('sha256', `${spiffeUri(this.#options.id)}\n${this.#options.authority().fingerprint}${whose}`).slice(
      0,
      16,
    )
  }
}

function rootsSecret(authority: CertificateAuthority, codec: Codec): EncodedResource {
  const value = { name: rootsName, validation_context: { trusted_ca: { inline_string: authority.roots } } }
  return encodeResource(codec, { typeUrl: typeUrl.secret, name: rootsName, value })
}

function halfLife({ issuedAt, notAfter }: Certificate): number {
  return issuedAt + (notAfter - issuedAt) / 2
}

/** At half of its life, up to a tenth of it sooner, so that proxies that started together don't renew together. */
function renewalOf(certificate: Certificate): number {
  const jitter = (certificate.notAfter - certificate.issuedAt) / 20
  return Math.max(Date.now() + 1000, halfLife(certificate) - Math.random() * jitter)
}
