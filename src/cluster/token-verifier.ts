/**
 * Who shows a service-account token: judged by the keys that the API server publishes, so that thousands of proxies which
 * come back at once don't ask it anything; by TokenReview where those keys can't be had.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { isObject } from '../util/is-object.ts'
import type { ClusterClient } from './client.ts'

/** A pod, as its token proves it. */
export interface PodIdentity {
  readonly namespace: string
  readonly pod: { readonly name: string; readonly uid: string }
  readonly serviceAccount: string
  /** When the token expires, ms since 1970. */
  readonly expiresAt: number
}

export type TokenVerdict =
  | { readonly identity: PodIdentity; readonly refuse?: never }
  | { readonly refuse: string; readonly identity?: never }

/** A token's content, once its signature, audience and time have been found right. */
type PayloadVerdict =
  | { readonly payload: JWTPayload; readonly refuse?: never }
  | { readonly refuse: string; readonly payload?: never }

interface KnownKeys {
  readonly issuer: string
  readonly keys: ReturnType<typeof createLocalJWKSet>
  readonly readAt: number
}

/** Unknown keys make us look again, but not more often than this, ms: whoever sends garbage could make us ask. */
const rereadMs = 10_000
/** Clocks of a node and ours may differ by so much, s. */
const toleranceSeconds = 60
/** Longer tokens are none of the API server's, characters. */
const longestToken = 16_384

export class TokenVerifier {
  readonly #client: ClusterClient
  readonly #audience: string
  #known: Promise<KnownKeys> | undefined
  #triedAt = 0

  constructor(client: ClusterClient, audience: string) {
    this.#client = client
    this.#audience = audience
  }

  /** Who shows the token, which has to be a pod's. */
  async verify(token: string | undefined): Promise<TokenVerdict> {
    const verdict = await this.#payloadOf(token)
    return verdict.payload === undefined ? { refuse: verdict.refuse } : identityIn(verdict.payload)
  }

  /** The account of the token, `namespace/name`, whoever shows it. */
  async verifyAccount(token: string | undefined): Promise<{ readonly account?: string; readonly refuse?: string }> {
    const { payload, refuse } = await this.#payloadOf(token)
    if (payload === undefined) return { refuse: refuse ?? 'the token is not valid' }
    const claims = payload['kubernetes.io']
    const { namespace, serviceaccount } = isObject(claims) ? claims : {}
    const isAccount = typeof namespace === 'string' && isNamed(serviceaccount)
    return isAccount
      ? { account: `${namespace}/${serviceaccount.name}` }
      : { refuse: 'the token is no service account’s' }
  }

  async #payloadOf(token: string | undefined): Promise<PayloadVerdict> {
    if (token === undefined) return { refuse: 'no token was shown' }
    if (token.length > longestToken) return { refuse: 'the token is too long' }
    const keys = await this.#keys()
    if (keys === undefined) return this.#review(token)
    const first = await this.#judge(token, keys)
    if (!('unknownKey' in first)) return first
    // The API server may sign with a new key.
    const again = Date.now() - keys.readAt < rereadMs ? undefined : await this.#reread()
    if (again === undefined) return { refuse: "the token's key is not one of the API server's" }
    const second = await this.#judge(token, again)
    return 'unknownKey' in second ? { refuse: "the token's key is not one of the API server's" } : second
  }

  async #judge(token: string, { issuer, keys }: KnownKeys): Promise<PayloadVerdict | { readonly unknownKey: true }> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: this.#audience,
        clockTolerance: toleranceSeconds,
        // Without this one could be asked to verify by a key that is no signature's (RFC 8725).
        algorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'],
        requiredClaims: ['exp'],
      })
      return { payload }
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return { unknownKey: true }
      return { refuse: refusalOf(error) }
    }
  }

  /** Undefined where the API server does not publish them, or can't be asked. */
  async #keys(): Promise<KnownKeys | undefined> {
    if (this.#known === undefined && Date.now() - this.#triedAt < 1000) return undefined
    return this.#known === undefined ? this.#reread() : this.#known.catch(() => undefined)
  }

  async #reread(): Promise<KnownKeys | undefined> {
    this.#triedAt = Date.now()
    const previous = this.#known
    const reading = this.#read()
    this.#known = reading
    try {
      return await reading
    } catch {
      // Keys that were right go on being right while the API server is away.
      if (this.#known === reading) this.#known = previous
      return undefined
    }
  }

  async #read(): Promise<KnownKeys> {
    const [configuration, set] = await Promise.all([
      this.#client.call('GET', '/.well-known/openid-configuration'),
      this.#client.call('GET', '/openid/v1/jwks'),
    ])
    if (!isObject(configuration) || typeof configuration['issuer'] !== 'string' || !isObject(set))
      throw new Error('the API server publishes no keys')
    const keys = createLocalJWKSet(set as unknown as JSONWebKeySet)
    return { issuer: configuration['issuer'], keys, readAt: Date.now() }
  }

  async #review(token: string): Promise<PayloadVerdict> {
    const review = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [this.#audience] },
    }
    try {
      const answer = await this.#client.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: review })
      const status = isObject(answer) && isObject(answer['status']) ? answer['status'] : {}
      const audiences = Array.isArray(status['audiences']) ? status['audiences'] : []
      if (status['authenticated'] !== true || !audiences.includes(this.#audience))
        return { refuse: 'the API server does not accept the token' }
      // It was just found valid, so its own words are those of the API server.
      const [, payload = ''] = token.split('.')
      return { payload: JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload }
    } catch {
      return { refuse: 'the token can not be verified now: the API server does not answer' }
    }
  }
}

/** A token of a pod says which, by name and uid: one that was made by hand for an account alone names no pod. */
function identityIn(payload: JWTPayload): TokenVerdict {
  const claims = payload['kubernetes.io']
  const { namespace, pod, serviceaccount } = isObject(claims) ? claims : {}
  if (typeof namespace !== 'string' || !isNamed(pod) || !isNamed(serviceaccount) || payload.exp === undefined)
    return { refuse: 'the token is no pod’s' }
  return {
    identity: {
      namespace,
      pod: { name: pod.name, uid: pod.uid },
      serviceAccount: serviceaccount.name,
      expiresAt: payload.exp * 1000,
    },
  }
}

function isNamed(value: unknown): value is { readonly name: string; readonly uid: string } {
  return isObject(value) && typeof value['name'] === 'string' && typeof value['uid'] === 'string'
}

function refusalOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `the token's ${error.claim} is not ours`
  return "the token is not the API server's"
}
