/** What becomes of a request on its way, and of its answer. */
import type { Row } from './row.ts'

const route = [{ destination: { host: 'HOST', subset: 'v1' } }]
const under = (prefix: string) => [{ uri: { prefix } }]

export const changeRows: readonly Row[] = [
  {
    does: 'rewrites the prefix that matched',
    http: [{ match: under('/old/'), rewrite: { uri: '/new/' }, route }],
    ask: { path: '/old/x?q=1' },
    sees: { upstream: { url: '/new/x?q=1' } },
  },
  {
    does: 'rewrites a whole path that matched exactly',
    http: [{ match: [{ uri: { exact: '/old' } }], rewrite: { uri: '/new' }, route }],
    ask: { path: '/old?q=1' },
    sees: { upstream: { url: '/new?q=1' } },
  },
  {
    does: 'rewrites by a regex and its groups',
    http: [{ rewrite: { uriRegexRewrite: { match: '^/v([0-9]+)/(.*)$', rewrite: '/\\2/as/\\1' } }, route }],
    ask: { path: '/v7/books' },
    sees: { upstream: { url: '/books/as/7' } },
  },
  {
    does: 'rewrites the authority',
    http: [{ rewrite: { authority: 'inner.example' }, route }],
    sees: { upstream: { headers: { host: 'inner.example' } } },
  },
  {
    does: 'sets, adds and removes headers of a request',
    http: [
      {
        headers: { request: { set: { 'x-a': 'set' }, add: { 'x-b': 'more' }, remove: ['x-c'] } },
        route,
      },
    ],
    ask: { headers: { 'x-a': 'given', 'x-b': 'given', 'x-c': 'given' } },
    sees: { upstream: { headers: { 'x-a': 'set', 'x-b': 'given, more', 'x-c': null } } },
  },
  {
    does: 'sets, adds and removes headers of an answer',
    http: [
      {
        headers: { response: { set: { 'x-served-by': 'us' }, add: { 'x-new': '1' }, remove: ['x-internal'] } },
        route,
      },
    ],
    sees: { headers: { 'x-served-by': 'us', 'x-new': '1', 'x-internal': null } },
  },
  {
    does: 'changes headers for one destination alone',
    http: [{ route: [{ ...route[0], headers: { request: { set: { 'x-to': 'v1' } } } }] }],
    sees: { upstream: { headers: { 'x-to': 'v1' } } },
  },
  {
    does: 'sets a header to what the proxy knows',
    http: [{ headers: { request: { set: { 'x-method': '%REQ(:METHOD)%' } } }, route }],
    ask: { method: 'POST' },
    sees: { upstream: { headers: { 'x-method': 'POST' } } },
  },
  {
    does: 'redirects to another path',
    http: [{ redirect: { uri: '/elsewhere' } }],
    ask: { path: '/here' },
    sees: { status: 301, attempts: 0, headers: { location: 'http://shop.example/elsewhere' } },
  },
  {
    does: 'redirects to another prefix',
    http: [{ match: under('/old'), redirect: { prefixRewrite: '/new' } }],
    ask: { path: '/old/x' },
    sees: { status: 301, headers: { location: 'http://shop.example/new/x' } },
  },
  {
    does: 'redirects to another authority, with another status',
    http: [{ redirect: { authority: 'other.example', redirectCode: 307 } }],
    ask: { path: '/x' },
    sees: { status: 307, headers: { location: 'http://other.example/x' } },
  },
  {
    does: 'redirects to https',
    http: [{ redirect: { scheme: 'https', redirectCode: 308 } }],
    ask: { path: '/x' },
    sees: { status: 308, headers: { location: 'https://shop.example/x' } },
  },
  {
    does: 'redirects to another port',
    http: [{ redirect: { port: 8443, scheme: 'https' } }],
    ask: { path: '/x' },
    sees: { status: 301, headers: { location: 'https://shop.example:8443/x' } },
  },
  {
    does: 'answers itself, with text',
    http: [{ directResponse: { status: 418, body: { string: 'a teapot' } } }],
    sees: { status: 418, body: 'a teapot', attempts: 0 },
  },
  {
    does: 'answers itself, with bytes',
    http: [{ directResponse: { status: 200, body: { bytes: 'AGhp' } } }],
    sees: { body: '\u0000hi', attempts: 0 },
  },
  {
    does: 'answers itself, with headers',
    http: [
      {
        headers: { response: { set: { 'content-type': 'text/html' } } },
        directResponse: { status: 503, body: { string: '<p>soon</p>' } },
      },
    ],
    sees: { status: 503, body: '<p>soon</p>', headers: { 'content-type': 'text/html' } },
  },
  {
    does: 'lets a browser of a known origin ask first',
    http: [
      {
        corsPolicy: {
          allowOrigins: [{ exact: 'https://a.example' }],
          allowMethods: ['PUT'],
          allowHeaders: ['x-token'],
          allowCredentials: true,
          maxAge: '60s',
        },
        route,
      },
    ],
    ask: {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
    },
    sees: {
      attempts: 0,
      headers: {
        'access-control-allow-origin': 'https://a.example',
        'access-control-allow-methods': 'PUT',
        'access-control-allow-headers': 'x-token',
        'access-control-allow-credentials': 'true',
        'access-control-max-age': '60',
      },
    },
  },
  {
    does: 'tells a browser what it may read of an answer',
    http: [
      { corsPolicy: { allowOrigins: [{ regex: 'https://.*\\.example' }], exposeHeaders: ['x-served-by'] }, route },
    ],
    ask: { headers: { origin: 'https://b.example' } },
    sees: {
      headers: {
        'access-control-allow-origin': 'https://b.example',
        'access-control-expose-headers': 'x-served-by',
      },
    },
  },
  {
    does: 'tells a browser of another origin nothing',
    http: [{ corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }] }, route }],
    ask: { headers: { origin: 'https://evil.example' } },
    sees: { headers: { 'access-control-allow-origin': null } },
  },
  {
    does: 'passes a first question of another origin on, for the application to answer',
    http: [{ corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }] }, route }],
    ask: { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'PUT' } },
    sees: { upstream: { method: 'OPTIONS' }, headers: { 'access-control-allow-origin': null } },
  },
  {
    does: 'refuses a first question of another origin where it is told to',
    http: [{ corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }], unmatchedPreflights: 'IGNORE' }, route }],
    ask: { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'PUT' } },
    sees: { attempts: 0, headers: { 'access-control-allow-origin': null } },
  },
].map((row): Row => ({ ...row, ...defaultHost(row) }) as Row)

/** What locations name. */
function defaultHost(row: object): Pick<Row, 'ask'> {
  const { ask = {} } = row as Row
  return { ask: { ...ask, headers: { host: 'shop.example', ...ask.headers } } }
}
