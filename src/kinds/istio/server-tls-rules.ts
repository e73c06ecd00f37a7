import { badForm, cannotServe, conflict, missing, noEffect, type RuleFinding } from '../rule-finding.ts'
import type { ServerTLSSettings } from './gateway.ts'
import { secretsAlone } from './tls-files.ts'
import { tlsWordRules } from './tls-words.ts'

const certificates = ['credentialName', 'credentialNames', 'serverCertificate', 'tlsCertificates'] as const
const needCertificate: ReadonlySet<string> = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'])

/** Istio's validation of a server's TLS: certificates from exactly one source, and what each mode needs. */
export function* serverTlsRules(tls: ServerTLSSettings, pointer: string): Iterable<RuleFinding> {
  const mode = tls.mode ?? 'PASSTHROUGH'
  const sources = certificates.filter(field => tls[field] !== undefined)
  if (sources.length > 1) yield conflict(`${pointer}/${sources[1]}`, sources[0]!)
  if (needCertificate.has(mode)) yield* certificateRules(tls, pointer)
  else if (mode === 'ISTIO_MUTUAL' && sources.length > 0)
    yield conflict(`${pointer}/${sources[0]}`, 'ISTIO_MUTUAL, whose certificates the mesh issues')
  else if (sources.length > 0) yield noEffect(`${pointer}/${sources[0]}`, `${mode} does not end TLS here`)
  const versions = ['TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3']
  const [lowest, highest] = [tls.minProtocolVersion ?? 'TLS_AUTO', tls.maxProtocolVersion ?? 'TLS_AUTO']
  if (versions.includes(lowest) && versions.includes(highest) && versions.indexOf(lowest) > versions.indexOf(highest))
    yield conflict(`${pointer}/maxProtocolVersion`, `a lowest version of ${lowest}`)
  if ((lowest === 'TLSV1_0' || lowest === 'TLSV1_1') && (tls.cipherSuites ?? []).length === 0)
    yield noEffect(
      `${pointer}/minProtocolVersion`,
      'below TLS 1.2 there are no cipher suites but those in cipherSuites',
    )
  yield* tlsWordRules({ cipherSuites: tls.cipherSuites ?? [] }, pointer)
  yield* hashRules(tls, pointer)
  yield* clientRules(tls, pointer)
}

/** What is said of clients' certificates, where it makes no difference or can't be had. */
function* clientRules(tls: ServerTLSSettings, pointer: string): Iterable<RuleFinding> {
  const asksClient = tls.mode === 'MUTUAL' || tls.mode === 'OPTIONAL_MUTUAL'
  for (const field of ['caCertCredentialName', 'insecureSkipVerify'] as const)
    if (tls[field] && !asksClient) yield noEffect(`${pointer}/${field}`, 'clients are not asked for certificates')
  const noClients = 'SIMPLE, which asks clients for no certificates'
  if (tls.caCrl !== undefined && tls.mode === 'SIMPLE') yield conflict(`${pointer}/caCrl`, noClients)
  if (tls.caCertCredentialName?.includes('://') === true)
    yield cannotServe(`${pointer}/caCertCredentialName`, secretsAlone)
  if (tls.insecureSkipVerify !== true) return
  // Envoy lets everybody in then, whatever else it was to look at.
  for (const field of ['subjectAltNames', 'verifyCertificateSpki', 'verifyCertificateHash'] as const)
    if (tls[field] !== undefined) yield noEffect(`${pointer}/${field}`, 'insecureSkipVerify lets everybody in')
}

/** As Envoy takes them: Istio lets others pass, and then Envoy refuses the listener. 32 bytes leave two bits of the last letter 0. */
const hashes = {
  verifyCertificateSpki: { form: 'a SHA-256 in base64', pattern: /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/ },
  verifyCertificateHash: {
    form: 'a SHA-256 in hex',
    pattern: /^([0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31})$/,
  },
} as const

export function* hashRules(tls: ServerTLSSettings, pointer: string): Iterable<RuleFinding> {
  for (const field of ['verifyCertificateSpki', 'verifyCertificateHash'] as const)
    for (const [index, value] of (tls[field] ?? []).entries())
      if (!hashes[field].pattern.test(value)) yield badForm(`${pointer}/${field}/${index}`, value, hashes[field].form)
}

function* certificateRules(tls: ServerTLSSettings, pointer: string): Iterable<RuleFinding> {
  if ((tls.credentialName ?? tls.credentialNames) !== undefined) return
  const files = tls.tlsCertificates ?? [tls]
  for (const [index, file] of files.entries()) {
    const place = tls.tlsCertificates === undefined ? pointer : `${pointer}/tlsCertificates/${index}`
    for (const field of ['serverCertificate', 'privateKey'] as const)
      if (file[field] === '') yield missing(`${place}/${field}`, 'the name of a file')
      else if (file[field] === undefined)
        yield missing(place, tls.tlsCertificates === undefined ? `${field}, or a credentialName` : field)
  }
  const asksClient = tls.mode === 'MUTUAL' || tls.mode === 'OPTIONAL_MUTUAL'
  if (!asksClient || tls.caCertCredentialName !== undefined || files.some(file => file.caCertificates)) return
  if (tls.caCertificates === '') yield missing(`${pointer}/caCertificates`, 'the name of a file')
  else yield missing(pointer, 'caCertificates, to judge the clients by')
}
