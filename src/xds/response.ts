/** Responses: what differs, as bytes that every stream in the same state shares. */
import { WireWriter } from '../protobuf/wire-writer.ts'
import { memo } from '../util/memo.ts'
import { contentVersion } from './encode-resource.ts'
import { frameHeader, frameHeaderBytes } from './grpc-frame.ts'
import type { Held, HeldResource } from './held.ts'
import type { ResourceType } from './resource-types.ts'
import { type EncodedResource, typeUrl } from './snapshot.ts'
import { noNames } from './target.ts'

export type Protocol = 'sotw' | 'delta'

export interface Response {
  /** The gRPC frame up to the nonce, which alone differs from stream to stream. */
  readonly frame: Buffer
  /** What the client holds once it has taken this. */
  readonly held: Held
  /** Hash over the whole set, whatever part of it is in this response. */
  readonly version: string
  readonly changed: readonly EncodedResource[]
  readonly removed: readonly string[]
  /** Of what changed: names that the client did not hold before. */
  readonly added: ReadonlySet<string>
  /** Endpoints to send again after these clusters, because Envoy warms a changed cluster and may never ask (C4.1). */
  readonly endpoints: ReadonlySet<string>
}

/** A nonce has a fixed length, so that the length in the frame's header does not depend on it. */
export const nonceLength = 8

export function nonceOf(count: number): string {
  return count.toString(36).padStart(nonceLength, '0')
}

/** The end of a response's frame: field 5 in both protocols. */
export function nonceTail(nonce: string): Buffer {
  return Buffer.from(`\x2a${String.fromCharCode(nonceLength)}${nonce}`, 'latin1')
}

const tailBytes = 2 + nonceLength

/** The response that takes a client from what it holds to what it should hold; undefined where there is nothing to say. */
export function respond(
  protocol: Protocol,
  type: ResourceType,
  states: { readonly held: Held; readonly next: Held; readonly isOwed: boolean },
): Response | undefined {
  const { held, next, isOwed } = states
  if (held === next && !isOwed) return undefined
  return (isOwed ? owed : due)[protocol](type, held, next)
}

const due = {
  sotw: memo((type: ResourceType, held: Held, next: Held) => sotw({ type, held, next, isOwed: false })),
  delta: memo((type: ResourceType, held: Held, next: Held) => delta({ type, held, next, isOwed: false })),
}
const owed = {
  sotw: memo((type: ResourceType, held: Held, next: Held) => sotw({ type, held, next, isOwed: true })),
  delta: memo((type: ResourceType, held: Held, next: Held) => delta({ type, held, next, isOwed: true })),
}

interface Inputs {
  readonly type: ResourceType
  readonly held: Held
  readonly next: Held
  readonly isOwed: boolean
}

interface Difference {
  readonly changed: readonly EncodedResource[]
  readonly removed: readonly string[]
}

function sotw(inputs: Inputs): Response | undefined {
  const { type, next } = inputs
  const { changed, removed } = difference(inputs)
  const isNews = changed.length > 0 || (type.isAuthoritative && removed.length > 0)
  if (!isNews && !inputs.isOwed) return undefined
  // A whole set says by absence what is gone; of the others a part is enough.
  const resources = type.isAuthoritative ? [...next.values()].filter(hasBody) : changed
  return response(inputs, { changed, removed }, writer => {
    for (const { body } of resources) {
      writer.uint32(0x12)
      writer.bytes(body)
    }
  })
}

function delta(inputs: Inputs): Response | undefined {
  const { changed, removed } = difference(inputs)
  if (changed.length === 0 && removed.length === 0 && !inputs.isOwed) return undefined
  return response(inputs, { changed, removed }, writer => {
    for (const resource of changed) writeResource(writer, resource)
    for (const name of removed) {
      writer.uint32(0x32)
      writer.string(name)
    }
  })
}

/** envoy.service.discovery.v3.Resource as field 2 of a delta response. */
function writeResource(writer: WireWriter, { name, version, body }: EncodedResource): void {
  writer.uint32(0x12)
  const mark = writer.begin()
  writer.uint32(0x1a)
  writer.string(name)
  writer.uint32(0x0a)
  writer.string(version)
  writer.uint32(0x12)
  writer.bytes(body)
  writer.end(mark)
}

function difference({ held, next }: Inputs): Difference {
  const changed: EncodedResource[] = []
  const removed: string[] = []
  for (const [name, resource] of next) {
    if (held.get(name)?.version === resource.version) continue
    if (hasBody(resource)) changed.push(resource)
    else removed.push(name)
  }
  for (const name of held.keys()) if (!next.has(name)) removed.push(name)
  return { changed, removed }
}

function hasBody(resource: HeldResource): resource is EncodedResource {
  return resource.body !== undefined
}

/** Every response is written into this one buffer and then copied out: what is sent often is made once. */
const writer = new WireWriter(1 << 16)

function response(
  { type, held, next }: Inputs,
  { changed, removed }: Difference,
  write: (writer: WireWriter) => void,
): Response {
  const version = setVersion(next)
  writer.reset()
  writer.uint32(0x0a)
  writer.string(version)
  writer.uint32(0x22)
  writer.string(type.typeUrl)
  write(writer)
  const frame = writer.finish(frameHeaderBytes)
  frameHeader(frame.length - frameHeaderBytes + tailBytes).copy(frame)
  const added = changed.flatMap(({ name }) => (held.has(name) ? [] : [name]))
  const endpoints =
    type.typeUrl === typeUrl.cluster ? changed.flatMap(({ needs }) => needs[typeUrl.endpoint] ?? []) : []
  return {
    frame,
    held: next,
    version,
    changed,
    removed,
    added: added.length === 0 ? noNames : new Set(added),
    endpoints: endpoints.length === 0 ? noNames : new Set(endpoints),
  }
}

/** A type's version: equal sets have equal ones on every replica. */
export const setVersion = memo((held: Held): string => {
  const lines: string[] = []
  for (const [name, { version }] of held) lines.push(`${name}\0${version}`)
  return contentVersion(lines.sort().join('\n'))
})
