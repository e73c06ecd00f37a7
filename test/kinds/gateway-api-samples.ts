/**
 * For the rules of the Gateway API's definitions a spec that breaks it and one that differs from it in nothing else and is
 * sound.
 */

export interface ApiSample {
  readonly what: string
  readonly sound: object
  readonly broken: object
}

const pair = (what: string, sound: object, broken: object): ApiSample => ({ what, sound, broken })

/** A sample for each of these of a whole spec's part. */
const within =
  (wrap: (part: object) => object) =>
  (what: string, sound: object, broken: object): ApiSample =>
    pair(what, wrap(sound), wrap(broken))

const backendRefs = [{ name: 'web', port: 80 }]
const rule = within(part => ({ rules: [{ backendRefs, ...part }] }))
const bare = within(part => ({ rules: [part] }))
const path = (value: string, type = 'PathPrefix') => ({ matches: [{ path: { type, value } }] })
const filter = within(part => ({ rules: [{ filters: [part] }] }))
const auth = { type: 'ExternalAuth', externalAuth: { backendRef: { name: 'auth', port: 80 } } }
const header = (type: string, ...names: readonly string[]) => ({
  type: 'RequestHeaderModifier',
  requestHeaderModifier: { [type]: names.map(name => ({ name, value: 'v' })) },
})
const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: 'a.example' } }
const rewrite = { type: 'URLRewrite', urlRewrite: { hostname: 'a.example' } }
const prefixed = (filterOf: (path: object) => object, matches: readonly object[]) => ({
  matches,
  filters: [filterOf({ type: 'ReplacePrefixMatch', replacePrefixMatch: '/' })],
})
const asRedirect = (to: object) => ({ type: 'RequestRedirect', requestRedirect: { path: to } })
const asRewrite = (to: object) => ({ type: 'URLRewrite', urlRewrite: { path: to } })
const prefix = { path: { type: 'PathPrefix', value: '/a' } }
const exact = { path: { type: 'Exact', value: '/a' } }
const cors = within(part => ({ rules: [{ backendRefs, filters: [{ type: 'CORS', cors: part }] }] }))
const session = within(part => ({ rules: [{ backendRefs, sessionPersistence: part }] }))
const manyMatches = (count: number) => ({
  rules: [0, 1, 2].map(() => ({ backendRefs, matches: Array.from({ length: count }, () => prefix) })),
})

const httpRoute: readonly ApiSample[] = [
  pair(
    'names each of a parent’s parts once',
    {
      parentRefs: [
        { name: 'a', sectionName: 'x' },
        { name: 'a', sectionName: 'y' },
      ],
    },
    {
      parentRefs: [
        { name: 'a', sectionName: 'x' },
        { name: 'a', sectionName: 'x' },
      ],
    },
  ),
  pair(
    'names parts of a parent always or never',
    { parentRefs: [{ name: 'a' }, { name: 'b', sectionName: 'x' }] },
    { parentRefs: [{ name: 'a' }, { name: 'a', sectionName: 'x' }] },
  ),
  pair(
    'names ports of a parent always or never',
    {
      parentRefs: [
        { name: 'a', port: 80 },
        { name: 'a', port: 81 },
      ],
    },
    { parentRefs: [{ name: 'a', port: 80 }, { name: 'a' }] },
  ),
  pair('has names of rules once', { rules: [{ name: 'a' }, { name: 'b' }] }, { rules: [{ name: 'a' }, { name: 'a' }] }),
  pair('has at most 128 matches', manyMatches(42), manyMatches(43)),
  rule('redirects without backends', {}, { filters: [redirect] }),
  bare('replaces a prefix in redirects', prefixed(asRedirect, [prefix]), prefixed(asRedirect, [exact])),
  bare('replaces one prefix', prefixed(asRedirect, [prefix]), prefixed(asRedirect, [prefix, prefix])),
  bare('replaces a prefix in rewrites', prefixed(asRewrite, [prefix]), prefixed(asRewrite, [exact])),
  bare(
    'replaces a prefix for one backend',
    { matches: [prefix], backendRefs: [{ ...backendRefs[0], filters: prefixed(asRewrite, []).filters }] },
    { matches: [exact], backendRefs: [{ ...backendRefs[0], filters: prefixed(asRewrite, []).filters }] },
  ),
  bare(
    'redirects a prefix for one backend',
    { matches: [prefix], backendRefs: [{ ...backendRefs[0], filters: prefixed(asRedirect, []).filters }] },
    { matches: [exact], backendRefs: [{ ...backendRefs[0], filters: prefixed(asRedirect, []).filters }] },
  ),
  rule('has paths that begin with a slash', path('/a'), path('a')),
  ...['/a//b', '/a/./b', '/a/../b', '/a%2fb', '/a%2Fb', '/a#b', '/a/..', '/a/.', '/a b'].map(value =>
    rule(`has no path ${value}`, path(value, 'RegularExpression'), path(value, 'Exact')),
  ),
  bare('gives Services a port', { backendRefs }, { backendRefs: [{ name: 'web' }] }),
  bare(
    'gives backends of the other group none',
    { backendRefs: [{ group: 'gateway.networking.x-k8s.io', kind: 'XBackend', name: 'a' }] },
    { backendRefs: [{ group: 'gateway.networking.x-k8s.io', kind: 'XBackend', name: 'a', port: 80 }] },
  ),
  rule(
    'has tries no longer than requests',
    { timeouts: { request: '2s', backendRequest: '1s' } },
    { timeouts: { request: '1s', backendRequest: '2s' } },
  ),
  rule('has codes of retries once', { retry: { codes: [500, 503] } }, { retry: { codes: [500, 500] } }),
  bare('rewrites or redirects', { filters: [redirect] }, { filters: [redirect, rewrite] }),
  bare('redirects once', { filters: [redirect] }, { filters: [redirect, redirect] }),
  bare('rewrites once', { filters: [rewrite] }, { filters: [rewrite, rewrite] }),
  bare(
    'changes headers once',
    { filters: [header('set', 'a')] },
    { filters: [header('set', 'a'), header('set', 'b')] },
  ),
  filter('has the filter of its type', header('set', 'a'), { ...header('set', 'a'), type: 'ResponseHeaderModifier' }),
  ...['ResponseHeaderModifier', 'RequestMirror', 'RequestRedirect', 'URLRewrite', 'ExtensionRef', 'CORS'].map(type =>
    filter(`has a filter for ${type}`, header('set', 'a'), { type }),
  ),
  filter('sets a header once', header('set', 'a', 'b'), header('set', 'a', 'a')),
  filter('adds a header once', header('add', 'a', 'b'), header('add', 'a', 'a')),
  filter(
    'removes a header once',
    { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['a', 'b'] } },
    { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['a', 'a'] } },
  ),
  filter(
    'copies by percent or fraction',
    { type: 'RequestMirror', requestMirror: { backendRef: backendRefs[0], percent: 5 } },
    { type: 'RequestMirror', requestMirror: { backendRef: backendRefs[0], percent: 5, fraction: { numerator: 5 } } },
  ),
  filter(
    'copies no more than all',
    { type: 'RequestMirror', requestMirror: { backendRef: backendRefs[0], fraction: { numerator: 100 } } },
    { type: 'RequestMirror', requestMirror: { backendRef: backendRefs[0], fraction: { numerator: 101 } } },
  ),
  filter(
    'has the path of its type',
    asRedirect({ type: 'ReplaceFullPath', replaceFullPath: '/a' }),
    asRedirect({ type: 'ReplaceFullPath', replacePrefixMatch: '/a' }),
  ),
  cors('lets all origins in alone', { allowOrigins: ['*'] }, { allowOrigins: ['*', 'https://a.example'] }),
  cors('lets all methods in alone', { allowMethods: ['*'] }, { allowMethods: ['*', 'GET'] }),
  cors('lets all headers in alone', { allowHeaders: ['*'] }, { allowHeaders: ['*', 'x-a'] }),
  cors('shows a header once', { exposeHeaders: ['x-a', 'x-b'] }, { exposeHeaders: ['x-a', 'x-a'] }),
  filter(
    'asks by gRPC',
    { ...auth, externalAuth: { ...auth.externalAuth, protocol: 'GRPC', grpc: {} } },
    { ...auth, externalAuth: { ...auth.externalAuth, protocol: 'GRPC', http: {} } },
  ),
  session('knows sessions by a cookie', { cookie: {} }, {}),
  session('knows sessions by a header', { type: 'Header', header: { name: 'x-a' } }, { type: 'Header' }),
  session('knows sessions by one of the two', { cookie: {} }, { cookie: {}, header: { name: 'x-a' } }),
  session(
    'ends permanent sessions',
    { cookie: { lifetimeType: 'Permanent' }, absoluteTimeout: '1h' },
    { cookie: { lifetimeType: 'Permanent' } },
  ),
  rule(
    'matches a header once',
    { matches: [{ headers: [{ name: 'a', value: 'v' }] }] },
    { matches: [{ headers: ['v', 'w'].map(value => ({ name: 'a', value })) }] },
  ),
  rule(
    'matches a parameter once',
    { matches: [{ queryParams: [{ name: 'a', value: 'v' }] }] },
    { matches: [{ queryParams: ['v', 'w'].map(value => ({ name: 'a', value })) }] },
  ),
]

const plain = { name: 'http', port: 80, protocol: 'HTTP' }
const certificateRefs = [{ name: 'cert' }]
const secure = { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs } }
const gateway = (part: object) => ({ gatewayClassName: 'meshwright', listeners: [plain], ...part })
const listener = within(part => gateway({ listeners: [part] }))
const whole = within(gateway)
const frontend = (caCertificateRefs: readonly object[]) => ({ validation: { caCertificateRefs } })
const configMap = { group: '', kind: 'ConfigMap', name: 'ca' }
const bundle = { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name: 'ca' }

const gateways: readonly ApiSample[] = [
  whole(
    'names listeners once',
    { listeners: [plain, { ...plain, name: 'b', port: 81 }] },
    { listeners: [plain, { ...plain, port: 81 }] },
  ),
  whole(
    'has a port, protocol and host once',
    { listeners: [plain, { ...plain, name: 'b', hostname: 'a.example' }] },
    { listeners: [plain, { ...plain, name: 'b' }] },
  ),
  listener(
    'speaks a protocol of ours, or of another domain',
    { ...plain, protocol: 'example.com/foo' },
    { ...plain, protocol: 'FOO/bar/' },
  ),
  listener('has TLS where it is spoken', plain, { ...plain, tls: { certificateRefs } }),
  listener('ends TLS for HTTPS', secure, { ...secure, tls: { mode: 'Passthrough' } }),
  listener(
    'says what becomes of TLS',
    { ...secure, protocol: 'TLS', tls: { mode: 'Passthrough' } },
    { ...plain, protocol: 'TLS' },
  ),
  listener('has no host for TCP', { ...plain, protocol: 'TCP' }, { ...plain, protocol: 'TCP', hostname: 'a.example' }),
  listener('ends TLS with a certificate', secure, { ...secure, tls: { mode: 'Terminate' } }),
  listener(
    'asks before routes of HTTP',
    { ...plain, filters: { requests: [] } },
    { ...plain, protocol: 'TCP', filters: { requests: [] } },
  ),
  listener(
    'has a filter of its type',
    { ...plain, filters: { requests: [{ type: 'ExtensionRef', extensionRef: configMap }] } },
    { ...plain, filters: { requests: [{ type: 'ExternalAuth', extensionRef: configMap }] } },
  ),
  whole(
    'has an address once',
    { addresses: [{ value: '10.0.0.1' }, { value: '10.0.0.2' }] },
    { addresses: [{ value: '10.0.0.1' }, { value: '10.0.0.1' }] },
  ),
  whole('has addresses of their type', { addresses: [{ value: '10.0.0.1' }] }, { addresses: [{ value: 'a.example' }] }),
  whole(
    'has host names that are some',
    { addresses: [{ type: 'Hostname', value: '*.a.example' }] },
    { addresses: [{ type: 'Hostname', value: 'a_b' }] },
  ),
  whole(
    'has words of others with their domain',
    { addresses: [{ value: '10.0.0.1', routability: 'a.example/private' }] },
    { addresses: [{ value: '10.0.0.1', routability: 'a.k8s.io/private' }] },
  ),
  whole(
    'labels what is made',
    { infrastructure: { labels: { 'a/b': 'c' } } },
    { infrastructure: { labels: { '/b': 'c' } } },
  ),
  whole(
    'annotates what is made',
    { infrastructure: { annotations: { 'a/b': 'c' } } },
    { infrastructure: { annotations: { 'a b': 'c' } } },
  ),
  whole(
    'judges clients by a port once',
    { tls: { frontend: { default: {}, perPort: [{ port: 1, tls: {} }] } } },
    { tls: { frontend: { default: {}, perPort: [1, 1].map(port => ({ port, tls: {} })) } } },
  ),
  whole(
    'has bundles without a namespace',
    { tls: { frontend: { default: frontend([configMap, bundle]) } } },
    { tls: { frontend: { default: frontend([{ ...bundle, namespace: 'a' }]) } } },
  ),
]

const toWeb = { rules: [{ backendRefs }] }
const grpc = within(part => ({ rules: [{ backendRefs, ...part }] }))
const grpcRoute: readonly ApiSample[] = [
  pair('has names of rules once', { rules: [{ name: 'a' }, { name: 'b' }] }, { rules: [{ name: 'a' }, { name: 'a' }] }),
  pair(
    'names parts of a parent always or never',
    { parentRefs: [{ name: 'a' }, { name: 'b', sectionName: 'x' }] },
    { parentRefs: [{ name: 'a' }, { name: 'a', sectionName: 'x' }] },
  ),
  pair(
    'has at most 128 matches',
    { rules: [0, 1, 2].map(() => ({ matches: Array.from({ length: 42 }, () => ({ method: { method: 'A' } })) })) },
    { rules: [0, 1, 2].map(() => ({ matches: Array.from({ length: 43 }, () => ({ method: { method: 'A' } })) })) },
  ),
  grpc('matches a service or a method', { matches: [{ method: { method: 'Get' } }] }, { matches: [{ method: {} }] }),
  grpc(
    'matches services by name',
    { matches: [{ method: { service: 'a.B' } }] },
    { matches: [{ method: { service: 'a/B' } }] },
  ),
  grpc(
    'matches methods by name',
    { matches: [{ method: { method: 'Get' } }] },
    { matches: [{ method: { method: 'a-b' } }] },
  ),
  grpc(
    'matches a header once',
    { matches: [{ headers: [{ name: 'a', value: 'v' }] }] },
    { matches: [{ headers: ['v', 'w'].map(value => ({ name: 'a', value })) }] },
  ),
  grpc('has the filter of its type', { filters: [header('set', 'a')] }, { filters: [{ type: 'RequestMirror' }] }),
  grpc(
    'changes headers once',
    { filters: [header('set', 'a')] },
    { filters: [header('set', 'a'), header('set', 'b')] },
  ),
  pair('gives Services a port', toWeb, { rules: [{ backendRefs: [{ name: 'web' }] }] }),
]
const l4Route: readonly ApiSample[] = [
  pair('gives Services a port', toWeb, { rules: [{ backendRefs: [{ name: 'web' }] }] }),
  pair(
    'names each parent once',
    { ...toWeb, parentRefs: [{ name: 'a' }, { name: 'b' }] },
    { ...toWeb, parentRefs: [{ name: 'a' }, { name: 'a' }] },
  ),
]
const named = (sample: ApiSample): ApiSample => ({
  ...sample,
  sound: { hostnames: ['a.example'], ...sample.sound },
  broken: { hostnames: ['a.example'], ...sample.broken },
})
const tlsRoute = [
  ...l4Route.map(named),
  pair('is for names', { ...toWeb, hostnames: ['*.a.example'] }, { ...toWeb, hostnames: ['10.0.0.1'] }),
]
const listenerSet = gateways
  .filter(({ sound }) => Object.keys(sound).length === 2 && !JSON.stringify(sound).includes('filters'))
  .map(({ what, ...sample }) => {
    const set = ({ listeners }: { readonly listeners?: unknown }) => ({ parentRef: { name: 'front' }, listeners })
    return pair(what, set(sample.sound), set(sample.broken))
  })
const policy = within(part => ({
  targetRefs: [{ group: '', kind: 'Service', name: 'web' }],
  validation: { hostname: 'a.example', wellKnownCACertificates: 'System' },
  ...part,
}))
const target = { group: '', kind: 'Service', name: 'web', sectionName: 'a' }
const judged = (part: object) => ({ validation: { hostname: 'a.example', wellKnownCACertificates: 'System', ...part } })
const backendTLSPolicy: readonly ApiSample[] = [
  policy(
    'names each target once',
    { targetRefs: [target, { ...target, sectionName: 'b' }] },
    { targetRefs: [target, target] },
  ),
  policy(
    'names ports of a target always or never',
    { targetRefs: [target, { ...target, name: 'b' }] },
    { targetRefs: [target, { group: '', kind: 'Service', name: 'web' }] },
  ),
  policy('has CAs', {}, { validation: { hostname: 'a.example' } }),
  policy('has CAs of one origin', {}, judged({ caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'a' }] })),
  policy(
    'has names of their type',
    judged({ subjectAltNames: [{ type: 'Hostname', hostname: 'b.example' }] }),
    judged({ subjectAltNames: [{ type: 'URI', hostname: 'b.example' }] }),
  ),
]

/** By kind. */
export const gatewayApiSamples: { readonly [kind: string]: readonly ApiSample[] } = {
  HTTPRoute: httpRoute,
  Gateway: gateways,
  GRPCRoute: grpcRoute,
  TLSRoute: tlsRoute,
  TCPRoute: l4Route,
  UDPRoute: l4Route,
  ListenerSet: listenerSet,
  BackendTLSPolicy: backendTLSPolicy,
}
