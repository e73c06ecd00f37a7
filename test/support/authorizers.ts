/** Services that proxies ask or tell: those that decide who comes in let in whoever says `good`. */
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'

export interface TestAuthorizer extends AsyncDisposable {
  readonly port: number
  /** What it was asked so far, as text. */
  readonly asked: readonly string[]
}

/** Consents with `x-user`, for the application; refuses with `x-why` and a text, for the client. */
export async function httpAuthorizer(): Promise<TestAuthorizer> {
  const asked: string[] = []
  const server = createServer((request: IncomingMessage, response) => {
    asked.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`)
    if (request.headers['x-token'] === 'good') response.writeHead(200, { 'x-user': 'ann' }).end()
    else response.writeHead(401, { 'x-why': 'no token' }).end('who are you?')
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, asked, [Symbol.asyncDispose]: close }
}

/** Of a connection it knows no token: there, whoever calls it by a host that begins with `open` may. */
export function grpcAuthorizer(): Promise<TestAuthorizer> {
  return grpcServer((text, host) => {
    const mayPass = text.includes('good') || host.startsWith('open')
    // CheckResponse with a google.rpc.Status: OK is the empty one, PERMISSION_DENIED is 7.
    return mayPass ? [0x0a, 0x00] : [0x0a, 0x02, 0x08, 0x07]
  })
}

/** Takes spans by gRPC, and keeps what it is told. */
export function grpcCollector(): Promise<TestAuthorizer> {
  return grpcServer(() => [])
}

/** Takes spans by HTTP, and keeps what it is told. */
export async function httpCollector(): Promise<TestAuthorizer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('latin1').on('data', (text: string) => (body += text))
    request.on('end', () => {
      asked.push(`${request.url} ${body}`)
      response.writeHead(202).end()
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, asked, [Symbol.asyncDispose]: close }
}

/** Takes streams by gRPC that never end, and keeps what it is told as it comes. */
export function grpcListener(): Promise<TestAuthorizer> {
  return grpcServer(undefined)
}

/** Answers each call with one message, whose bytes are less than 128; without an answer it only listens. */
async function grpcServer(answer?: (text: string, host: string) => readonly number[]): Promise<TestAuthorizer> {
  const asked: string[] = []
  const server = createHttp2Server()
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', session => sessions.add(session))
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    if (answer === undefined) return void stream.on('data', (chunk: Buffer) => asked.push(chunk.toString('latin1')))
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      asked.push(text)
      const message = answer(text, headers[':authority'] ?? '')
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.from([0, 0, 0, 0, message.length, ...message]))
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    for (const session of sessions) session.destroy()
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, asked, [Symbol.asyncDispose]: close }
}
