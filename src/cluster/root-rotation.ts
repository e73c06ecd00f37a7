/**
 * Replaces the root of the mesh's own authority, one state after the other. Which state it is in stands in the Secret
 * itself, and each is reached by one write: whoever is cut off, or called twice, goes on from what is there.
 *
 * Knows nothing of who has accepted what: its caller goes on only when everybody has.
 */
import { X509Certificate } from 'node:crypto'
import { type CertificateAuthority, createAuthorityFiles } from '../identity/certificate-authority.ts'
import { pem, readCertificates } from '../identity/x509.ts'
import { isApiError } from './api-error.ts'
import {
  type AuthoritySource,
  issuedSecret,
  loadAuthority,
  ownFiles,
  ownSecret,
  pluggedSecret,
  rotationKeys,
  type SecretData,
  secretData,
} from './authority-secret.ts'
import type { ClusterClient } from './client.ts'
import type { ApiObject } from './reflector.ts'

/** `signs`: both are trusted, the new one signs. `dropped`: the old one is trusted no more, and not yet forgotten. */
export type RotationState = 'none' | 'trusted' | 'signs' | 'dropped'

/** The Secret as it was read. */
export interface OwnAuthority {
  readonly state: RotationState
  /** Of the authority that agents have once they have read it. */
  readonly fingerprint: string
  /** SHA-256 of the root that signs, as `openssl x509 -fingerprint` shows it. */
  readonly root: string
  readonly secret: ApiObject
  readonly data: SecretData
}

/** This root is not ours to replace, for the reason that the message gives. */
export class RotationRefused extends Error {
  override readonly name = 'RotationRefused'
}

/** What follows each state, and how it is told. */
export const rotationSteps: Readonly<Record<RotationState, { readonly to: RotationState; readonly what: string }>> = {
  none: { to: 'trusted', what: 'a new root is trusted beside the old one' },
  trusted: { to: 'signs', what: 'the new root signs' },
  signs: { to: 'dropped', what: 'the old root is trusted no more' },
  dropped: { to: 'none', what: 'the old root is forgotten' },
}

/**
 * Reads the authority and how far its rotation has come.
 *
 * @throws RotationRefused where it is a company's, or there is none
 * @throws AuthorityUnusable where agents could not use it either
 */
export async function readOwnAuthority(
  client: ClusterClient,
  namespace: string,
  { trustDomain, source }: { readonly trustDomain: string; readonly source: AuthoritySource },
): Promise<OwnAuthority> {
  if (source === 'cert-manager')
    throw new RotationRefused(`the authority is Secret ${issuedSecret}: its root is that of cert-manager's issuer`)
  if ((await client.find(`/api/v1/namespaces/${namespace}/secrets/${pluggedSecret}`)) !== undefined)
    throw new RotationRefused(`the authority is Secret ${pluggedSecret}: its root is replaced by whoever made it`)
  const secret = await client.find(`/api/v1/namespaces/${namespace}/secrets/${ownSecret}`)
  if (secret === undefined) throw new RotationRefused(`there is no Secret ${ownSecret} in ${namespace}`)
  const data = secretData(secret)
  const authority = await authorityIn(data, trustDomain)
  const { fingerprint, root } = authority
  if (root === undefined)
    throw new RotationRefused(`in Secret ${ownSecret} lies an authority that a root elsewhere has signed`)
  return { state: stateOf(data), fingerprint, root: new X509Certificate(root).fingerprint256, secret, data }
}

/**
 * Writes the next state.
 *
 * @returns false where somebody else has changed the Secret meanwhile: read it again
 */
export async function advanceRotation(
  client: ClusterClient,
  { state, secret, data }: OwnAuthority,
  trustDomain: string,
): Promise<boolean> {
  const next = await changes[state](data, trustDomain)
  // What agents could not use is never written.
  await authorityIn(next, trustDomain)
  const { name, namespace } = secret.metadata
  const encoded = Object.entries(next).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
  try {
    await client.call('PUT', `/api/v1/namespaces/${namespace}/secrets/${name}`, {
      body: { ...secret, data: Object.fromEntries(encoded) },
    })
    return true
  } catch (error) {
    if (isApiError(error, 409)) return false
    throw error
  }
}

type Change = (data: SecretData, trustDomain: string) => Promise<SecretData>

const { nextRoot, nextKey, previousRoot, bridge } = rotationKeys

const changes: Readonly<Record<RotationState, Change>> = {
  none: async (data, trustDomain) => {
    const { chain, key } = nextOf(data) ?? (await createAuthorityFiles(trustDomain))
    const { [bridge]: _, ...rest } = data
    return { ...rest, [nextRoot]: chain, [nextKey]: key, 'ca.crt': withRoot(data['ca.crt'], chain) }
  },
  trusted: async (data, trustDomain) => {
    const { [nextRoot]: chain = '', [nextKey]: key = '', ...rest } = data
    const old = await authorityIn(data, trustDomain)
    return {
      ...rest,
      'tls.crt': chain,
      'tls.key': key,
      [previousRoot]: old.root ?? '',
      [bridge]: await old.bridgeTo(chain),
    }
  },
  signs: async data => ({ ...data, 'ca.crt': withoutRoot(data['ca.crt'], data[previousRoot]) }),
  dropped: async ({ [previousRoot]: _, ...rest }) => rest,
}

function stateOf(data: SecretData): RotationState {
  const { 'ca.crt': roots, [previousRoot]: previous } = data
  const next = nextOf(data)
  // Somebody may have taken it out by hand: then it has to be trusted first.
  if (next !== undefined) return isAmong(roots, next.chain) ? 'trusted' : 'none'
  if (previous === undefined) return 'none'
  return isAmong(roots, previous) ? 'signs' : 'dropped'
}

function nextOf({ [nextRoot]: chain, [nextKey]: key }: SecretData) {
  return chain === undefined || key === undefined ? undefined : { chain, key }
}

/** Certificates of a PEM text, each once and all written alike. */
function listed(roots = ''): readonly string[] {
  return [...new Set(readCertificates(roots).map(pem))]
}

function isAmong(roots: string | undefined, root: string): boolean {
  const [wanted] = listed(root)
  return wanted !== undefined && listed(roots).includes(wanted)
}

function withRoot(roots: string | undefined, more: string): string {
  return listed(`${roots}\n${more}`).join('')
}

function withoutRoot(roots: string | undefined, root: string | undefined): string {
  const dropped = listed(root)
  return listed(roots)
    .filter(text => !dropped.includes(text))
    .join('')
}

function authorityIn(data: SecretData, trustDomain: string): Promise<CertificateAuthority> {
  return loadAuthority({ from: ownSecret, files: ownFiles(data) }, trustDomain)
}
