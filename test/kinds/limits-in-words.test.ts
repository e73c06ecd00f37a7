/**
 * What a field's tags bound, its words say: an editor shows the words alone. Of the limits, a reader is not told
 * what goes without saying:
 * - that a number is not negative, and that a text is not empty;
 * - how wide the integers of Istio's API are, which no author gets near;
 * - how long a name may be where it is Kubernetes' own length of names (253) or of labels (63).
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Bound, type Field, schemaFields } from '../support/schema-fields.ts'

const fields = schemaFields()

const widths: readonly unknown[] = [-(2 ** 31), 2 ** 31 - 1, 2 ** 32 - 1]

/** `gatewayClassName`, `namespace`, `hostnames`, `imagePullSecret`: fields that name something. */
const namesSomething = /(names?|namespace|kind|group|secret)$/i

/** Fields whose words bound them more closely than Istio's schema does. */
const closer: readonly string[] = [
  // One of a list of words.
  'ServiceEntryPort.protocol: maxLength',
  // A DNS label.
  'ServiceEntryPort.name: maxLength',
]

function goesWithoutSaying({ name }: Field, { keyword, value }: Bound): boolean {
  if (keyword === 'default') return false
  if (keyword.startsWith('min') && value === 0) return true
  if (keyword === 'minLength' && value === 1) return true
  if (keyword === 'maxLength' && (value === 63 || value === 253) && namesSomething.test(name)) return true
  return widths.includes(value) || closer.includes(`${name}: ${keyword}`)
}

/** The ways in which words say a bound. */
function sayings({ keyword, value }: Bound): RegExp {
  if (keyword === 'default') {
    if (typeof value === 'object') return /Default: \S/
    return new RegExp(`Default: (${value === '' ? 'empty' : `${value}|\`${value}\``})[.,:;]`)
  }
  const word = ['zero', 'one', 'two'][value as number] ?? String(value)
  const number = `(?<![\\d.,])(?:${value}|${Number(value).toLocaleString('en')}|${word})`
  return keyword.startsWith('min')
    ? new RegExp(`${number}(–| or )|(at least|the) ${number}\\b`, 'i')
    : new RegExp(`(–|\\b(up to|at most|or|the) )${number}\\b|${number}( characters)? at most`, 'i')
}

it('finds the bounds', t => {
  const bounds = fields.flatMap(field => field.bounds)
  t.diagnostic(`${bounds.length} bounds of ${fields.length} fields`)
  for (const keyword of ['default', 'minimum', 'maximum', 'maxLength', 'minItems', 'maxItems', 'maxProperties'])
    assert.ok(
      bounds.some(bound => bound.keyword === keyword),
      keyword,
    )
})

it('the words of a field say its bounds', () => {
  const unsaid = fields.flatMap(field =>
    field.bounds
      .filter(bound => !goesWithoutSaying(field, bound) && !sayings(bound).test(field.words))
      .map(({ keyword, value }) => `${field.name}: ${keyword} ${JSON.stringify(value)}, but: ${field.words}`),
  )
  assert.deepEqual([...new Set(unsaid)].sort(), [])
})
