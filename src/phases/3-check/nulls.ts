/**
 * A field that is null is one that is not there: so the API server reads it, and so templates write what they have no value for
 * (`annotations:` with nothing below). An entry of a map, or of a list, is another thing: there null is no value.
 */
import { pointerTokens } from '../1-load/pointer.ts'
import { memberOf } from './mend.ts'
import type { Violation } from './validators/index.generated.js'

/**
 * The value without the fields that are null and may not be.
 *
 * @param violations what its schema found
 * @returns the value itself where there are none
 */
export function withoutNulls<Value extends object>(value: Value, violations: readonly Violation[]): Value {
  const nulls = violations.filter(({ instancePath, schemaPath }) => {
    if (schemaPath.includes('/additionalProperties')) return false
    const tokens = pointerTokens(instancePath)
    const parent = tokens.slice(0, -1).reduce(memberOf, value)
    return tokens.length > 0 && !Array.isArray(parent) && memberOf(parent, tokens.at(-1)!) === null
  })
  if (nulls.length === 0) return value
  const copy = structuredClone(value)
  for (const { instancePath } of nulls) {
    const tokens = pointerTokens(instancePath)
    const parent = tokens.slice(0, -1).reduce(memberOf, copy) as { [field: string]: unknown } | undefined
    delete parent?.[tokens.at(-1)!]
  }
  return copy
}
