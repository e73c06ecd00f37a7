import { request } from 'node:http'

export interface RawRequest {
  readonly method?: string
  /** Sent as it is, however odd. */
  readonly path?: string
  readonly headers?: { readonly [name: string]: string | readonly string[] }
}

export interface RawAnswer {
  readonly status: number
  readonly body: string
}

/** Asks on loopback; undefined where the connection is closed without an answer. */
export function askRaw(
  port: number,
  { method = 'GET', path = '/', headers = {} }: RawRequest,
): Promise<RawAnswer | undefined> {
  return new Promise(resolve => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: headers as Record<string, string>,
        agent: false,
        timeout: 10_000,
      },
      response => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', () => resolve(undefined))
      },
    )
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}
