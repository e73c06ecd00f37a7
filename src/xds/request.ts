import { WireReader } from '../protobuf/wire-reader.ts'
import { grpcStatus, StreamRefused } from './grpc-status.ts'

/** What a client objects to: present in a NACK and nowhere else. */
export interface ErrorDetail {
  readonly code: number
  readonly message: string
}

/** A DiscoveryRequest, state of the world. */
export interface SotwRequest {
  readonly kind: 'sotw'
  readonly node: Uint8Array | undefined
  readonly typeUrl: string
  readonly versionInfo: string
  readonly nonce: string
  readonly error: ErrorDetail | undefined
  readonly names: readonly string[]
}

/** A DeltaDiscoveryRequest. */
export interface DeltaRequest {
  readonly kind: 'delta'
  readonly node: Uint8Array | undefined
  readonly typeUrl: string
  readonly nonce: string
  readonly error: ErrorDetail | undefined
  readonly subscribe: readonly string[]
  readonly unsubscribe: readonly string[]
  /** By resource name: the version that the client already holds. */
  readonly initialVersions: ReadonlyMap<string, string>
}

export type XdsRequest = SotwRequest | DeltaRequest

/**
 * Parses envoy.service.discovery.v3.DiscoveryRequest by hand: four fields don't need the descriptors, and a cap on names
 * has to hold while they are read.
 *
 * @throws WireError where the bytes are no such message, StreamRefused where it names too many resources
 */
export function readSotwRequest(bytes: Uint8Array, maxNames: number): SotwRequest {
  const names: string[] = []
  const request = { kind: 'sotw', ...blank(), versionInfo: '', names } as {
    -readonly [Key in keyof SotwRequest]: SotwRequest[Key]
  }
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field === 1) request.versionInfo = reader.string()
    else if (field === 2) request.node = reader.slice()
    else if (field === 3) addName(names, reader, maxNames)
    else if (field === 4) request.typeUrl = reader.string()
    else if (field === 5) request.nonce = reader.string()
    else if (field === 6) request.error = readStatus(reader.message())
    else reader.skip(wire)
  }
  return request
}

/**
 * Parses envoy.service.discovery.v3.DeltaDiscoveryRequest.
 *
 * @throws WireError where the bytes are no such message, StreamRefused where it names too many resources
 */
export function readDeltaRequest(bytes: Uint8Array, maxNames: number): DeltaRequest {
  const [subscribe, unsubscribe, initialVersions]: [string[], string[], Map<string, string>] = [[], [], new Map()]
  const request = { kind: 'delta', ...blank(), subscribe, unsubscribe, initialVersions } as {
    -readonly [Key in keyof DeltaRequest]: DeltaRequest[Key]
  }
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field === 1) request.node = reader.slice()
    else if (field === 2) request.typeUrl = reader.string()
    else if (field === 3) addName(subscribe, reader, maxNames)
    else if (field === 4) addName(unsubscribe, reader, maxNames)
    else if (field === 5) addVersion(initialVersions, reader.message(), maxNames)
    else if (field === 6) request.nonce = reader.string()
    else if (field === 7) request.error = readStatus(reader.message())
    else reader.skip(wire)
  }
  return request
}

function blank() {
  return { node: undefined, typeUrl: '', nonce: '', error: undefined }
}

function addName(names: string[], reader: WireReader, maxNames: number): void {
  if (names.length >= maxNames) throw tooMany(maxNames)
  names.push(reader.string())
}

function addVersion(versions: Map<string, string>, entry: WireReader, maxNames: number): void {
  if (versions.size >= maxNames) throw tooMany(maxNames)
  let [name, version] = ['', '']
  while (!entry.done) {
    const { field, wire } = entry.tag()
    if (field === 1) name = entry.string()
    else if (field === 2) version = entry.string()
    else entry.skip(wire)
  }
  versions.set(name, version)
}

/** The refusal of a client that names more than it may. */
export function tooMany(maxNames: number): StreamRefused {
  return new StreamRefused(grpcStatus.resourceExhausted, `more than ${maxNames} resources are named`)
}

/** google.rpc.Status. */
function readStatus(reader: WireReader): ErrorDetail {
  let [code, message] = [0, '']
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1 && wire === 0) code = reader.uint32() | 0
    else if (field === 2) message = reader.string()
    else reader.skip(wire)
  }
  return { code, message }
}
