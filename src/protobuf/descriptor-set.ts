import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type EnumType, type MessageType, parseEnum, parseMessage } from './message-type.ts'
import { WireReader } from './wire-reader.ts'

/** Looks types up by full name without a leading dot. Each is parsed when it is first asked for, and kept. */
export interface DescriptorSet {
  /** @throws Error where no message has this name */
  message(name: string): MessageType
  /** @throws Error where no enum has this name */
  enum(name: string): EnumType
  hasMessage(name: string): boolean
  /** Names of all messages that stand in no other. */
  messageNames(): readonly string[]
}

interface Raw {
  readonly kind: 'message' | 'enum'
  readonly bytes: Uint8Array
  readonly isProto3: boolean
}

/** The committed set: everything that the pinned Envoy was built from. */
export function readDescriptorSet(): DescriptorSet {
  // From the sources it is two folders up, from the bundle one.
  const places = ['../..', '..'].map(up => join(import.meta.dirname, up, 'schemas/envoy/descriptors.binpb.gz'))
  return descriptorSet(gunzipSync(readFileSync(places.find(existsSync) ?? places[0]!)))
}

let loaded: DescriptorSet | undefined

/** The committed set, read once and then shared. */
export function loadDescriptorSet(): DescriptorSet {
  loaded ??= readDescriptorSet()
  return loaded
}

/**
 * A descriptor set over a serialized google.protobuf.FileDescriptorSet.
 *
 * Only the names of top-level types are read at once: a whole parse of 523 files takes longer than most commands run.
 */
export function descriptorSet(bytes: Uint8Array): DescriptorSet {
  const raws = new Map<string, Raw>()
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field === 1) indexFile(reader.message(), raws)
    else reader.skip(wire)
  }
  const find = (name: string): Raw | undefined => raws.get(name) ?? findNested(name, raws)
  const messages = new Map<string, MessageType>()
  const enums = new Map<string, EnumType>()
  return {
    hasMessage: name => find(name)?.kind === 'message',
    messageNames: () => [...raws].flatMap(([name, { kind }]) => (kind === 'message' ? name : [])),
    message: name =>
      cached(messages, name, () => {
        const raw = find(name)
        if (raw?.kind !== 'message') throw new Error(`there is no protobuf message ${name}`)
        return parseMessage(name, raw.bytes, raw.isProto3)
      }),
    enum: name =>
      cached(enums, name, () => {
        const raw = find(name)
        if (raw?.kind !== 'enum') throw new Error(`there is no protobuf enum ${name}`)
        return parseEnum(name, raw.bytes)
      }),
  }
}

function indexFile(reader: WireReader, raws: Map<string, Raw>): void {
  let [prefix, isProto3] = ['', false]
  const found: (Omit<Raw, 'isProto3'> & { readonly name: string })[] = []
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 2) prefix = `${reader.string()}.`
    else if (field === 4) found.push({ kind: 'message', ...named(reader) })
    else if (field === 5) found.push({ kind: 'enum', ...named(reader) })
    else if (field === 12) isProto3 = reader.string() === 'proto3'
    else reader.skip(wire)
  }
  for (const { name, kind, bytes } of found) raws.set(prefix + name, { kind, bytes, isProto3 })
}

/** The outermost known type of `a.b.Outer.Inner` brings its nested ones into the index. */
function findNested(name: string, raws: Map<string, Raw>): Raw | undefined {
  const dot = name.lastIndexOf('.')
  if (dot < 0) return undefined
  const outer = name.slice(0, dot)
  const parent = raws.get(outer) ?? findNested(outer, raws)
  if (parent?.kind !== 'message') return undefined
  for (const reader = new WireReader(parent.bytes); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field !== 3 && field !== 4) {
      reader.skip(wire)
      continue
    }
    const inner = named(reader)
    raws.set(`${outer}.${inner.name}`, {
      kind: field === 3 ? 'message' : 'enum',
      bytes: inner.bytes,
      isProto3: parent.isProto3,
    })
  }
  return raws.get(name)
}

/** The descriptor at the cursor and its name, which is field 1 of messages and enums alike. */
function named(reader: WireReader): { readonly name: string; readonly bytes: Uint8Array } {
  const bytes = reader.slice()
  const inner = new WireReader(bytes)
  inner.tag()
  return { name: inner.string(), bytes }
}

function cached<Value>(known: Map<string, Value>, name: string, make: () => Value): Value {
  const value = known.get(name) ?? make()
  known.set(name, value)
  return value
}
