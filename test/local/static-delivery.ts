import { request } from 'node:http'
import type { AdminSocket, Delivery, ProxyDelivery, Served } from '../../src/local/delivery.ts'
import type { ProxyPlacement } from '../../src/model/placement.ts'
import { emitProxy, labelsOf } from '../../src/phases/4-emit/envoy/index.ts'
import { staticBootstrap } from '../../src/phases/4-emit/envoy/static-bootstrap.ts'

/**
 * Configuration as `mesh build` writes it, without a control plane: for tests of what surrounds the proxies. A changed
 * configuration is a changed bootstrap, so it restarts the Envoys concerned.
 */
export function staticDelivery(): Delivery {
  return {
    bootstrap: ({ mesh, placement }: Served, proxy: ProxyPlacement, admin: AdminSocket) =>
      staticBootstrap(
        { proxy, domain: mesh.domain, labels: labelsOf(mesh, proxy), admin },
        emitProxy(mesh, placement, proxy),
      ),
    deliver() {},
    // An Envoy that starts at all has its configuration.
    proxyOf: (): ProxyDelivery => ({ isConnected: true, isAccepted: true }),
    async close() {},
  }
}

/** Gets a page; any failure is status 0. */
export function getPage(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise(resolve => {
    const call = request(url, { headers, agent: false, timeout: 10_000 }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', error => resolve({ status: 0, body: error.message }))
    call.end()
  })
}

/** Envoy's counters and gauges by name, from its admin socket. */
export function envoyStats(socketPath: string): Promise<Map<string, number>> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/stats?type=Counters', agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => {
        const lines = body.trim().split('\n')
        resolve(
          new Map(
            lines.map(line => [line.slice(0, line.lastIndexOf(': ')), Number(line.slice(line.lastIndexOf(': ') + 2))]),
          ),
        )
      })
    })
    call.on('error', reject)
    call.end()
  })
}
