import { ownValue } from '../util/own-value.ts'
import { CodecError, shown, within } from './codec-error.ts'
import { type Moment, parseDuration, parseTimestamp } from './durations.ts'
import type { BodyOf, WriteBody } from './encode.ts'
import { scalars } from './scalars.ts'
import { wireType } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

/** Scalar type of each wrapper's field `value = 1`. */
export const wrappers: Readonly<{ [name: string]: string }> = {
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.BytesValue': 'bytes',
  'google.protobuf.DoubleValue': 'double',
  'google.protobuf.FloatValue': 'float',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.UInt32Value': 'uint32',
  'google.protobuf.UInt64Value': 'uint64',
}

const own: Readonly<{ [name: string]: (bodyOf: BodyOf) => WriteBody }> = {
  'google.protobuf.Any': bodyOf => (writer, json) => writeAny(writer, json, bodyOf),
  'google.protobuf.Duration': () => (writer, json) => writeMoment(writer, parseDuration(json)),
  'google.protobuf.Timestamp': () => (writer, json) => writeMoment(writer, parseTimestamp(json)),
  'google.protobuf.FieldMask': () => writeFieldMask,
  'google.protobuf.Struct': () => writeStruct,
  'google.protobuf.Value': () => writeValue,
  'google.protobuf.ListValue': () => writeListValue,
}

/** Types whose JSON form is a value and no object with their fields: inside an Any they stand in a member `value`. */
export function hasOwnJson(name: string): boolean {
  return Object.hasOwn(own, name) || Object.hasOwn(wrappers, name)
}

/** The full name of a message, of the URL that stands in an Any. */
export function typeOfUrl(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

/** The writer of a type with a JSON form of its own; undefined for all others. */
export function writeWellKnown(name: string, bodyOf: BodyOf): WriteBody | undefined {
  const kind = ownValue(wrappers, name)
  if (kind === undefined) return ownValue(own, name)?.(bodyOf)
  const scalar = scalars[kind]!
  return (writer, json) => {
    const value = scalar.parse(json)
    if (scalar.isZero(value)) return
    writer.uint32((1 << 3) | scalar.wire)
    scalar.write(writer, value)
  }
}

/** `{"@type": URL, …fields}`, or `{"@type": URL, "value": …}` for types with a JSON form of their own. */
function writeAny(writer: WireWriter, json: unknown, bodyOf: BodyOf): void {
  const url = typeof json === 'object' && json !== null ? (json as { readonly '@type'?: unknown })['@type'] : undefined
  if (typeof url !== 'string') throw new CodecError(`expected an object with "@type", got ${shown(json)}`)
  const type = typeOfUrl(url)
  writer.uint32((1 << 3) | wireType.bytes)
  writer.string(url)
  writer.uint32((2 << 3) | wireType.bytes)
  const mark = writer.begin()
  try {
    bodyOf(type)(writer, hasOwnJson(type) ? (json as { readonly value?: unknown }).value : json)
  } catch (error) {
    throw within(error, `(${type})`)
  }
  writer.end(mark)
}

function writeMoment(writer: WireWriter, { seconds, nanos }: Moment): void {
  if (seconds !== 0n) {
    writer.uint32(1 << 3)
    writer.uint64(BigInt.asUintN(64, seconds))
  }
  if (nanos !== 0) {
    writer.uint32(2 << 3)
    writer.int32(nanos)
  }
}

/** `"a.bC,d"`: paths in camelCase in JSON, in snake_case on the wire. */
function writeFieldMask(writer: WireWriter, json: unknown): void {
  if (typeof json !== 'string') throw new CodecError(`expected paths with commas between, got ${shown(json)}`)
  for (const path of json.split(',').filter(part => part !== '')) {
    writer.uint32((1 << 3) | wireType.bytes)
    writer.string(path.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`))
  }
}

function writeStruct(writer: WireWriter, json: unknown): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new CodecError(`expected an object, got ${shown(json)}`)
  for (const [name, value] of Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined) continue
    writer.uint32((1 << 3) | wireType.bytes)
    const entry = writer.begin()
    writer.uint32((1 << 3) | wireType.bytes)
    writer.string(name)
    writer.uint32((2 << 3) | wireType.bytes)
    const mark = writer.begin()
    try {
      writeValue(writer, value)
    } catch (error) {
      throw within(error, name)
    }
    writer.end(mark)
    writer.end(entry)
  }
}

// Fields of google.protobuf.Value: null 1, number 2, string 3, bool 4, struct 5, list 6.
function writeValue(writer: WireWriter, json: unknown): void {
  if (json === null) writeFlag(writer, 1, false)
  else if (typeof json === 'boolean') writeFlag(writer, 4, json)
  else if (typeof json === 'number') {
    writer.uint32((2 << 3) | wireType.fixed64)
    writer.double(json)
  } else if (typeof json === 'string') {
    writer.uint32((3 << 3) | wireType.bytes)
    writer.string(json)
  } else if (typeof json === 'object') {
    const isList = Array.isArray(json)
    writer.uint32(((isList ? 6 : 5) << 3) | wireType.bytes)
    const mark = writer.begin()
    if (isList) writeListValue(writer, json)
    else writeStruct(writer, json)
    writer.end(mark)
  } else throw new CodecError(`expected a JSON value, got ${shown(json)}`)
}

function writeFlag(writer: WireWriter, field: number, value: boolean): void {
  writer.uint32(field << 3)
  writer.uint32(value ? 1 : 0)
}

function writeListValue(writer: WireWriter, json: unknown): void {
  if (!Array.isArray(json)) throw new CodecError(`expected a list, got ${shown(json)}`)
  json.forEach((value, index) => {
    writer.uint32((1 << 3) | wireType.bytes)
    const mark = writer.begin()
    try {
      writeValue(writer, value)
    } catch (error) {
      throw within(error, `[${index}]`)
    }
    writer.end(mark)
  })
}
