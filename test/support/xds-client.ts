import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { WireReader } from '../../src/protobuf/wire-reader.ts'
import { WireWriter } from '../../src/protobuf/wire-writer.ts'
import { FrameReader, frameHeader } from '../../src/xds/grpc-frame.ts'
import type { XdsTarget } from '../../src/xds/server.ts'

export interface ReceivedResource {
  readonly name: string
  readonly version: string
  /** A serialized google.protobuf.Any. */
  readonly body: Uint8Array
}

/** A DiscoveryResponse or a DeltaDiscoveryResponse. In the first, resources have neither name nor version. */
export interface Received {
  readonly version: string
  readonly typeUrl: string
  readonly nonce: string
  readonly resources: readonly ReceivedResource[]
  readonly removed: readonly string[]
}

export interface Ended {
  readonly status: number | undefined
  readonly message: string
}

export interface SentRequest {
  readonly typeUrl: string
  readonly nodeId?: string
  readonly nonce?: string
  readonly version?: string
  readonly error?: string
  /** SotW's resource_names, delta's resource_names_subscribe. */
  readonly names?: readonly string[]
  readonly unsubscribe?: readonly string[]
  readonly initialVersions?: Readonly<{ [name: string]: string }>
}

/** Where a server is, and whom to believe that it is there: with `tls`, over TLS. */
export type ClientTarget = XdsTarget & { readonly tls?: { readonly ca: string; readonly servername: string } }

/** One ADS stream, for tests and load: requests are put together by hand, responses only cut up. */
export class XdsClient {
  readonly protocol: 'sotw' | 'delta'
  readonly stream: ClientHttp2Stream
  readonly session: ClientHttp2Session
  /** Responses that nobody has taken yet. */
  readonly queue: Received[] = []
  readonly ended: Promise<Ended>
  onResponse: (response: Received) => void = response => this.queue.push(response)
  bytes = 0

  constructor(target: ClientTarget, protocol: 'sotw' | 'delta', headers: { readonly [name: string]: string } = {}) {
    this.protocol = protocol
    this.session = connectTo(target)
    const method = protocol === 'sotw' ? 'StreamAggregatedResources' : 'DeltaAggregatedResources'
    this.stream = this.session.request({
      ':method': 'POST',
      ':path': `/envoy.service.discovery.v3.AggregatedDiscoveryService/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    })
    const frames = new FrameReader(1 << 30)
    this.stream.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      for (const message of frames.push(chunk)) this.onResponse(readResponse(message, protocol))
    })
    this.ended = endOf(this.stream)
  }

  send(request: SentRequest): void {
    this.sendBytes((this.protocol === 'sotw' ? writeSotw : writeDelta)(request))
  }

  sendBytes(message: Uint8Array): void {
    this.stream.write(Buffer.concat([frameHeader(message.length), message]))
  }

  ack(response: Received, names: readonly string[] = []): void {
    const { typeUrl, nonce, version } = response
    this.send({ typeUrl, nonce, ...(this.protocol === 'sotw' ? { version, names } : {}) })
  }

  /** The next response; fails after `ms`. */
  async next(ms = 30_000): Promise<Received> {
    const deadline = performance.now() + ms
    while (this.queue.length === 0) {
      if (performance.now() > deadline) throw new Error(`no response came in ${ms} ms`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    return this.queue.shift()!
  }

  /** Whether nothing comes for a while. */
  async isSilent(ms = 60): Promise<boolean> {
    await new Promise(resolve => setTimeout(resolve, ms))
    return this.queue.length === 0
  }

  close(): void {
    this.stream.close(constants.NGHTTP2_CANCEL)
    this.session.destroy()
  }
}

function connectTo(target: ClientTarget): ClientHttp2Session {
  const session =
    'path' in target
      ? connect('http://localhost', { createConnection: () => connectSocket(target.path) })
      : connect(`${target.tls === undefined ? 'http' : 'https'}://${target.host}:${target.port}`, target.tls ?? {})
  session.on('error', () => {})
  return session
}

function endOf(stream: ClientHttp2Stream): Promise<Ended> {
  return new Promise(resolve => {
    let [status, message]: [number | undefined, string] = [undefined, '']
    const read = (headers: { [name: string]: unknown }) => {
      if (headers['grpc-status'] === undefined) return
      status = Number(headers['grpc-status'])
      message = decodeURIComponent(String(headers['grpc-message'] ?? ''))
    }
    stream.on('response', read)
    stream.on('trailers', read)
    stream.on('error', () => {})
    stream.on('close', () => resolve({ status, message }))
  })
}

function writeNode(writer: WireWriter, field: number, id: string): void {
  writer.uint32((field << 3) | 2)
  const mark = writer.begin()
  writer.uint32(0x0a)
  writer.string(id)
  writer.end(mark)
}

function writeStrings(writer: WireWriter, field: number, texts: readonly (string | undefined)[]): void {
  for (const text of texts) {
    if (text === undefined) continue
    writer.uint32((field << 3) | 2)
    writer.string(text)
  }
}

function writeError(writer: WireWriter, field: number, message: string): void {
  writer.uint32((field << 3) | 2)
  const mark = writer.begin()
  writer.uint32(8)
  writer.uint32(13)
  writeStrings(writer, 2, [message])
  writer.end(mark)
}

function writeSotw({ typeUrl, nodeId, nonce, version, error, names = [] }: SentRequest): Uint8Array {
  const writer = new WireWriter()
  writeStrings(writer, 1, [version])
  if (nodeId !== undefined) writeNode(writer, 2, nodeId)
  writeStrings(writer, 3, names)
  writeStrings(writer, 4, [typeUrl])
  writeStrings(writer, 5, [nonce])
  if (error !== undefined) writeError(writer, 6, error)
  return writer.finish()
}

function writeDelta({
  typeUrl,
  nodeId,
  nonce,
  error,
  names = [],
  unsubscribe = [],
  initialVersions = {},
}: SentRequest): Uint8Array {
  const writer = new WireWriter()
  if (nodeId !== undefined) writeNode(writer, 1, nodeId)
  writeStrings(writer, 2, [typeUrl])
  writeStrings(writer, 3, names)
  writeStrings(writer, 4, unsubscribe)
  for (const [name, version] of Object.entries(initialVersions)) {
    writer.uint32((5 << 3) | 2)
    const mark = writer.begin()
    writeStrings(writer, 1, [name])
    writeStrings(writer, 2, [version])
    writer.end(mark)
  }
  writeStrings(writer, 6, [nonce])
  if (error !== undefined) writeError(writer, 7, error)
  return writer.finish()
}

function readResponse(bytes: Uint8Array, protocol: 'sotw' | 'delta'): Received {
  let [version, typeUrl, nonce] = ['', '', '']
  const [resources, removed]: [ReceivedResource[], string[]] = [[], []]
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field === 1) version = reader.string()
    else if (field === 2)
      resources.push(
        protocol === 'sotw' ? { name: '', version: '', body: reader.slice() } : readDeltaResource(reader.message()),
      )
    else if (field === 4) typeUrl = reader.string()
    else if (field === 5) nonce = reader.string()
    else if (field === 6) removed.push(reader.string())
    else reader.skip(wire)
  }
  return { version, typeUrl, nonce, resources, removed }
}

function readDeltaResource(reader: WireReader): ReceivedResource {
  let [name, version, body] = ['', '', new Uint8Array()]
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) version = reader.string()
    else if (field === 2) body = reader.slice() as Uint8Array<ArrayBuffer>
    else if (field === 3) name = reader.string()
    else reader.skip(wire)
  }
  return { name, version, body }
}
