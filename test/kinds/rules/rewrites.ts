import type { RuleCase } from './rules.test.ts'

const to = { destination: { host: 'a' } }
const rule = (fields: object) => ({ hosts: ['a'], http: [{ route: [to], ...fields }] })
const at = (field: string) => `/spec/http/0/${field}`
const rewritten = (uri: string, ...prefixes: string[]) =>
  rule({ rewrite: { uri }, ...(prefixes.length === 0 ? {} : { match: prefixes.map(prefix => ({ uri: { prefix } })) }) })

/** Prefixes that VirtualServices have replaced, letters by letters. */
export const rewrites: readonly RuleCase[] = [
  [rewritten('/v1', '/api/'), `hardly-meant ${at('rewrite/uri')}`],
  [rewritten('/v1'), `hardly-meant ${at('rewrite/uri')}`],
  [rewritten('v1', '/api'), `hardly-meant ${at('rewrite/uri')}`],
  [rule({ rewrite: { authority: 'https://a.example/b' } }), `hardly-meant ${at('rewrite/authority')}`],
  [rewritten('/', '/api'), `hardly-meant ${at('rewrite/uri')}`],
  [rewritten('/v1/', '/api'), `hardly-meant ${at('rewrite/uri')}`],
  [rewritten('/', '/api', '/api/'), `hardly-meant ${at('rewrite/uri')}`],
  [
    { hosts: ['a'], http: [{ match: [{ uri: { prefix: '/api/' } }], redirect: { prefixRewrite: '/v1' } }] },
    `hardly-meant ${at('redirect/prefixRewrite')}`,
  ],
  ...(
    [
      ['/v1/', '/api/'],
      ['/v1', '/api'],
      ['/', '/api/'],
      ['/', '/'],
      ['/', '/api/', '/api'],
      ['/find?q=', '/find/'],
      ['/find?q=/', '/find'],
    ] as const
  ).map(([uri, ...prefixes]): RuleCase => [rewritten(uri, ...prefixes)]),
  [rule({ match: [{ uri: { exact: '/a/' } }, { uri: { regex: '/a/.*' } }], rewrite: { uri: '/b' } })],
  [{ hosts: ['a'], http: [...rewritten('/', '/api/').http, ...rewritten('/', '/api').http] }],
  [{ hosts: [], http: rewritten('/v1').http }],
]
