/** What request authentication does to requests with tokens, by a real Envoy: a workload a row. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askRaw, type RawRequest } from '../../support/ask-raw.ts'
import { withoutEnvoy } from '../../support/find-test-envoy.ts'
import { type GuardedPolicy, type InboundScene, inboundScene, type SeenRequest } from '../../support/inbound-scene.ts'
import { type Issuer, keyServer, newIssuer } from '../../support/tokens.ts'
import { allow, deny, from, when } from './access-words.ts'

interface TokenRow {
  readonly what: string
  readonly policies: readonly GuardedPolicy[]
  readonly asks: readonly TokenAsk[]
}

interface TokenAsk {
  readonly as: string
  readonly request: RawRequest
  readonly status: number
  /** Headers that the application sees; undefined: it does not. */
  readonly sees?: { readonly [header: string]: string | undefined }
}

const bearer = (token: string): RawRequest => ({ headers: { authorization: `Bearer ${token}` } })
const ask = (as: string, request: RawRequest, status: number, sees: TokenAsk['sees'] = {}): TokenAsk => ({
  as,
  request,
  status,
  sees,
})
const takes = (...jwtRules: readonly object[]): GuardedPolicy => ({ kind: 'RequestAuthentication', spec: { jwtRules } })

interface Ground {
  /** Signs with an RSA key; its name is a URL. */
  readonly main: Issuer
  readonly other: Issuer
  /** Claims to be `main`, and has another key. */
  readonly forger: Issuer
  readonly keys: number
  readonly broken: number
}

const url = 'https://id.example'
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

async function verified({ main, other, forger, keys, broken }: Ground): Promise<TokenRow[]> {
  const good = await main.token({ sub: 'ann', aud: ['shop', 'cart'] })
  const [head, , signature] = good.split('.')
  const rule = { issuer: url, jwks: main.jwks }
  return [
    {
      what: 'good, bad and missing',
      policies: [takes(rule)],
      asks: [
        ask('good', bearer(good), 200, { authorization: undefined }),
        ask('missing', {}, 200),
        ask('no token at all', bearer('abc'), 401),
        ask('of another key', bearer(await forger.token({ sub: 'ann' })), 401),
        ask('of another issuer', bearer(await other.token()), 401),
        ask('changed', bearer([head, base64({ iss: url, sub: 'eve' }), signature].join('.')), 401),
        ask('unsigned', bearer(`${base64({ alg: 'none' })}.${base64({ iss: url, sub: 'eve' })}.`), 401),
        ask('expired', bearer(await main.token({ exp: 1_700_000_000 })), 401),
        ask('not yet', bearer(await main.token({ nbf: 4_000_000_000 })), 401),
        ask('by query', { path: `/?access_token=${good}` }, 200),
        ask(
          'a browser that asks first',
          {
            method: 'OPTIONS',
            headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT', authorization: 'Bearer x' },
          },
          200,
        ),
      ],
    },
    {
      what: 'audiences',
      policies: [takes({ ...rule, audiences: ['cart', 'stock'] })],
      asks: [
        ask('one of several', bearer(good), 200),
        ask('none of them', bearer(await main.token({ aud: 'shop' })), 403),
      ],
    },
    {
      what: 'two issuers, one header',
      policies: [takes(rule), takes({ issuer: other.name, jwks: other.jwks })],
      asks: [
        ask('the one', bearer(good), 200),
        ask('the other', bearer(await other.token()), 200),
        ask('a third', bearer(await forger.token()), 401),
        ask('nobody', {}, 200),
      ],
    },
    {
      what: 'an issuer whose keys nobody names: none of its tokens is taken',
      policies: [takes({ issuer: url })],
      asks: [ask('good', bearer(good), 401), ask('missing', {}, 200)],
    },
    {
      what: 'keys that the proxy fetches',
      policies: [takes({ issuer: url, jwksUri: `http://127.0.0.1:${keys}/jwks` })],
      asks: [ask('good', bearer(good), 200), ask('forged', bearer(await forger.token()), 401)],
    },
    {
      what: 'keys that can’t be fetched',
      policies: [takes({ issuer: url, jwksUri: `http://127.0.0.1:${broken}/jwks`, timeout: '200ms' })],
      asks: [ask('good', bearer(good), 401), ask('missing', {}, 200)],
    },
  ]
}

async function placed({ main }: Ground): Promise<TokenRow[]> {
  const rule = { issuer: url, jwks: main.jwks }
  const good = await main.token({ sub: 'ann', realm: { role: 'admin' }, age: 7 })
  const payload = good.split('.')[1]
  return [
    {
      what: 'where it may stand',
      policies: [
        takes({ ...rule, fromHeaders: [{ name: 'X-Token', prefix: 'T ' }], fromParams: ['t'], fromCookies: ['c'] }),
        allow(from({ requestPrincipals: ['*'] })),
      ],
      asks: [
        ask('a header', { headers: { 'x-token': `T ${good}` } }, 200),
        ask('a parameter', { path: `/?t=${good}` }, 200),
        ask('a cookie', { headers: { cookie: `a=b; c=${good}` } }, 200),
        ask('where it may not', bearer(good), 403),
      ],
    },
    {
      what: 'what the application gets',
      policies: [
        takes({
          ...rule,
          forwardOriginalToken: true,
          outputPayloadToHeader: 'x-payload',
          outputClaimToHeaders: [
            { header: 'x-user', claim: 'sub' },
            { header: 'x-role', claim: 'realm.role' },
            { header: 'x-age', claim: 'age' },
          ],
        }),
      ],
      asks: [
        ask('good', bearer(good), 200, {
          authorization: `Bearer ${good}`,
          'x-payload': payload,
          'x-user': 'ann',
          'x-role': 'admin',
          'x-age': '7',
        }),
        ask('a client that fills the headers in itself', { headers: { 'x-user': 'root', 'x-payload': 'x' } }, 200, {
          'x-user': undefined,
          'x-payload': undefined,
        }),
      ],
    },
  ]
}

async function authorized({ main, other }: Ground): Promise<TokenRow[]> {
  const rules = takes({ issuer: url, jwks: main.jwks }, { issuer: other.name, jwks: other.jwks })
  const token = (claims: { readonly [claim: string]: unknown }) => main.token({ sub: 'ann', ...claims }).then(bearer)
  const row = (what: string, policy: GuardedPolicy, asks: readonly TokenAsk[]): TokenRow => ({
    what,
    policies: [rules, policy],
    asks,
  })
  const ann = await token({})
  return [
    row('a token must be there: ALLOW', allow(from({ requestPrincipals: ['*'] })), [
      ask('there', ann, 200),
      ask('missing', {}, 403),
    ]),
    row('a token must be there: DENY', deny(from({ notRequestPrincipals: ['*'] })), [
      ask('there', ann, 200),
      ask('missing', {}, 403),
    ]),
    row('whose token', allow(from({ requestPrincipals: [`${url}/ann`, 'second/*', '*/bob'] })), [
      ask('exactly', ann, 200),
      ask('of another subject', await token({ sub: 'anna' }), 403),
      ask('any of an issuer', bearer(await other.token({ sub: 'x' })), 200),
      ask('a subject of any issuer', await token({ sub: 'bob' }), 200),
    ]),
    row(
      'claims',
      allow(when('request.auth.claims[groups]', { values: ['admin', 'team-*'], notValues: ['team-red'] })),
      [
        ask('a text', await token({ groups: 'admin' }), 200),
        ask('in a list', await token({ groups: ['a', 'team-blue'] }), 200),
        ask('forbidden', await token({ groups: ['admin', 'team-red'] }), 403),
        ask('another', await token({ groups: ['administrator'] }), 403),
        ask('absent', ann, 403),
      ],
    ),
    row('nested claims', allow(when('request.auth.claims[realm][roles]', { values: ['admin'] })), [
      ask('there', await token({ realm: { roles: ['admin'] } }), 200),
      ask('elsewhere', await token({ roles: ['admin'] }), 403),
    ]),
    row('words of a scope', allow(when('request.auth.claims[scope]', { values: ['write'] })), [
      ask('among them', await token({ scope: 'read write' }), 200),
      ask('part of one', await token({ scope: 'rewrite' }), 403),
    ]),
    row(
      'audience and presenter',
      allow({
        when: [
          { key: 'request.auth.audiences', values: ['shop'] },
          { key: 'request.auth.presenter', values: ['app'] },
        ],
      }),
      [
        ask('both', await token({ aud: ['shop'], azp: 'app' }), 200),
        ask('a text', await token({ aud: 'shop', azp: 'app' }), 200),
        ask('one', await token({ aud: 'shop' }), 403),
      ],
    ),
    row('principal as a condition', deny(when('request.auth.principal', { values: [`${url}/eve`] })), [
      ask('her', await token({ sub: 'eve' }), 403),
      ask('another', ann, 200),
    ]),
  ]
}

describe('request authentication', { skip: withoutEnvoy }, async () => {
  const stack = new AsyncDisposableStack()
  const main = await newIssuer(url)
  const keys = stack.use(await keyServer(main.jwks))
  // Nobody listens there any more.
  const gone = await keyServer('')
  await gone[Symbol.asyncDispose]()
  const ground: Ground = {
    main,
    other: await newIssuer('second', 'ES256'),
    forger: await newIssuer(url),
    keys: keys.port,
    broken: gone.port,
  }
  const rows = [...(await verified(ground)), ...(await placed(ground)), ...(await authorized(ground))]
  let scene: InboundScene
  before(async () => {
    scene = stack.use(await inboundScene(rows))
  })
  after(() => stack.disposeAsync())

  for (const [index, { what, asks }] of rows.entries()) {
    describe(what, () => {
      for (const { as, request, status, sees = {} } of asks) {
        it(`${status}: ${as}`, async () => {
          const answer = await askRaw(scene.port(index), request)
          assert.equal(answer?.status, status, answer?.body)
          if (status !== 200) return
          const { headers } = JSON.parse(answer!.body) as SeenRequest
          for (const [name, value] of Object.entries(sees)) assert.equal(headers[name], value, name)
        })
      }
    })
  }

  it('keys are kept, not fetched for each request', () => assert.equal(keys.asked(), 1))
})
