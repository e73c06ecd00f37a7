/**
 * Certificates of workloads and servers, put together byte by byte: after a restart thousands of proxies may ask for theirs
 * at once, and what is the same in all of them is made once.
 */
import { generateKeyPair, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { memo } from '../util/memo.ts'
import { bitString, der, derNull, derTrue, integer, objectId, octetString, sequence, time } from './der.ts'
import { authorityKeyId, type KeyPair, type Signer, type SigningAlgorithm, subjectOf, type Validity } from './x509.ts'

export type AlternativeName = { readonly type: 'url' | 'dns'; readonly value: string }

const newKeys = promisify(generateKeyPair)
const signed = promisify(sign)

/**
 * A certificate for these names, with a key of its own: ECDSA on P-256, which every TLS stack knows.
 */
export async function makeLeaf(
  signer: Signer,
  names: readonly AlternativeName[],
  validity: Validity,
): Promise<KeyPair & { readonly serial: string }> {
  const { publicKey, privateKey } = await newKeys('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { ...(await signLeaf(signer, { names, publicKey }, validity)), key: privateKey }
}

/**
 * A certificate for these names and for a key that somebody else has.
 *
 * @param whose.publicKey as SPKI, DER
 */
export async function signLeaf(
  signer: Signer,
  { names, publicKey }: { readonly names: readonly AlternativeName[]; readonly publicKey: Uint8Array },
  validity: Validity,
): Promise<{ readonly chain: string; readonly serial: string }> {
  const { algorithm, issuer, extensions } = await sharedParts(signer)
  const serial = newSerial()
  const content = sequence(
    version3,
    integer(serial),
    algorithm,
    issuer,
    sequence(time(validity.notBefore), time(validity.notAfter)),
    sequence(),
    publicKey,
    der(0xa3, sequence(...extensions, alternativeNames(names))),
  )
  const signature = await signed(signer.algorithm.hash, content, signer.privateKey)
  const certificate = sequence(content, algorithm, bitString(signature))
  return { chain: pemOf(certificate), serial: serial.toString('hex') }
}

/** 127 random bits: positive, and never the same twice (RFC 5280 asks for 64 at least). */
function newSerial(): Buffer {
  const bytes = randomBytes(16)
  bytes[0]! &= 0x7f
  return bytes
}

const version3 = der(0xa0, integer(Buffer.of(2)))

/** What all certificates of one signer have. */
const sharedParts = memo(async ({ certificate, algorithm }: Signer) => ({
  issuer: subjectOf(certificate),
  algorithm: algorithmId(algorithm),
  extensions: [...leafExtensions, await authorityKeyId(certificate)],
}))

/** RFC 4055 and 5758: only RSA has parameters, and those are null. */
function algorithmId({ isRsa, hash }: SigningAlgorithm): Buffer {
  if (isRsa) return sequence(objectId(hash === 'sha256' ? '1.2.840.113549.1.1.11' : '1.2.840.113549.1.1.12'), derNull)
  return sequence(objectId(hash === 'sha256' ? '1.2.840.10045.4.3.2' : '1.2.840.10045.4.3.3'))
}

function extension(id: string, isCritical: boolean, value: Uint8Array): Buffer {
  return sequence(objectId(id), ...(isCritical ? [derTrue] : []), octetString(value))
}

const [serverAuth, clientAuth] = [objectId('1.3.6.1.5.5.7.3.1'), objectId('1.3.6.1.5.5.7.3.2')]

const leafExtensions = [
  // Basic constraints: no authority.
  extension('2.5.29.19', true, sequence()),
  // Key usage: the first of eight bits, digitalSignature; the other seven are unused and left out.
  extension('2.5.29.15', true, Buffer.of(0x03, 0x02, 0x07, 0x80)),
  extension('2.5.29.37', false, sequence(serverAuth, clientAuth)),
]

/** By kind: its tag among the forms that a name may have. */
const nameTags = { url: 0x86, dns: 0x82 } as const

/** Critical, for there is no subject beside them (RFC 5280, 4.2.1.6). */
function alternativeNames(names: readonly AlternativeName[]): Buffer {
  const forms = names.map(({ type, value }) => der(nameTags[type], Buffer.from(value, 'ascii')))
  return extension('2.5.29.17', true, sequence(...forms))
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}
