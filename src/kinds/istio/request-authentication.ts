import type { ObjectMeta } from '../resource.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import type { PolicyTargetReference } from './policy-target.ts'

/** Which tokens (JWTs) workloads take from those who call them. Who may come in without one, authorization policies say. */
export interface RequestAuthentication {
  /** Group and version; both mean the same here. New resources take `security.istio.io/v1`. */
  apiVersion: 'security.istio.io/v1' | 'security.istio.io/v1beta1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'RequestAuthentication'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Which workloads, and which tokens. Default: none. */
  spec?: RequestAuthenticationSpec
}

export interface RequestAuthenticationSpec {
  /** Which workloads of the namespace. Default: all of them; in the mesh’s root namespace, all of the mesh. */
  selector?: WorkloadSelector
  /** What the policy hangs on, in place of a selector. Default: nothing. */
  targetRef?: PolicyTargetReference
  /**
   * Several such, 16 at most. Default: none.
   * @maxItems 16
   */
  targetRefs?: PolicyTargetReference[]
  /**
   * Tokens that are taken, by up to 4096 rules. A request with a token that no rule takes gets 401; one without any goes on.
   * Default: none.
   * @maxItems 4096
   */
  jwtRules?: JWTRule[]
}

export interface JWTRule {
  /**
   * The token’s `iss`, exactly. Default: any whose token is signed with these keys.
   * @minLength 1
   */
  issuer?: string
  /**
   * The token’s `aud` must hold one of these. Default: anyone’s.
   * @itemMinLength 1
   */
  audiences?: string[]
  /**
   * Where each proxy fetches the public keys (a JWK set), `http://` or `https://`, 2048 characters at most; kept for 5 minutes.
   * Default: nowhere, and without `jwks` either no token is taken.
   * @minLength 1
   * @maxLength 2048
   */
  jwksUri?: string
  /**
   * The same under an older name, 2048 characters at most. Default: see `jwksUri`.
   * @minLength 1
   * @maxLength 2048
   */
  jwks_uri?: string
  /** The public keys themselves, a JWK set as JSON. Default: those of `jwksUri`. */
  jwks?: string
  /** Headers in which the token may stand. Default: `Authorization`, behind `Bearer `. */
  fromHeaders?: JWTHeader[]
  /**
   * Query parameters in which it may stand. Default: `access_token`, unless other places are named.
   * @itemMinLength 1
   */
  fromParams?: string[]
  /**
   * Cookies in which it may stand. Default: none.
   * @itemMinLength 1
   */
  fromCookies?: string[]
  /** Does the application get the token, too? Default: false, it is taken off. */
  forwardOriginalToken?: boolean
  /** The application gets the token’s payload in this header, base64url. Default: it does not. */
  outputPayloadToHeader?: string
  /** The application gets claims in headers of their own. Default: none. */
  outputClaimToHeaders?: ClaimToHeader[]
  /**
   * How long fetching the keys may take. Default: 5s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  timeout?: string
  /**
   * Claims that hold several words in one text, as `scope` does, and are compared word by word; 64 at most. Default: `scope` and
   * `permission`, which always are.
   * @maxItems 64
   * @itemMinLength 1
   */
  spaceDelimitedClaims?: string[]
}

export interface JWTHeader {
  /**
   * The header’s name, in any case.
   * @minLength 1
   */
  name: string
  /** What stands before the token, with its space: `Bearer `. Default: nothing. */
  prefix?: string
}

export interface ClaimToHeader {
  /**
   * Letters, digits, hyphens and underscores. What clients send in it is taken off.
   * @minLength 1
   * @pattern ^[-_A-Za-z0-9]+$
   */
  header: string
  /**
   * The claim, with dots between names where it is nested: `realm.role`. Texts, numbers and booleans.
   * @minLength 1
   */
  claim: string
}
