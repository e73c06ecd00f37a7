import type { RuleCase } from './rules.test.ts'

const rule = (fields: object) => ({ jwtRules: [{ issuer: 'https://id.example', ...fields }] })
const set = (...keys: readonly object[]) => rule({ jwks: JSON.stringify({ keys }) })
const at = (field: string) => `/spec/jwtRules/0/${field}`
const uri = (jwksUri: string) => rule({ jwksUri })

/** RFC 7517's own examples, and one of RFC 8037. */
const rsa = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
}
const ec = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
}
const okp = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }

export const requestAuthentication: readonly RuleCase[] = [
  [{}],
  [rule({ jwksUri: 'https://id.example/keys', timeout: '1193046h28m15s' })],
  [rule({ jwksUri: 'https://id.example/keys', timeout: '1193046h28m16s' }), `form-invalid ${at('timeout')}`],
  [{ jwtRules: [] }],
  [{ jwtRules: [{ jwksUri: 'https://id.example/keys' }] }],
  [{ selector: {} }, 'no-effect /spec/selector'],
  [
    { $metadata: { annotations: { 'istio.io/dry-run': 'true' } } },
    'field-conflict /metadata/annotations/istio.io~1dry-run',
  ],

  // Keys.
  [{ jwtRules: [{}] }, 'field-missing /spec/jwtRules/0'],
  [rule({}), `cannot-serve ${at('issuer')}`],
  [uri('http://127.0.0.1:8080/keys')],
  [uri('https://[::1]/keys')],
  ...['ftp://id.example/keys', 'id.example/keys', 'https://', 'http://a_b/', 'https://user:word@id.example/'].map(
    (text): RuleCase => [uri(text), `form-invalid ${at('jwksUri')}`],
  ),
  [
    rule({ jwksUri: 'https://a/', jwks_uri: 'https://a/', jwks: JSON.stringify({ keys: [rsa] }) }),
    `field-conflict ${at('jwks_uri')}`,
    `field-conflict ${at('jwks')}`,
  ],
  [set(rsa)],
  [set({ ...rsa, alg: 'PS512', kid: 'a', use: 'sig' })],
  [set(ec)],
  [set(okp)],
  [set({ kty: 'unknown' }, rsa)],
  [set(), `field-missing ${at('jwks')}`],
  [set({ ...rsa, alg: 'ES256' }), `field-missing ${at('jwks')}`],
  [set({ ...rsa, n: undefined }), `field-missing ${at('jwks')}`],
  [set({ ...ec, crv: 'P-224' }), `field-missing ${at('jwks')}`],
  [set({ ...okp, crv: 'X25519' }), `field-missing ${at('jwks')}`],
  [set({ ...ec, alg: 'ES384' }), `field-missing ${at('jwks')}`],
  [set({ ...rsa, n: 'vx7agoebGcQ' }), `field-missing ${at('jwks')}`],
  [rule({ jwks: '{' }), `field-missing ${at('jwks')}`],
  [rule({ jwks: '[]' }), `field-missing ${at('jwks')}`],
  [set({ ...rsa, d: 'X4cTteJY_gn4FYPsXB8rdXix' }), `secret-key ${at('jwks')}`],
  [set({ kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ' }), `secret-key ${at('jwks')}`],

  // Where it stands, and what becomes of it.
  [
    rule({
      jwksUri: 'https://a/keys',
      audiences: ['shop'],
      fromHeaders: [{ name: 'x-token', prefix: 'T ' }],
      fromParams: ['t'],
      fromCookies: ['c'],
      outputPayloadToHeader: 'x-payload',
      outputClaimToHeaders: [{ header: 'x_user', claim: 'sub' }],
      spaceDelimitedClaims: ['roles'],
      timeout: '2s',
    }),
  ],
  [
    rule({
      jwksUri: 'https://a/',
      fromHeaders: [{ name: 'a b' }],
      outputPayloadToHeader: ':path',
      timeout: '0.5ms',
    }),
    `header-name-invalid ${at('fromHeaders/0/name')}`,
    `header-name-invalid ${at('outputPayloadToHeader')}`,
    `form-invalid ${at('timeout')}`,
  ],
]
