/**
 * Certificates as PEM: roots are made, and all are read. The one file that imports @peculiar/x509.
 */
import 'reflect-metadata'
import { type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

export type { X509Certificate }

/** A certificate with its private key. */
export interface KeyPair {
  /** Certificate first, then what leads from it to a root; PEM. */
  readonly chain: string
  /** PKCS #8, PEM. A secret: never log it. */
  readonly key: string
}

/** How a key signs. */
export interface SigningAlgorithm {
  readonly hash: 'sha256' | 'sha384'
  /** By RSA (PKCS #1 v1.5), or else by ECDSA. */
  readonly isRsa: boolean
}

/** Who may sign. */
export interface Signer {
  readonly certificate: X509Certificate
  readonly privateKey: KeyObject
  readonly algorithm: SigningAlgorithm
}

/** When a certificate is valid. */
export interface Validity {
  /** ms since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A root that signs itself and whatever else it is asked to, but no further authorities than one below it. */
export async function makeRoot(organization: string, trustDomain: string, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys()
  const serialNumber = newSerial()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...dates(validity),
    serialNumber,
    // Two roots have different names: who looks for an issuer looks by name first.
    name: [{ O: [organization] }, { CN: [`${organization} root ${serialNumber.slice(0, 8)}`] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${trustDomain}` }]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { chain: pem(certificate), key: await exportKey(keys.privateKey) }
}

/**
 * Another root's name and key, signed by this one: whoever trusts only the signer believes what that root signs. PEM.
 */
export async function makeBridge(signer: Signer, root: X509Certificate, validity: Validity): Promise<string> {
  const how = webAlgorithm(signer.algorithm)
  const certificate = await X509CertificateGenerator.create({
    ...dates(validity),
    serialNumber: newSerial(),
    subject: root.subjectName,
    issuer: signer.certificate.subjectName,
    publicKey: root.publicKey,
    signingKey: signer.privateKey.toCryptoKey(how, false, ['sign']) as webcrypto.CryptoKey,
    signingAlgorithm: how,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(root.publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey),
    ],
  })
  return pem(certificate)
}

/** What WebCrypto has to be told of how a key signs. */
function webAlgorithm({ isRsa, hash }: SigningAlgorithm): webcrypto.EcdsaParams & webcrypto.EcKeyImportParams {
  const digest = hash === 'sha256' ? 'SHA-256' : 'SHA-384'
  const namedCurve = hash === 'sha256' ? 'P-256' : 'P-384'
  return { name: isRsa ? 'RSASSA-PKCS1-v1_5' : 'ECDSA', namedCurve, hash: digest }
}

/** All certificates of a PEM text, in their order. @throws where one can't be read */
export function readCertificates(text: string): X509Certificate[] {
  return PemConverter.decodeWithHeaders(text)
    .filter(({ type }) => type === 'CERTIFICATE')
    .map(({ rawData }) => new X509Certificate(rawData))
}

/** Its subject, as DER: what stands as issuer in certificates that it signs. */
export function subjectOf(certificate: X509Certificate): Uint8Array {
  return new Uint8Array(certificate.subjectName.toArrayBuffer())
}

/** The extension by which certificates that it signs name its key, as DER. */
export async function authorityKeyId(certificate: X509Certificate): Promise<Uint8Array> {
  return new Uint8Array((await AuthorityKeyIdentifierExtension.create(certificate.publicKey)).rawData)
}

export function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`
}

/**
 * Why this certificate may not be an authority above so many others: undefined where it may (RFC 5280, 4.2.1.3 and 4.2.1.9).
 */
export function authorityFault(certificate: X509Certificate, below: number): string | undefined {
  const constraints = certificate.getExtension(BasicConstraintsExtension)
  if (constraints?.ca !== true) return 'is no authority: its basic constraints lack CA:TRUE'
  const usage = certificate.getExtension(KeyUsagesExtension)
  if (usage !== null && (usage.usages & KeyUsageFlags.keyCertSign) === 0)
    return 'may sign no certificates: its key usage lacks keyCertSign'
  const { pathLength = below } = constraints
  return pathLength < below ? `allows ${pathLength} authorities below it, and here are ${below}` : undefined
}

function dates({ notBefore, notAfter }: Validity) {
  return { notBefore: new Date(notBefore), notAfter: new Date(notAfter) }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
}

/** 127 random bits: positive, and never the same twice (RFC 5280 asks for 64 at least). */
function newSerial(): string {
  const bytes = randomBytes(16)
  bytes[0]! &= 0x7f
  return bytes.toString('hex')
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}
