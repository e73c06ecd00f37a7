/**
 * What holds without a field its words say: an editor shows the words alone. Of a field that may be left out they say `Default:`,
 * unless they say when it can't be, or that it may not stand there: that it is needed, that it needs the type (protocol, context)
 * which in turn needs it, or that it is refused.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { schemaFields } from '../support/schema-fields.ts'

const optional = schemaFields().filter(({ isOptional }) => isOptional)

const saysDefault = /\bDefault: \S/
const saysNeed = /\bneed(s|ed)\b|^Refused\b/i

it('finds the fields that may be left out', t => {
  t.diagnostic(`${new Set(optional.map(({ name }) => name)).size} fields`)
  assert.ok(optional.some(({ words }) => saysDefault.test(words)))
  assert.ok(optional.some(({ words }) => !saysDefault.test(words) && saysNeed.test(words)))
})

it('the words of a field say what holds without it', () => {
  const unsaid = optional
    .filter(({ words }) => !saysDefault.test(words) && !saysNeed.test(words))
    .map(({ name, words }) => `${name}: ${words}`)
  assert.deepEqual([...new Set(unsaid)].sort(), [])
})
