/**
 * For each rule in Istio's definitions (CEL, and fields that exclude each other) a spec that breaks it and one that differs
 * from it in nothing else and is sound.
 */
import { crdFacts, nodesOf, type OpenApi } from './crd-facts.ts'

export interface RuleSample {
  readonly group: string
  readonly kind: string
  /** `spec.http[].timeout` */
  readonly path: string
  /** Istio's expression, or the names of fields of which one may be there. */
  readonly rule: string
  readonly sound: object
  readonly broken: object
}

interface Pair {
  readonly sound: unknown
  readonly broken: unknown
}

/** What stands in the place of the node, by the rule's text; the first that fits is taken. */
const pairs: readonly (readonly [rule: RegExp, pair: Pair | ((schema: OpenApi, rule: string) => Pair)])[] = [
  [/^\(has\(self\.\w+\) \? 1 : 0\) \+/, exclusive],
  [/^has\(self\.wasm\) != has/, { sound: {}, broken: { wasm: { url: 'oci://registry.example/a' } } }],
  [/!key\.contains\("\*"\)/, { sound: { app: 'a' }, broken: { 'a*': 'a' } }],
  [/key\.size\(\) != 0/, { sound: { app: 'a' }, broken: { '': 'a' } }],
  [/^!self\.contains\("\*"\)/, { sound: 'a', broken: 'a*' }],
  [/^self\.size\(\) == 0/, { sound: '', broken: 'other' }],
  [/isURL\(self\)/, { sound: 'oci://registry.example/a', broken: 'ftp://registry.example/a' }],
  [/^url\(self\)\.getScheme/, { sound: 'https://id.example/keys', broken: 'ftp://id.example/keys' }],
  [/!= "HOST"/, { sound: { name: 'A', value: 'b' }, broken: { name: 'A', value: 'b', valueFrom: 'HOST' } }],
  [/duration\('1ms'\)/, { sound: '1s', broken: '0.5ms' }],
  [/"WAYPOINT"/, { sound: { context: 'WAYPOINT', waypoint: {} }, broken: { context: 'WAYPOINT' } }],
  [/^0 < self/, { sound: 80, broken: 0 }],
  [/serviceAccounts/, { sound: { serviceAccounts: ['a'] }, broken: { serviceAccounts: ['a'], namespaces: ['b'] } }],
  [
    /portLevelMtls/,
    {
      sound: { selector: { matchLabels: { app: 'a' } }, portLevelMtls: { 80: { mode: 'STRICT' } } },
      broken: { portLevelMtls: { 80: { mode: 'STRICT' } } },
    },
  ],
  [/int\(key\)/, { sound: { 80: { mode: 'STRICT' } }, broken: { 0: { mode: 'STRICT' } } }],
  [/"UPSERT"/, { sound: { operation: 'UPSERT', value: 'request.host' }, broken: { operation: 'UPSERT', value: '' } }],
  [/"REMOVE"/, { sound: { operation: 'REMOVE' }, broken: { operation: 'REMOVE', value: 'request.host' } }],
  // ServiceEntry, WorkloadEntry and WorkloadGroup.
  [/contains\("\/"\)/, cidrs()],
  [
    /== "NONE"\) \?/,
    {
      sound: entry({ resolution: 'NONE' }),
      broken: entry({ resolution: 'NONE', endpoints: [{ address: '10.0.0.1' }] }),
    },
  ],
  [/"DNS_ROUND_ROBIN"/, { sound: roundRobin('a.example'), broken: roundRobin('a.example', 'b.example') }],
  [
    /^has\(self\.address\) \|\| has\(self\.network\)/,
    { sound: { address: '10.0.0.1' }, broken: { address: undefined, labels: { a: 'b' } } },
  ],
  [
    /\? !has\(self\.ports\)/,
    { sound: { address: 'unix:///a' }, broken: { address: 'unix:///a', ports: { http: 80 } } },
  ],
  [/substring\(7, 8\)/, { sound: 'unix:///a', broken: 'unix://a' }],
  [/endsWith\("\/"\)/, { sound: 'unix:///a', broken: 'unix:///a/' }],
  [/size\(key\) < 63/, { sound: { http: 80 }, broken: { h_t: 80 } }],
  [/^self != "\*"/, { sound: 'a.example', broken: '*' }],
  [/exists_one/, { sound: [port('a', 80), port('b', 81)], broken: [port('a', 80), port('b', 80)] }],
  [/^self in \["", "HTTP", "HTTPS"\]/, { sound: 'HTTP', broken: 'ftp' }],
]

function port(name: string, number: number): object {
  return { name, number, protocol: 'HTTP' }
}

function entry(fields: object): object {
  return { hosts: ['a.example'], ports: [port('http', 80)], location: 'MESH_EXTERNAL', ...fields }
}

function cidrs(): Pair {
  const addresses = ['10.0.0.0/8']
  return { sound: entry({ addresses, resolution: 'NONE' }), broken: entry({ addresses, resolution: 'DNS' }) }
}

function roundRobin(...hosts: readonly string[]): object {
  return entry({ resolution: 'DNS_ROUND_ROBIN', endpoints: hosts.map(address => ({ address })) })
}

/** One of the fields that the rule names, and two of them. */
function exclusive(schema: OpenApi, rule: string): Pair {
  const [first = '', second = ''] = [...rule.matchAll(/has\(self\.(\w+)\)/g)].map(([, name]) => name!)
  return oneAndTwo(schema, first, second)
}

function oneAndTwo({ properties = {} }: OpenApi, first: string, second: string): Pair {
  const one = { ...siblings[first], ...siblings[second], [first]: filled(properties[first]!, first) }
  return { sound: one, broken: { ...one, [second]: filled(properties[second]!, second) } }
}

/** What some fields are given where any value of their type would be wrong for another reason. */
const values: { readonly [name: string]: unknown } = {
  host: 'a',
  hosts: ['a.example'],
  url: 'oci://registry.example/a',
  jwksUri: 'https://id.example/keys',
  jwks_uri: 'https://id.example/keys',
  jwks: '{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}',
  kind: 'Service',
  protocol: 'HTTP',
  number: 80,
  status: 200,
  httpStatus: 503,
  grpcStatus: 'UNAVAILABLE',
  fixedDelay: '1s',
  exponentialDelay: '1s',
  targetRef: { kind: 'Gateway', group: 'gateway.networking.k8s.io', name: 'a' },
  targetRefs: [{ kind: 'Gateway', group: 'gateway.networking.k8s.io', name: 'a' }],
  selector: { matchLabels: { app: 'a' } },
  workloadSelector: { labels: { app: 'a' } },
  tlsCertificates: [{ serverCertificate: '/a.pem', privateKey: '/a.key' }],
  consistentHash: { useSourceIp: true },
  httpCookie: { name: 'a', ttl: '1s' },
  simple: 'RANDOM',
  bytes: 'YQ==',
  endpoints: [{ address: '10.0.0.1' }],
  address: '10.0.0.1',
  matchLabels: { app: 'a' },
  labels: { app: 'a' },
  derivePort: 'FROM_REQUEST_PORT',
  inlineCode: 'function envoy_on_request() end',
  tableSize: 3,
  claim: 'sub',
  header: { name: 'x-a' },
}

/** The least that fits a schema. */
function filled(schema: OpenApi, name: string): unknown {
  if (name in values && fits(schema, values[name])) return values[name]
  const { type, properties = {}, required = [], items, additionalProperties, enum: words } = schema
  if (words !== undefined) return words.find(word => !/^(UNDEFINED|UNSPECIFIED|INVALID|DEFAULT)/.test(String(word)))
  if (type === 'array') return [filled(items!, '')]
  if (type === 'boolean') return true
  if (type === 'integer' || type === 'number') return Math.max(1, Number(schema['minimum'] ?? 1))
  if (type !== 'object') return 'a'
  if (additionalProperties !== undefined) return { app: filled(additionalProperties, '') }
  return Object.fromEntries(required.map(field => [field, filled(properties[field]!, field)]))
}

function fits({ type }: OpenApi, value: unknown): boolean {
  return Array.isArray(value) ? type === 'array' : typeof value === (type === 'integer' ? 'number' : type)
}

/** What else must be there, by the name of an object, so that nothing but the rule is broken. */
const beside: { readonly [name: string]: object } = {
  DestinationRule: { host: 'a' },
  VirtualService: { hosts: ['a.example'] },
  TrafficExtension: { lua: { inlineCode: 'function envoy_on_request() end' } },
  ServiceEntry: { hosts: ['a.example'], ports: [port('http', 80)], resolution: 'STATIC', location: 'MESH_EXTERNAL' },
  WorkloadEntry: { address: '10.0.0.1' },
  'servers[]': { port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts: ['*'] },
  tls: { mode: 'SIMPLE' },
  'ingress[]': { port: { number: 8443, name: 'https', protocol: 'HTTPS' }, defaultEndpoint: '127.0.0.1:80' },
  'portLevelSettings[]': { port: { number: 80 } },
  http2KeepAlive: { interval: '1s', timeout: '1s' },
  warmup: { duration: '1s' },
  httpCookie: { name: 'a' },
  'http[]': { route: [{ destination: { host: 'a' } }] },
  retries: { attempts: 1 },
  'configPatches[]': { applyTo: 'BOOTSTRAP', patch: { operation: 'MERGE', value: {} } },
  'jwtRules[]': { issuer: 'https://id.example' },
  wasm: { url: 'oci://registry.example/a' },
  WasmPlugin: { url: 'oci://registry.example/a' },
  httpGet: { port: 80 },
  'endpoints[]': { address: '10.0.0.1' },
  delay: { percentage: { value: 1 } },
  abort: { percentage: { value: 1 } },
}

/** What must stand beside a field of this name. */
const siblings: { readonly [name: string]: object } = {
  waypoint: { context: 'WAYPOINT' },
  portLevelMtls: { selector: { matchLabels: { app: 'a' } } },
  maglev: { useSourceIp: true },
}

/** What a field of this name can't stand beside. */
const opponents: { readonly [name: string]: string } = { redirect: 'route', directResponse: 'route', wasm: 'lua' }

/** Puts a value where a path leads, with what must be around it. */
function placed(root: OpenApi, { kind, path, value }: { kind: string; path: string; value: unknown }): object {
  const tokens = path.match(/\.\w+|\[\]|\{\}/g) ?? []
  const build = (schema: OpenApi, index: number, name: string): unknown => {
    const token = tokens[index]
    if (token === '[]') return [build(schema.items!, index + 1, `${name}[]`)]
    if (token === '{}') return { app: build(schema.additionalProperties!, index + 1, '') }
    const around = { ...(schema.type === 'object' ? filledObject(schema) : {}), ...beside[name] }
    if (token === undefined) return isRecord(value) ? { ...around, ...value } : value
    const field = token.slice(1)
    const fitting = Object.fromEntries(Object.entries(around).filter(([key]) => key !== opponents[field]))
    return { ...fitting, ...siblings[field], [field]: build(schema.properties![field]!, index + 1, field) }
  }
  // What is undefined takes out what stands beside.
  return JSON.parse(JSON.stringify(build(root, 0, kind))) as object
}

function filledObject({ properties = {}, required = [] }: OpenApi): object {
  return Object.fromEntries(required.map(field => [field, filled(properties[field]!, field)]))
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every rule in CEL of the definitions. */
export const celSamples: readonly RuleSample[] = crdFacts.flatMap(({ group, kind, spec }) =>
  nodesOf(spec).flatMap(({ path, schema }) =>
    (schema['x-kubernetes-validations'] ?? []).map(({ rule }): RuleSample => {
      const found = pairs.find(([pattern]) => pattern.test(rule))
      if (found === undefined) throw new Error(`nothing breaks ${rule}`)
      const pair = typeof found[1] === 'function' ? found[1](schema, rule) : found[1]
      const at = (value: unknown) => placed(spec, { kind, path: path.slice('spec'.length), value })
      return { group, kind, path, rule, sound: at(pair.sound), broken: at(pair.broken) }
    }),
  ),
)

interface Choice {
  readonly required?: readonly string[]
}

/** Every choice between fields. */
export const choiceSamples: readonly RuleSample[] = crdFacts.flatMap(({ group, kind, spec }) =>
  nodesOf(spec).flatMap(({ path, schema }) => {
    const all = (schema['allOf'] ?? []) as readonly { readonly oneOf?: readonly Choice[] }[]
    const choices = [schema['oneOf'] as readonly Choice[] | undefined, ...all.map(({ oneOf }) => oneOf)]
    return choices.flatMap((choice = []): RuleSample[] => {
      const names = choice.flatMap(({ required = [] }) => required)
      const [second, first] = names
      if (first === undefined || second === undefined) return []
      const pair = oneAndTwo(schema, first, second)
      const at = (value: unknown) => placed(spec, { kind, path: path.slice('spec'.length), value })
      return [{ group, kind, path, rule: `one of ${names.join(', ')}`, sound: at(pair.sound), broken: at(pair.broken) }]
    })
  }),
)
