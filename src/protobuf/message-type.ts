import { WireReader } from './wire-reader.ts'

/** A message's shape, as far as encoding needs it. */
export interface MessageType {
  /** Full name without a leading dot: `envoy.config.cluster.v3.Cluster`. */
  readonly name: string
  readonly byName: ReadonlyMap<string, Field>
  readonly byNumber: ReadonlyMap<number, Field>
  /** The synthetic entry of a map field: key is 1, value is 2. */
  readonly isMapEntry: boolean
}

export interface Field {
  /** As in the .proto file: snake_case. */
  readonly name: string
  readonly number: number
  readonly type: FieldKind
  /** The full name of the message or enum; empty for scalars. */
  readonly typeName: string
  readonly repeated: boolean
  readonly packed: boolean
  /** False where an absent field and its zero value are the same: then zero is not written. */
  readonly hasPresence: boolean
  /** Index of the oneof that the author sees; undefined for none. */
  readonly oneof: number | undefined
}

export type EnumType = {
  readonly name: string
  readonly numbers: ReadonlyMap<string, number>
  readonly names: ReadonlyMap<number, string>
}

// google.protobuf.FieldDescriptorProto.Type, in its own order; 0 is unused.
// biome-ignore format: a table by number reads best in rows
const fieldKinds = [
  '', 'double', 'float', 'int64', 'uint64', 'int32', 'fixed64', 'fixed32', 'bool', 'string', 'group', 'message', 'bytes',
  'uint32', 'enum', 'sfixed32', 'sfixed64', 'sint32', 'sint64',
] as const

export type FieldKind = (typeof fieldKinds)[number]

const label = { repeated: 3 }

/** Reads a serialized DescriptorProto. Nested types are read by whoever looks them up. */
export function parseMessage(name: string, bytes: Uint8Array, isProto3: boolean): MessageType {
  const fields: Field[] = []
  let isMapEntry = false
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field === 2) fields.push(parseField(reader.message(), isProto3))
    else if (field === 7) isMapEntry = readFlag(reader.message(), 7) ?? false
    else reader.skip(wire)
  }
  return {
    name,
    byName: new Map(fields.map(field => [field.name, field])),
    byNumber: new Map(fields.map(field => [field.number, field])),
    isMapEntry,
  }
}

/** Reads a serialized EnumDescriptorProto. The first name of a number is its canonical one. */
export function parseEnum(name: string, bytes: Uint8Array): EnumType {
  const numbers = new Map<string, number>()
  const names = new Map<number, string>()
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field !== 2) {
      reader.skip(wire)
      continue
    }
    let [member, number] = ['', 0]
    for (const value = reader.message(); !value.done; ) {
      const tag = value.tag()
      if (tag.field === 1) member = value.string()
      else if (tag.field === 2) number = value.uint32() | 0
      else value.skip(tag.wire)
    }
    numbers.set(member, number)
    if (!names.has(number)) names.set(number, member)
  }
  return { name, numbers, names }
}

function parseField(reader: WireReader, isProto3: boolean): Field {
  const numbers = new Map<number, number>()
  const texts = new Map<number, string>()
  let packed: boolean | undefined
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 8) packed = readFlag(reader.message(), 2)
    else if (wire === 0) numbers.set(field, reader.uint32())
    else if (wire === 2) texts.set(field, reader.string())
    else reader.skip(wire)
  }
  const type = fieldKinds[numbers.get(5) ?? 0] ?? ''
  const repeated = numbers.get(4) === label.repeated
  const isOptional = numbers.get(17) === 1
  // A proto3 `optional` sits in a oneof of its own that nobody sees.
  const oneof = isOptional ? undefined : numbers.get(9)
  const isScalar = !['string', 'bytes', 'message', 'group'].includes(type)
  return {
    name: texts.get(1) ?? '',
    number: numbers.get(3) ?? 0,
    type,
    typeName: (texts.get(6) ?? '').slice(1),
    repeated,
    packed: repeated && isScalar && (packed ?? isProto3),
    hasPresence: type === 'message' || isOptional || oneof !== undefined || !isProto3,
    oneof,
  }
}

/** A boolean option; undefined where it isn't set. */
function readFlag(options: WireReader, number: number): boolean | undefined {
  let flag: boolean | undefined
  while (!options.done) {
    const { field, wire } = options.tag()
    if (field === number && wire === 0) flag = options.uint32() !== 0
    else options.skip(wire)
  }
  return flag
}
