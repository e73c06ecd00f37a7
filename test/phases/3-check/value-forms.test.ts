import assert from 'node:assert/strict'
import { it } from 'node:test'
import { validators } from '../../../src/phases/3-check/validators/index.generated.js'
import { formOf, remedyOf } from '../../../src/phases/3-check/value-forms.ts'
import { isObject } from '../../../src/util/is-object.ts'

function patternsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(patternsIn)
  if (!isObject(value)) return []
  const own = typeof value['pattern'] === 'string' ? [value['pattern']] : []
  return [...own, ...Object.values(value).flatMap(patternsIn)]
}

const patterns = [...new Set([...validators.values()].flatMap(({ schema }) => patternsIn(schema)))]

it('every pattern of our types has words, and examples that fit it', t => {
  t.diagnostic(`${patterns.length} patterns`)
  assert.ok(patterns.length >= 20)
  for (const pattern of patterns) {
    const form = formOf(pattern)
    assert.ok(form !== undefined, pattern)
    for (const example of form.examples) assert.match(example, new RegExp(pattern))
  }
})

const ofIstio = '^([0-9]+(\\.[0-9]+)?(h|m|s|ms))+$'
const ofGatewayApi = '^([0-9]{1,5}(h|m|s|ms)){1,4}$'

for (const [pattern, text, remedy] of [
  [ofIstio, '2 seconds', 'write "2s"'],
  [ofIstio, '1.5', 'add the unit: "1.5s", "1.5ms"'],
  [ofIstio, 'soon', 'write a duration such as "1s" or "500ms"'],
  [ofGatewayApi, '1.5h', 'write "90m"'],
  [ofGatewayApi, '0.5s', 'write "500ms"'],
  [ofGatewayApi, '120000s', 'write "2000m"'],
  [ofGatewayApi, '1.5 s', 'write "1500ms"'],
  [ofGatewayApi, '1.5', 'write a duration such as "1s" or "500ms"'],
  [ofGatewayApi, '0.5ms', 'write a duration such as "1s" or "500ms"'],
] as const)
  it(`${text} as ${pattern}: ${remedy}`, () => assert.equal(remedyOf(pattern, formOf(pattern)!, text), remedy))
