/** Tokens of pods, as a real API server signs them, and all that only looks like one. */
import assert from 'node:assert/strict'
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { TokenVerifier } from '../../src/cluster/token-verifier.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { eventually } from '../support/xds-server.ts'
import { ApiServer, cannotRunApi, faultProxyOf } from './api-server.ts'
import { accountToken, makeAccount, makeNamespace, makePod, type PodInfo, podToken } from './objects.ts'

const skip = cannotRunApi() ?? false

describe('a token that a proxy shows', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let proxy: FaultProxy
  let verifier: TokenVerifier
  let space = ''
  let pod: PodInfo
  let token = ''

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    space = await makeNamespace(admin)
    await makeAccount(admin, space, 'web')
    pod = await makePod(admin, space, 'web-1', { account: 'web' })
    token = await podToken(admin, pod, { account: 'web' })
  })
  after(() => api?.stop())
  beforeEach(async () => {
    proxy = await faultProxyOf(api)
    verifier = new TokenVerifier(api.client({ url: proxy.url }), 'mesh')
  })
  afterEach(() => proxy[Symbol.asyncDispose]())

  const reads = () => proxy.count(({ path }) => path === '/openid/v1/jwks')
  const reviews = () => proxy.count(({ path }) => path.endsWith('/tokenreviews'))

  /** The real token with other claims, signed with the API server's own key or another. */
  function signed(claims: JWTPayload, key = api.read('sa.key'), header: object = {}): Promise<string> {
    return new SignJWT({ ...decodeJwt(token), ...claims })
      .setProtectedHeader({ ...(decodeProtectedHeader(token) as { alg: string }), ...header })
      .sign(createPrivateKey(key))
  }

  const foreignKey = () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = () => Math.floor(Date.now() / 1000)

  it('says which pod it is of', async () => {
    const { identity, refuse } = await verifier.verify(token)
    assert.equal(refuse, undefined)
    assert.equal(identity?.namespace, space)
    assert.deepEqual(identity?.pod, { name: 'web-1', uid: pod.uid })
    assert.equal(identity?.serviceAccount.name, 'web')
    const left = identity!.expiresAt - Date.now()
    assert.ok(left > 0 && left <= 3_700_000, `it lives for ${left} ms more`)
  })

  it('is judged without asking anything, once the keys are known', async () => {
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token)))
    assert.equal(proxy.asked.length, 2)
    assert.equal(reviews(), 0)
  })

  const refused: readonly (readonly [string, () => Promise<string> | string | undefined, RegExp])[] = [
    ['none at all', () => undefined, /no token was shown/],
    ['garbage', () => 'garbage', /what was shown is no token/],
    ['three parts of garbage', () => 'a.b.c', /what was shown is no token/],
    ['an empty one', () => '', /what was shown is no token/],
    ['one that is too long', () => `${'a'.repeat(9000)}.${'b'.repeat(9000)}.c`, /the token is too long/],
    [
      'one for somebody else',
      () => podToken(admin, pod, { account: 'web', audience: 'bank' }),
      /token's aud is not ours/,
    ],
    ['one of an account alone', () => accountToken(admin, space, 'web', { audience: 'mesh' }), /the token is no pod’s/],
    ['one that has expired', () => signed({ exp: seconds() - 120 }), /the token has expired/],
    ['one that is not valid yet', () => signed({ nbf: seconds() + 600 }), /token's nbf is not ours/],
    ['one without an end', () => signed({ exp: undefined as unknown as number }), /the token does not say its exp/],
    ['one of another cluster', () => signed({ iss: 'https://elsewhere' }), /token's iss is not ours/],
    [
      'one with a foreign signature',
      () => signed({}, String(foreignKey())),
      /token's signature is not the API server's/,
    ],
    [
      'one with a foreign key’s name',
      () => signed({}, String(foreignKey()), { kid: 'foreign' }),
      /token's key is not one of the API server's/,
    ],
    [
      'one that was changed after it was signed',
      () => {
        const [header, , signature] = token.split('.')
        return `${header}.${part({ ...decodeJwt(token), sub: 'admin' })}.${signature}`
      },
      /token's signature is not the API server's/,
    ],
    [
      'one that is not signed (alg none)',
      () => `${part({ ...decodeProtectedHeader(token), alg: 'none' })}.${token.split('.')[1]}.`,
      /token's algorithm is not one of the API server's/,
    ],
    [
      'one that is signed with the public key as a password (HS256)',
      () => {
        const text = `${part({ ...decodeProtectedHeader(token), alg: 'HS256' })}.${token.split('.')[1]}`
        const secret = createPublicKey(api.read('sa.key')).export({ type: 'spki', format: 'pem' })
        return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
      },
      /token's algorithm is not one of the API server's/,
    ],
  ]
  for (const [what, make, reason] of refused)
    it(`is refused: ${what}`, async () => {
      const verdict = await verifier.verify(await make())
      assert.match(verdict.refuse ?? 'accepted', reason)
    })

  it('may be a little late, for clocks differ', async () => {
    const verdict = await verifier.verify(await signed({ exp: seconds() - 20 }))
    assert.equal(verdict.refuse, undefined)
  })

  it('may have just been made where our clock is 5 minutes behind', async () => {
    const made = seconds() + 300
    const verdict = await verifier.verify(await signed({ iat: made, nbf: made, exp: made + 3600 }))
    assert.equal(verdict.refuse, undefined)
  })

  for (const [how, fault] of [
    ['are refused to us', { kind: 'answer', status: 403 }],
    ['do not come', { kind: 'stall' }],
    ['are no keys', { kind: 'answer', status: 200, body: { keys: 'none' } }],
  ] as const)
    it(`is judged by the API server itself where its keys ${how}`, async () => {
      proxy.judge = ({ path }) => (path === '/openid/v1/jwks' ? fault : undefined)
      const started = performance.now()
      const { identity, refuse } = await verifier.verify(token)
      assert.equal(refuse, undefined)
      assert.deepEqual(identity?.pod, { name: 'web-1', uid: pod.uid })
      assert.equal(reviews(), 1)
      const other = await verifier.verify(await podToken(admin, pod, { account: 'web', audience: 'bank' }))
      assert.match(other.refuse ?? '', /the API server does not accept the token/)
      const none = await verifier.verify(await accountToken(admin, space, 'web', { audience: 'mesh' }))
      assert.match(none.refuse ?? '', /the token is no pod’s/)
      // Only the first one waited for keys that did not come.
      assert.ok(performance.now() - started < 7000)
    })

  it('is refused for now while neither keys nor a judgement can be had', async () => {
    proxy.judge = () => ({ kind: 'reset' })
    const verdict = await verifier.verify(token)
    assert.match(verdict.refuse ?? '', /can not be verified now/)
    proxy.judge = () => undefined
    await sleep(1000)
    assert.equal((await verifier.verify(token)).refuse, undefined)
  })

  it('goes on being good while the API server is away, whatever others show meanwhile', async () => {
    const foreign = await signed({}, String(foreignKey()), { kid: 'foreign' })
    await verifier.verify(token)
    await sleep(10_000)
    proxy.isStalled = true
    const started = performance.now()
    const bad = verifier.verify(foreign)
    const good = await verifier.verify(token)
    assert.equal(good.refuse, undefined)
    assert.ok(performance.now() - started < 1000, 'it did not wait for what others made us ask')
    assert.match((await bad).refuse ?? '', /key is not one of the API server's/)
    assert.equal((await verifier.verify(token)).refuse, undefined)
  })

  it('is good no more once its key has been withdrawn and the keys were read again', async () => {
    const quick = new TokenVerifier(api.client({ url: proxy.url }), 'mesh', 200)
    assert.equal((await quick.verify(token)).refuse, undefined)
    api.makeKey('other')
    await api.stopServer()
    await api.startServer({ signing: 'other', trusted: ['other'] })
    const refused = await eventually('a refusal', async () => (await quick.verify(token)).refuse)
    assert.match(refused, /key is not one of the API server's/)
    await api.stopServer()
    await api.startServer({ signing: 'sa', trusted: ['sa'] })
  })

  it('makes us read the keys again when its key is new, but once for all and not time and again', async () => {
    const foreign = await Promise.all(
      Array.from({ length: 30 }, (_, index) => signed({}, String(foreignKey()), { kid: `foreign-${index}` })),
    )
    await verifier.verify(token)
    await Promise.all(foreign.map(text => verifier.verify(text)))
    assert.equal(reads(), 1)
    api.makeKey('new')
    await api.stopServer()
    await api.startServer({ signing: 'new', trusted: ['new', 'sa'] })
    const rotated = await podToken(admin, pod, { account: 'web' })
    assert.notEqual(decodeProtectedHeader(rotated).kid, decodeProtectedHeader(token).kid)
    await sleep(10_000)
    const verdicts = await Promise.all([rotated, ...foreign, token].map(text => verifier.verify(text)))
    assert.equal(reads(), 2)
    assert.equal(verdicts.at(0)?.refuse, undefined)
    assert.equal(verdicts.at(-1)?.refuse, undefined)
    assert.ok(verdicts.slice(1, -1).every(({ refuse }) => /key is not one/.test(refuse ?? '')))
    await Promise.all(foreign.map(text => verifier.verify(text)))
    assert.equal(reads(), 2)
  })
})
