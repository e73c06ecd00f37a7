import type { RuleCase } from './rules.test.ts'

const to = (host: string, weight?: number) => ({ destination: { host }, ...(weight === undefined ? {} : { weight }) })
const rule = (fields: object) => ({ hosts: ['a'], http: [{ route: [to('a')], ...fields }] })
const only = (fields: object) => ({ hosts: ['a'], http: [fields] })
const all = { value: 100 }
const match = (fields: object) => rule({ match: [fields] })
const at = (field: string) => `/spec/http/0/${field}`

/** Each spec with `slug pointer` of what is found in it; good ones with nothing. */
const passedOn = (host: string, gateways: readonly string[]) => ({
  hosts: [host],
  gateways,
  tls: [{ match: [{ sniHosts: [host] }], route: [{ destination: { host: 'a' } }] }],
})

export const virtualService: readonly RuleCase[] = [
  [rule({})],
  [{ hosts: [], http: [{ route: [to('a')] }] }],
  [{ hosts: ['a', '*.shop.example', '10.0.0.1', '*-x.example'], http: [{ route: [to('a')] }] }],
  [{ hosts: ['*'], gateways: ['edge/front'], http: [{ route: [to('a')] }] }],
  [{ hosts: ['*'], http: [{ route: [to('a')] }] }, 'form-invalid /spec/hosts/0'],
  [{ hosts: ['a:80'], http: [{ route: [to('a')] }] }, 'form-invalid /spec/hosts/0'],
  [{ hosts: ['a_b'], http: [{ route: [to('a')] }] }, 'form-invalid /spec/hosts/0'],
  [{ hosts: ['a.*.b'], http: [{ route: [to('a')] }] }, 'form-invalid /spec/hosts/0'],
  [{ hosts: ['a', 'b', 'A'], http: [{ route: [to('a')] }] }, 'value-twice /spec/hosts/2'],
  [{ ...match({ headers: { '@request.auth.claims.a': { exact: 'b' } } }), gateways: ['edge', 'mesh'] }],
  [{ ...match({ withoutHeaders: { '@request.auth.claims[a.b][c]': {} } }), gateways: ['edge'] }],
  ...['@request.auth.claims', '@request.auth.claims.', '@request.auth.claims[a', '@request.auth.claims.a..b'].map(
    (name): RuleCase => [
      { ...match({ headers: { [name]: { exact: 'b' } } }), gateways: ['edge'] },
      `form-invalid ${at('match')}/0/headers/${name}`,
    ],
  ),
  [
    match({ headers: { '@request.auth.claims.a': { exact: 'b' } } }),
    `field-conflict ${at('match')}/0/headers/@request.auth.claims.a`,
  ],
  [match({ queryParams: { '@request.auth.claims.a': { exact: 'b' } } })],
  [{ hosts: ['a'] }, 'field-missing /spec'],
  [{ hosts: ['a'], http: [], tcp: [] }, 'field-missing /spec'],
  [
    { ...rule({}), hosts: ['a.example', '*.EXAMPLE', '*-b.example', 'example'] },
    'field-conflict /spec/hosts/0',
    'field-conflict /spec/hosts/2',
  ],
  [{ ...rule({}), exportTo: ['.', 'shop'], $metadata: { namespace: 'shop' } }, 'value-twice /spec/exportTo/1'],
  [{ ...rule({}), exportTo: ['.', 'shop'], $metadata: { namespace: 'web' } }],
  [match({ sourceLabels: { app: 'a', 'example.com/app': '' } })],
  [
    match({ sourceLabels: { 'a b': 'c', '/a': 'b', a: 'b c' } }),
    `form-invalid ${at('match/0/sourceLabels/a b')}`,
    `form-invalid ${at('match/0/sourceLabels/~1a')}`,
    `form-invalid ${at('match/0/sourceLabels/a')}`,
  ],
  [{ hosts: [], gateways: ['g'], http: [{ route: [to('a')] }] }, 'field-conflict /spec/gateways'],
  [{ hosts: ['a'], gateways: ['a/b/c', 'mesh'], http: [{ route: [to('a')] }] }, 'form-invalid /spec/gateways/0'],
  [{ ...rule({}), gateways: ['edge.shop.svc.cluster.local'] }, 'outdated /spec/gateways/0'],
  [
    match({ gateways: ['edge.shop', 'a b.shop'] }),
    ...['outdated', 'form-invalid'].map((slug, n) => `${slug} ${at(`match/0/gateways/${n}`)}`),
  ],
  [{ ...rule({}), exportTo: ['.', 'shop'] }],
  [
    { ...rule({}), exportTo: ['*', '.', '.', '!'] },
    'field-conflict /spec/exportTo/0',
    'value-twice /spec/exportTo/2',
    'form-invalid /spec/exportTo/3',
  ],
  [{ hosts: ['a'], tcp: [{ route: [to('a')] }] }],
  [
    { hosts: ['a'], tcp: [{ match: [{ port: 0, sourceSubnet: '10.0.0.0/33', destinationSubnets: ['a'] }] }] },
    'form-invalid /spec/tcp/0/match/0/destinationSubnets/0',
    'form-invalid /spec/tcp/0/match/0/sourceSubnet',
    'out-of-range /spec/tcp/0/match/0/port',
    'field-missing /spec/tcp/0',
  ],
  [
    {
      hosts: ['*.a.example'],
      gateways: ['edge'],
      tls: [
        {
          match: [
            { sniHosts: ['b.a.example', '*.a.example', 'c.example', '10.0.0.1', 'x*.a.example', '*'] },
            { sniHosts: [], sourceNamespace: 'a.b', sourceLabels: { a: 'b c' }, gateways: ['a/b/c'] },
          ],
          route: [{ destination: { host: '*', subset: 'a b' } }],
        },
        { match: [], route: [to('a', 1), to('b', 2)] },
      ],
    },
    'form-invalid /spec/tls/0/match/0/sniHosts/2',
    'no-effect /spec/tls/0/match/0/sniHosts/3',
    'form-invalid /spec/tls/0/match/0/sniHosts/4',
    'form-invalid /spec/tls/0/match/0/sniHosts/5',
    'field-missing /spec/tls/0/match/1',
    'form-invalid /spec/tls/0/match/1/sourceLabels/a',
    'form-invalid /spec/tls/0/match/1/sourceNamespace',
    'form-invalid /spec/tls/0/match/1/gateways/0',
    'no-effect /spec/tls/0/match/1/sourceLabels',
    'no-effect /spec/tls/0/match/1/sourceNamespace',
    'form-invalid /spec/tls/0/route/0/destination/host',
    'form-invalid /spec/tls/0/route/0/destination/subset',
    'field-missing /spec/tls/1',
  ],
  [
    { hosts: ['a'], tcp: [{ route: [to('a', 0), to('b', 0)] }, { route: [to('a', -1), to('b', 1)] }] },
    'weights-zero /spec/tcp/0/route',
    'out-of-range /spec/tcp/1/route/0/weight',
  ],

  // Exactly one action.
  [only({}), 'field-missing /spec/http/0'],
  [only({ route: [] }), `field-missing ${at('route')}`],
  [rule({ redirect: { uri: '/b' } }), `field-conflict ${at('redirect')}`],
  [rule({ directResponse: { status: 200 } }), `field-conflict ${at('directResponse')}`],
  [
    only({
      redirect: { uri: '/b' },
      timeout: '1s',
      retries: { attempts: 2 },
      mirror: { host: 'b' },
      corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }] },
    }),
    ...['timeout', 'retries', 'mirror', 'corsPolicy'].map(field => `no-effect ${at(field)}`),
  ],
  [only({ directResponse: { status: 200 }, mirrors: [{ destination: { host: 'b' } }] }), `no-effect ${at('mirrors')}`],
  [only({ directResponse: { status: 200 }, headers: { response: { set: { a: 'b' } } } })],
  [
    only({ redirect: { uri: '/b' }, fault: { abort: { httpStatus: 500, percentage: all } } }),
    `field-conflict ${at('fault')}`,
  ],
  [only({ directResponse: { status: 200 }, rewrite: { uri: '/b' } }), `field-conflict ${at('rewrite')}`],
  [only({ delegate: { name: 'other' } })],
  [only({ delegate: {} }), `field-missing ${at('delegate')}`],
  [{ http: [{ delegate: { name: 'other' } }] }, 'field-conflict /spec/http/0/delegate'],

  // Destinations.
  [rule({ route: [{ destination: { host: 'a', subset: 'v1', port: { number: 80 } } }] })],
  [rule({ route: [to('*')] }), `form-invalid ${at('route/0/destination/host')}`],
  [rule({ route: [to('')] }), `form-invalid ${at('route/0/destination/host')}`],
  [
    rule({ route: [{ destination: { host: 'a', subset: 'v.1' } }] }),
    `form-invalid ${at('route/0/destination/subset')}`,
  ],
  [
    rule({ route: [{ destination: { host: 'a', port: { number: 0 } } }] }),
    `out-of-range ${at('route/0/destination/port/number')}`,
  ],
  [rule({ route: [to('a', -1), to('b', 101)] }), `out-of-range ${at('route/0/weight')}`],
  [rule({ route: [to('a', 0), to('b')] }), `weights-zero ${at('route')}`],
  [rule({ route: [to('a', 100)] })],
  [rule({ route: [to('a', 60)] }), `no-effect ${at('route/0/weight')}`],
  [rule({ route: [to('a', 0)] })],

  // Matches.
  [match({ uri: { prefix: '' }, headers: { 'end-user': {}, ':authority': { exact: 'a' } } })],
  ...(
    [
      ['exact', ['a', '/b/*'], ['/a', '*', '/*/a']],
      ['prefix', ['api', '/api*', '*'], ['/api', '']],
      ['regex', ['api/.*', '^api'], ['a?/b', '/a', '.*', 'a|/b', '[a/]', '(a|/)']],
    ] as const
  ).flatMap(([way, never, sound]): RuleCase[] => [
    ...never.map((value): RuleCase => [match({ uri: { [way]: value } }), `no-effect ${at(`match/0/uri/${way}`)}`]),
    ...sound.map((value): RuleCase => [match({ uri: { [way]: value } })]),
  ]),
  [match({ uri: {} }), `field-missing ${at('match/0/uri')}`],
  [match({ uri: { exact: '/a', prefix: '/a' } }), `field-conflict ${at('match/0/uri/prefix')}`],
  [match({ headers: { 'a b': {} } }), `header-name-invalid ${at('match/0/headers/a b')}`],
  [
    match({ headers: { 'a/b': { prefix: '' } } }),
    `header-name-invalid ${at('match/0/headers/a~1b')}`,
    `form-invalid ${at('match/0/headers/a~1b/prefix')}`,
  ],
  [match({ uri: { regex: '/a/.*' }, queryParams: { '': {} } }), `header-name-invalid ${at('match/0/queryParams/')}`],
  [match({ uri: { regex: '(?=a)' } }), `regex-invalid ${at('match/0/uri/regex')}`],
  [match({ uri: { regex: '/[\\x{3b1}-\\x{3c9}]+' } }), `regex-invalid ${at('match/0/uri/regex')}`],
  [match({ uri: { regex: '/\\x{e4}|[α-ω]' } })],
  [match({ uri: { regex: '' } }), `regex-invalid ${at('match/0/uri/regex')}`],
  [match({ uri: { regex: `/${'a'.repeat(1024)}` } }), `regex-invalid ${at('match/0/uri/regex')}`],
  [match({ uri: { regex: '(a)\\1' } }), `regex-invalid ${at('match/0/uri/regex')}`],
  [match({ ignoreUriCase: true }), `no-effect ${at('match/0/ignoreUriCase')}`],
  [match({ port: 65536 }), `out-of-range ${at('match/0/port')}`],
  [match({ sourceLabels: { app: 'a' }, gateways: [] })],
  [
    match({ sourceLabels: { app: 'a' }, sourceNamespace: 'b', gateways: ['mesh'] }),
    `no-effect ${at('match/0/sourceLabels')}`,
    `no-effect ${at('match/0/sourceNamespace')}`,
  ],
  [match({ sourceNamespace: 'a.b' }), `form-invalid ${at('match/0/sourceNamespace')}`],
  [match({ gateways: ['mesh', '?'] }), `form-invalid ${at('match/0/gateways/1')}`],
  [match({ statPrefix: 'a' })],

  // Redirects, rewrites, answers.
  [only({ redirect: { uri: '/b', scheme: 'https', redirectCode: 308, port: 443 } })],
  [only({ redirect: {} }), `field-missing ${at('redirect')}`],
  [
    only({ redirect: { uri: '/b', prefixRewrite: '/c' }, match: [{ uri: { prefix: '/a' } }] }),
    `field-conflict ${at('redirect/prefixRewrite')}`,
  ],
  [only({ redirect: { prefixRewrite: '/c' } }), `field-missing ${at('redirect/prefixRewrite')}`],
  [only({ redirect: { port: 80, derivePort: 'FROM_REQUEST_PORT' } }), `field-conflict ${at('redirect/derivePort')}`],
  [
    only({ redirect: { scheme: 'ftp', port: 0, redirectCode: 304 } }),
    `unknown-word ${at('redirect/scheme')}`,
    `out-of-range ${at('redirect/port')}`,
    `unknown-word ${at('redirect/redirectCode')}`,
  ],
  [only({ redirect: { authority: 'a\nb' } }), `header-value-invalid ${at('redirect/authority')}`],
  [rule({ match: [{ uri: { prefix: '/a' } }], rewrite: { uri: '/b', authority: 'b' } })],
  [rule({ rewrite: {} }), `field-missing ${at('rewrite')}`],
  [
    rule({ rewrite: { uri: '/b', uriRegexRewrite: { match: 'a', rewrite: 'b' } } }),
    `field-conflict ${at('rewrite/uriRegexRewrite')}`,
  ],
  [
    rule({ rewrite: { uriRegexRewrite: { match: '(' } } }),
    `field-missing ${at('rewrite/uriRegexRewrite')}`,
    `regex-invalid ${at('rewrite/uriRegexRewrite/match')}`,
  ],
  [only({ directResponse: { status: 599, body: { string: 'sorry' } } })],
  [only({ directResponse: { status: 600 } }), `out-of-range ${at('directResponse/status')}`],
  [
    only({ directResponse: { status: 200, body: { string: 'a', bytes: 'YQ==' } } }),
    `field-conflict ${at('directResponse/body/bytes')}`,
  ],
  [only({ directResponse: { status: 200, body: { bytes: '?' } } }), `unknown-word ${at('directResponse/body/bytes')}`],
  [
    only({ directResponse: { status: 200, body: { string: 'a'.repeat(1_048_577) } } }),
    `out-of-range ${at('directResponse/body')}`,
  ],

  // Times and retries.
  [rule({ timeout: '1ms' })],
  [
    rule({
      timeout: '1501ms',
      retries: { attempts: 3, perTryTimeout: '1.5s', backoff: '25ms', retryOn: '5xx, reset,503' },
    }),
  ],
  ...['1.5s', '1s'].map(
    (timeout): RuleCase => [
      rule({ timeout, retries: { attempts: 3, perTryTimeout: '1500ms' } }),
      `no-effect ${at('retries/perTryTimeout')}`,
    ],
  ),
  [rule({ timeout: '0s' }), `form-invalid ${at('timeout')}`],
  [rule({ timeout: '2562047h47m15s' })],
  [rule({ timeout: '2562047h47m15001ms' }), `form-invalid ${at('timeout')}`],
  [
    rule({ timeout: '3000000h', corsPolicy: { maxAge: '3000000h' } }),
    `form-invalid ${at('timeout')}`,
    `form-invalid ${at('corsPolicy/maxAge')}`,
  ],
  [rule({ timeout: '1.5ms' }), `form-invalid ${at('timeout')}`],
  [
    rule({ retries: { attempts: -1, backoff: '0ms' } }),
    `out-of-range ${at('retries/attempts')}`,
    `form-invalid ${at('retries/backoff')}`,
  ],
  [rule({ retries: { attempts: 0, retryOn: '5xx' } }), `field-conflict ${at('retries/retryOn')}`],
  [rule({ retries: { perTryTimeout: '1s' } }), `field-missing ${at('retries/perTryTimeout')}`],
  [rule({ retries: {} })],
  [
    rule({ retries: { attempts: 1, retryOn: '5xx,conect-failure,600' } }),
    `unknown-word ${at('retries/retryOn')}`,
    `unknown-word ${at('retries/retryOn')}`,
  ],

  // Faults and mirrors.
  [
    rule({
      fault: {
        delay: { fixedDelay: '2s', percentage: { value: 0.0001 } },
        abort: { grpcStatus: 'UNAVAILABLE', percentage: all },
      },
    }),
  ],
  [
    rule({ fault: { delay: { fixedDelay: '2s', percent: 5 } }, mirror: { host: 'b' }, mirrorPercent: 5 }),
    `outdated ${at('fault/delay/percent')}`,
    `outdated ${at('mirrorPercent')}`,
  ],
  [
    rule({ headers: { request: { set: { ':authority': 'b' }, add: { Host: 'c' } } } }),
    `field-conflict ${at('headers/request/add/Host')}`,
  ],
  [only({ directResponse: { status: 200, body: { string: 'a'.repeat(102_400) } } })],
  [
    only({ directResponse: { status: 200, body: { string: 'a'.repeat(102_401) } } }),
    `costly ${at('directResponse/body')}`,
  ],
  [match({ withoutHeaders: { a: { regex: '*' } } })],
  [match({ headers: { a: { regex: '*' } } }), `regex-invalid ${at('match/0/headers/a/regex')}`],
  [match({ queryParams: { a: { regex: '*' } } }), `regex-invalid ${at('match/0/queryParams/a/regex')}`],
  [rule({ corsPolicy: { allowOrigins: [{ exact: '' }] } }), `form-invalid ${at('corsPolicy/allowOrigins/0/exact')}`],
  // Named as gateways of other networks name what they pass on.
  [passedOn('outbound_.80_._.a.example', ['edge'])],
  [passedOn('outbound_.80_.v1_.a.example', ['mesh']), 'form-invalid /spec/hosts/0'],
  [passedOn('outbound_.http_._.a.example', ['edge']), 'form-invalid /spec/hosts/0'],
  [rule({ mirrors: [{ destination: { host: 'b' }, percentage: { value: 50 } }] })],
  [rule({ mirror: { host: 'b' }, mirrors: [] }), `field-conflict ${at('mirrors')}`],
  [
    rule({ mirror: { host: '*' }, mirrorPercentage: { value: 101 } }),
    `form-invalid ${at('mirror/host')}`,
    `out-of-range ${at('mirrorPercentage/value')}`,
  ],

  // Headers and CORS.
  [rule({ headers: { request: { set: { a: '%FOO%' } } } }), `header-value-invalid ${at('headers/request/set/a')}`],
  ...['%REQ(a?b?c)%', '%RESPONSE_TRAILER(a b)%', '%REQ()%', '%FILTER_STATE(a:b)%', '%FILTER_STATE(a:FIELD)%'].map(
    (a): RuleCase => [
      rule({ headers: { request: { set: { a } } } }),
      `header-value-invalid ${at('headers/request/set/a')}`,
    ],
  ),
  [rule({ headers: { request: { set: { a: '%REQ(:path?x-a):5% %REQ(a?)% %FILTER_STATE(a:FIELD:b)%' } } } })],
  [rule({ headers: { request: { set: { a: '%REQ%' } } } }), `header-value-invalid ${at('headers/request/set/a')}`],
  [rule({ headers: { request: { set: { 'x-a': '%START_TIME(%s.%3f)%' }, remove: ['x-c'] } } })],
  [rule({ headers: { request: { set: { ':authority': 'b', 'x-a': '100%% %REQ(x-b)% %PROTOCOL%' } } } })],
  [
    rule({ headers: { request: { add: { ':path': '/b' } } } }),
    `header-name-invalid ${at('headers/request/add/:path')}`,
  ],
  [
    rule({ headers: { response: { set: { host: 'b', 'x a': '1' } } } }),
    `header-name-invalid ${at('headers/response/set/host')}`,
    `header-name-invalid ${at('headers/response/set/x a')}`,
  ],
  [
    rule({ headers: { request: { remove: ['host', ':method'] } } }),
    `header-name-invalid ${at('headers/request/remove/0')}`,
    `header-name-invalid ${at('headers/request/remove/1')}`,
  ],
  [
    rule({ headers: { response: { add: { a: '50%', b: 'a\u0000' } } } }),
    `header-value-invalid ${at('headers/response/add/a')}`,
    `header-value-invalid ${at('headers/response/add/b')}`,
  ],
  [
    rule({ route: [{ destination: { host: 'a' }, headers: { request: { set: { a: '%' } } } }] }),
    `header-value-invalid ${at('route/0/headers/request/set/a')}`,
  ],
  [
    rule({ rewrite: { authority: 'b' }, headers: { request: { set: { Host: 'c' } } } }),
    `field-conflict ${at('rewrite/authority')}`,
  ],
  [
    rule({
      corsPolicy: {
        allowOrigins: [{ exact: 'https://a.example' }],
        allowMethods: ['GET', '*'],
        allowHeaders: ['x-a'],
        maxAge: '24h',
      },
    }),
  ],
  [
    rule({ corsPolicy: { allowOrigins: [{}, { prefix: '' }, { regex: '[' }] } }),
    `field-missing ${at('corsPolicy/allowOrigins/0')}`,
    `form-invalid ${at('corsPolicy/allowOrigins/1/prefix')}`,
    `regex-invalid ${at('corsPolicy/allowOrigins/2/regex')}`,
  ],
  [
    rule({ corsPolicy: { allowMethods: ['get'], exposeHeaders: ['a b'], maxAge: '1500ms' } }),
    `unknown-word ${at('corsPolicy/allowMethods/0')}`,
    `header-name-invalid ${at('corsPolicy/exposeHeaders/0')}`,
    `form-invalid ${at('corsPolicy/maxAge')}`,
  ],
  [rule({ corsPolicy: { allowOrigin: ['*'], allowOrigins: [] } }), `field-conflict ${at('corsPolicy/allowOrigin')}`],
]
