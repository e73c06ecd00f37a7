/** Servers with certificates, in plain text and with a PROXY header, that say how they were connected to. */
import { createSecureServer } from 'node:http2'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** How a server was connected to. */
export interface SeenConnection {
  readonly sni: string | null
  readonly alpn: string | null
  /** Names in the client's certificate; null without one. */
  readonly client: string | null
}

export interface ServerKeys {
  readonly cert: string
  readonly key: string
  /** By which clients' certificates are judged. */
  readonly ca: string
}

export interface Listening extends AsyncDisposable {
  readonly port: number
}

/** HTTPS, version 1.1 and 2; answers with a `SeenConnection`. */
export async function secureServer(keys: ServerKeys, address?: string): Promise<Listening> {
  const options = { ...keys, requestCert: true, rejectUnauthorized: false, allowHTTP1: true }
  const server = createSecureServer(options, (request, response) => {
    const socket = ('stream' in request && request.stream?.session?.socket) || request.socket
    const { servername, alpnProtocol, authorized } = socket as TLSSocket & { servername?: string }
    const client = authorized ? ((socket as TLSSocket).getPeerCertificate().subjectaltname ?? '') : null
    const told: SeenConnection = { sni: servername || null, alpn: alpnProtocol || null, client }
    response.end(JSON.stringify(told))
  })
  server.on('sessionError', () => {})
  return listening(server as unknown as Server, address)
}

/** Answers HTTP/1.1 with the line, or the bytes in hex, that a connection begins with before its request. */
export function introducedServer(): Promise<Listening> {
  return listening(
    createServer(socket => {
      socket.on('error', () => {})
      let read = Buffer.alloc(0)
      socket.on('data', chunk => {
        read = Buffer.concat([read, chunk])
        const begin = read.indexOf('GET ')
        if (begin < 0) return
        const before = read.subarray(0, begin)
        const told = before.includes('PROXY TCP4') ? before.toString().trim() : before.toString('hex')
        socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${told.length}\r\nconnection: close\r\n\r\n${told}`)
      })
    }),
  )
}

async function listening(server: Server, address = '127.0.0.1'): Promise<Listening> {
  await new Promise<void>(done => server.listen(0, address, done))
  return {
    port: (server.address() as AddressInfo).port,
    // Connections that proxies keep are theirs to end.
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}
