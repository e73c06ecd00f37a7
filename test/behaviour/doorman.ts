/** Answers Envoy's ext_authz over gRPC: refuses whom it is told of the header `x-refuse`. */
import { createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'

export interface Doorman extends AsyncDisposable {
  readonly port: number
}

// CheckResponse with `status`, a google.rpc.Status with `code`: 0, or PERMISSION_DENIED.
const consent = [0x0a, 0]
const refusal = [0x0a, 2, 0x08, 7]

export async function startDoorman(): Promise<Doorman> {
  const server = createServer()
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', session => sessions.add(session))
  server.on('stream', stream => {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('error', () => {})
    stream.on('end', () => {
      const answer = Buffer.concat(parts).includes('x-refuse') ? refusal : consent
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.from([0, 0, 0, 0, answer.length, ...answer]))
    })
  })
  await listening(server)
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy()
      await new Promise(done => server.close(done))
    },
  }
}

function listening(server: Http2Server): Promise<void> {
  return new Promise(done => server.listen(0, '127.0.0.1', done))
}
