/** Servers of bytes, in plain text, in TLS and behind an HTTP proxy; each answers with its name and what it was told. */
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect as connectPlain, createServer, type Server, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  connect as connectSecure,
  createServer as createSecureServer,
  type TLSSocket,
} from 'node:tls'
import { ownAddress } from '../support/free-ports.ts'

export interface Listening extends AsyncDisposable {
  readonly port: number
}

/** Answers `name text`. */
export function byteServer(name: string): Promise<Listening> {
  return listening(createServer(socket => answering(socket, text => `${name} ${text}`)))
}

/** Answers `name servername text`, within TLS. */
export function secureByteServer(
  name: string,
  keys: { readonly cert: string; readonly key: string },
): Promise<Listening> {
  return listening(
    createSecureServer(keys, socket =>
      answering(socket, text => `${name} ${(socket as TLSSocket & { servername: string }).servername} ${text}`),
    ),
  )
}

/** An HTTP proxy that answers for whomever a tunnel is opened to: `CONNECT host:port text`. */
export function tunnelServer(): Promise<Listening> {
  const server = createHttpServer()
  server.on('connect', ({ url }, socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    answering(socket, text => `CONNECT ${url} ${text}`)
  })
  return listening(server)
}

function answering(socket: Socket, answer: (text: string) => string): void {
  socket.on('error', () => {})
  socket.once('data', data => socket.end(answer(data.toString())))
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket))
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close }
}

/** What comes back for a text from a proxy, by default of the scene; undefined where the connection ends without a word. */
export function say(
  port: number,
  text: string,
  tls?: Pick<ConnectionOptions, 'servername' | 'ca' | 'ALPNProtocols' | 'checkServerIdentity'>,
  host = ownAddress,
): Promise<string | undefined> {
  return new Promise(resolve => {
    const where = { host, port }
    const socket = tls === undefined ? connectPlain(where) : connectSecure({ ...where, ...tls })
    let heard = ''
    socket.setTimeout(10_000, () => socket.destroy())
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write(text))
    socket.on('data', data => (heard += data.toString()))
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard === '' ? undefined : heard))
  })
}
