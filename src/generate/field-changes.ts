/**
 * Other values of a field: what is changed in a resource to see what of Envoy's configuration changes with it.
 */
import type { FieldSchema } from './field-paths.ts'

/** Values that may stand in its place, likely ones first; what the schema refuses is sorted out later. */
export function otherValues(value: unknown, schema: FieldSchema): unknown[] {
  const words = enumOf(schema)
  if (words.length > 0) return words.filter(word => word !== value)
  if (typeof value === 'boolean') return [!value]
  if (typeof value === 'number') return [value + 1, value - 1, value * 2]
  if (typeof value === 'string') return otherTexts(value)
  if (Array.isArray(value)) {
    const [first, ...rest] = value
    const changed = typeof first === 'string' || typeof first === 'number' ? otherValues(first, schema.items ?? {}) : []
    return [...changed.map(other => [other, ...rest]), rest]
  }
  if (typeof value === 'object' && value !== null) {
    const [first, ...rest] = Object.entries(value)
    if (first === undefined) return []
    const [key, member] = first
    return [
      ...otherValues(member, {}).map(other => ({ ...value, [key]: other })),
      { ...value, [`${key}x`]: member },
      Object.fromEntries(rest),
    ]
  }
  return []
}

function enumOf({ enum: words, anyOf = [] }: FieldSchema): readonly unknown[] {
  return words ?? anyOf.flatMap(enumOf)
}

/** Words of which a field takes some, though its schema says no more than that it is a text. */
const likeWords: readonly (readonly string[])[] = [
  ['HTTP', 'TCP', 'HTTP2', 'HTTPS', 'TLS'],
  ['CONNECT', 'POST'],
  ['UNAVAILABLE', 'INTERNAL'],
  ['http', 'https'],
]

function otherTexts(text: string): string[] {
  const alike = likeWords.find(words => words.includes(text))
  if (alike !== undefined) return alike.filter(word => word !== text)
  const duration = /^([0-9]+)(ms|s|m|h)$/.exec(text)
  if (duration !== null) return [`${Number(duration[1]) + 1}${duration[2]}`]
  if (/^[0-9]+$/.test(text)) return [String(Number(text) + 1)]
  const range = /^10[.]([0-9]+)[.](.*)$/.exec(text)
  if (range !== null) return [`10.${Number(range[1]) + 1}.${range[2]}`]
  return [`${text}x`, `x${text}`, text.replace(/[a-z](?=[^a-z]*$)/, 'q')]
}

/** A copy with another value at a place; `undefined` takes the member away. */
export function withValue(root: unknown, keys: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return value
  if (Array.isArray(root)) {
    const index = Number(key)
    const changed = withValue(root[index], rest, value)
    return changed === undefined ? root.toSpliced(index, 1) : root.with(index, changed)
  }
  const members = root as { readonly [name: string]: unknown }
  const changed = withValue(members[key], rest, value)
  const { [key]: _old, ...others } = members
  // In the member's own place: what is made of a resource must not depend on it, but a reader's eye does.
  return changed === undefined
    ? others
    : Object.fromEntries(Object.entries(members).map(([name, old]) => [name, name === key ? changed : old]))
}

/** The value at a place; undefined where there is none. */
export function valueAt(root: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((value, key) => (value as { readonly [name: string]: unknown } | undefined)?.[key], root)
}
