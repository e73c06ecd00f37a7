/** Senders of datagrams, and servers that answer them. */
import { createSocket, type Socket } from 'node:dgram'

/** Answers `name text`. */
export async function datagramServer(
  name: string,
  address = '127.0.0.1',
): Promise<{ readonly port: number; readonly socket: Socket }> {
  const socket = createSocket('udp4')
  socket.on('message', (text, { port, address }) => socket.send(`${name} ${text}`, port, address))
  await new Promise<void>(done => socket.bind(0, address, done))
  return { port: socket.address().port, socket }
}

/** One that sends from a port of its own. */
export class Sender implements Disposable {
  readonly #socket = createSocket('udp4')

  /** What comes back; undefined where nothing does. */
  ask(port: number, waitMs = 10_000): Promise<string | undefined> {
    return new Promise(done => {
      const timer = setTimeout(() => heard(undefined), waitMs)
      const heard = (text: Buffer | undefined) => {
        clearTimeout(timer)
        this.#socket.off('message', heard)
        done(text?.toString())
      }
      this.#socket.on('message', heard)
      this.#socket.send('hi', port, '127.0.0.1')
    })
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}

/** Who answers so many senders, each once: by name, how many. */
export async function answers(port: number, count: number, waitMs?: number): Promise<{ [name: string]: number }> {
  const heard = Array.from({ length: count }, async () => {
    using sender = new Sender()
    return (await sender.ask(port, waitMs))?.replace(' hi', '') ?? 'nobody'
  })
  const groups = Map.groupBy(await Promise.all(heard), name => name)
  return Object.fromEntries([...groups].map(([name, all]) => [name, all.length]))
}
