/** Specs made of values from the edges of what is allowed, and a little beyond. Each takes the host it is for. */
import fc from 'fast-check'

type SpecOf = (host: string) => unknown

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
/** An object with up to two of these members: with more, something is nearly always wrong. */
const some = (members: { readonly [name: string]: fc.Arbitrary<unknown> }) =>
  fc
    .subarray(Object.keys(members), { maxLength: Math.min(2, Object.keys(members).length) })
    .chain(names => fc.record(Object.fromEntries(names.map(member => [member, members[member]!]))))

const text = one(
  'a',
  '/a',
  '',
  'ä',
  'a b',
  '%',
  '100%%',
  '%PROTOCOL%',
  '%FOO%',
  '%REQ(x)%',
  '%REQ%',
  '%START_TIME(%s)%',
  '%DOWNSTREAM_REMOTE_ADDRESS%',
  'a\tb',
  '☃',
  "it's",
  '\\1',
  '{a}',
  'a"b',
  '/a?b#c',
)
const name = one(
  'x-a',
  'A',
  ':path',
  ':authority',
  'host',
  'x_a',
  'a b',
  '',
  'content-length',
  "!#$%&'*+-.^_`|~",
  'x-envoy-a',
)
const regex = one(
  '.*',
  '/a/[0-9]+',
  '(a|b)*',
  '[',
  '(?i)a',
  '\\d{2,3}',
  '(?P<n>a)',
  '',
  '^a$',
  '\\pL',
  'a{1001}',
  '(?=a)',
  '\\1',
)
const duration = one('1ms', '0s', '1.5s', '1h30m', '87600h', '0.5ms', '500ms')
const share = fc.option(some({ value: one(0, 0.0001, 0.5, 33.3333, 100, 100.1, 0.00001) }), { nil: undefined })
const port = one(0, 1, 80, 65535, 65536)

const stringMatch = fc.oneof(
  fc.record({ exact: text }),
  fc.record({ prefix: text }),
  fc.record({ regex }),
  fc.constant({}),
)
const named = fc.dictionary(name, stringMatch, { maxKeys: 2 })
const match = some({
  uri: stringMatch,
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: named,
  withoutHeaders: named,
  queryParams: named,
  ignoreUriCase: fc.boolean(),
  name: text,
})
const edits = some({
  set: fc.dictionary(name, text, { maxKeys: 2 }),
  add: fc.dictionary(name, text, { maxKeys: 2 }),
  remove: fc.array(name, { maxLength: 2 }),
})
const headers = some({ request: edits, response: edits })

const ways = some({
  timeout: duration,
  retries: some({
    attempts: one(-1, 0, 1, 4294967295),
    retryOn: one('5xx', '5xx,reset', '503, 409', '', 'nothing', 'retriable-headers,gateway-error'),
    perTryTimeout: duration,
    backoff: duration,
    retryRemoteLocalities: fc.boolean(),
    retryIgnorePreviousHosts: fc.boolean(),
  }),
  fault: some({
    delay: some({ fixedDelay: duration, percentage: share }),
    abort: some({ httpStatus: one(199, 200, 503, 599, 600), percentage: share }),
  }),
  rewrite: fc.oneof(
    some({ uri: text, authority: text }),
    fc.record({ uriRegexRewrite: fc.record({ match: regex, rewrite: text }) }),
  ),
  corsPolicy: some({
    allowOrigins: fc.array(stringMatch, { maxLength: 2 }),
    allowMethods: fc.array(one('GET', '*', 'get'), { maxLength: 2 }),
    allowHeaders: fc.array(name, { maxLength: 2 }),
    maxAge: one('1s', '1500ms', '24h'),
    allowCredentials: fc.boolean(),
    unmatchedPreflights: one('UNSPECIFIED', 'FORWARD', 'IGNORE'),
  }),
})

const weights = fc.array(one(-1, 0, 1, 100, 4294967295), { minLength: 1, maxLength: 3 })
const forward = fc
  .tuple(ways, weights, fc.boolean(), headers)
  .map(([fields, shares, isMirrored, changes]) => (host: string) => ({
    ...fields,
    route: shares.map((weight, index) => ({
      destination: { host },
      weight,
      ...(index === 0 ? { headers: changes } : {}),
    })),
    ...(isMirrored ? { mirrors: [{ destination: { host }, percentage: { value: 12.5 } }] } : {}),
  }))
const redirect = some({
  uri: text,
  prefixRewrite: text,
  authority: text,
  scheme: one('http', 'https', 'ftp'),
  port,
  derivePort: one('FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'),
  redirectCode: one(301, 302, 303, 304, 307, 308),
}).map(fields => () => ({ redirect: fields }))
const respond = fc
  .record({ status: one(100, 200, 404, 599, 600), body: some({ string: text, bytes: one('YQ==', 'YQ', 'a', '?') }) })
  .map(directResponse => () => ({ directResponse }))

const rule = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: forward }, redirect, respond),
    fc.array(match, { maxLength: 2 }),
    headers,
    text,
  )
  .map(([action, matches, changes, ruleName]) => (host: string) => ({
    name: ruleName,
    match: matches,
    headers: changes,
    ...action(host),
  }))

/** A VirtualService with one rule: the more rules, the fewer pass the checks. */
export const virtualServiceSpec: fc.Arbitrary<SpecOf> = rule.map(made => host => ({
  hosts: [host],
  http: [made(host)],
}))

const counter = one(-1, 0, 1, 2147483647, 2147483648)
const percent = one(-1, 0, 50, 100, 101)
const hash = some({
  httpHeaderName: name,
  httpQueryParameterName: one('a', '', 'a b'),
  useSourceIp: fc.boolean(),
  httpCookie: fc.record({ name: one('user', '', 'a b', 'a;b'), path: one('/', 'a b', ''), ttl: duration }),
  ringHash: some({ minimumRingSize: one(0, 1, 1024, 8388608, 8388609) }),
  maglev: some({ tableSize: one(0, 1, 2, 65537, 65536, 4999999, 5000011) }),
  minimumRingSize: one(0, 1, 8388609),
})
const trafficPolicy = some({
  loadBalancer: fc.oneof(
    some({
      simple: one('UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST'),
      warmup: fc.record({ duration, aggression: one(0, 0.001, 1, 10), minimumPercent: one(0, 12.5, 100) }),
    }),
    fc.record({ consistentHash: hash }),
  ),
  connectionPool: some({
    tcp: some({
      maxConnections: counter,
      connectTimeout: duration,
      idleTimeout: duration,
      maxConnectionDuration: duration,
      tcpKeepalive: some({ probes: one(0, 3, 4294967295), time: duration, interval: duration }),
    }),
    http: some({
      http1MaxPendingRequests: counter,
      http2MaxRequests: counter,
      maxRequestsPerConnection: counter,
      maxRetries: counter,
      idleTimeout: duration,
      h2UpgradePolicy: one('DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'),
      useClientProtocol: fc.boolean(),
      maxConcurrentStreams: counter,
      http2KeepAlive: fc.record({ interval: duration, timeout: duration }),
    }),
  }),
  outlierDetection: some({
    consecutive5xxErrors: one(0, 1, 4294967295),
    consecutiveGatewayErrors: one(0, 1, 4294967295),
    consecutiveLocalOriginFailures: one(0, 1, 4294967295),
    splitExternalLocalOriginErrors: fc.boolean(),
    interval: duration,
    baseEjectionTime: duration,
    maxEjectionPercent: percent,
    minHealthPercent: percent,
    outlierDetectionHttpErrorCodes: fc.array(one(0, 99, 100, 418, 599, 600, 4294967295), { maxLength: 3 }),
  }),
  // Files of authorities are a matter of the machine: here any certificate is good.
  tls: fc.record({
    mode: one('DISABLE', 'SIMPLE', 'ISTIO_MUTUAL'),
    insecureSkipVerify: fc.constant(true),
    sni: one('a.example', '', 'ä', '*.example', '10.0.0.1', 'a b', 'a'.repeat(256)),
  }),
  proxyProtocol: some({ version: one('V1', 'V2') }),
  retryBudget: some({ percent, minRetryConcurrency: one(0, 1, 4294967295), budgetInterval: duration }),
})

export const destinationRuleSpec: fc.Arbitrary<SpecOf> = fc
  .tuple(trafficPolicy, one('v1', 'v.1', 'V1', ''))
  .map(([policy, subset]) => host => ({
    host,
    trafficPolicy: policy,
    subsets: [{ name: subset, labels: { version: 'v1' } }],
  }))
