import type { ServerHttp2Stream } from 'node:http2'

/** The address that a stream comes from, as its peer has it; '' where it has none, as on a Unix socket. */
export function remoteAddress({ session }: ServerHttp2Stream): string {
  return (session?.socket?.remoteAddress ?? '').replace(/^::ffff:/, '')
}
