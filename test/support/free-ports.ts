import { type AddressInfo, createServer, type Server } from 'node:net'

/**
 * A loopback address of this process alone: ports of 127.0.0.1 that were free a moment ago may be taken by any connection that
 * somebody makes there meanwhile. Elsewhere than on Linux there is but one.
 */
export const ownAddress =
  process.platform === 'linux' ? `127.93.${1 + ((process.pid >> 8) % 250)}.${1 + (process.pid % 250)}` : '127.0.0.1'

/** So many ports that were all free at once a moment ago. */
export async function freePorts(count: number, address = '127.0.0.1'): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server: Server = createServer()
      await new Promise<void>(done => server.listen(0, address, done))
      return server
    }),
  )
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => new Promise(done => server.close(done))))
  return ports
}
