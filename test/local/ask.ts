import { request } from 'node:http'

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
