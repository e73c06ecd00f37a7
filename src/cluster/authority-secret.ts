/**
 * Where the mesh's authority lies: a Secret of our own, made once; a company's, plugged in under Istio's name and with
 * Istio's keys; or an intermediate that cert-manager keeps up.
 */
import {
  type AuthorityFiles,
  AuthorityInvalid,
  type AuthorityPart,
  CertificateAuthority,
  createAuthorityFiles,
} from '../identity/certificate-authority.ts'
import { isObject } from '../util/is-object.ts'
import { isApiError } from './api-error.ts'
import type { ClusterClient } from './client.ts'

/** Our own: `tls.crt` and `tls.key` sign, `ca.crt` is trusted. */
export const ownSecret = 'mesh-ca'
/** A company's intermediate, as Istio has it. */
export const pluggedSecret = 'cacerts'
/** An intermediate of cert-manager's: `tls.crt` and `tls.key` sign, `ca.crt` is its issuer's root. */
export const issuedSecret = 'mesh-intermediate'

/** Of which of them the authority is taken: values of `identity.authority`. */
export type AuthoritySource = 'mesh' | 'cert-manager'

/** The Secrets that are followed. */
export const authoritySecrets: Readonly<Record<AuthoritySource, readonly string[]>> = {
  mesh: [pluggedSecret, ownSecret],
  'cert-manager': [issuedSecret],
}

export interface FoundAuthority {
  /** Name of the Secret. */
  readonly from: string
  readonly files: AuthorityFiles
  /** All that lies in the Secret. */
  readonly data: SecretData
}

/** By key. */
export type SecretData = Readonly<{ [key: string]: string }>

/** Keys of our own Secret that are there only while its root is replaced. */
export const rotationKeys = {
  nextRoot: 'next.crt',
  nextKey: 'next.key',
  previousRoot: 'previous.crt',
  bridge: 'bridge.crt',
} as const

/** A Secret is there and can't be used: the message names it and the key in it, and never quotes one. */
export class AuthorityUnusable extends Error {
  override readonly name = 'AuthorityUnusable'
}

/** By Secret: which of its keys a part lies in. */
const keysOf: Readonly<{ [secret: string]: Readonly<Record<AuthorityPart, string>> }> = {
  [ownSecret]: {
    chain: 'tls.crt',
    key: 'tls.key',
    roots: 'ca.crt',
    bridge: rotationKeys.bridge,
    path: 'tls.crt and ca.crt',
  },
  [issuedSecret]: { chain: 'tls.crt', key: 'tls.key', roots: 'ca.crt', bridge: '', path: 'tls.crt and ca.crt' },
  [pluggedSecret]: {
    chain: 'ca-cert.pem',
    key: 'ca-key.pem',
    roots: 'root-cert.pem',
    bridge: '',
    path: 'ca-cert.pem, cert-chain.pem and root-cert.pem',
  },
}

/** @throws AuthorityUnusable naming the Secret and the key that is wrong */
export async function loadAuthority(
  { from, files }: Omit<FoundAuthority, 'data'>,
  trustDomain: string,
): Promise<CertificateAuthority> {
  try {
    return await CertificateAuthority.load(files, trustDomain)
  } catch (error) {
    if (!(error instanceof AuthorityInvalid)) throw error
    const keys = error.part === undefined ? '' : `, ${keysOf[from]?.[error.part]}`
    throw new AuthorityUnusable(`Secret ${from}${keys}: ${error.message}`)
  }
}

/**
 * The authority that lies in the cluster; undefined where there is none.
 *
 * @throws AuthorityUnusable naming the Secret and the key that is missing
 */
export async function readAuthority(
  client: ClusterClient,
  namespace: string,
  source: AuthoritySource = 'mesh',
): Promise<FoundAuthority | undefined> {
  for (const from of authoritySecrets[source]) {
    const data = await readSecret(client, namespace, from)
    if (data !== undefined) return { from, files: filesIn[from]!(data), data }
  }
  return undefined
}

/**
 * Reads the authority, or makes one where there is none; of two replicas that make one, the first has it.
 *
 * @throws AuthorityUnusable as `readAuthority`
 */
export async function findAuthority(
  client: ClusterClient,
  namespace: string,
  trustDomain: string,
): Promise<FoundAuthority> {
  const found = await readAuthority(client, namespace)
  if (found !== undefined) return found
  const files = await createAuthorityFiles(trustDomain)
  const data = ownData(files)
  if (await keepAuthority(client, namespace, data)) return { from: ownSecret, files, data }
  return findAuthority(client, namespace, trustDomain)
}

/** Puts an authority into our own Secret. @returns false where one lies there already */
export async function keepAuthority(client: ClusterClient, namespace: string, data: SecretData): Promise<boolean> {
  try {
    await client.call('POST', `/api/v1/namespaces/${namespace}/secrets`, { body: secretOf(data, namespace) })
    return true
  } catch (error) {
    if (!isApiError(error, 409)) throw error
    return false
  }
}

function secretOf(stringData: SecretData, namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: ownSecret, namespace },
    type: 'kubernetes.io/tls',
    stringData,
  }
}

function ownData({ chain, key, roots }: AuthorityFiles): SecretData {
  return { 'tls.crt': chain, 'tls.key': key, 'ca.crt': roots }
}

/** @throws AuthorityUnusable naming the key that is missing */
export function ownFiles(data: SecretData): AuthorityFiles {
  const bridge = data[rotationKeys.bridge]
  const files = tlsFiles(data, ownSecret)
  return bridge === undefined ? files : { ...files, bridge }
}

/** A Secret of type kubernetes.io/tls, with the root beside. */
function tlsFiles(data: SecretData, secret: string): AuthorityFiles {
  const need = needIn(data, secret)
  return { chain: need('tls.crt'), key: need('tls.key'), roots: need('ca.crt') }
}

/** By Secret: how an authority lies in it. */
const filesIn: Readonly<{ [secret: string]: (data: SecretData) => AuthorityFiles }> = {
  [ownSecret]: ownFiles,
  [pluggedSecret]: pluggedFiles,
  [issuedSecret]: data => tlsFiles(data, issuedSecret),
}

/** `cert-chain.pem` begins with the signing certificate where it holds more than the roots; `ca-cert.pem` is that alone. */
function pluggedFiles(data: SecretData): AuthorityFiles {
  const need = needIn(data, pluggedSecret)
  const [signing, chain] = [need('ca-cert.pem'), data['cert-chain.pem'] ?? '']
  return {
    chain: chain.includes(signing.trim()) ? chain : signing + (signing.endsWith('\n') ? '' : '\n') + chain,
    key: need('ca-key.pem'),
    roots: need('root-cert.pem'),
  }
}

function needIn(data: SecretData, secret: string): (key: string) => string {
  return key => {
    const value = data[key]
    if (value === undefined || value === '') throw new AuthorityUnusable(`Secret ${secret} lacks ${key}`)
    return value
  }
}

async function readSecret(client: ClusterClient, namespace: string, name: string): Promise<SecretData | undefined> {
  const secret = await client.find(`/api/v1/namespaces/${namespace}/secrets/${name}`)
  return secret === undefined ? undefined : secretData(secret)
}

/** What lies in a Secret, as text. */
export function secretData(secret: unknown): SecretData {
  const data = isObject(secret) && isObject(secret['data']) ? secret['data'] : {}
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(String(text), 'base64').toString()]),
  )
}
