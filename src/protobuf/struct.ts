import { WireError, type WireReader, wireType } from './wire-reader.ts'

/** Deeper nesting is refused, since what is read comes from peers: protobuf's own default limit. */
const deepest = 100

/** Reads a google.protobuf.Struct into plain JSON. Needs no descriptors. */
export function readStruct(reader: WireReader, depth = 0): { [name: string]: unknown } {
  if (depth > deepest) throw new WireError('a Struct is nested too deeply')
  // Names come from a peer, and `__proto__` is one.
  const entries: [string, unknown][] = []
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field !== 1) {
      reader.skip(wire)
      continue
    }
    let [name, value]: [string, unknown] = ['', null]
    for (const entry = reader.message(); !entry.done; ) {
      const tag = entry.tag()
      if (tag.field === 1) name = entry.string()
      else if (tag.field === 2) value = readValue(entry.message(), depth + 1)
      else entry.skip(tag.wire)
    }
    entries.push([name, value])
  }
  return Object.fromEntries(entries)
}

/** Reads a google.protobuf.Value. */
export function readValue(reader: WireReader, depth = 0): unknown {
  let value: unknown = null
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 2 && wire === wireType.fixed64) value = reader.fixed(8).getFloat64(0, true)
    else if (field === 3) value = reader.string()
    else if (field === 4 && wire === wireType.varint) value = reader.uint32() !== 0
    else if (field === 5) value = readStruct(reader.message(), depth + 1)
    else if (field === 6) value = readListValue(reader.message(), depth + 1)
    else reader.skip(wire)
  }
  return value
}

/** Reads a google.protobuf.ListValue. */
export function readListValue(reader: WireReader, depth = 0): unknown[] {
  if (depth > deepest) throw new WireError('a list is nested too deeply')
  const list: unknown[] = []
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) list.push(readValue(reader.message(), depth + 1))
    else reader.skip(wire)
  }
  return list
}
