import { nearestWord } from '../util/edit-distance.ts'
import { isObject } from '../util/is-object.ts'
import { pointerToken } from '../util/pointer-token.ts'
import { loadCodec } from './codec.ts'
import { CodecError, shown } from './codec-error.ts'
import { type DescriptorSet, loadDescriptorSet } from './descriptor-set.ts'
import { scalarOf } from './encode.ts'
import type { Field, MessageType } from './message-type.ts'
import { hasOwnJson, typeOfUrl } from './well-known-encode.ts'

/** A message in JSON, with the names of the .proto files. */
export interface PlainMessage {
  readonly [field: string]: unknown
}

/** What is wrong with a value that somebody wrote. */
export interface MessageProblem {
  /** JSON pointer from the message to the member at fault. */
  readonly pointer: string
  readonly reason: string
  /** There is no such field, or something that has a name has no settings: it is a message all the same. */
  readonly kind?: 'unknown-field' | 'no-settings'
  /** The name that was most likely meant, in the form in which it is written. */
  readonly meant?: string
}

/** What somebody wrote as a message: in our form as far as it could be read, and what could not. */
export interface ReadMessage {
  readonly message: PlainMessage
  readonly problems: readonly MessageProblem[]
}

/**
 * Reads a message as people write it, with names in snake_case or camelCase (protobuf's JSON mapping takes both), into the
 * form in which all else here has it. Never throws for what was written; reading goes on after a first problem.
 *
 * @param typeName full name of a message that Envoy has
 */
export function readWritten(typeName: string, json: unknown): ReadMessage {
  const problems: MessageProblem[] = []
  const reader: Reader = {
    set: loadDescriptorSet(),
    report: (pointer, reason, more) => problems.push({ pointer, reason, ...more }),
  }
  return { message: readMessage(reader, typeName, json, '') as PlainMessage, problems }
}

interface Reader {
  readonly set: DescriptorSet
  readonly report: (pointer: string, reason: string, more?: Partial<MessageProblem>) => void
}

function readMessage(reader: Reader, typeName: string, json: unknown, pointer: string): unknown {
  if (typeName === 'google.protobuf.Any') return readAny(reader, json, pointer)
  if (hasOwnJson(typeName)) return readOwn(reader, typeName, json, pointer)
  if (!isObject(json)) {
    reader.report(pointer, `expected ${typeName} as an object, got ${shown(json)}`)
    return {}
  }
  return readFields(reader, reader.set.message(typeName), json, pointer)
}

function readFields(reader: Reader, type: MessageType, json: PlainMessage, pointer: string): PlainMessage {
  const message: { [field: string]: unknown } = {}
  const chosen = new Map<number, string>()
  for (const [name, value] of Object.entries(json)) {
    if (name === '@type') continue
    const place = `${pointer}/${pointerToken(name)}`
    const field = fieldOf(type, name)
    if (field === undefined) reportUnknown(reader, place, { type, name })
    else if (value !== null || field.typeName === 'google.protobuf.Value') {
      const other = field.oneof === undefined ? undefined : chosen.get(field.oneof)
      if (other !== undefined) reader.report(place, `${type.name} takes ${other} or ${field.name}, not both`)
      else if (field.name in message) reader.report(place, `${field.name} stands here twice`)
      else message[field.name] = readField(reader, field, value, place)
      if (field.oneof !== undefined) chosen.set(field.oneof, field.name)
    }
  }
  if (isWithoutSettings(type, message)) {
    const reason = `${type.name} has its settings in typed_config alone, and its name says nothing`
    reader.report(pointer, reason, { kind: 'no-settings' })
  }
  return message
}

/** What a name stands for was once looked up by Envoy. */
function isWithoutSettings({ byName }: MessageType, message: PlainMessage): boolean {
  const isNamed = message['name'] !== undefined && byName.get('typed_config')?.typeName === 'google.protobuf.Any'
  return isNamed && message['typed_config'] === undefined && message['config_discovery'] === undefined
}

function reportUnknown(reader: Reader, place: string, { type, name }: { type: MessageType; name: string }): void {
  const names = [...type.byName.keys()]
  const isSnake = name.includes('_') || !/[A-Z]/.test(name)
  const meant = nearestWord(name, isSnake ? names : names.map(camelCase))
  const reason = `${type.name} has no field ${JSON.stringify(name)}`
  reader.report(place, reason, { kind: 'unknown-field', ...(meant === undefined ? {} : { meant }) })
}

/** The name that JSON has for a field. */
function camelCase(name: string): string {
  return name.replace(/_+(.)?/g, (_, letter: string | undefined) => (letter ?? '').toUpperCase())
}

/** By its own name, or by the one that JSON has for it. */
function fieldOf(type: MessageType, name: string): Field | undefined {
  return type.byName.get(name) ?? type.byName.get(name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`))
}

function readField(reader: Reader, field: Field, value: unknown, pointer: string): unknown {
  if (!field.repeated) return readOne(reader, field, value, pointer)
  const entry = mapEntryOf(reader.set, field)
  if (entry !== undefined) return readMap(reader, entry, value, pointer)
  if (Array.isArray(value)) return value.map((item, index) => readOne(reader, field, item, `${pointer}/${index}`))
  reader.report(pointer, `expected a list, got ${shown(value)}`)
  return []
}

/** The entry's type of a field that is a map. */
export function mapEntryOf(set: DescriptorSet, field: Field): MessageType | undefined {
  if (!field.repeated || field.type !== 'message' || !set.hasMessage(field.typeName)) return undefined
  const type = set.message(field.typeName)
  return type.isMapEntry ? type : undefined
}

function readMap(reader: Reader, entry: MessageType, value: unknown, pointer: string): unknown {
  if (!isObject(value)) {
    reader.report(pointer, `expected a map as an object, got ${shown(value)}`)
    return {}
  }
  const field = entry.byNumber.get(2)!
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    readOne(reader, field, item, `${pointer}/${pointerToken(key)}`),
  ])
  return Object.fromEntries(entries)
}

function readOne(reader: Reader, field: Field, value: unknown, pointer: string): unknown {
  if (field.type === 'message') return readMessage(reader, field.typeName, value, pointer)
  try {
    scalarOf(field, reader.set).parse(value)
  } catch (error) {
    report(reader, pointer, error)
  }
  return value
}

function readAny(reader: Reader, json: unknown, pointer: string): unknown {
  const url = isObject(json) ? json['@type'] : undefined
  if (typeof url !== 'string') {
    reader.report(pointer, `expected an object with "@type", got ${shown(json)}`)
    return {}
  }
  const type = typeOfUrl(url)
  if (hasOwnJson(type)) return readOwn(reader, 'google.protobuf.Any', json, pointer)
  if (!reader.set.hasMessage(type)) {
    const near = nearestWord(type, reader.set.messageNames())
    const meant = near === undefined ? {} : { meant: url.slice(0, -type.length) + near }
    reader.report(`${pointer}/@type`, `Envoy has no type ${type}`, meant)
    return {}
  }
  return { '@type': url, ...(readMessage(reader, type, json, pointer) as PlainMessage) }
}

/** Types with a JSON form of their own are read by the encoder, which says what is wrong. */
function readOwn(reader: Reader, typeName: string, json: unknown, pointer: string): unknown {
  try {
    loadCodec().encode(typeName, json)
  } catch (error) {
    report(reader, pointer, error)
  }
  return json
}

function report(reader: Reader, pointer: string, error: unknown): void {
  if (!(error instanceof CodecError)) throw error
  reader.report(pointer, error.reason)
}
