/** Kinds that add filters of one's own: WasmPlugin, TrafficExtension, EnvoyFilter. */
import type { RuleCase } from './rules.test.ts'

const wasm = { url: 'oci://registry.example/auth:v1' }

export const wasmPlugin: readonly RuleCase[] = [
  [wasm],
  ...['registry:5000/auth:v1', 'https://a.example/f.wasm', 'file:///opt/f.wasm'].map((url): RuleCase => [{ url }]),
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
  [{ lua, match: [{ ports: [{ number: 1 }, { number: 1 }] }] }, 'value-twice /spec/match/0/ports/1/number'],
  [
    { lua, selector: { matchLabels: { a: 'b' } }, targetRefs: [{ kind: 'Service', name: 'a' }] },
    'field-conflict /spec/targetRefs',
  ],
]

const patch = { operation: 'MERGE', value: { connect_timeout: '1s' } }
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
  ],
  [change({ match: { proxy: { proxyVersion: '(' } } }), `regex-invalid ${at('/match/proxy/proxyVersion')}`],
  [change({ match: { listener: {} } }), `field-conflict ${at('/match/listener')}`],
  [change({ match: { cluster: {} } }, 'HTTP_ROUTE'), `field-conflict ${at('/match/cluster')}`],
  [change({ match: { cluster: {} } }, 'BOOTSTRAP')],
  [change({ match: { cluster: {}, routeConfiguration: {} } }), `field-conflict ${at('/match/cluster')}`],
  [change({ match: { context: 'WAYPOINT' } }), `field-missing ${at('/match')}`],
  [change({ match: { context: 'WAYPOINT', waypoint: { portNumber: 80 } } })],
  [
    change({ match: { context: 'WAYPOINT', waypoint: { portNumber: 0 } } }),
    `out-of-range ${at('/match/waypoint/portNumber')}`,
  ],
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
    `no-effect ${at('/patch/value')}`,
  ],
]
