/**
 * A field that is null is one that is not there: so the API server reads it, and so templates write what they have no value for
 * (`annotations:` with nothing below). An entry of a map, or of a list, is another thing: there null is no value.
 */
import { pointerTokens } from '../1-load/pointer.ts'
import { memberOf } from './mend.ts'
import { type Schema, schemaAt } from './schema-at.ts'
import type { Validator, Violation } from './validators/index.generated.js'

/**
 * The value without the fields that are null and may not be.
 *
 * @param violations what its schema found
 * @param validator with that schema
 * @returns the value itself where there are none
 */
export function withoutNulls<Value extends object>(
  value: Value,
  violations: readonly Violation[],
  { schema }: Pick<Validator, 'schema'>,
): Value {
  const nulls = violations.filter(({ instancePath }) => {
    const tokens = pointerTokens(instancePath)
    const parent = tokens.slice(0, -1).reduce(memberOf, value)
    if (tokens.length === 0 || memberOf(parent, tokens.at(-1)!) !== null) return false
    return !Array.isArray(parent) && !isEntry(schema as Schema, tokens)
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

/** Is it one of a map, whose keys the author makes up? */
function isEntry(schema: Schema, tokens: readonly string[]): boolean {
  const { properties, additionalProperties } = schemaAt(schema, tokens.slice(0, -1))
  return typeof additionalProperties === 'object' && !Object.hasOwn(properties ?? {}, tokens.at(-1)!)
}
