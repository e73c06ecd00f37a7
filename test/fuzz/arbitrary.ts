/** Values made from a schema: mostly such as it allows, from the edges of it, and now and then some that it does not. */
import fc from 'fast-check'

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly definitions?: { readonly [name: string]: Schema }
}

/** Words that mean something in one field or another, so that what refers to something finds it at times. */
const words = [
  ...[
    's0',
    's1',
    's1.default.svc.cluster.local',
    's0.far.svc.cluster.local',
    'far',
    'default',
    'istio-system',
    '.',
    '*',
  ],
  ...['edge', 'front', 'mesh', 'default/edge', './*', '*/*', '~/*', '*.example.com', 'api.example.com', 'example.com'],
  ...['v1', 'app', 'a', 'http', 'web', 'main', 'x-a', ':path', 'content-type', '/a', '/a/*', '/', '*', '', 'ä', 'a b'],
  ...[
    '1s',
    '0s',
    '10ms',
    '1h',
    '-1s',
    '5',
    '5xx',
    'gateway-error,503',
    '10.0.0.1',
    '10.0.0.0/8',
    '::1',
    '2001:db8::/32',
  ],
  ...['GET', 'HTTP', 'HTTPS', 'TCP', 'TLS', 'GRPC', 'Service', 'Gateway', 'Secret', 'gateway.networking.k8s.io', 'v1'],
  ...[
    '.*',
    '/a/[0-9]+',
    '[',
    '(?=a)',
    'a{1001}',
    '%',
    '%REQ(x)%',
    '%FOO%',
    '\\1',
    'a\tb',
    '☃',
    '🙂',
    '\ud800',
    '\u0000',
  ],
  ...[
    'https://example.com/keys',
    'oci://example.com/a:1',
    'cluster.local/ns/default/sa/a',
    '*/sa/a',
    'request.auth.claims[a]',
  ],
  ...[
    'request.headers[x-a]',
    'source.ip',
    'response.code >= 500',
    'true',
    '/etc/cert.pem',
    'ROUND_ROBIN',
    'istio',
    '__proto__',
  ],
  ...['constructor', 'x'.repeat(300), '1234567890', 'a'.repeat(64), 'AAAA', '{"keys":[]}', '80', '1.31'],
] as const
const numbers = [
  0,
  1,
  2,
  80,
  443,
  8080,
  15_001,
  65_535,
  65_536,
  -1,
  100,
  101,
  0.5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 53,
  1e21,
] as const

/** By the field's name: words that it is likely to take. */
const likely: readonly (readonly [field: RegExp, values: readonly (string | number)[]])[] = [
  [
    /hosts?$|hostnames$|sniHosts|targetHost/i,
    ['s0', 's1', 'api.example.com', '*.example.com', '*', './*', '*/*', 's0.default.svc.cluster.local'],
  ],
  [
    /timeout|interval|duration|delay|backoff|ttl|maxAge|time$|baseEjection|idle/i,
    ['1s', '10ms', '1.5s', '1h', '0s', '0.5ms', '2000000h'],
  ],
  [/^(number|port|portNumber|targetPort|httpPort)$/i, [80, 443, 8080, 1, 65_535]],
  [/percent|weight|attempts|code|status|statusCode|max|min/i, [0, 1, 50, 100, 200, 503, 302]],
  [/protocol$/i, ['HTTP', 'HTTPS', 'TCP', 'TLS', 'GRPC', 'HTTP2']],
  [/^name$|Name$|subset|^key$|header|claim|cookie/i, ['a', 'v1', 'http', 'x-a', 's0', 'web', 'main']],
  [/regex|pattern|expression/i, ['.*', '/a/[0-9]+', 'a|b', '(?i)a']],
  [/uri|path|prefix|exact|rewrite/i, ['/a', '/', '/a/b', '/a?b']],
  [/gateways?$/i, ['edge', 'mesh', 'default/edge']],
  [/address|cidr|ipblocks|subnet|^ip/i, ['10.0.0.1', '10.0.0.0/8', '2001:db8::1', '192.168.0.0/16']],
  [/namespaces?|exportTo|from$/i, ['default', 'far', '*', '.']],
  [/^methods?$/i, ['GET', 'POST', 'Get']],
  [
    /^inlineCode$/,
    ['function envoy_on_request(handle) end', 'function envoy_on_response(handle) handle:logInfo("a") end'],
  ],
  [/^url$/, ['https://code.example.com/a.wasm', 'http://10.0.0.1:8000/a', 'oci://registry.example.com/a', 'ftp://a']],
  [/^schedule$/, ['@daily', '*/5 * * * *', '0 3 * *']],
  [/^sha256$/, ['a'.repeat(64), 'A'.repeat(64), '']],
]

/** Deeper than this only what must be there is. */
const deepest = 9

interface Making {
  /** The field that it is for, or whose list it is in. */
  readonly field?: string
  readonly definitions: { readonly [name: string]: Schema }
  readonly depth: number
}

/** A value of a schema; about one in a hundred of its parts is of some other. */
export function arbitraryFor(schema: Schema): fc.Arbitrary<unknown> {
  return made(schema, { definitions: schema.definitions ?? {}, depth: 0 })
}

function made(schema: Schema, making: Making): fc.Arbitrary<unknown> {
  const proper = properValue(schema, making)
  return making.depth < 2 ? proper : fc.oneof({ weight: 100, arbitrary: proper }, { weight: 1, arbitrary: strange })
}

/** Of any type, whatever the field is of. */
const strange: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(null, true, 0, -1, '', 'x', [], {}, [null], { a: 1 }, [
  [],
])

function properValue(schema: Schema, making: Making): fc.Arbitrary<unknown> {
  const { $ref, anyOf } = schema
  if ($ref !== undefined) return made(making.definitions[$ref.slice('#/definitions/'.length)]!, making)
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(each => made(each, making)))
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['object'])
  return fc.oneof(...types.map(type => ofType[type]?.(schema, making) ?? strange))
}

const ofType: Readonly<{ [type: string]: (schema: Schema, making: Making) => fc.Arbitrary<unknown> }> = {
  string: ({ pattern, minLength = 0, maxLength = 1000 }, making) => {
    const form = pattern === undefined ? undefined : new RegExp(pattern, 'u')
    const isFit = (word: string) => word.length >= minLength && word.length <= maxLength && form?.test(word) !== false
    const fitting = words.filter(isFit)
    return guessed(making, isFit, fitting.length === 0 ? words : fitting)
  },
  integer: (schema, making) => {
    const fitting = within(schema, numbers.filter(Number.isInteger))
    return guessed(making, (value: number) => within(schema, [value]).length > 0, fitting)
  },
  number: (schema, making) =>
    guessed(making, (value: number) => within(schema, [value]).length > 0, within(schema, numbers)),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
  array: ({ items = {}, minItems = 0, maxItems = 3 }, making) => {
    const most = Math.max(minItems, Math.min(maxItems, making.depth > deepest ? minItems : 3))
    return fc.array(made(items, deeper(making)), { minLength: minItems, maxLength: most })
  },
  object: objectOf,
}

/** Mostly what the field's name makes likely. */
function guessed<Value extends string | number>(
  { field = '' }: Making,
  isFit: (value: Value) => boolean,
  others: readonly Value[],
): fc.Arbitrary<Value> {
  const found = likely.find(([name]) => name.test(field))?.[1] ?? []
  const guesses = found.filter((value): value is Value => typeof value === typeof others[0] && isFit(value as Value))
  const other = fc.constantFrom(...others)
  return guesses.length === 0
    ? other
    : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...guesses) }, { weight: 1, arbitrary: other })
}

function within({ minimum, maximum }: Schema, values: readonly number[]): readonly number[] {
  const fitting = values.filter(value => value >= (minimum ?? value) && value <= (maximum ?? value))
  return fitting.length === 0 && values.length > 1 ? values : fitting
}

function deeper({ definitions, depth, field: outer }: Making, field = outer): Making {
  return { definitions, depth: depth + 1, ...(field === undefined ? {} : { field }) }
}

/** What is needed, and of the rest up to three: with more, something is nearly always in the way of something else. */
function objectOf(schema: Schema, making: Making): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema
  const optional = Object.keys(properties).filter(name => !required.includes(name))
  const most = making.depth > deepest ? 0 : Math.min(optional.length, making.depth === 0 ? optional.length : 3)
  const member = (name: string) => made(properties[name] ?? {}, deeper(making, name))
  const known = fc
    .subarray(optional, { maxLength: most })
    .chain(names => fc.record(Object.fromEntries([...required, ...names].map(name => [name, member(name)]))))
  // What names fields and lets in all others is made of the fields.
  if (typeof additionalProperties !== 'object' || Object.keys(properties).length > 0) return known
  return fc.dictionary(fc.constantFrom(...words), made(additionalProperties, deeper(making)), { maxKeys: 2 })
}
