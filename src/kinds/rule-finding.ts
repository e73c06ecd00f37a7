/** What the semantic checks of a kind find: plain data, so that kinds know neither places nor how findings look. */
import { nearChoice } from '../util/edit-distance.ts'
import type { Resource } from './resource.ts'

/** Slugs of the messages that semantic checks use (diagnostics/messages/schema.md and emit.md). */
export type RuleSlug =
  | 'field-conflict'
  | 'field-missing'
  | 'out-of-range'
  | 'regex-invalid'
  | 'header-name-invalid'
  | 'header-value-invalid'
  | 'form-invalid'
  | 'value-twice'
  | 'unknown-word'
  | 'weights-zero'
  | 'no-effect'
  | 'secret-key'
  | 'message-invalid'
  | 'outdated'
  | 'costly'
  | 'hardly-meant'
  | 'not-served'
  | 'cannot-serve'
  | 'without-effect'

export interface RuleFinding {
  readonly slug: RuleSlug
  /** JSON pointer of the value that is wrong. */
  readonly pointer: string
  /** Is it the value's name that is wrong, and not the value? */
  readonly isName?: true
  /** What to do about it, where more is known than the message's own help says. */
  readonly help?: string
  /** Besides kind, name and field, which every message has. */
  readonly params: { readonly [name: string]: string | number }
}

/** Judges a resource that fits its schema. Pure; yields in the order of the fields. */
export type KindCheck = (resource: Resource) => Iterable<RuleFinding>

export function conflict(pointer: string, other: string): RuleFinding {
  return { slug: 'field-conflict', pointer, params: { other } }
}

export function missing(pointer: string, what: string): RuleFinding {
  return { slug: 'field-missing', pointer, params: { what } }
}

export function badForm(pointer: string, value: string, form: string, remedy = 'correct it'): RuleFinding {
  return { slug: 'form-invalid', pointer, params: { value, form, remedy } }
}

/** @param remedy what to do, or the words that there are, of which a near one is proposed */
export function unknownWord(
  pointer: string,
  value: string,
  what: string,
  remedy: string | readonly string[],
): RuleFinding {
  const text = typeof remedy === 'string' ? remedy : remedyAmong(value, remedy)
  return { slug: 'unknown-word', pointer, params: { value, what, remedy: text } }
}

/** Proposes a near word, or else what `otherwise` says: to use one of them. */
export function remedyAmong(value: string, words: readonly string[], otherwise = `use ${words.join(', ')}`): string {
  const near = nearChoice(value, words)
  return near === undefined ? otherwise : `did you mean "${near}"?`
}

export function noEffect(pointer: string, reason: string): RuleFinding {
  return { slug: 'no-effect', pointer, params: { reason } }
}

/** It has its effect, and is no longer how it is written. */
export function outdated(pointer: string, reason: string, remedy: string): RuleFinding {
  return { slug: 'outdated', pointer, params: { reason, remedy } }
}

/** It has its effect, and more that is hardly meant. */
export function costly(pointer: string, reason: string, remedy: string): RuleFinding {
  return { slug: 'costly', pointer, params: { reason, remedy } }
}

/** It has an effect that its author can hardly want, in words that follow the field's name. */
export function hardlyMeant(pointer: string, effect: string, remedy: string): RuleFinding {
  return { slug: 'hardly-meant', pointer, params: { effect, remedy } }
}

export function notServed(pointer: string): RuleFinding {
  return { slug: 'not-served', pointer, params: {} }
}

/** Nothing is lost but an effect that proxies could not have. */
export function withoutEffect(pointer: string, reason: string): RuleFinding {
  return { slug: 'without-effect', pointer, params: { reason } }
}

export function cannotServe(pointer: string, reason: string): RuleFinding {
  return { slug: 'cannot-serve', pointer, params: { reason } }
}

/** A number outside of `min`–`max`; nothing where it is absent or inside. */
export function* range(
  pointer: string,
  value: number | undefined,
  { min, max }: { readonly min: number; readonly max?: number },
): Iterable<RuleFinding> {
  if (value === undefined || (value >= min && (max === undefined || value <= max))) return
  const text = max === undefined ? `at least ${min}` : `from ${min} to ${max}`
  yield { slug: 'out-of-range', pointer, params: { range: text, value } }
}

/** Ports are 1–65535. */
export function port(pointer: string, number: number | undefined): Iterable<RuleFinding> {
  return range(pointer, number, { min: 1, max: 65_535 })
}

/** The second and later of equal values; `pointerOf` gives the place of the value at an index. */
export function* twice(
  values: readonly (string | number | undefined)[],
  pointerOf: (index: number) => string,
): Iterable<RuleFinding> {
  const seen = new Set<string | number>()
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue
    if (seen.has(value)) yield { slug: 'value-twice', pointer: pointerOf(index), params: { value } }
    seen.add(value)
  }
}

/** Not-served findings for those of the fields that are there. */
export function* unserved(
  pointer: string,
  value: object | undefined,
  fields: readonly string[],
): Iterable<RuleFinding> {
  for (const field of fields)
    if (value !== undefined && (value as { readonly [name: string]: unknown })[field] !== undefined)
      yield notServed(`${pointer}/${field}`)
}

export { pointerToken as token } from '../util/pointer-token.ts'
