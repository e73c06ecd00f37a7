/** Specs of the security kinds, made of values from the edges of what is allowed, and a little beyond. */
import fc from 'fast-check'

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const some = (members: { readonly [name: string]: fc.Arbitrary<unknown> }) =>
  fc
    .subarray(Object.keys(members), { minLength: 1, maxLength: Math.min(2, Object.keys(members).length) })
    .chain(names => fc.record(Object.fromEntries(names.map(member => [member, members[member]!]))))
const list = (value: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 20, arbitrary: fc.array(value, { minLength: 1, maxLength: 2 }) }, fc.constant([]))

const text = one(
  'a',
  '*',
  'a*',
  '*a',
  '**',
  'a*b',
  '',
  'ä',
  'a b',
  '\\',
  '[',
  '.+',
  '(?i)a',
  '%',
  'a"b',
  'a\tb',
  '☃',
  '{*}',
  '/',
)
const path = fc.oneof(
  text,
  fc
    .array(
      one(
        'a',
        '{*}',
        '{**}',
        '*',
        '**',
        '',
        'a.b',
        'a{*}',
        '%2F',
        'a:b@c',
        'ä',
        'a b',
        '{a}',
        '{a=*}',
        "it's",
        '~',
        '=',
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map(parts => `/${parts.join('/')}`),
)
const block = one(
  '10.0.0.1',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '::/0',
  '2001:db8::1',
  '::ffff:1.2.3.4',
  '10.0.0.0/33',
  '::/129',
  'a',
  '10.1',
  '10.0.0.1/08',
)
const port = one('0', '80', '65535', '65536', '080', '8081', '1e3', '-1', '')
const host = one('a.example', '*.example', 'a.*', 'a.example:80', 'a.example:*', '[::1]:80', '*', '(', 'a.example\\')
const account = one('a', 'ns/a', 'a/b/c', '*', 'ns/a.b', 'A_b', '/a', 'ns/')
const domain = one('cluster.local', '*', '*.a', 'a*', 'a/b', '*a*', '(.)', 'a+b')

const source = some({
  principals: list(text),
  notPrincipals: list(text),
  requestPrincipals: list(text),
  notRequestPrincipals: list(text),
  namespaces: list(text),
  notNamespaces: list(text),
  serviceAccounts: list(account),
  trustDomains: list(domain),
  ipBlocks: list(block),
  notRemoteIpBlocks: list(block),
})
const operation = some({
  hosts: list(host),
  notHosts: list(text),
  methods: list(text),
  paths: list(path),
  notPaths: list(path),
  ports: list(port),
  notPorts: list(port),
})
const condition = fc
  .tuple(
    fc.oneof(
      one(
        'request.headers[x-a]',
        'request.headers[:path]',
        'request.headers[]',
        'request.headers[a b]',
        'request.headers[Ä]',
      ),
      one('source.ip', 'remote.ip', 'destination.ip', 'destination.port', 'connection.sni'),
      one('source.namespace', 'source.principal', 'request.auth.principal', 'request.auth.audiences'),
      one('request.auth.claims[a]', 'request.auth.claims[a][b]', 'request.auth.claims[a.b]', 'request.auth.presenter'),
      one('experimental.envoy.filters.a.b[c]', 'experimental.envoy.filters.a', 'unknown'),
    ),
    some({ values: list(fc.oneof(text, block, port)), notValues: list(fc.oneof(text, block, port)) }),
  )
  .map(([key, lists]) => ({ key, ...lists }))

const rule = some({
  from: list(source.map(of => ({ source: of }))),
  to: list(operation.map(of => ({ operation: of }))),
  when: list(condition),
})

export const authorizationPolicySpec: fc.Arbitrary<object> = fc
  .record({ action: one('ALLOW', 'DENY', 'AUDIT'), rules: fc.array(fc.oneof(rule, fc.constant({})), { maxLength: 2 }) })
  .map(({ action, rules }) => ({ action, rules }))

const okp = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
const ec = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
}
/** RSA with a modulus of 64 bits: too short to be of use. */
const short = { kty: 'RSA', n: 'vx7agoebGcQ', e: 'AQAB' }
const key = one<object>(
  okp,
  ec,
  { ...ec, alg: 'ES256' },
  { ...ec, alg: 'ES384' },
  { ...ec, y: ec.x },
  { ...ec, crv: 'P-384' },
  { ...okp, alg: 'EdDSA', use: 'sig' },
  { ...okp, crv: 'Ed448' },
  { ...okp, x: 'AA' },
  { ...okp, use: 'enc' },
  { ...okp, kid: 7 },
  short,
  { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ' },
  { kty: 'oct', k: '' },
  { kty: 'oct', k: 'a', alg: 'HS256' },
  { kty: 'none' },
  {},
)
const jwks = fc.oneof(
  fc.array(key, { maxLength: 2 }).map(keys => JSON.stringify({ keys })),
  one('', '{', '[]', '{"keys":{}}', '{"keys":[1]}'),
)
const name = one('x-a', 'A', ':path', 'host', 'x_a', 'a b', '', 'authorization', 'cookie', "!#$%&'*+-.^_`|~")
const jwtRule = fc
  .tuple(
    one<object>({ issuer: 'a' }, { issuer: '' }, {}, { issuer: 'ä☃' }),
    fc.oneof(
      jwks.map(set => ({ jwks: set })),
      one(
        'https://a.example/keys',
        'http://a:8080',
        'http://[::1]/a',
        'http://10.0.0.1:99999/',
        'ftp://a',
        'https://a.example:0/',
        'http://ä.example/',
        'http://a_b/',
        'http://a.svc.cluster.local/keys?a=b#c',
      ).map(jwksUri => ({ jwksUri })),
      fc.constant({}),
    ),
    some({
      audiences: list(text),
      fromHeaders: list(fc.record({ name, prefix: one('', 'Bearer ', 'ä') })),
      fromParams: list(text),
      fromCookies: list(text),
      forwardOriginalToken: fc.boolean(),
      outputPayloadToHeader: name,
      outputClaimToHeaders: list(fc.record({ header: name, claim: one('sub', 'a.b', '', '.', 'ä') })),
      timeout: one('1ms', '5s', '0s', '87600h', '1.5s'),
      spaceDelimitedClaims: list(text),
    }),
  )
  .map(([issuer, keys, more]) => ({ ...issuer, ...keys, ...more }))

export const requestAuthenticationSpec: fc.Arbitrary<object> = fc.record({
  jwtRules: fc.array(jwtRule, { maxLength: 2 }),
})

const mtls = one<object>({}, { mode: 'UNSET' }, { mode: 'STRICT' }, { mode: 'PERMISSIVE' }, { mode: 'DISABLE' })

/** For the workload with these labels. */
export const peerAuthenticationSpec = (matchLabels: object): fc.Arbitrary<object> =>
  fc.record({
    selector: fc.constant({ matchLabels }),
    mtls,
    portLevelMtls: fc.dictionary(one('8081', '8082', '8083', '0', '9000', '65536'), mtls, { maxKeys: 3 }),
  })
