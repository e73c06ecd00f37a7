import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { FrameReader, frameHeader } from '../../src/xds/grpc-frame.ts'

/** A service with one method: how each message of a call is answered, in JSON. */
export interface GrpcMethod {
  readonly request: string
  readonly response: string
  readonly answer: (message: { readonly [field: string]: unknown }) => object
}

/** Answers each message of each call by the method at its path. */
export async function grpcServer(
  methods: Readonly<{ [path: string]: GrpcMethod }>,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const codec = loadCodec()
  const server = createServer()
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', session => sessions.add(session))
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const method = methods[`${headers[':path']}`]!
    const frames = new FrameReader(1 << 20)
    stream.on('error', () => {})
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) {
        const message = codec.decode(method.request, frame) as { readonly [field: string]: unknown }
        const bytes = codec.encode(method.response, method.answer(message))
        stream.write(Buffer.concat([frameHeader(bytes.length), bytes]))
      }
    })
    stream.on('end', () => stream.end())
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    for (const session of sessions) session.destroy()
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close }
}
