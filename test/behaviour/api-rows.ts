/** What Envoy does of HTTPRoutes: a row for each feature, at a gateway and, where it says so, from within the mesh. */
import { askedRows } from './asked-rows.ts'
import { backendRows } from './backend-rows.ts'
import { listenerRows } from './listener-rows.ts'
import type { Ask, Row, Version } from './row.ts'
import { sessionRows } from './session-rows.ts'

export interface ApiRow extends Row {
  /** Rules of an HTTPRoute; its backends are the Services `v1` to `v3`. */
  readonly rules: readonly object[]
  /** Rules of a second route of the same host, and by name after the first. */
  readonly more?: readonly object[]
  /** The route is in the namespace `shop`, which has a grant for the backend `v1`, and for no other. */
  readonly isGuest?: true
  /** Host that the route is for, instead of one of its own; at a gateway only. */
  readonly host?: string
  /** Host that the second route is for. Default: the same. */
  readonly moreHost?: string
  /** It names no parent, and takes the default Gateways. */
  readonly isDefault?: true
  /** Its parent, instead of the Gateway. */
  readonly parent?: object
  /** That of the second route. Default: the same. */
  readonly moreParent?: object
}

const to = (version: Version, weight?: number) => ({
  name: version,
  port: 80,
  ...(weight === undefined ? {} : { weight }),
})
const toV1 = { backendRefs: [to('v1')] }
const toV2 = { backendRefs: [to('v2')] }
const path = (type: string, value: string) => ({ matches: [{ path: { type, value } }] })
const filtered = (type: string, field: string, filter: object) => ({ filters: [{ type, [field]: filter }] })

/** What matches goes to the second version, the rest to the first. */
function matching(does: string, match: object, { yes, no }: { readonly yes: Ask; readonly no: Ask }): ApiRow[] {
  const rules = [toV1, { matches: [match], ...toV2 }]
  return [
    { does: `${does}: yes`, rules, ask: yes, sees: { servers: 'v2' } },
    { does: `${does}: no`, rules, ask: no, sees: { servers: 'v1' } },
  ]
}

const matches: readonly ApiRow[] = [
  ...matching(
    'is for an exact path',
    { path: { type: 'Exact', value: '/a' } },
    { yes: { path: '/a?x' }, no: { path: '/a/' } },
  ),
  ...matching('is for parts of a path', { path: { value: '/a' } }, { yes: { path: '/a/b' }, no: { path: '/ab' } }),
  ...matching(
    'is for the path that its parts are',
    { path: { value: '/a/' } },
    { yes: { path: '/a' }, no: { path: '/' } },
  ),
  ...matching(
    'is for a path by an expression',
    { path: { type: 'RegularExpression', value: '/i[0-9]+' } },
    { yes: { path: '/i42' }, no: { path: '/i42/x' } },
  ),
  ...matching('is for a method', { method: 'PUT' }, { yes: { method: 'PUT' }, no: {} }),
  ...matching(
    'is for a header',
    { headers: [{ name: 'X-User', value: 'ann' }] },
    { yes: { headers: { 'x-user': 'ann' } }, no: { headers: { 'x-user': 'anna' } } },
  ),
  ...matching(
    'is for the first of headers of one name',
    {
      headers: [
        { name: 'X-User', value: 'ann' },
        { name: 'x-user', value: 'bob' },
      ],
    },
    { yes: { headers: { 'x-user': 'ann' } }, no: { headers: { 'x-user': 'bob' } } },
  ),
  ...matching(
    'is for a header by an expression',
    { headers: [{ type: 'RegularExpression', name: 'x-user', value: 'a.+' }] },
    { yes: { headers: { 'x-user': 'ann' } }, no: { headers: { 'x-user': 'a' } } },
  ),
  ...matching(
    'is for a parameter',
    { queryParams: [{ name: 'q', value: '1' }] },
    { yes: { path: '/?a=b&q=1' }, no: { path: '/?q=2' } },
  ),
]

const precedence: readonly ApiRow[] = [
  {
    does: 'goes to the exact path before the prefix',
    rules: [
      { ...path('PathPrefix', '/a'), ...toV1 },
      { ...path('Exact', '/a'), ...toV2 },
    ],
    ask: { path: '/a' },
    sees: { servers: 'v2' },
  },
  {
    does: 'goes to the longer prefix, of another route',
    rules: [{ ...path('PathPrefix', '/a'), ...toV1 }],
    more: [{ ...path('PathPrefix', '/a/b'), ...toV2 }],
    ask: { path: '/a/b/c' },
    sees: { servers: 'v2' },
  },
  {
    does: 'goes to the method before headers',
    rules: [
      { matches: [{ headers: [{ name: 'x-a', value: '1' }] }], ...toV1 },
      { matches: [{ method: 'GET' }], ...toV2 },
    ],
    ask: { headers: { 'x-a': '1' } },
    sees: { servers: 'v2' },
  },
  {
    does: 'goes to the match with more headers',
    rules: [
      { matches: [{ headers: [{ name: 'x-a', value: '1' }] }], ...toV1 },
      { matches: [{ headers: ['x-a', 'x-b'].map(name => ({ name, value: '1' })) }], ...toV2 },
    ],
    ask: { headers: { 'x-a': '1', 'x-b': '1' } },
    sees: { servers: 'v2' },
  },
  {
    does: 'goes to the first route by name, of two that say the same',
    rules: [{ ...path('Exact', '/a'), ...toV1 }],
    more: [{ ...path('Exact', '/a'), ...toV2 }],
    ask: { path: '/a' },
    sees: { servers: 'v1' },
  },
  { does: 'answers 404 where no rule is for it', rules: [{ ...path('Exact', '/a'), ...toV1 }], sees: { status: 404 } },
]

const filters: readonly ApiRow[] = [
  {
    does: 'changes headers of requests',
    rules: [
      {
        ...toV1,
        ...filtered('RequestHeaderModifier', 'requestHeaderModifier', {
          set: [
            { name: 'x-a', value: '100%' },
            { name: 'X-A', value: 'ignored' },
          ],
          add: [
            { name: 'x-b', value: '2' },
            { name: 'X-B', value: 'ignored' },
          ],
          remove: ['X-C'],
        }),
      },
    ],
    ask: { headers: { 'x-a': '0', 'x-b': '1', 'x-c': '1' } },
    sees: { upstream: { headers: { 'x-a': '100%', 'x-b': '1, 2', 'x-c': null } } },
  },
  {
    does: 'changes headers of answers',
    rules: [
      {
        ...toV1,
        ...filtered('ResponseHeaderModifier', 'responseHeaderModifier', { set: [{ name: 'x-a', value: '1' }] }),
      },
    ],
    sees: { headers: { 'x-a': '1' } },
  },
  {
    does: 'changes headers for one backend',
    rules: [
      {
        backendRefs: [
          {
            ...to('v1'),
            ...filtered('RequestHeaderModifier', 'requestHeaderModifier', { set: [{ name: 'x-a', value: '1' }] }),
          },
        ],
      },
    ],
    sees: { upstream: { headers: { 'x-a': '1' } } },
  },
  {
    does: 'redirects to a host, with 302',
    rules: [filtered('RequestRedirect', 'requestRedirect', { hostname: 'other.example', port: 8443, scheme: 'https' })],
    ask: { path: '/a?b' },
    sees: { status: 302, headers: { location: 'https://other.example:8443/a?b' } },
  },
  {
    does: 'redirects to a path',
    rules: [
      filtered('RequestRedirect', 'requestRedirect', {
        hostname: 'other.example',
        port: 8080,
        statusCode: 308,
        path: { type: 'ReplaceFullPath', replaceFullPath: '/b' },
      }),
    ],
    ask: { path: '/a/c' },
    sees: { status: 308, headers: { location: 'http://other.example:8080/b' } },
  },
  {
    does: 'redirects to another prefix',
    rules: [
      {
        ...path('PathPrefix', '/a'),
        ...filtered('RequestRedirect', 'requestRedirect', {
          hostname: 'other.example',
          port: 8080,
          path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b/' },
        }),
      },
    ],
    ask: { path: '/a/c?d' },
    sees: { status: 302, headers: { location: 'http://other.example:8080/b/c?d' } },
  },
  {
    does: 'redirects to no prefix',
    rules: [
      {
        ...path('PathPrefix', '/a'),
        ...filtered('RequestRedirect', 'requestRedirect', {
          hostname: 'other.example',
          port: 8080,
          path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' },
        }),
      },
    ],
    ask: { path: '/a/c?d' },
    sees: { status: 302, headers: { location: 'http://other.example:8080/c?d' } },
  },
  {
    does: 'rewrites host and path',
    rules: [
      {
        ...toV1,
        ...filtered('URLRewrite', 'urlRewrite', {
          hostname: 'inner.example',
          path: { type: 'ReplaceFullPath', replaceFullPath: '/b' },
        }),
      },
    ],
    ask: { path: '/a/c?d' },
    sees: { upstream: { url: '/b?d', headers: { host: 'inner.example' } } },
  },
  ...(
    [
      ['/a', '/b', '/a/c', '/b/c'],
      ['/a', '/b/', '/a', '/b'],
      ['/a', '/', '/a/c?d', '/c?d'],
      ['/a', '/', '/a', '/'],
      ['/', '/b', '/c', '/b/c'],
    ] as const
  ).map(
    ([prefix, replacePrefixMatch, asked, url]): ApiRow => ({
      does: `rewrites ${asked}, with ${replacePrefixMatch} for ${prefix}, to ${url}`,
      rules: [
        {
          ...toV1,
          ...path('PathPrefix', prefix),
          ...filtered('URLRewrite', 'urlRewrite', { path: { type: 'ReplacePrefixMatch', replacePrefixMatch } }),
        },
      ],
      ask: { path: asked },
      sees: { upstream: { url } },
    }),
  ),
  {
    does: 'sends copies to another backend',
    rules: [{ ...toV1, ...filtered('RequestMirror', 'requestMirror', { backendRef: to('v2') }) }],
    sees: { servers: { v1: [1, 1], v2: [1, 1] }, attempts: 2 },
  },
  {
    does: 'sends a share of copies',
    rules: [
      {
        ...toV1,
        ...filtered('RequestMirror', 'requestMirror', {
          backendRef: to('v2'),
          fraction: { numerator: 1, denominator: 2 },
        }),
      },
    ],
    ask: { times: 100 },
    sees: { servers: { v1: [100, 100], v2: [20, 80] }, attempts: [120, 180] },
  },
  {
    does: 'answers preflights of sites that may call',
    rules: [
      {
        ...toV1,
        ...filtered('CORS', 'cors', { allowOrigins: ['https://*.example'], allowMethods: ['PUT'], maxAge: 60 }),
      },
    ],
    ask: { method: 'OPTIONS', headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' } },
    sees: {
      headers: {
        'access-control-allow-origin': 'https://a.example',
        'access-control-allow-methods': 'PUT',
        'access-control-max-age': '60',
      },
      attempts: 0,
    },
  },
  {
    does: 'lets no other site call',
    rules: [{ ...toV1, ...filtered('CORS', 'cors', { allowOrigins: ['https://a.example'] }) }],
    ask: { headers: { origin: 'https://b.example' } },
    sees: { headers: { 'access-control-allow-origin': null } },
  },
  {
    does: 'answers 500 for filters that nobody here knows',
    rules: [{ ...toV1, ...filtered('ExtensionRef', 'extensionRef', { group: 'a.example', kind: 'A', name: 'a' }) }],
    sees: { status: 500, attempts: 0 },
  },
]

const limits: readonly ApiRow[] = [
  {
    does: 'ends requests that take too long',
    rules: [{ ...toV1, timeouts: { request: '300ms' } }],
    ask: { headers: { 'x-wait': '5000' } },
    sees: { status: 504, takes: [250, 4500] },
  },
  {
    does: 'has no limit where it is zero',
    rules: [{ ...toV1, timeouts: { request: '0s' } }],
    ask: { headers: { 'x-wait': '500' } },
    sees: { takes: [450, 9000] },
  },
  {
    does: 'ends tries that take too long',
    rules: [{ ...toV1, timeouts: { request: '9s', backendRequest: '300ms' } }],
    ask: { headers: { 'x-wait': '8000' } },
    sees: { status: 504, takes: [250, 7500] },
  },
  {
    does: 'ends the only try where it takes too long',
    rules: [{ ...toV1, timeouts: { backendRequest: '300ms' }, retry: { attempts: 0 } }],
    ask: { headers: { 'x-wait': '8000' } },
    sees: { status: 504, takes: [250, 7500], attempts: 1 },
  },
  {
    does: 'tries again after a status',
    rules: [{ ...toV1, retry: { codes: [500], attempts: 3, backoff: '10ms' } }],
    ask: { headers: { 'x-fail': '2', 'x-fail-status': '500' } },
    sees: { attempts: 3 },
  },
  {
    does: 'does not try again after others',
    rules: [{ ...toV1, retry: { codes: [502], attempts: 3, backoff: '10ms' } }],
    ask: { headers: { 'x-fail': '2', 'x-fail-status': '500' } },
    sees: { status: 500, attempts: 1 },
  },
]

const backends: readonly ApiRow[] = [
  {
    does: 'shares out by weight',
    rules: [{ backendRefs: [to('v1', 3), to('v2', 1), to('v3', 0)] }],
    ask: { times: 200 },
    sees: { servers: { v1: [110, 190], v2: [15, 90] } },
  },
  { does: 'answers 500 without a backend', rules: [{ ...path('PathPrefix', '/') }], sees: { status: 500 } },
  { does: 'answers 500 where all weigh nothing', rules: [{ backendRefs: [to('v1', 0)] }], sees: { status: 500 } },
  {
    does: 'answers 500 for the share of a backend that is missing',
    rules: [{ backendRefs: [to('v1'), { name: 'missing', port: 80 }] }],
    ask: { times: 100 },
    sees: { status: { 200: [20, 80], 500: [20, 80] }, servers: { v1: [20, 80] }, attempts: [20, 80] },
  },
  {
    does: 'goes to another namespace with a grant',
    isGuest: true,
    rules: [{ backendRefs: [{ ...to('v1'), namespace: 'default' }] }],
    sees: { servers: 'v1' },
  },
  {
    does: 'answers 500 for another namespace without a grant',
    isGuest: true,
    rules: [{ backendRefs: [{ ...to('v2'), namespace: 'default' }] }],
    sees: { status: 500, attempts: 0 },
  },
]

export const apiRows: Readonly<{ [title: string]: readonly ApiRow[] }> = {
  'a rule': matches,
  'a request': precedence,
  'a filter': filters,
  'a limit': limits,
  'a listener': listenerRows,
  'a backend': [...backends, ...backendRows],
  'a session': sessionRows,
  'who is asked': askedRows,
}
