/** Which requests a rule is for. */
import type { Ask, Row, Version } from './row.ts'

const to = (subset: Version) => ({ route: [{ destination: { host: 'HOST', subset } }] })

/** What matches goes to the second version, the rest to the first. */
function matching(does: string, match: object, { yes, no }: { readonly yes: Ask; readonly no: Ask }): Row[] {
  const http = [{ match: [match], ...to('v2') }, to('v1')]
  return [
    { does: `${does}: yes`, http, ask: yes, sees: { servers: 'v2' } },
    { does: `${does}: no`, http, ask: no, sees: { servers: 'v1' } },
  ]
}

const path = (text: string): Ask => ({ path: text })
const headers = (given: Readonly<{ [name: string]: string }>): Ask => ({ headers: given })

export const matchRows: readonly Row[] = [
  ...matching('an exact path', { uri: { exact: '/a' } }, { yes: path('/a?x=1'), no: path('/a/b') }),
  ...matching('a prefix of the path', { uri: { prefix: '/a' } }, { yes: path('/ab'), no: path('/b') }),
  ...matching('a path by a regex', { uri: { regex: '/i[0-9]+' } }, { yes: path('/i42'), no: path('/i42/x') }),
  ...matching(
    'a path in any case',
    { uri: { prefix: '/Api' }, ignoreUriCase: true },
    { yes: path('/aPI/x'), no: path('/ap') },
  ),
  ...matching('a method', { method: { exact: 'PUT' } }, { yes: { method: 'PUT' }, no: { method: 'GET' } }),
  ...matching(
    'an authority',
    { authority: { prefix: 'shop.' } },
    { yes: headers({ host: 'shop.example' }), no: headers({ host: 'www.example' }) },
  ),
  ...matching(
    'a header, exactly',
    { headers: { 'x-user': { exact: 'ann' } } },
    { yes: headers({ 'x-user': 'ann' }), no: headers({ 'x-user': 'anna' }) },
  ),
  ...matching(
    'a header by its prefix',
    { headers: { 'x-user': { prefix: 'an' } } },
    { yes: headers({ 'x-user': 'anna' }), no: headers({ 'x-user': 'bea' }) },
  ),
  ...matching(
    'a header by a regex',
    { headers: { cookie: { regex: '.*(^|; )user=ann(;.*)?' } } },
    { yes: headers({ cookie: 'a=1; user=ann' }), no: headers({ cookie: 'user=bea' }) },
  ),
  ...matching(
    'a header that is there',
    { headers: { 'x-debug': {} } },
    { yes: headers({ 'x-debug': '' }), no: headers({}) },
  ),
  ...matching(
    'a header that is not there',
    { withoutHeaders: { 'x-debug': {} } },
    { yes: headers({}), no: headers({ 'x-debug': '1' }) },
  ),
  ...matching(
    'a header that is not so, or not there',
    { withoutHeaders: { 'x-user': { exact: 'ann' } } },
    { yes: headers({}), no: headers({ 'x-user': 'ann' }) },
  ),
  ...matching(
    'a query parameter, exactly',
    { queryParams: { v: { exact: '2' } } },
    { yes: path('/?v=2'), no: path('/?v=20') },
  ),
  ...matching(
    'a query parameter by a regex',
    { queryParams: { v: { regex: '[0-9]+' } } },
    { yes: path('/?a=b&v=20'), no: path('/?v=x') },
  ),
  ...matching(
    'a query parameter by its prefix',
    { queryParams: { v: { prefix: 'a' } } },
    { yes: path('/?v=ab'), no: path('/?v=ba') },
  ),
  ...matching(
    'all of several conditions',
    { uri: { prefix: '/a' }, headers: { 'x-user': { exact: 'ann' } }, method: { exact: 'POST' } },
    {
      yes: { method: 'POST', path: '/a', headers: { 'x-user': 'ann' } },
      no: { method: 'GET', path: '/a', headers: { 'x-user': 'ann' } },
    },
  ),
  {
    does: 'any of several matches',
    http: [{ match: [{ uri: { exact: '/a' } }, { uri: { exact: '/b' } }], ...to('v2') }, to('v1')],
    ask: path('/b'),
    sees: { servers: 'v2' },
  },
  {
    does: 'the first rule that matches holds',
    http: [
      { match: [{ uri: { prefix: '/' } }], ...to('v3') },
      { match: [{ uri: { exact: '/a' } }], ...to('v2') },
    ],
    ask: path('/a'),
    sees: { servers: 'v3' },
  },
  {
    does: 'labels of the caller: its own',
    http: [{ match: [{ sourceLabels: { tier: 'front' } }], ...to('v2') }, to('v1')],
    sees: { servers: 'v2' },
  },
  {
    does: 'labels of the caller: another’s',
    http: [{ match: [{ sourceLabels: { tier: 'back' } }], ...to('v2') }, to('v1')],
    sees: { servers: 'v1' },
  },
  {
    does: 'the namespace of the caller',
    http: [{ match: [{ sourceNamespace: 'elsewhere' }], ...to('v2') }, to('v1')],
    sees: { servers: 'v1' },
  },
  {
    does: 'the port that was called',
    http: [{ match: [{ port: 81 }], ...to('v2') }, { match: [{ port: 80 }], ...to('v3') }, to('v1')],
    sees: { servers: 'v3' },
  },
  {
    does: 'where nothing matches, nothing is routed',
    http: [{ match: [{ uri: { exact: '/a' } }], ...to('v2') }],
    ask: path('/b'),
    sees: { status: 404, attempts: 0 },
  },
  {
    does: 'at a gateway, by host and path',
    http: [{ match: [{ uri: { prefix: '/a' } }], ...to('v2') }],
    isEdge: true,
    ask: path('/a'),
    sees: { servers: 'v2' },
  },
  {
    does: 'at a gateway, nothing for a path that no rule is for',
    http: [{ match: [{ uri: { prefix: '/a' } }], ...to('v2') }],
    isEdge: true,
    ask: path('/b'),
    sees: { status: 404, attempts: 0 },
  },
  {
    does: 'at a gateway, nothing for a host that nobody serves',
    http: [to('v2')],
    isEdge: true,
    ask: { headers: { host: 'nobody.example.com' } },
    sees: { status: 404, attempts: 0 },
  },
  {
    does: 'at a gateway, a rule for sidecars only is none',
    http: [{ match: [{ gateways: ['mesh'] }], ...to('v2') }, to('v1')],
    isEdge: true,
    sees: { servers: 'v1' },
  },
]
