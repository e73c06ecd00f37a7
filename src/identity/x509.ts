/**
 * Certificates as PEM: roots are made, and all are read. The one file that imports @peculiar/x509.
 */
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
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
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...dates(validity),
    serialNumber: newSerial(),
    name: [{ O: [organization] }, { CN: [`${organization} root`] }],
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
