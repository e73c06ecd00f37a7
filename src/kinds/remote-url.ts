import type { RemotePlace } from '../model/remote-place.ts'
import { isFqdn, isIpAddress } from './forms.ts'

/** Undefined where it is no URL that a proxy can fetch from. Envoy takes only ASCII, which is how URL writes it. */
export function parseRemoteUrl(text: string): RemotePlace | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const { protocol, hostname, port, username, password } = url
  const isTls = protocol === 'https:'
  if ((!isTls && protocol !== 'http:') || username + password !== '') return undefined
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  // What Envoy and DNS take for a host; URL takes more.
  if (!isFqdn(host) && !isIpAddress(host)) return undefined
  url.hash = ''
  const number = port === '' ? (isTls ? 443 : 80) : Number(port)
  return { uri: url.href, host, port: number, isTls }
}
