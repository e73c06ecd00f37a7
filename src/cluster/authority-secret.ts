/**
 * Where the mesh's authority lies: a Secret of our own, made once, or a company's, plugged in under Istio's name and with
 * Istio's keys.
 */
import { type AuthorityFiles, createAuthorityFiles } from '../identity/certificate-authority.ts'
import { isObject } from '../util/is-object.ts'
import { isApiError } from './api-error.ts'
import type { ClusterClient } from './client.ts'

/** Our own: `tls.crt` and `tls.key` sign, `ca.crt` is trusted. */
export const ownSecret = 'mesh-ca'
/** A company's intermediate, as Istio has it. */
export const pluggedSecret = 'cacerts'

export interface FoundAuthority {
  /** Name of the Secret. */
  readonly from: string
  readonly files: AuthorityFiles
}

/** A Secret is there and lacks something. */
export class AuthorityIncomplete extends Error {
  override readonly name = 'AuthorityIncomplete'
}

/**
 * Reads the authority, or makes one where there is none; of two replicas that make one, the first has it.
 *
 * @throws AuthorityIncomplete naming the Secret and the key that is missing
 */
export async function findAuthority(
  client: ClusterClient,
  namespace: string,
  trustDomain: string,
): Promise<FoundAuthority> {
  const plugged = await readSecret(client, namespace, pluggedSecret)
  if (plugged !== undefined) return { from: pluggedSecret, files: pluggedFiles(plugged) }
  const own = await readSecret(client, namespace, ownSecret)
  if (own !== undefined) return { from: ownSecret, files: ownFiles(own) }
  const files = await createAuthorityFiles(trustDomain)
  try {
    await client.call('POST', `/api/v1/namespaces/${namespace}/secrets`, { body: secretOf(files, namespace) })
    return { from: ownSecret, files }
  } catch (error) {
    if (!isApiError(error, 409)) throw error
    return findAuthority(client, namespace, trustDomain)
  }
}

function secretOf({ chain, key, roots }: AuthorityFiles, namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: ownSecret, namespace },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': chain, 'tls.key': key, 'ca.crt': roots },
  }
}

type Data = { readonly [key: string]: string }

function ownFiles(data: Data): AuthorityFiles {
  const need = needIn(data, ownSecret)
  return { chain: need('tls.crt'), key: need('tls.key'), roots: need('ca.crt') }
}

/** `cert-chain.pem` begins with the signing certificate where it holds more than the roots; `ca-cert.pem` is that alone. */
function pluggedFiles(data: Data): AuthorityFiles {
  const need = needIn(data, pluggedSecret)
  const [signing, chain] = [need('ca-cert.pem'), data['cert-chain.pem'] ?? '']
  return {
    chain: chain.includes(signing.trim()) ? chain : signing + (signing.endsWith('\n') ? '' : '\n') + chain,
    key: need('ca-key.pem'),
    roots: need('root-cert.pem'),
  }
}

function needIn(data: Data, secret: string): (key: string) => string {
  return key => {
    const value = data[key]
    if (value === undefined || value === '') throw new AuthorityIncomplete(`Secret ${secret} lacks ${key}`)
    return value
  }
}

async function readSecret(client: ClusterClient, namespace: string, name: string): Promise<Data | undefined> {
  try {
    const secret = await client.call('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`)
    const data = isObject(secret) && isObject(secret['data']) ? secret['data'] : {}
    return Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(String(text), 'base64').toString()]),
    )
  } catch (error) {
    if (isApiError(error, 404)) return undefined
    throw error
  }
}
