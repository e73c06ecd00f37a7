import { createServer, type Server } from 'node:http'

/** What the kubelet asks of the agent: alive from the beginning, ready once it serves. */
export class Health {
  isReady = false
  readonly #server: Server = createServer((request, response) => {
    const isLive = request.url === '/livez'
    const isReady = request.url === '/readyz' && this.isReady
    response.writeHead(isLive || isReady ? 200 : request.url === '/readyz' ? 503 : 404).end()
  })

  /** @throws the system's error where the port is taken */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, resolve)
    })
  }

  async close(): Promise<void> {
    this.isReady = false
    await new Promise(resolve => this.#server.close(resolve))
  }
}
