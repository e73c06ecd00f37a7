/** Kinds that add filters of one's own: WasmPlugin, TrafficExtension, EnvoyFilter. */
import type { RuleCase } from './rules.test.ts'

const wasm = { url: 'file:///opt/f.wasm' }
const sha256 = '0'.repeat(64)

export const wasmPlugin: readonly RuleCase[] = [
  [wasm],
  ...['https://a.example/f.wasm', 'HTTP://127.0.0.1:80/f'].map((url): RuleCase => [{ url, sha256 }]),
  ...['oci://registry.example/auth:v1', 'registry:5000/auth:v1', 'https://a.example/f.wasm', 'file://'].map(
    (url): RuleCase => [{ url }, 'cannot-serve /spec/url'],
  ),
  [{ url: 'https://user:word@a.example/f.wasm', sha256 }, 'cannot-serve /spec/url'],
  [{ ...wasm, sha256 }, 'cannot-serve /spec/sha256'],
  [
    { url: 'oci://registry.example/a', imagePullPolicy: 'Always', imagePullSecret: 'a' },
    'cannot-serve /spec/url',
    'without-effect /spec/imagePullPolicy',
    'without-effect /spec/imagePullSecret',
  ],
  [{ ...wasm, imagePullPolicy: 'IfNotPresent' }, 'without-effect /spec/imagePullPolicy'],
  [{ ...wasm, imagePullPolicy: 'UNSPECIFIED_POLICY', verificationKey: 'a' }, 'no-effect /spec/verificationKey'],
  [{ ...wasm, targetRefs: [{ kind: 'Service', name: 'a' }] }, 'cannot-serve /spec/targetRefs/0/kind'],
  [{ url: 'ftp://a.example/f.wasm' }, 'form-invalid /spec/url'],
  [{ url: 'https://' }, 'form-invalid /spec/url'],
  [{ ...wasm, selector: {} }, 'no-effect /spec/selector'],
  [
    { ...wasm, selector: { matchLabels: { 'a*': 'b', '': 'c', d: 'e*' } } },
    'form-invalid /spec/selector/matchLabels/a*',
    'form-invalid /spec/selector/matchLabels/',
    'form-invalid /spec/selector/matchLabels/d',
  ],
  [
    {
      ...wasm,
      selector: { matchLabels: { a: 'b' } },
      targetRef: { kind: 'Gateway', name: 'a', group: 'gateway.networking.k8s.io' },
      targetRefs: [{ kind: 'Service', name: 'a' }],
    },
    'field-conflict /spec/targetRef',
    'field-conflict /spec/targetRefs',
    'cannot-serve /spec/targetRefs/0/kind',
  ],
  [
    { ...wasm, targetRefs: [{ kind: 'Deployment', name: 'a', namespace: 'b' }] },
    'unknown-word /spec/targetRefs/0/kind',
    'field-conflict /spec/targetRefs/0/namespace',
  ],
  [
    { ...wasm, vmConfig: { env: [{ name: 'A', value: 'b' }, { name: 'B', valueFrom: 'HOST' }, { name: 'A' }] } },
    'value-twice /spec/vmConfig/env/2/name',
  ],
  [
    { ...wasm, vmConfig: { env: [{ name: 'A', valueFrom: 'HOST', value: 'b' }] } },
    'field-conflict /spec/vmConfig/env/0/value',
  ],
  [
    { ...wasm, match: [{ mode: 'SERVER', ports: [{ number: 80 }, { number: 81 }, { number: 80 }] }] },
    'value-twice /spec/match/0/ports/2/number',
  ],
]

const lua = { inlineCode: 'function envoy_on_request(handle) end' }

export const trafficExtension: readonly RuleCase[] = [
  [{ lua }],
  [{ wasm }],
  [{}, 'field-missing /spec'],
  [{ wasm, lua }, 'field-conflict /spec/lua'],
  [{ wasm: { url: 'ftp://a' } }, 'form-invalid /spec/wasm/url'],
  [{ wasm: { url: 'registry/a' } }, 'cannot-serve /spec/wasm/url'],
  [{ lua: { inlineCode: 'print(1)' } }, 'field-missing /spec/lua/inlineCode'],
  [{ lua, match: [{ ports: [{ number: 1 }, { number: 1 }] }] }, 'value-twice /spec/match/0/ports/1/number'],
  [
    { lua, selector: { matchLabels: { a: 'b' } }, targetRefs: [{ kind: 'Service', name: 'a' }] },
    'field-conflict /spec/targetRefs',
    'cannot-serve /spec/targetRefs/0/kind',
  ],
]

const patch = { operation: 'MERGE', value: { name: 'a' } }
const change = (fields: object, applyTo = 'CLUSTER') => ({ configPatches: [{ applyTo, patch, ...fields }] })
const at = (pointer = '') => `/spec/configPatches/0${pointer}`
const manager = 'envoy.filters.network.http_connection_manager'
const inFilter = (filter: object) => ({ match: { listener: { filterChain: { filter } } } })
const place = at('/match/listener/filterChain/filter')

export const envoyFilter: readonly RuleCase[] = [
  [change({ match: { context: 'SIDECAR_OUTBOUND', cluster: { service: 'a.default.svc.cluster.local' } } })],
  [{}],
  [{ configPatches: [{}] }, `field-missing ${at()}`, `field-missing ${at()}`],
  [change({}, 'INVALID'), `field-missing ${at()}`],
  [change({ patch: { operation: 'INVALID', value: {} } }), `field-missing ${at('/patch')}`],
  [change({ patch: {} }), `field-missing ${at('/patch')}`],
  [change({ patch: { operation: 'ADD' } }), `field-missing ${at('/patch')}`],
  [change({ patch: { operation: 'REMOVE' } })],
  [{ ...change({}), workloadSelector: {} }, 'no-effect /spec/workloadSelector'],
  [
    { ...change({}), workloadSelector: { labels: { a: 'b*' } }, targetRefs: [{ kind: 'Service', name: 'a' }] },
    'field-conflict /spec/targetRefs',
    'form-invalid /spec/workloadSelector/labels/a',
    'cannot-serve /spec/targetRefs/0/kind',
  ],
  [change({ match: { proxy: { proxyVersion: '(' } } }), `regex-invalid ${at('/match/proxy/proxyVersion')}`],
  [change({ match: { listener: {} } }), `field-conflict ${at('/match/listener')}`],
  [change({ match: { cluster: {} } }, 'HTTP_ROUTE'), `field-conflict ${at('/match/cluster')}`],
  [change({ match: { cluster: {} } }, 'BOOTSTRAP'), `cannot-serve ${at('/applyTo')}`],
  [change({}, 'EXTENSION_CONFIG'), `no-effect ${at('/patch/operation')}`],
  [
    change({ patch: { operation: 'ADD', value: { name: 'a' } } }, 'EXTENSION_CONFIG'),
    `no-effect ${at('/patch/value')}`,
  ],
  [change({ patch: { operation: 'MERGE', value: { transport_socket: { name: 'tls' } } } })],
  [
    change(
      { patch: { operation: 'ADD', value: { filters: [{ name: 'envoy.filters.network.tcp_proxy' }] } } },
      'FILTER_CHAIN',
    ),
    `no-effect ${at('/patch/value/filters/0')}`,
  ],
  ...['CLUSTER', 'LISTENER', 'VIRTUAL_HOST', 'EXTENSION_CONFIG'].map(
    (applyTo): RuleCase => [
      change({ patch: { operation: 'ADD', value: {} } }, applyTo),
      `field-missing ${at('/patch/value')}`,
    ],
  ),
  ...['NETWORK_FILTER', 'HTTP_FILTER', 'LISTENER_FILTER'].flatMap(applyTo =>
    ['ADD', 'INSERT_AFTER', 'REPLACE'].map(
      (operation): RuleCase => [
        change({ patch: { operation, value: {} } }, applyTo),
        `field-missing ${at('/patch/value')}`,
      ],
    ),
  ),
  [change({ match: { cluster: {}, routeConfiguration: {} } }), `field-conflict ${at('/match/cluster')}`],
  [change({ match: { context: 'WAYPOINT' } }), `cannot-serve ${at('/match/context')}`, `field-missing ${at('/match')}`],
  [change({ match: { context: 'WAYPOINT', waypoint: { portNumber: 80 } } }), `cannot-serve ${at('/match/context')}`],
  [
    change({ match: { context: 'WAYPOINT', waypoint: { portNumber: 0 } } }),
    `cannot-serve ${at('/match/context')}`,
    `out-of-range ${at('/match/waypoint/portNumber')}`,
  ],
  [change({ match: { listener: { portName: 'http' } } }, 'LISTENER'), `no-effect ${at('/match/listener/portName')}`],
  [change({ match: { waypoint: {} } }), `field-conflict ${at('/match/waypoint')}`],
  [change(inFilter({ name: manager, subFilter: { name: 'envoy.filters.http.router' } }), 'HTTP_FILTER')],
  [change(inFilter({}), 'NETWORK_FILTER'), `field-missing ${place}`],
  [change(inFilter({ name: manager }), 'FILTER_CHAIN'), `no-effect ${place}`],
  [
    change(inFilter({ name: manager, subFilter: { name: 'a' } }), 'NETWORK_FILTER'),
    `field-conflict ${place}/subFilter`,
  ],
  [
    change(inFilter({ name: 'envoy.filters.network.tcp_proxy', subFilter: {} }), 'HTTP_FILTER'),
    `field-conflict ${place}/subFilter`,
    `field-missing ${place}/subFilter`,
  ],
  [
    change({ patch: { operation: 'INSERT_BEFORE', value: { name: 'mine', config: {} } } }, 'HTTP_FILTER'),
    `no-effect ${at('/patch/value/config')}`,
    `no-effect ${at('/patch/value')}`,
  ],
  [
    change(
      { patch: { operation: 'ADD', value: { name: 'a', config_discovery: { type_urls: ['a'] } } } },
      'HTTP_FILTER',
    ),
  ],
  [
    change({ patch: { operation: 'MERGE', value: { lbPolicy: 'FASTEST', circuit_breaker: {} } } }),
    `message-invalid ${at('/patch/value/lbPolicy')}`,
    `no-effect ${at('/patch/value/circuit_breaker')}`,
  ],
  [
    change({ patch: { operation: 'MERGE', value: { typed_config: { '@type': 'a.b/none.Such' } } } }, 'NETWORK_FILTER'),
    `message-invalid ${at('/patch/value/typed_config/@type')}`,
  ],
  [
    change(inFilter({ name: 'envoy.http_connection_manager', subFilter: { name: 'envoy.router' } }), 'HTTP_FILTER'),
    `outdated ${place}/name`,
    `outdated ${place}/subFilter/name`,
  ],
  [change(inFilter({ name: 'envoy.tcp_proxy' }), 'NETWORK_FILTER'), `outdated ${place}/name`],
  // The name of one, and of another kind.
  [change(inFilter({ name: 'envoy.lua' }), 'NETWORK_FILTER')],
  [
    change({ match: { listener: { listenerFilter: 'envoy.listener.tls_inspector' } } }, 'LISTENER_FILTER'),
    `outdated ${at('/match/listener/listenerFilter')}`,
  ],
  [
    change({ patch: { operation: 'MERGE', value: { name: 'envoy.rate_limit' } } }, 'HTTP_FILTER'),
    `outdated ${at('/patch/value/name')}`,
  ],
  // What is not read of Envoy's is not judged by its messages.
  [change({ patch: { operation: 'REMOVE', value: { any: 'thing' } } })],
  ...['LISTENER', 'FILTER_CHAIN', 'CLUSTER', 'VIRTUAL_HOST'].map(
    (applyTo): RuleCase => [
      change({ patch: { operation: 'INSERT_FIRST', value: {} } }, applyTo),
      `no-effect ${at('/patch/operation')}`,
    ],
  ),
  [change({ patch: { operation: 'ADD', value: {} } }, 'ROUTE_CONFIGURATION'), `no-effect ${at('/patch/operation')}`],
  [change({ patch: { operation: 'REPLACE', value: {} } }, 'HTTP_ROUTE'), `no-effect ${at('/patch/operation')}`],
]
