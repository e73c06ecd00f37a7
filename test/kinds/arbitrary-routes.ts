/** HTTPRoutes and Gateways made of values from the edges of what is allowed, and a little beyond. */
import fc from 'fast-check'

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
/** Seldom one that is wrong, or else most of what is made would pass no check. */
const mostly = <T>(good: readonly T[], bad: readonly T[]) =>
  fc.oneof({ weight: 25, arbitrary: one(...good) }, one(...bad))
const some = <T>(item: fc.Arbitrary<T>, maxLength = 2) => fc.array(item, { maxLength })
const optional = (fields: { readonly [name: string]: fc.Arbitrary<unknown> }, ...requiredKeys: readonly string[]) =>
  fc.record(fields, { requiredKeys: [...requiredKeys] })

const paths = mostly(
  ['/', '/a', '/a/', '/a/b', '/a%20b', "/~!$&'()*+,;=:@"],
  ['', 'a', '//', '/a/..', '/a?b', '/a#', '/ä'],
)
const expressions = mostly(['/a+', '.*', '/(a|b)/[0-9]{2}', '^/x$'], ['(', '', '(?=a)'])
const names = mostly(['x-a', 'X-B', 'host', 'cookie'], ['x a', ':path', ''])
const values = mostly(['1', '100%', '%REQ(x)%', 'a b', '"'], ['', 'a\n', ' a'])
const hosts = mostly(['a.example', '*.example', '*.a.example', 'a', '1.2.3.4'], ['*', 'A.example', 'a.example.', '*.*'])
const durations = mostly(['0s', '1ms', '2s', '1h30m'], ['1', '-1s', '1us'])

const pathMatch = fc.oneof(
  optional({ type: one('Exact', 'PathPrefix'), value: paths }),
  fc.record({ type: one('RegularExpression'), value: expressions }),
)
const named = fc.oneof(
  fc.record({ name: names, value: values }),
  fc.record({ type: one('RegularExpression'), name: names, value: expressions }),
)
const match = optional({
  path: pathMatch,
  headers: some(named),
  queryParams: some(named),
  method: mostly(['GET', 'CONNECT', 'OPTIONS'], ['FETCH']),
})

const backend = optional(
  {
    name: mostly(['web', 'web', 'next', 'missing'], ['']),
    namespace: one('default', 'far'),
    port: mostly([80, 80, 81], [0, 65536]),
    kind: mostly(['Service'], ['Bucket']),
    group: mostly([''], ['a.example', 'A']),
  },
  'name',
  'port',
)
const replaced = fc.oneof(
  fc.record({ type: one('ReplaceFullPath'), replaceFullPath: mostly(['/', '/a?b', '', '\\1', 'a'], ['/\n']) }),
  fc.record({ type: one('ReplacePrefixMatch'), replacePrefixMatch: mostly(['/', '/a/', '', '\\1', 'a'], ['/\n']) }),
)
const headers = optional({
  set: some(fc.record({ name: names, value: values })),
  add: some(fc.record({ name: names, value: values })),
  remove: some(names),
})
const of = (type: string, field: string, filter: fc.Arbitrary<unknown>) =>
  fc.record({ type: mostly([type], ['CORS']), [field]: filter })
const headerFilter = fc.oneof(
  of('RequestHeaderModifier', 'requestHeaderModifier', headers),
  of('ResponseHeaderModifier', 'responseHeaderModifier', headers),
)
const filter = fc.oneof(
  headerFilter,
  of(
    'RequestMirror',
    'requestMirror',
    optional(
      {
        backendRef: backend,
        fraction: optional({ numerator: one(0, 1, 100), denominator: mostly([1, 3, 1000], [0]) }, 'numerator'),
      },
      'backendRef',
    ),
  ),
  of('URLRewrite', 'urlRewrite', optional({ hostname: hosts.filter(host => !host.startsWith('*.')), path: replaced })),
  of(
    'CORS',
    'cors',
    optional({
      allowOrigins: some(mostly(['https://a.example', 'http://*.a.example:80', 'https://*'], ['*', 'a'])),
      allowMethods: some(mostly(['GET', 'PUT'], ['*'])),
      allowHeaders: some(names),
      exposeHeaders: some(names),
      maxAge: mostly([1, 86_400, 2_147_483_647], [0]),
      allowCredentials: fc.boolean(),
    }),
  ),
)
const redirect = of(
  'RequestRedirect',
  'requestRedirect',
  optional({
    scheme: one('http', 'https'),
    hostname: one('a.example', '1.2.3.4'),
    path: replaced,
    port: one(1, 80, 65_535),
    statusCode: one(301, 302, 303, 307, 308),
  }),
)

const limits = {
  timeouts: optional({ request: durations, backendRequest: durations }),
  retry: optional({
    codes: some(mostly([400, 503, 599], [200])),
    attempts: mostly([0, 1, 4_294_967_295], [-1, 4_294_967_296]),
    backoff: durations,
  }),
}
const rule = fc.oneof(
  optional({
    matches: some(match),
    filters: some(filter),
    backendRefs: some(
      fc
        .tuple(backend, optional({ weight: mostly([0, 1, 1_000_000], [-1]), filters: some(headerFilter, 1) }))
        .map(([ref, more]) => ({ ...ref, ...more })),
      3,
    ),
    ...limits,
  }),
  optional({ matches: some(match), filters: fc.tuple(redirect) }),
)

/** With at most one of whatever a rule demands to be there once, more often than not. */
export const httpRouteSpec = optional(
  {
    parentRefs: fc.uniqueArray(
      fc.oneof(
        optional({ name: one('front'), sectionName: mostly(['http', 'wide'], ['missing']) }, 'name', 'sectionName'),
        optional(
          { group: one(''), kind: one('Service'), name: one('web', 'next'), port: one(80) },
          'group',
          'kind',
          'name',
        ),
      ),
      { maxLength: 3, selector: ref => JSON.stringify(ref) },
    ),
    hostnames: some(hosts),
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  },
  'parentRefs',
)
