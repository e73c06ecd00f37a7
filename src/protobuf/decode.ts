import { ownValue } from '../util/own-value.ts'
import type { DescriptorSet } from './descriptor-set.ts'
import { formatDuration, formatTimestamp, type Moment } from './durations.ts'
import type { Field, MessageType } from './message-type.ts'
import { scalars } from './scalars.ts'
import { readListValue, readStruct, readValue } from './struct.ts'
import { hasOwnJson, typeOfUrl, wrappers } from './well-known-encode.ts'
import { WireError, WireReader, wireType } from './wire-reader.ts'

type Json = { [name: string]: unknown }

/** Protobuf's own default limit for nesting. */
const deepest = 100

/**
 * Reads a message into its JSON form: absent and zero fields left out, unknown ones skipped.
 *
 * Interpreted, not compiled: what is decoded is for people to read, or small.
 *
 * @throws WireError where the bytes are no such message
 */
export function decodeMessage(set: DescriptorSet, typeName: string, bytes: Uint8Array): unknown {
  return readMessage(set, typeName, new WireReader(bytes), 0)
}

function readMessage(set: DescriptorSet, typeName: string, reader: WireReader, depth: number): unknown {
  if (depth > deepest) throw new WireError(`${typeName} is nested too deeply`)
  if (typeName === 'google.protobuf.Any') return readAny(set, reader, depth)
  const wrapped = ownValue(wrappers, typeName)
  if (wrapped !== undefined) return readWrapper(set, typeName, reader)
  const known = ownValue(readers, typeName)
  if (known !== undefined) return known(reader)
  return readFields(set, set.message(typeName), reader, depth)
}

const readers: Readonly<{ [name: string]: (reader: WireReader) => unknown }> = {
  'google.protobuf.Duration': reader => formatDuration(readMoment(reader)),
  'google.protobuf.Timestamp': reader => formatTimestamp(readMoment(reader)),
  'google.protobuf.FieldMask': readFieldMask,
  'google.protobuf.Struct': reader => readStruct(reader),
  'google.protobuf.Value': reader => readValue(reader),
  'google.protobuf.ListValue': reader => readListValue(reader),
}

function readFields(set: DescriptorSet, type: MessageType, reader: WireReader, depth: number): Json {
  const json: Json = {}
  while (!reader.done) {
    const { field: number, wire } = reader.tag()
    const field = type.byNumber.get(number)
    if (field === undefined) reader.skip(wire)
    else if (field.repeated) readRepeated(set, field, { json, reader, wire, depth })
    else {
      const value = readOne(set, field, reader, depth)
      if (field.hasPresence || !isZeroJson(value)) json[field.name] = value
    }
  }
  return json
}

interface Into {
  readonly json: Json
  readonly reader: WireReader
  readonly wire: number
  readonly depth: number
}

function readRepeated(set: DescriptorSet, field: Field, { json, reader, wire, depth }: Into): void {
  const entry = field.type === 'message' ? set.message(field.typeName) : undefined
  if (entry?.isMapEntry === true) {
    json[field.name] ??= {}
    const map = json[field.name] as Json
    const { key, value } = readEntry(set, entry, reader.message(), depth)
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
    return
  }
  json[field.name] ??= []
  const list = json[field.name] as unknown[]
  // A packed field may come unpacked and the other way round.
  const isPacked = wire === wireType.bytes && !['message', 'string', 'bytes'].includes(field.type)
  if (!isPacked) list.push(readOne(set, field, reader, depth))
  else for (const packed = reader.message(); !packed.done; ) list.push(readOne(set, field, packed, depth))
}

function readEntry(set: DescriptorSet, entry: MessageType, reader: WireReader, depth: number) {
  const keyField = entry.byNumber.get(1)!
  const valueField = entry.byNumber.get(2)!
  let key: unknown = keyField.type === 'string' ? '' : keyField.type === 'bool' ? false : 0
  let value: unknown
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) key = readOne(set, keyField, reader, depth)
    else if (field === 2) value = readOne(set, valueField, reader, depth)
    else reader.skip(wire)
  }
  value ??=
    valueField.type === 'message' ? readMessage(set, valueField.typeName, new WireReader(new Uint8Array()), depth) : ''
  return { key: String(key), value }
}

function readOne(set: DescriptorSet, field: Field, reader: WireReader, depth: number): unknown {
  if (field.type === 'message') return readMessage(set, field.typeName, reader.message(), depth + 1)
  if (field.type !== 'enum') return scalars[field.type]!.read(reader)
  const number = reader.uint32() | 0
  return set.enum(field.typeName).names.get(number) ?? number
}

function readAny(set: DescriptorSet, reader: WireReader, depth: number): Json {
  let url = ''
  let body = new WireReader(new Uint8Array())
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) url = reader.string()
    else if (field === 2) body = reader.message()
    else reader.skip(wire)
  }
  const type = typeOfUrl(url)
  // A type that this Envoy has not: its bytes are all there is to show.
  if (!hasOwnJson(type) && !set.hasMessage(type))
    return { '@type': url, value: Buffer.from(body.bytes.subarray(body.at, body.end)).toString('base64') }
  const json = readMessage(set, type, body, depth + 1)
  return hasOwnJson(type) ? { '@type': url, value: json } : { '@type': url, ...(json as Json) }
}

function readWrapper(set: DescriptorSet, typeName: string, reader: WireReader): unknown {
  const field = set.message(typeName).byNumber.get(1)!
  let value: unknown
  while (!reader.done) {
    const tag = reader.tag()
    if (tag.field === 1) value = readOne(set, field, reader, 0)
    else reader.skip(tag.wire)
  }
  return value ?? zeroOf(field)
}

function zeroOf(field: Field): unknown {
  if (field.type === 'bool') return false
  if (field.type === 'string' || field.type === 'bytes') return ''
  return field.type.endsWith('64') ? '0' : 0
}

function isZeroJson(value: unknown): boolean {
  return value === '' || value === false || value === '0' || Object.is(value, 0)
}

function readMoment(reader: WireReader): Moment {
  let [seconds, nanos] = [0n, 0]
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) seconds = BigInt.asIntN(64, reader.uint64())
    else if (field === 2) nanos = reader.uint32() | 0
    else reader.skip(wire)
  }
  return { seconds, nanos }
}

function readFieldMask(reader: WireReader): string {
  const paths: string[] = []
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) paths.push(reader.string().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
    else reader.skip(wire)
  }
  return paths.join(',')
}
