import { CodecError, shown, within } from './codec-error.ts'
import type { DescriptorSet } from './descriptor-set.ts'
import type { Field, MessageType } from './message-type.ts'
import { type Scalar, scalars } from './scalars.ts'
import { writeWellKnown } from './well-known-encode.ts'
import { wireType } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

/** Writes a message's content, without the length that may go before it. */
export type WriteBody = (writer: WireWriter, json: unknown) => void

/** Finds a message's writer; the same function for the same name. */
export type BodyOf = (typeName: string) => WriteBody

interface FieldWriter {
  readonly field: Field
  readonly write: WriteBody
}

/**
 * Compiles writers, each when it is first needed: one closure for each field, straight from JSON to the wire.
 *
 * Fields are written in order of their numbers and keys of maps sorted, so equal JSON makes equal bytes in whatever
 * order its members stand.
 */
export function compileWriters(set: DescriptorSet): BodyOf {
  const bodies = new Map<string, WriteBody>()
  const bodyOf: BodyOf = name => {
    let body = bodies.get(name)
    if (body === undefined) {
      body = writeWellKnown(name, bodyOf) ?? messageWriter(set.message(name), set, bodyOf)
      bodies.set(name, body)
    }
    return body
  }
  return bodyOf
}

function messageWriter(type: MessageType, set: DescriptorSet, bodyOf: BodyOf): WriteBody {
  const writers = new Map<string, FieldWriter>()
  const writerOf = (name: string): FieldWriter => {
    let writer = writers.get(name)
    if (writer === undefined) {
      const field = type.byName.get(name)
      if (field === undefined) throw new CodecError(`${type.name} has no field ${JSON.stringify(name)}`)
      writer = { field, write: fieldWriter(field, set, bodyOf) }
      writers.set(name, writer)
    }
    return writer
  }
  return (writer, json) => {
    const message = members(json, type.name)
    let last = 0
    let isOrdered = true
    const present: FieldWriter[] = []
    for (const name in message) {
      // Protobuf's JSON takes null for absent everywhere but in google.protobuf.Value.
      if (message[name] === undefined || name === '@type') continue
      const found = writerOf(name)
      if (message[name] === null && found.field.typeName !== 'google.protobuf.Value') continue
      if (found.field.number < last) isOrdered = false
      last = found.field.number
      present.push(found)
    }
    if (!isOrdered) present.sort((a, b) => a.field.number - b.field.number)
    rejectSecondOfOneof(present, type.name)
    for (const { field, write } of present) {
      try {
        write(writer, message[field.name])
      } catch (error) {
        throw within(error, field.name)
      }
    }
  }
}

function rejectSecondOfOneof(present: readonly FieldWriter[], type: string): void {
  let seen = 0
  for (const { field } of present) {
    if (field.oneof === undefined) continue
    const bit = 1 << field.oneof
    const other = (seen & bit) === 0 ? undefined : present.find(({ field: { oneof } }) => oneof === field.oneof)
    if (other !== undefined) throw new CodecError(`${type} takes ${other.field.name} or ${field.name}, not both`)
    seen |= bit
  }
}

/** The members of a JSON object. */
function members(json: unknown, type: string): Readonly<{ [name: string]: unknown }> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as { [name: string]: unknown }
  throw new CodecError(`expected ${type} as an object, got ${shown(json)}`)
}

function fieldWriter(field: Field, set: DescriptorSet, bodyOf: BodyOf): WriteBody {
  if (field.repeated && field.type === 'message' && set.hasMessage(field.typeName)) {
    const entry = set.message(field.typeName)
    if (entry.isMapEntry) return mapWriter(field, { entry, set, bodyOf })
  }
  if (field.type === 'message') {
    const one = submessage(field, bodyOf)
    return field.repeated ? listWriter(field, one) : one
  }
  const scalar = scalarOf(field, set)
  if (field.repeated)
    return field.packed ? packedWriter(field, scalar) : listWriter(field, scalarWriter(field, scalar, true))
  return scalarWriter(field, scalar, field.hasPresence)
}

function submessage(field: Field, bodyOf: BodyOf): WriteBody {
  const tag = tagOf(field, wireType.bytes)
  let body: WriteBody | undefined
  return (writer, json) => {
    // Looked up at the first value and not before: types refer to themselves.
    body ??= bodyOf(field.typeName)
    writer.uint32(tag)
    const mark = writer.begin()
    body(writer, json)
    writer.end(mark)
  }
}

function scalarWriter(field: Field, scalar: Scalar<never>, writesZero: boolean): WriteBody {
  const tag = tagOf(field, scalar.wire)
  return (writer, json) => {
    const value = scalar.parse(json)
    if (!writesZero && scalar.isZero(value)) return
    writer.uint32(tag)
    scalar.write(writer, value)
  }
}

function packedWriter(field: Field, scalar: Scalar<never>): WriteBody {
  const tag = tagOf(field, wireType.bytes)
  const one: WriteBody = (writer, json) => scalar.write(writer, scalar.parse(json))
  return (writer, json) => {
    const list = listOf(json)
    if (list.length === 0) return
    writer.uint32(tag)
    const mark = writer.begin()
    each(list, item => one(writer, item))
    writer.end(mark)
  }
}

function listWriter(_field: Field, one: WriteBody): WriteBody {
  return (writer, json) => each(listOf(json), item => one(writer, item))
}

function listOf(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json
  throw new CodecError(`expected a list, got ${shown(json)}`)
}

function each(list: readonly unknown[], write: (item: unknown) => void): void {
  for (let index = 0; index < list.length; index++) {
    try {
      write(list[index])
    } catch (error) {
      throw within(error, `[${index}]`)
    }
  }
}

interface MapOptions {
  readonly entry: MessageType
  readonly set: DescriptorSet
  readonly bodyOf: BodyOf
}

function mapWriter(field: Field, { entry, set, bodyOf }: MapOptions): WriteBody {
  const tag = tagOf(field, wireType.bytes)
  const keyField = entry.byNumber.get(1)!
  const valueField = entry.byNumber.get(2)!
  const key = scalarWriter(keyField, scalarOf(keyField, set), true)
  const value =
    valueField.type === 'message'
      ? submessage(valueField, bodyOf)
      : scalarWriter(valueField, scalarOf(valueField, set), true)
  return (writer, json) => {
    const map = members(json, 'a map')
    for (const name of Object.keys(map).sort()) {
      if (map[name] === undefined) continue
      writer.uint32(tag)
      const mark = writer.begin()
      try {
        key(writer, keyOf(keyField, name))
        value(writer, map[name])
      } catch (error) {
        throw within(error, `[${JSON.stringify(name)}]`)
      }
      writer.end(mark)
    }
  }
}

/** A map's key as its field takes it: JSON knows only strings as keys. */
function keyOf(field: Field, name: string): unknown {
  if (field.type === 'string') return name
  if (field.type === 'bool') return name === 'true' ? true : name === 'false' ? false : name
  return /64$/.test(field.type) ? name : Number(name)
}

/** The table's entry for a field, or one made for its enum: by name, or by number for members that we don't know. */
export function scalarOf(field: Field, set: DescriptorSet): Scalar<never> {
  if (field.type !== 'enum') return scalars[field.type]!
  const { name, numbers } = set.enum(field.typeName)
  const { int32 } = scalars
  return {
    ...int32!,
    parse: json => {
      const value = typeof json === 'string' ? numbers.get(json) : json
      if (value === undefined) throw new CodecError(`${name} has no member ${shown(json)}`)
      return int32!.parse(value)
    },
  }
}

function tagOf(field: Field, wire: number): number {
  return ((field.number << 3) | wire) >>> 0
}
