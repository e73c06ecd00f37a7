/** What Secrets hold of what TLS needs, as Envoy takes it: a certificate with its key, or authorities. No flaw quotes a text. */
import type { X509Certificate } from 'node:crypto'
import { isObject } from '../../util/is-object.ts'
import { certificatesOf, privateKeyOf, revocationsOf } from './pem.ts'

/** A Secret: its `data` are texts in base64, its `stringData` as they are. */
export interface SecretObject {
  readonly [field: string]: unknown
}

/** What is wrong with a Secret, and what to do. */
export interface SecretFlaw {
  readonly problem: string
  readonly remedy: string
}

/** Fields of Envoy's message for it. */
export type SecretContent = { readonly message: object } | SecretFlaw

const [chainKeys, keyKeys, authorityKeys, revokedKeys] = [
  ['cert', 'tls.crt'],
  ['key', 'tls.key'],
  ['cacert', 'ca.crt'],
  ['crl', 'ca.crl'],
] as const

/** All that TLS may need of a Secret: Istio's names for them, and Kubernetes' own. */
export const secretKeys: readonly string[] = [...chainKeys, ...keyKeys, ...authorityKeys, ...revokedKeys]

export function pairOf(secret: SecretObject): SecretContent {
  const [chain, key] = [textOf(secret, chainKeys), textOf(secret, keyKeys)]
  if (chain === undefined)
    return { problem: 'has neither tls.crt nor cert', remedy: 'put the certificate chain there, PEM' }
  if (key === undefined) return { problem: 'has neither tls.key nor key', remedy: 'put the private key there, PEM' }
  const certificates = certificatesOf(chain.text)
  if ('problem' in certificates) return within(chain.key, certificates)
  const privateKey = privateKeyOf(key.text)
  if ('problem' in privateKey) return within(key.key, privateKey)
  const [own] = certificates as [X509Certificate]
  if (!own.checkPrivateKey(privateKey))
    return { problem: `holds a key that does not belong to its certificate`, remedy: 'put both of one pair there' }
  const message = { certificate_chain: { inline_string: chain.text }, private_key: { inline_string: key.text } }
  return { message: { tls_certificate: message } }
}

/** Undefined where it says none. */
export function authoritiesOf(secret: SecretObject | undefined): SecretContent | undefined {
  const found = secret === undefined ? undefined : textOf(secret, authorityKeys)
  if (found === undefined) return undefined
  const certificates = certificatesOf(found.text)
  if ('problem' in certificates) return within(found.key, certificates)
  const revoked = textOf(secret!, revokedKeys)
  const revocations = revoked === undefined ? { lists: 0 } : revocationsOf(revoked.text)
  if ('problem' in revocations) return within(revoked!.key, revocations)
  const crl = revoked === undefined ? {} : { crl: { inline_string: revoked.text } }
  return { message: { validation_context: { trusted_ca: { inline_string: found.text }, ...crl } } }
}

/** The text under the first of these keys that is there. */
function textOf(
  secret: SecretObject,
  keys: readonly string[],
): { readonly key: string; readonly text: string } | undefined {
  const [coded, plain] = [secret['data'], secret['stringData']].map(each => (isObject(each) ? each : {})) as [
    object,
    object,
  ]
  const read = (from: object, key: string) => {
    const value = (from as { readonly [key: string]: unknown })[key]
    return typeof value === 'string' ? value : ''
  }
  for (const key of keys) {
    // The API server takes what is written plainly before the other.
    const text = read(plain, key) || Buffer.from(read(coded, key), 'base64').toString()
    if (text !== '') return { key, text }
  }
  return undefined
}

function within(key: string, { problem, remedy }: SecretFlaw): SecretFlaw {
  return { problem: `under ${key} ${problem}`, remedy }
}
