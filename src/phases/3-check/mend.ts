import type { Resource } from '../../kinds/resource.ts'
import { pointerTokens } from '../1-load/pointer.ts'
import type { Validator, Violation } from './validators/index.generated.js'

/** Each round takes something out, so this is only reached by a resource of which nothing would be left. */
const maxRounds = 20

/**
 * The resource without the values that do not fit its schema.
 *
 * @returns undefined where what remains would be no object of its kind
 */
export function mended(resource: Resource, validate: Validator['validate']): Resource | undefined {
  return withoutMisfits(resource, validate, isVital)
}

/** The same of what a text says: nothing of it is vital but that it is something. */
export function mendedText<Value extends object>(value: Value, validate: Validator['validate']): Value | undefined {
  return withoutMisfits(value, validate, tokens => tokens.length === 0)
}

function withoutMisfits<Value extends object>(
  value: Value,
  validate: Validator['validate'],
  isNeeded: (tokens: readonly string[]) => boolean,
): Value | undefined {
  const copy = structuredClone(value)
  for (let round = 0; round < maxRounds; round += 1) {
    if (validate(copy)) return copy
    // Last first: taking an item out of a list moves those behind it.
    for (const violation of (validate.errors ?? []).toReversed()) {
      const tokens = tokensOf(violation)
      if (isNeeded(tokens)) return undefined
      remove(copy, tokens)
    }
  }
  return undefined
}

/** Without these nobody could refer to the resource, so nothing is lost by leaving it out. */
function isVital(tokens: readonly string[]): boolean {
  return tokens.length === 0 || ['metadata', 'metadata/name', 'metadata/namespace'].includes(tokens.join('/'))
}

function tokensOf({ instancePath, params }: Violation): string[] {
  const tokens = pointerTokens(instancePath)
  return typeof params['additionalProperty'] === 'string' ? [...tokens, params['additionalProperty']] : tokens
}

function remove(root: unknown, tokens: readonly string[]): void {
  const last = tokens.at(-1)!
  const parent = tokens.slice(0, -1).reduce<unknown>(memberOf, root)
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else if (typeof parent === 'object' && parent !== null) delete (parent as { [key: string]: unknown })[last]
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as { readonly [key: string]: unknown })[key]
}
