import type { RuleCase } from './rules.test.ts'

const route = [{ destination: { host: 'a' } }]
const match = (fields: object) => ({ hosts: ['a'], http: [{ match: [fields], route }] })
const origin = (exact: string) => ({ hosts: ['a'], http: [{ corsPolicy: { allowOrigins: [{ exact }] }, route }] })
const at = (field: string) => `/spec/http/0/match/0/${field}`

/** What no request is, and no browser says. */
export const neverMatched: readonly RuleCase[] = [
  [match({ uri: { exact: '/a?b=1' } }), `no-effect ${at('uri/exact')}`],
  [match({ uri: { prefix: '/a#b' } }), `no-effect ${at('uri/prefix')}`],
  [match({ method: { exact: 'get' } }), `no-effect ${at('method/exact')}`],
  [match({ method: { exact: 'GET' } })],
  [match({ method: { exact: 'purge' } })],
  [match({ scheme: { exact: 'HTTPS' } }), `no-effect ${at('scheme/exact')}`],
  [match({ authority: { exact: 'https://a.example' } }), `no-effect ${at('authority/exact')}`],
  [match({ authority: { prefix: 'a.example:' } })],
  ...['shop.example', 'https://shop.example/', 'https://shop.example/a'].map(
    (text): RuleCase => [origin(text), 'no-effect /spec/http/0/corsPolicy/allowOrigins/0/exact'],
  ),
  ...['https://shop.example', 'http://localhost:8080', 'null'].map((text): RuleCase => [origin(text)]),
]
