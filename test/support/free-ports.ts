/**
 * Ports for tests, which run as many processes at once. Each process takes them from a block that is its own, below those that
 * the system gives to outgoing connections (32768 on), and beside those that a mesh on one address counts up from (21000): what
 * was free a moment ago is free still. Two Envoys with one port would not even notice, for both bind it with SO_REUSEPORT, and
 * either gets some of the other one's connections.
 */
import { createServer } from 'node:net'

/**
 * A loopback address of this process alone. Elsewhere than on Linux there is but one.
 */
export const ownAddress =
  process.platform === 'linux' ? `127.93.${1 + ((process.pid >> 8) % 250)}.${1 + (process.pid % 250)}` : '127.0.0.1'

const firstPort = 22_000
const blockSize = 100
const blocks = 60

/** What is left of this process's blocks. */
let own: readonly number[] = []

/** A port that is free, and that no other test is given. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (;;) {
    const [port, ...rest] = own
    own = port === undefined ? await ownBlock() : rest
    if (port !== undefined && (await isFree(port, address))) return port
  }
}

/** So many of them. */
export async function freePorts(count: number, address = '127.0.0.1'): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) found.push(await freePort(address))
  return found
}

/** The ports of a block whose first one this process holds as long as it lives, which tells others that it is taken. */
async function ownBlock(): Promise<readonly number[]> {
  const offset = process.pid % blocks
  for (let index = 0; index < blocks; index += 1) {
    const first = firstPort + blockSize * ((offset + index) % blocks)
    if (await isHeld(first)) return Array.from({ length: blockSize - 1 }, (_, more) => first + 1 + more)
  }
  throw new Error('no ports are left for tests')
}

function isHeld(port: number): Promise<boolean> {
  const server = createServer().unref()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
}

function isFree(port: number, address: string): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, address, () => server.close(() => resolve(true)))
  })
}
