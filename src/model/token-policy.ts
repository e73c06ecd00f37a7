import type { At } from './node.ts'
import type { TargetedNode } from './policy-target.ts'
import type { RemotePlace } from './remote-place.ts'

/** Which tokens (JWTs) proxies take: a request with a bad one is refused, one without any goes on (a RequestAuthentication). */
export interface TokenPolicy extends TargetedNode {
  readonly rules: readonly TokenRule[]
}

/** How tokens of one issuer are recognised, and what becomes of what they say. */
export interface TokenRule {
  /** Absent: any that the keys vouch for. */
  readonly issuer?: string
  /** A token must be meant for one of these; empty: for anyone. */
  readonly audiences: readonly string[]
  readonly keys: KeySource
  /** Where the token may stand; all three empty: the Authorization header, and the query parameter `access_token`. */
  readonly fromHeaders: readonly { readonly name: string; readonly prefix: string }[]
  readonly fromParams: readonly string[]
  readonly fromCookies: readonly string[]
  /** Does the application get the token, too? */
  readonly isForwarded: boolean
  /** The application gets the token's payload in this header, base64url. */
  readonly payloadHeader?: string
  readonly claimHeaders: readonly { readonly header: string; readonly claim: string }[]
  /** Claims that are lists written as one text. */
  readonly spacedClaims: readonly string[]
  readonly at: At
}

/** Where the keys come from that tokens are signed with. */
export type KeySource =
  | { readonly kind: 'inline'; readonly jwks: string }
  | RemoteKeys
  /** Only a conversation with the issuer would tell. */
  | { readonly kind: 'unknown' }

/** Keys that each proxy fetches, and fetches again. */
export interface RemoteKeys extends RemotePlace {
  readonly kind: 'remote'
  /** Is it a service of the mesh, spoken to as such? */
  readonly isService: boolean
  readonly timeoutMs: number
}

/** All rules of policies, in the order of their issuers. */
export function tokenRules(policies: readonly TokenPolicy[]): readonly TokenRule[] {
  return policies.flatMap(({ rules }) => rules).toSorted((a, b) => compare(a.issuer ?? '', b.issuer ?? ''))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
