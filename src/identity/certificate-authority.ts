/**
 * The mesh's certificate authority: names come from callers that were attested by others, never from what is asked for,
 * and keys stay in memory.
 */
import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  X509Certificate as NodeCertificate,
} from 'node:crypto'
import { type AlternativeName, makeLeaf, signLeaf } from './leaf.ts'
import { isSpiffeId, type SpiffeId, spiffeUri } from './spiffe-id.ts'
import {
  authorityFault,
  type KeyPair,
  makeBridge,
  makeRoot,
  pem,
  readCertificates,
  type Signer,
  type SigningAlgorithm,
  type Validity,
  type X509Certificate,
} from './x509.ts'

/** What an authority is made of, as it lies in files or in a Secret. */
export interface AuthorityFiles {
  /** The signing certificate, and what leads from it to a root that is not in here; PEM. */
  readonly chain: string
  /** Its key, PEM. */
  readonly key: string
  /** All roots that are trusted now, PEM: during a change the old one and the new one. */
  readonly roots: string
  /** While a root is replaced: the new one as the old one has signed it, for those that trust the old one alone; PEM. */
  readonly bridge?: string
}

/** A certificate for a workload or a server, with its key. */
export interface Issued extends KeyPair {
  readonly serial: string
  /** When it was made, ms since 1970: its life is counted from here, though it is valid from a little before. */
  readonly issuedAt: number
  readonly notAfter: number
}

/** A certificate for a key that its owner keeps. */
export interface Signed extends Validity {
  /** Certificate first, then what leads from it to a root; PEM. */
  readonly chain: string
  readonly serial: string
}

/** Which of the files is wrong; `path`: they don't fit together, for what leads from the chain to a root is missing. */
export type AuthorityPart = 'chain' | 'key' | 'roots' | 'bridge' | 'path'

/** The files can't be used as an authority, for the reason that the message gives. It never quotes a key. */
export class AuthorityInvalid extends Error {
  override readonly name = 'AuthorityInvalid'
  /** Absent where it is not about a file. */
  readonly part: AuthorityPart | undefined

  constructor(message: string, part?: AuthorityPart) {
    super(message)
    this.part = part
  }
}

/** The authority's own certificate has ended since it was loaded: it issues nothing any more. */
export class AuthorityExpired extends AuthorityInvalid {}

/** Clocks differ: certificates are valid from so long before they are made, ms. */
const backdateMs = 10 * 60_000
/** As istiod's. ms */
const rootTtlMs = 10 * 365 * 86_400_000
/** Much longer than a kubelet takes to bring a changed trust bundle into pods, ms. */
const bridgeTtlMs = 86_400_000

/** A new root of our own. */
export async function createAuthorityFiles(trustDomain: string, now = Date.now()): Promise<AuthorityFiles> {
  const validity = { notBefore: now - backdateMs, notAfter: now + rootTtlMs }
  const { chain, key } = await makeRoot('Meshwright', trustDomain, validity)
  return { chain, key, roots: chain }
}

export class CertificateAuthority {
  readonly trustDomain: string
  /** All roots that are trusted now, PEM. */
  readonly roots: string
  readonly #signer: Signer
  /** What is put behind each leaf: nothing where the root signs itself. */
  readonly #intermediates: string
  readonly #bridge: readonly X509Certificate[]

  private constructor(
    trustDomain: string,
    roots: string,
    signing: { signer: Signer; intermediates: string; bridge: readonly X509Certificate[] },
  ) {
    this.trustDomain = trustDomain
    this.roots = roots
    this.#signer = signing.signer
    this.#intermediates = signing.intermediates
    this.#bridge = signing.bridge
  }

  /**
   * Reads and judges an authority's files.
   *
   * @throws AuthorityInvalid where the key is not the certificate's, the chain does not end at a root, a certificate is not
   *   valid now, or one is no authority
   */
  static async load(files: AuthorityFiles, trustDomain: string, now = Date.now()): Promise<CertificateAuthority> {
    const chain = certificates(files, 'chain')
    const roots = certificates(files, 'roots')
    const [signing] = chain
    if (signing === undefined) throw new AuthorityInvalid('the chain holds no certificate', 'chain')
    if (roots.length === 0) throw new AuthorityInvalid('the roots hold no certificate', 'roots')
    checkValidity('chain', chain, now)
    checkValidity('roots', roots, now)
    const signs = signingKey(files.key, signing.publicKey.rawData)
    for (const [index, certificate] of chain.entries()) {
      const issuers = index + 1 < chain.length ? [chain[index + 1]!] : roots
      if (!issuers.some(issuer => hasSigned(issuer, certificate)))
        throw new AuthorityInvalid(
          `nobody in the chain and the roots has signed ${certificate.subject}: a certificate is missing`,
          'path',
        )
    }
    const links = chain.filter(link => !roots.some(root => root.equal(link)))
    checkAuthorities(links, roots)
    const isRoot = roots.some(root => root.equal(signing))
    const intermediates = isRoot ? '' : links.map(pem).join('')
    return new CertificateAuthority(trustDomain, roots.map(pem).join(''), {
      signer: { certificate: signing, ...signs },
      intermediates,
      bridge: certificates(files, 'bridge'),
    })
  }

  /** Tells authorities apart: of the signing certificate and of what is trusted. Hex. */
  get fingerprint(): string {
    return hash('sha256', `${pem(this.#signer.certificate)}${this.roots}`)
  }

  /** When the signing certificate ends, in ms since 1970: nothing that it signs lives longer. */
  get notAfter(): number {
    return this.#signer.certificate.notAfter.getTime()
  }

  /** What signs is itself trusted: nobody has signed it but itself. PEM; undefined where an intermediate signs. */
  get root(): string | undefined {
    return this.#intermediates === '' ? pem(this.#signer.certificate) : undefined
  }

  /** Has whoever trusts this authority believe another root as well, for a day: that root's `bridge`. */
  async bridgeTo(root: string, now = Date.now()): Promise<string> {
    const [certificate] = readCertificates(root)
    if (certificate === undefined) throw new AuthorityInvalid('there is no root to bridge to', 'roots')
    const notAfter = Math.min(now + bridgeTtlMs, this.notAfter, certificate.notAfter.getTime())
    return makeBridge(this.#signer, certificate, { notBefore: now - backdateMs, notAfter })
  }

  /**
   * A SPIFFE X.509-SVID.
   *
   * @param id whom the caller was attested to be
   * @throws AuthorityInvalid where the parts can't be a name, or the id is of another trust domain
   * @throws AuthorityExpired
   */
  async issueWorkload(id: SpiffeId, ttlMs: number, now = Date.now()): Promise<Issued> {
    return this.#issue([this.#nameOf(id)], ttlMs, now)
  }

  /**
   * A SPIFFE X.509-SVID for a key that its owner has made, and has been seen to have.
   *
   * @param publicKey as SPKI, DER
   * @param wanted nothing outlives what signs: it may end sooner
   * @throws AuthorityInvalid as `issueWorkload`
   */
  async signWorkload(id: SpiffeId, publicKey: Uint8Array, wanted: Validity): Promise<Signed> {
    this.#assertValid(Date.now())
    const notBefore = wholeSeconds(wanted.notBefore)
    const notAfter = wholeSeconds(Math.min(wanted.notAfter, this.notAfter))
    const validity = { notBefore, notAfter }
    const whose = { names: [this.#nameOf(id)], publicKey }
    const { chain, serial } = await signLeaf(this.#signer, whose, validity)
    return { chain: chain + this.#intermediates, serial, ...validity }
  }

  /** Is a certificate signed by what signs now? PEM, of which the first one counts. */
  hasIssued(chain: string): boolean {
    const [leaf] = readCertificates(chain)
    return leaf !== undefined && hasSigned(this.#signer.certificate, leaf)
  }

  #nameOf(id: SpiffeId): AlternativeName {
    if (id.trustDomain !== this.trustDomain || !isSpiffeId(id))
      throw new AuthorityInvalid(`${JSON.stringify(spiffeUri(id))} is no identity of ${this.trustDomain}`)
    return { type: 'url', value: spiffeUri(id) }
  }

  /**
   * A certificate for servers of the control plane, by their DNS names.
   *
   * @throws AuthorityExpired
   */
  async issueServer(names: readonly string[], ttlMs: number, now = Date.now()): Promise<Issued> {
    const issued = await this.#issue(
      names.map(value => ({ type: 'dns', value }) as const),
      ttlMs,
      now,
    )
    // A pod may read its trust bundle anew a minute or two after it has changed.
    const bridge = this.#bridge.filter(({ notAfter }) => notAfter.getTime() > now).map(pem)
    return { ...issued, chain: issued.chain + bridge.join('') }
  }

  async #issue(names: readonly AlternativeName[], ttlMs: number, now: number): Promise<Issued> {
    this.#assertValid(now)
    const notAfter = wholeSeconds(Math.min(now + ttlMs, this.notAfter))
    const validity = { notBefore: wholeSeconds(now - backdateMs), notAfter }
    const { chain, key, serial } = await makeLeaf(this.#signer, names, validity)
    return { chain: chain + this.#intermediates, key, serial, issuedAt: wholeSeconds(now), notAfter }
  }

  #assertValid(now: number): void {
    if (this.notAfter <= now)
      throw new AuthorityExpired(`${expiry(this.#signer.certificate)}: it issues nothing`, 'chain')
  }
}

/** X.509 counts in whole seconds. ms */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

function certificates(files: AuthorityFiles, part: 'chain' | 'roots' | 'bridge') {
  try {
    return readCertificates(files[part] ?? '')
  } catch {
    throw new AuthorityInvalid(`the ${part} can't be read as PEM`, part)
  }
}

function expiry({ subject, notAfter }: X509Certificate): string {
  return `${subject} expired on ${notAfter.toISOString()}`
}

function checkValidity(part: AuthorityPart, list: readonly X509Certificate[], now: number): void {
  for (const certificate of list) {
    const { subject, notBefore, notAfter } = certificate
    if (notAfter.getTime() <= now) throw new AuthorityInvalid(expiry(certificate), part)
    // Whoever made it may have a clock that goes ahead of ours.
    if (notBefore.getTime() > now + backdateMs)
      throw new AuthorityInvalid(`${subject} is not valid before ${notBefore.toISOString()}`, part)
  }
}

/**
 * Proxies believe nothing that is signed by one that may not.
 *
 * @param links from the signing certificate upwards, without the root
 */
function checkAuthorities(links: readonly X509Certificate[], roots: readonly X509Certificate[]): void {
  for (const [below, link] of links.entries()) {
    const fault = authorityFault(link, below)
    if (fault !== undefined) throw new AuthorityInvalid(`${link.subject} ${fault}`, 'chain')
  }
  const top = links.at(-1)
  const faults = roots
    .filter(root => top === undefined || hasSigned(root, top))
    .map(root => ({ root, fault: authorityFault(root, links.length) }))
  const [first] = faults
  if (first?.fault !== undefined && faults.every(({ fault }) => fault !== undefined))
    throw new AuthorityInvalid(`${first.root.subject} ${first.fault}`, 'roots')
}

/** Judged by OpenSSL, which takes keys of any kind. */
function hasSigned(issuer: X509Certificate, certificate: X509Certificate): boolean {
  const [above, below] = [new NodeCertificate(pem(issuer)), new NodeCertificate(pem(certificate))]
  return below.checkIssued(above) && below.verify(above.publicKey)
}

/** By key: how it signs. RSA is what most companies' authorities still have. */
function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  if (key.asymmetricKeyType === 'rsa') return { isRsa: true, hash: 'sha256' }
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (curve === 'prime256v1') return { isRsa: false, hash: 'sha256' }
  return curve === 'secp384r1' ? { isRsa: false, hash: 'sha384' } : undefined
}

/** @param publicKey of the certificate, as SPKI */
function signingKey(text: string, publicKey: ArrayBuffer): Omit<Signer, 'certificate'> {
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch {
    throw new AuthorityInvalid("the key can't be read: it must be a private key as PEM, without a passphrase", 'key')
  }
  const own = createPublicKey(key).export({ type: 'spki', format: 'der' })
  if (!own.equals(Buffer.from(publicKey))) throw new AuthorityInvalid("the key is not the certificate's", 'key')
  const algorithm = algorithmOf(key)
  if (algorithm === undefined)
    throw new AuthorityInvalid(
      `a key of type ${key.asymmetricKeyType} can't sign here: use RSA, or ECDSA on P-256 or P-384`,
      'key',
    )
  return { algorithm, privateKey: key }
}
