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
  readonly serviceAccount: { readonly name: string; readonly uid: string }
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
  /** By the monotonic clock, ms. */
  readonly readAt: number
  readonly keys: ReturnType<typeof createLocalJWKSet>
}

/** Unknown keys make us look again, but not more often than this, ms: whoever sends garbage could make us ask. */
const rereadMs = 10_000
/** Keys that are so old are read again, ms: one that was withdrawn signs for nobody any more. */
const defaultMaxAgeMs = 3_600_000
/** How often we look as long as no keys are known at all, ms. */
const firstReadMs = 1_000
/** So long keys and reviews are waited for, ms: the proxies that show tokens wait too. */
const [readTimeoutMs, reviewTimeoutMs] = [5_000, 10_000]
/** A token may be so old when it is shown: the kubelet replaces it long before that, s. */
const lateSeconds = 60
/**
 * A token may be from a future so near, s: our clock is behind that of the API server, and pods that have just started would
 * wait for it. Certificates are made valid from 10 min before for the same reason.
 */
const earlySeconds = 360
/** Longer tokens are none of the API server's, characters. */
const longestToken = 16_384

export class TokenVerifier {
  readonly #client: ClusterClient
  readonly #audience: string
  readonly #maxAgeMs: number
  /** Keys that were right go on being right while the API server is away, and while others are read. */
  #known: KnownKeys | undefined
  #reading: Promise<KnownKeys | undefined> | undefined
  #triedAt = Number.NEGATIVE_INFINITY
  #hasFailed = false

  /** @param maxAgeMs for how long keys are believed without asking again. Default: an hour */
  constructor(client: ClusterClient, audience: string, maxAgeMs = defaultMaxAgeMs) {
    this.#client = client
    this.#audience = audience
    this.#maxAgeMs = maxAgeMs
  }

  /**
   * Reads the keys before anybody shows a token: who is ready can judge by itself, should the API server go away. Where they can't be
   * had, tokens are reviewed as they come.
   */
  async learnKeys(): Promise<void> {
    await this.#reread(0)
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
    const keys = this.#known ?? (await this.#firstKeys())
    if (keys === undefined) return this.#review(token)
    // Nobody waits for it, and what is known is believed until then: the API server may be away.
    if (performance.now() - keys.readAt > this.#maxAgeMs) void this.#reread(Math.min(rereadMs, this.#maxAgeMs))
    const first = await this.#judge(token, keys)
    if (!('unknownKey' in first)) return first
    // The API server may sign with a new key.
    const again = this.#known === keys ? await this.#reread(rereadMs) : this.#known
    const second = again === undefined ? first : await this.#judge(token, again)
    return 'unknownKey' in second ? { refuse: "the token's key is not one of the API server's" } : second
  }

  /** Whoever could not be given the keys once does not hold up tokens by trying again. */
  async #firstKeys(): Promise<KnownKeys | undefined> {
    const reading = this.#reread(firstReadMs)
    return this.#hasFailed ? undefined : reading
  }

  async #judge(token: string, { issuer, keys }: KnownKeys): Promise<PayloadVerdict | { readonly unknownKey: true }> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: this.#audience,
        clockTolerance: earlySeconds,
        // Without this one could be asked to verify by a key that is no signature's (RFC 8725).
        algorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'],
        requiredClaims: ['exp'],
      })
      const isLate = (payload.exp ?? 0) + lateSeconds <= Date.now() / 1000
      return isLate ? { refuse: expired } : { payload }
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return { unknownKey: true }
      return { refuse: refusalOf(error) }
    }
  }

  /**
   * Reads the keys, once for all that ask meanwhile.
   *
   * @param pauseMs undefined comes back where they were asked for so recently
   * @returns undefined where the API server does not publish them, or can't be asked
   */
  async #reread(pauseMs: number): Promise<KnownKeys | undefined> {
    if (this.#reading === undefined && performance.now() - this.#triedAt < pauseMs) return undefined
    this.#reading ??= this.#read()
      .then(keys => {
        this.#known = keys
        return keys
      })
      .catch(() => {
        this.#hasFailed = true
        return undefined
      })
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }

  async #read(): Promise<KnownKeys> {
    this.#triedAt = performance.now()
    const deadline = this.#triedAt + readTimeoutMs
    const [configuration, set] = await Promise.all([
      this.#client.call('GET', '/.well-known/openid-configuration', { deadline }),
      this.#client.call('GET', '/openid/v1/jwks', { deadline }),
    ])
    if (!isObject(configuration) || typeof configuration['issuer'] !== 'string' || !isObject(set))
      throw new Error('the API server publishes no keys')
    const keys = createLocalJWKSet(set as unknown as JSONWebKeySet)
    return { issuer: configuration['issuer'], keys, readAt: this.#triedAt }
  }

  async #review(token: string): Promise<PayloadVerdict> {
    const review = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [this.#audience] },
    }
    try {
      const answer = await this.#client.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        body: review,
        deadline: performance.now() + reviewTimeoutMs,
      })
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
      serviceAccount: { name: serviceaccount.name, uid: serviceaccount.uid },
      expiresAt: payload.exp * 1000,
    },
  }
}

function isNamed(value: unknown): value is { readonly name: string; readonly uid: string } {
  return isObject(value) && typeof value['name'] === 'string' && typeof value['uid'] === 'string'
}

const expired = 'the token has expired'

/** The first that holds decides. */
const refusals: readonly (readonly [new (...args: never[]) => Error, string])[] = [
  [errors.JWTExpired, expired],
  [errors.JWSSignatureVerificationFailed, "the token's signature is not the API server's"],
  [errors.JOSEAlgNotAllowed, "the token's algorithm is not one of the API server's"],
  [errors.JWSInvalid, 'what was shown is no token'],
  [errors.JWTInvalid, 'what was shown is no token'],
]

function refusalOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.reason === 'missing'
      ? `the token does not say its ${error.claim}`
      : `the token's ${error.claim} is not ours`
  return refusals.find(([kind]) => error instanceof kind)?.[1] ?? "the token is not the API server's"
}
