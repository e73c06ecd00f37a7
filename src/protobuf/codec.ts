/**
 * Between the JSON form of Envoy's messages, as its documentation writes them, and protobuf's wire format.
 *
 * Owns the committed descriptor set, the mapping of proto3 to JSON and deterministic bytes. Knows nothing of the mesh,
 * of xDS or of what a message means. JSON members have the names of the .proto files (snake_case); wrappers are bare
 * values, a Duration is "2s", an Any is its fields with "@type", bytes are base64, 64-bit numbers may be strings.
 */
import { CodecError, within } from './codec-error.ts'
import { decodeMessage } from './decode.ts'
import { type DescriptorSet, loadDescriptorSet } from './descriptor-set.ts'
import { compileWriters } from './encode.ts'
import { WireWriter } from './wire-writer.ts'

export interface Codec {
  /**
   * Serializes a message; equal JSON makes equal bytes, whatever the order of its members.
   *
   * @throws CodecError naming type, path and field where the value does not fit: a bug of whoever made it
   */
  encode(typeName: string, json: unknown): Uint8Array
  /** Serializes `{"@type": …, …fields}` as a google.protobuf.Any. */
  encodeAny(json: unknown): Uint8Array
  /**
   * Parses a message into its JSON form.
   *
   * @throws WireError where the bytes are no such message
   */
  decode(typeName: string, bytes: Uint8Array): unknown
}

let loaded: Codec | undefined

/** The codec over the committed descriptors: read once, some 10 ms, and then shared. */
export function loadCodec(): Codec {
  loaded ??= createCodec(loadDescriptorSet())
  return loaded
}

export function createCodec(set: DescriptorSet): Codec {
  const bodyOf = compileWriters(set)
  const writer = new WireWriter(1 << 16)
  const encode = (typeName: string, json: unknown): Uint8Array => {
    writer.reset()
    try {
      bodyOf(typeName)(writer, json)
    } catch (error) {
      throw error instanceof CodecError ? within(error, '', typeName) : error
    }
    return writer.finish()
  }
  return {
    encode,
    encodeAny: json => encode('google.protobuf.Any', json),
    decode: (typeName, bytes) => decodeMessage(set, typeName, bytes),
  }
}
