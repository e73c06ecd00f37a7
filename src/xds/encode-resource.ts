import { hash } from 'node:crypto'
import type { Codec } from '../protobuf/codec.ts'
import type { EncodedResource } from './snapshot.ts'

/** A resource that is about to become bytes. */
export interface UnencodedResource {
  readonly typeUrl: string
  readonly name: string
  /** In Envoy's JSON form, without `@type`. */
  readonly value: object
  readonly needs?: EncodedResource['needs']
  readonly from?: readonly string[]
}

/**
 * Encodes one resource and derives its version from its bytes.
 *
 * @throws CodecError where the value does not fit its type
 */
export function encodeResource(
  codec: Codec,
  { typeUrl, name, value, needs = {}, from = [] }: UnencodedResource,
): EncodedResource {
  return encodedResource(name, codec.encodeAny({ '@type': typeUrl, ...value }), { needs, from })
}

/** A resource from its serialized google.protobuf.Any. */
export function encodedResource(
  name: string,
  body: Uint8Array,
  { needs, from }: Pick<EncodedResource, 'needs' | 'from'>,
): EncodedResource {
  return { name, version: contentVersion(body), body, needs, from }
}

/** 64 bits of SHA-256: enough to tell a proxy's thousands of resources apart, short in logs and in every request. */
export function contentVersion(content: Uint8Array | string): string {
  return hash('sha256', content, 'hex').slice(0, 16)
}
