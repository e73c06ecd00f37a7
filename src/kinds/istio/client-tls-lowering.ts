import type { ClientTls } from '../../model/client-tls.ts'
import type { ClientTLSSettings } from './destination-rule.ts'
import { certificateFiles, namedFile } from './tls-files.ts'

/** Istio's word for the system's authorities, which are the default. */
const systemRoots = 'system'

/** How a DestinationRule secures calls. Absent mode: none (Istio's default). */
export function lowerClientTls(tls: ClientTLSSettings | undefined, at: string): ClientTls | undefined {
  if (tls === undefined) return undefined
  const mode = tls.mode ?? 'DISABLE'
  if (mode === 'DISABLE') return { mode, at }
  const asked = { ...(tls.sni ? { sni: tls.sni } : {}), subjectAltNames: tls.subjectAltNames ?? [] }
  if (mode === 'ISTIO_MUTUAL') return { mode, ...asked, at }
  const certificate = mode === 'MUTUAL' ? certificateFiles(tls, ['clientCertificate', 'privateKey'], at) : undefined
  return {
    mode,
    ...asked,
    ...(tls.credentialName ? { credential: tls.credentialName } : {}),
    isUnverified: tls.insecureSkipVerify === true,
    ...(certificate === undefined ? {} : { certificate }),
    ...namedFile('ca', tls.caCertificates === systemRoots ? undefined : tls.caCertificates, `${at}/caCertificates`),
    ...namedFile('crl', tls.caCrl, `${at}/caCrl`),
    at,
  }
}
