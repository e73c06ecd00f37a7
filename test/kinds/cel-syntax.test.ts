/** Expressions of CEL, as access logs are filtered by. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { celProblem } from '../../src/kinds/cel-syntax.ts'

const expressions = [
  'response.code >= 500',
  'request.headers[\'x-debug\'] == "1" && !(connection.mtls)',
  'has(request.headers) ? request.path.startsWith("/a") : false',
  "response.code in [500, 502u, 0x1f7] || response.duration > duration('1s')",
  '[1, 2, 3,].exists(x, x % 2 == 0)',
  '-1.5e3 + .5 < size({"a": 1, "b": [true, null]})',
  'google.protobuf.Timestamp{seconds: 1}.seconds == 1',
  '.a.b()',
  'a.package == -9223372036854775808 && has((a.b["c"].d))',
  '"\\a\\x41\\101\\u00e9\\U0001F600" == br"\\q"',
  'r"\\d" == b\'x\' // a remark',
  '"""one\ntwo""" == \'it\\\'s\'',
  "!!xds.cluster_metadata.filter_metadata['istio'].services[0].host.endsWith('x')",
]

const others: readonly (readonly [text: string, problem: string])[] = [
  ['', 'a value or a name is expected at the end'],
  ['response.code >=', 'a value or a name is expected at the end'],
  ['response.code >= 500)', ') stands where the expression could end'],
  ['(response.code', ') is expected at the end'],
  ['a b', 'b stands where the expression could end'],
  ['a = 1', 'nothing begins with ='],
  ['"open', 'nothing begins with "'],
  ['a ? b', ': is expected at the end'],
  ['f(a b)', ', is expected before b'],
  ['{"a"}', ': is expected before }'],
  ['if', 'a value or a name is expected before if'],
  ['a.1', '.1 stands where the expression could end'],
  ['a and b', 'and stands where the expression could end'],
  ['"\\q" == a', 'a backslash stands before nothing that it could mean in "\\q"'],
  ['"\\ud800" == a', '\\ud800 is no letter of "\\ud800"'],
  ['b"\\u0041" == a', '\\u0041 is no letter of b"\\u0041"'],
  ['9223372036854775808 == a', '9223372036854775808 is too large'],
  ['18446744073709551616u == a', '18446744073709551616u is too large'],
  ['has(a["b"])', 'has is asked for a field, as in has(a.b)'],
  ['has(!a.b)', 'has is asked for a field, as in has(a.b)'],
  ['a.true', 'a value or a name is expected before true'],
  ['rb"a" == b', '"a" stands where the expression could end'],
  [`${'('.repeat(5000)}a`, 'it is nested too deeply'],
]

describe('CEL', () => {
  for (const text of expressions) it(`takes ${text}`, () => assert.equal(celProblem(text), undefined))
  for (const [text, problem] of others)
    it(`refuses ${text.slice(0, 30)}`, () => assert.equal(celProblem(text), problem))
})
