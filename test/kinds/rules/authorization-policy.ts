import type { RuleCase } from './rules.test.ts'

const rules = (...list: readonly object[]) => ({ rules: list })
const source = (fields: object) => rules({ from: [{ source: fields }] })
const operation = (fields: object) => rules({ to: [{ operation: fields }] })
const when = (...list: readonly object[]) => rules({ when: list })
const sourceAt = '/spec/rules/0/from/0/source'
const operationAt = '/spec/rules/0/to/0/operation'
const whenAt = '/spec/rules/0/when'

export const authorizationPolicy: readonly RuleCase[] = [
  [{}],
  [{ action: 'ALLOW', rules: [{}], selector: { matchLabels: { app: 'web' } } }],
  [{ action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }] }],
  [{ action: 'AUDIT' }],

  // Whom it is about.
  [{ selector: {} }, 'no-effect /spec/selector'],
  [
    { selector: { matchLabels: { 'a*': 'b', '': 'c', d: 'e*' } } },
    'form-invalid /spec/selector/matchLabels/a*',
    'form-invalid /spec/selector/matchLabels/',
    'form-invalid /spec/selector/matchLabels/d',
  ],
  [{ targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'front' }] }],
  [
    { selector: { matchLabels: { a: 'b' } }, targetRef: { kind: 'Service', name: 'web' }, targetRefs: [] },
    'field-conflict /spec/targetRef',
    'field-conflict /spec/targetRefs',
    'cannot-serve /spec/targetRef/kind',
  ],
  [
    {
      targetRefs: [
        { kind: 'Pod', name: 'a' },
        { kind: 'Gateway', name: 'a' },
        { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'a', namespace: 'b' },
      ],
    },
    'unknown-word /spec/targetRefs/0/kind',
    'unknown-word /spec/targetRefs/1/kind',
    'field-conflict /spec/targetRefs/2/namespace',
  ],

  // Actions.
  [{ action: 'DENY' }, 'field-missing /spec'],
  [{ action: 'DENY', rules: [] }, 'field-missing /spec'],
  [{ provider: { name: 'a' } }, 'field-conflict /spec/provider'],
  [{ action: 'CUSTOM' }, 'field-missing /spec', 'field-missing /spec'],
  [
    {
      action: 'CUSTOM',
      provider: { name: 'a' },
      rules: [
        {
          from: [
            { source: { namespaces: ['a'], trustDomains: ['td'], requestPrincipals: ['*'], notPrincipals: ['*a'] } },
          ],
          when: [
            { key: 'source.principal', values: ['*a'] },
            { key: 'request.auth.claims[a]', values: ['a'] },
            { key: 'request.headers[a]', values: ['a'] },
          ],
        },
      ],
    },
    `field-conflict ${sourceAt}/notPrincipals`,
    `field-conflict ${sourceAt}/requestPrincipals`,
    `field-conflict ${sourceAt}/namespaces`,
    `field-conflict ${sourceAt}/trustDomains`,
    `field-conflict ${whenAt}/0/key`,
    `field-conflict ${whenAt}/1/key`,
  ],

  // What says nothing.
  [
    rules({ from: [], to: [], when: [] }),
    'field-missing /spec/rules/0/from',
    'field-missing /spec/rules/0/to',
    'field-missing /spec/rules/0/when',
  ],
  [source({}), `field-missing ${sourceAt}`],
  [operation({}), `field-missing ${operationAt}`],
  [
    source({ principals: [], notIpBlocks: [] }),
    `field-missing ${sourceAt}/principals`,
    `field-missing ${sourceAt}/notIpBlocks`,
  ],
  [
    operation({ methods: ['', 'GET'], notPaths: [''] }),
    `field-missing ${operationAt}/methods/0`,
    `field-missing ${operationAt}/notPaths/0`,
  ],

  // Forms of values.
  [source({ ipBlocks: ['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32'], remoteIpBlocks: ['0.0.0.0/0'] })],
  [
    source({ ipBlocks: ['10.0.0', '10.0.0.0/33', '10.0.0.0/', 'a', '::/129', 'fe80::1%eth0', '10.0.0.0/8/8'] }),
    ...[0, 1, 2, 3, 4, 5, 6].map(at => `form-invalid ${sourceAt}/ipBlocks/${at}`),
  ],
  [source({ serviceAccounts: ['web', 'shop/web', 'shop/web.v1'] })],
  [
    source({ serviceAccounts: ['*', 'a/b/c', 'shop/', 'a b'] }),
    ...[0, 1, 2, 3].map(at => `form-invalid ${sourceAt}/serviceAccounts/${at}`),
  ],
  [
    source({ serviceAccounts: ['web'], namespaces: ['shop'], notPrincipals: ['*a'] }),
    `field-conflict ${sourceAt}/notPrincipals`,
    `field-conflict ${sourceAt}/namespaces`,
  ],
  [source({ trustDomains: ['td', '*', '*.example', 'td.*'] })],
  [
    source({ trustDomains: ['a/b', '*a*', 'a*b', '**'] }),
    ...[0, 1, 2, 3].map(at => `form-invalid ${sourceAt}/trustDomains/${at}`),
  ],
  ...['web', 'shop/web', 'cluster.local/ns/shop/web'].map(
    (name): RuleCase => [source({ principals: [name] }), `hardly-meant ${sourceAt}/principals/0`],
  ),
  [source({ namespaces: ['*-prod-*'], principals: ['*', '*/sa/web', 'cluster.local/ns/shop/*'] })],
  [
    source({ principals: ['*/ns/*/sa/web', 'a*b'] }),
    `no-effect ${sourceAt}/principals/0`,
    `no-effect ${sourceAt}/principals/1`,
  ],
  [operation({ ports: ['80', '0', '65535'], notPorts: ['8080'] })],
  [
    operation({ ports: ['http', '65536', '-1', '8*'] }),
    `form-invalid ${operationAt}/ports/0`,
    `out-of-range ${operationAt}/ports/1`,
    `form-invalid ${operationAt}/ports/2`,
    `form-invalid ${operationAt}/ports/3`,
  ],
  [operation({ paths: ['/a', '/a/*', '*.css', '*', '/a/{*}/b', '/a/{**}', '/{**}/b', '/a/{*}/'] })],
  [
    operation({ paths: ['a/{*}', '/a{*}', '/{**}/{*}', '/{*}/{x}', '/{*}/*', '/{*}//a', '/{**}/{**}', '/{*}/ü'] }),
    ...[0, 1, 2, 3, 4, 5, 6, 7].map(at => `form-invalid ${operationAt}/paths/${at}`),
  ],
  [operation({ paths: ['/{id}'] }), `form-invalid ${operationAt}/paths/0`],
  [
    operation({ paths: ['/a?b=c', '/a#b', '/a?*'], notPaths: ['/a', '/a?b'] }),
    ...[0, 1, 2].map(n => `no-effect ${operationAt}/paths/${n}`),
    `no-effect ${operationAt}/notPaths/1`,
  ],
  [
    operation({ methods: ['GET,POST', 'GET', 'get post'], notMethods: ['PUT, PATCH'] }),
    ...[0, 2].map(n => `no-effect ${operationAt}/methods/${n}`),
    `no-effect ${operationAt}/notMethods/0`,
  ],
  [operation({ paths: ['/a/*/b'] }), `no-effect ${operationAt}/paths/0`],
  [operation({ methods: ['GET', '*', 'PRI*'], hosts: ['a.example', '*:8080'], notPaths: ['*.css'] })],
  [
    operation({ methods: ['get'], notMethods: ['Post'], hosts: ['https://a.example/x'], paths: ['api/*'] }),
    `no-effect ${operationAt}/hosts/0`,
    `no-effect ${operationAt}/methods/0`,
    `no-effect ${operationAt}/notMethods/0`,
    `no-effect ${operationAt}/paths/0`,
  ],
  [
    source({ principals: ['spiffe://cluster.local/ns/a/sa/b', 'cluster.local/ns/a/sa/b'] }),
    `no-effect ${sourceAt}/principals/0`,
  ],
  [operation({ hosts: ['*', '*.example', 'shop.example:*'] })],

  // Conditions.
  [
    when(
      ...[
        ['request.headers[User-Agent]', 'Mozilla/*'],
        ['request.headers[:path]', '/a'],
        ['source.ip', '10.1.2.3'],
        ['remote.ip', '10.0.0.0/8'],
        ['source.namespace', 'default'],
        ['source.principal', 'cluster.local/ns/default/sa/web'],
        ['request.auth.principal', 'issuer/subject'],
        ['request.auth.audiences', 'shop'],
        ['request.auth.presenter', 'web'],
        ['request.auth.claims[groups]', 'admin'],
        ['request.auth.claims[a][b]', 'c'],
        ['destination.ip', '10.0.0.1'],
        ['destination.port', '80'],
        ['connection.sni', '*.example'],
        ['experimental.envoy.filters.network.mysql_proxy[db.table]', '[update]'],
      ].map(([key, value]) => ({ key, values: [value] })),
    ),
  ],
  [
    when(
      ...[
        'request.header[a]',
        'request.headers',
        'request.headers[]',
        'request.headers[a][b]',
        'destination.labels[app]',
        'destination.namespace',
        'destination.name',
        'source.port',
        '',
      ].map(key => ({ key, values: ['a'] })),
    ),
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map(at => `unknown-word ${whenAt}/${at}/key`),
  ],
  [when({ key: 'source.ip' }), `field-missing ${whenAt}/0`],
  [
    when({ key: 'source.ip', values: ['a'], notValues: [''] }),
    `form-invalid ${whenAt}/0/values/0`,
    `field-missing ${whenAt}/0/notValues/0`,
  ],
  [when({ key: 'destination.port', notValues: ['http'] }), `form-invalid ${whenAt}/0/notValues/0`],
  [when({ key: 'request.headers[a b]', values: ['a'] }), `form-invalid ${whenAt}/0/key`],
]

const trial = (value: string) => ({ annotations: { 'istio.io/dry-run': value } })
const trialAt = '/metadata/annotations/istio.io~1dry-run'

/** With metadata of their own. */
export const authorizationTrials: readonly RuleCase[] = [
  [{ $metadata: trial('true') }],
  [{ $metadata: trial('F'), action: 'DENY', rules: [{}] }],
  [{ $metadata: trial('yes') }, `form-invalid ${trialAt}`],
  [{ $metadata: trial('true'), action: 'AUDIT' }, `field-conflict ${trialAt}`],
]
