import { isObject } from '../util/is-object.ts'
import { ownValue } from '../util/own-value.ts'
import { mapEntryOf, type PlainMessage } from './canonical.ts'
import { type DescriptorSet, loadDescriptorSet } from './descriptor-set.ts'
import type { Field } from './message-type.ts'
import { hasOwnJson, typeOfUrl } from './well-known-encode.ts'

export interface MergeOptions {
  /** Lists take the place of lists, where protobuf's own rule appends them. */
  readonly replacesLists?: boolean
}

/**
 * A message with another one merged into it, by protobuf's rules: what is single replaces, messages merge, lists append, a map
 * gets or replaces entries, and a member of a oneof takes the place of the one that was there. What is packed as an Any
 * merges where both are of one type; where they are not, it stays as it was.
 *
 * @param typeName full name of both messages' type; both have the names of the .proto files
 */
export function mergeMessages(
  typeName: string,
  base: PlainMessage,
  change: PlainMessage,
  options: MergeOptions = {},
): PlainMessage {
  return merged({ set: loadDescriptorSet(), replacesLists: options.replacesLists === true }, typeName, base, change)
}

interface Merging {
  readonly set: DescriptorSet
  readonly replacesLists: boolean
}

function merged(merging: Merging, typeName: string, base: PlainMessage, change: PlainMessage): PlainMessage {
  if (typeName === 'google.protobuf.Any') return mergedAny(merging, base, change)
  if (typeName === 'google.protobuf.Struct') return { ...base, ...change }
  const { byName } = merging.set.message(typeName)
  const result: { [field: string]: unknown } = { ...base }
  for (const [name, value] of Object.entries(change)) {
    const field = byName.get(name)
    if (field === undefined || value === undefined) continue
    if (field.oneof !== undefined)
      for (const other of Object.keys(result))
        if (other !== name && byName.get(other)?.oneof === field.oneof) delete result[other]
    result[name] = mergedField(merging, field, result[name], value)
  }
  return result
}

function mergedField(merging: Merging, field: Field, base: unknown, change: unknown): unknown {
  if (base === undefined) return change
  const entry = mapEntryOf(merging.set, field)
  if (entry !== undefined)
    return mergedMap(merging, entry.byNumber.get(2)!, base as PlainMessage, change as PlainMessage)
  if (field.repeated)
    return merging.replacesLists ? change : [...(base as readonly unknown[]), ...(change as readonly unknown[])]
  if (!isMessage(field) || !isObject(base) || !isObject(change)) return change
  return merged(merging, field.typeName, base, change)
}

/** Values that are packed are settings of an extension each, which merge as those of filters do. */
function mergedMap(merging: Merging, field: Field, base: PlainMessage, change: PlainMessage): PlainMessage {
  const packed = field.typeName === 'google.protobuf.Any'
  const entries = Object.entries(change).map(([key, value]): [string, unknown] => {
    const before = ownValue(base, key)
    const both = packed && isObject(before) && isObject(value)
    return [key, both ? mergedAny(merging, before, value) : value]
  })
  return { ...base, ...Object.fromEntries(entries) }
}

function mergedAny(merging: Merging, base: PlainMessage, change: PlainMessage): PlainMessage {
  const type = typeOfUrl(`${base['@type']}`)
  if (type !== typeOfUrl(`${change['@type']}`)) return base
  return hasOwnJson(type) ? change : { '@type': base['@type'], ...merged(merging, type, base, change) }
}

/** Is it merged member by member? Durations and wrappers are single values. */
function isMessage({ type, typeName }: Field): boolean {
  if (type !== 'message') return false
  return typeName === 'google.protobuf.Any' || typeName === 'google.protobuf.Struct' || !hasOwnJson(typeName)
}
