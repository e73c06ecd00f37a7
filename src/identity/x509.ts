/**
 * Certificates as PEM: made and read.
 *
 * The one file that imports @peculiar/x509. Keys are ECDSA on P-256, which every TLS stack knows and which are made and
 * used in a fraction of the time that RSA takes.
 */
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
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

/** Who may sign. */
export interface Signer {
  readonly certificate: X509Certificate
  readonly privateKey: webcrypto.CryptoKey
  readonly algorithm: SigningAlgorithm
}

export interface Validity {
  /** ms since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

export type AlternativeName = { readonly type: 'url' | 'dns'; readonly value: string }

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
 * A certificate for these names, with a key of its own.
 *
 * @param isCritical a SPIFFE certificate has no subject: then its names are what matters (RFC 5280, 4.2.1.6)
 */
export async function makeLeaf(
  signer: Signer,
  names: readonly AlternativeName[],
  { validity, isCritical }: { readonly validity: Validity; readonly isCritical: boolean },
): Promise<KeyPair & { readonly serial: string }> {
  const keys = await newKeys()
  const serialNumber = newSerial()
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension([...names], isCritical),
    await AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey),
  ]
  const certificate = await X509CertificateGenerator.create({
    ...dates(validity),
    serialNumber,
    subject: '',
    issuer: signer.certificate.subjectName,
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signer.algorithm,
    extensions,
  })
  return { chain: pem(certificate), key: await exportKey(keys.privateKey), serial: serialNumber }
}

/**
 * Another root's name and key, signed by this one: whoever trusts only the signer believes what that root signs. PEM.
 */
export async function makeBridge(signer: Signer, root: X509Certificate, validity: Validity): Promise<string> {
  const certificate = await X509CertificateGenerator.create({
    ...dates(validity),
    serialNumber: newSerial(),
    subject: root.subjectName,
    issuer: signer.certificate.subjectName,
    publicKey: root.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signer.algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(root.publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey),
    ],
  })
  return pem(certificate)
}

/** All certificates of a PEM text, in their order. @throws where one can't be read */
export function readCertificates(text: string): X509Certificate[] {
  return PemConverter.decodeWithHeaders(text)
    .filter(({ type }) => type === 'CERTIFICATE')
    .map(({ rawData }) => new X509Certificate(rawData))
}

/** How a key signs: what WebCrypto has to be told of it. */
export type SigningAlgorithm =
  | typeof algorithm
  | webcrypto.RsaHashedImportParams
  | (webcrypto.EcKeyImportParams & { readonly hash: string })

/** A private key, as PKCS #8 in DER, for signing. @throws where it can't be read */
export function readSigningKey(pkcs8: Uint8Array, how: SigningAlgorithm): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', pkcs8, how, false, ['sign'])
}

export function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`
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
