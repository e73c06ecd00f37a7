/** What is said of an expression that Envoy does not take, and that Envoy agrees. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { celBeyondEnvoy } from '../../src/kinds/cel-for-envoy.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'

const moments = ['FullYear', 'Month', 'DayOfMonth', 'Date', 'DayOfWeek', 'DayOfYear', 'Hours', 'Minutes', 'Seconds']
const taken = [
  ...['int', 'uint', 'double', 'bytes', 'bool', 'timestamp', 'duration', 'type', 'dyn', 'size'].map(
    name => `${name}(request.path) == 1`,
  ),
  ...[...moments, 'Milliseconds'].map(name => `request.time.get${name}() + request.time.get${name}("UTC") == 1`),
  ...['matches', 'startsWith', 'endsWith', 'contains'].map(
    name => `${name}(request.path, "a") || request.path.${name}("a")`,
  ),
  'request.path.size() == 1',
  're.extract("a", "a", "a") == re.capture("a", "a") || re.captureN("a", "a").a == "b"',
  'has(response.code) && has((metadata.b["c"].d)) ? {"a": [1, 2,]}.a[0] in [-9223372036854775808] : !!connection.mtls',
  String.raw`"\a\b\f\n\r\t\v\\\?\"\'\x41\X41\101\u00e9\U0001F600" == r"\q" + br"\q" || '''a
b''' == "%REQ(:PATH)%"`,
  String.raw`request.path.matches("^/\\d+$") || request.path.matches(r"\d") || request.path.matches(request.query)`,
  'request.path.matches("a" + "[")',
  `request.path.matches("${'a'.repeat(90)}") || request.path.matches("^/api/v[0-9]+/(?:a|b)/[^/]+/[^/]+/.*$")`,
  'type(request.path) == string',
  'request.package.if.for == 0x7fffffffffffffff || 18446744073709551615u == 0xffffffffffffffffu // as it is',
]

const refused: readonly (readonly [text: string, reason: string])[] = [
  ['lowerAscii(request.path) == "a"', 'Envoy has no such function: lowerAscii(request.path)'],
  ['request.path.split("/")[0] == "a"', 'Envoy has no such function: request.path.split("/")'],
  ['string(response.code) == "200"', 'Envoy has no such function: string(response.code)'],
  ['request.headers.exists(h, h == "x")', 'Envoy has no such function: request.headers.exists(h, h=="x")'],
  ['[1].all(x, x > 0)', 'Envoy has no such function: [1].all(x, x>0)'],
  ['size(request.path, 1) == 1', 'Envoy has no such function: size(request.path, 1)'],
  ['request.path.int() == 1', 'Envoy has no such function: request.path.int()'],
  ['getHours(request.time) == 1', 'Envoy has no such function: getHours(request.time)'],
  ['re.extract("a", "b") == "c"', 'Envoy has no such function: re.extract("a", "b")'],
  ['request.constructor()', 'Envoy has no such function: request.constructor()'],
  ['request.path.matches("a[")', 'Envoy takes no such regular expression: a['],
  [`request.path.matches("${'a'.repeat(97)}")`, `a regular expression is too large for Envoy: ${'a'.repeat(97)}`],
  [String.raw`request.path.matches(r"\pL")`, String.raw`a regular expression is too large for Envoy: \pL`],
  [String.raw`matches(request.path, "\x28")`, 'Envoy takes no such regular expression: ('],
  ['shop.Thing{a: 1}.a == 1', 'it makes a message of its own, shop.Thing{…}'],
  [String.raw`"\q" == request.path`, String.raw`a backslash stands before nothing that it could mean in "\q"`],
]

describe('CEL for Envoy', () => {
  it('does not take what nobody knows, of which Envoy would find out each time', () =>
    assert.equal(celBeyondEnvoy('has(request.path) && respons.code == 200'), 'Envoy knows nothing called respons'))
  for (const text of taken) it(`takes ${text}`, () => assert.equal(celBeyondEnvoy(text), undefined))
  for (const [text, reason] of refused) it(`does not take ${text}`, () => assert.equal(celBeyondEnvoy(text), reason))
})

describe('Envoy, asked the same', { skip: withoutEnvoy }, () => {
  it('takes all of the former', () => assert.equal(problemOf(taken), ''))
  for (const [text] of refused) it(`does not take ${text}`, () => assert.notEqual(problemOf([text]), ''))
})

/** What Envoy says of access logs with these conditions; empty: it takes them. */
function problemOf(expressions: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-cel-'))
  try {
    const file = join(folder, 'bootstrap.json')
    writeFileSync(file, JSON.stringify(bootstrapWith(expressions)))
    const { status, stderr } = spawnSync(findTestEnvoy()!, ['--mode', 'validate', '-c', file], { encoding: 'utf8' })
    return status === 0 ? '' : stderr
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function bootstrapWith(expressions: readonly string[]): object {
  const typed = (type: string, value: object = {}) => ({
    '@type': `type.googleapis.com/envoy.extensions.${type}`,
    ...value,
  })
  const logs = expressions.map(expression => ({
    name: 'envoy.access_loggers.stdout',
    filter: {
      extension_filter: {
        name: 'envoy.access_loggers.extension_filters.cel',
        typed_config: typed('access_loggers.filters.cel.v3.ExpressionFilter', { expression }),
      },
    },
    typed_config: typed('access_loggers.stream.v3.StdoutAccessLog'),
  }))
  const proxy = typed('filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: 'a', cluster: 'a', access_log: logs })
  const address = { socket_address: { address: '127.0.0.1', port_value: 1 } }
  const filters = [{ name: 'envoy.filters.network.tcp_proxy', typed_config: proxy }]
  return {
    static_resources: {
      listeners: [{ name: 'a', address, filter_chains: [{ filters }] }],
      clusters: [{ name: 'a', type: 'STATIC' }],
    },
  }
}
