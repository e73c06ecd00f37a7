/** How a gateway ends TLS: with certificates from files on its disk, from Secrets, or with the mesh's own. */
import type { Gateway, Server, ServerTls } from '../../../model/gateway.ts'
import { certificateMessage } from './client-tls.ts'
import { type Credential, credentialName, secretContext } from './credentials.ts'
import { compact, type Message, typed } from './envoy-resource.ts'
import { downstreamMtls, secretNames, type TrustDomains } from './mtls.ts'

/** Where a gateway gets what it shows to clients, beside files. */
export interface CertificateSources {
  readonly hasSecrets: boolean
  readonly hasIdentity: boolean
}

/** Can TLS be ended for a server? */
export function canEndTls({ tls }: Server, { hasSecrets, hasIdentity }: CertificateSources): boolean {
  if (tls === undefined) return false
  if (tls.mode === 'ISTIO_MUTUAL') return hasIdentity
  if (!ownModes.has(tls.mode)) return false
  return hasSecrets || credentialsOf(tls).length === 0 ? tls.certificates.length + tls.credentials.length > 0 : false
}

const ownModes: ReadonlySet<ServerTls['mode']> = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'])

/** What a server needs of Secrets: certificates that are in no files, and the authorities of clients beside them. */
function credentialsOf(tls: ServerTls): readonly Credential[] {
  if (!ownModes.has(tls.mode)) return []
  const pairs = tls.certificates.length > 0 ? [] : tls.credentials
  const authorities = asksClients(tls) && tls.caText === undefined ? (tls.caCredential ?? pairs[0]) : undefined
  return [
    ...pairs.map(secret => ({ ...secret, holds: 'pair' as const })),
    ...(authorities === undefined ? [] : [{ ...authorities, holds: 'authorities' as const }]),
  ]
}

function asksClients({ mode }: ServerTls): boolean {
  return mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL'
}

/** Secrets that gateways need where Secrets are served, to end TLS. */
export function serverCredentials(gateways: readonly Pick<Gateway, 'servers'>[]): Credential[] {
  return gateways.flatMap(({ servers }) =>
    servers.flatMap(({ tls, port }) =>
      (port.protocol === 'HTTPS' || port.protocol === 'TLS') && tls !== undefined ? credentialsOf(tls) : [],
    ),
  )
}

/** All that servers which end TLS ask for. */
export function serverSecrets(servers: readonly Server[]): string[] {
  const own = servers.some(({ tls }) => tls?.mode === 'ISTIO_MUTUAL') ? secretNames : []
  return [...new Set([...serverCredentials([{ servers }]).map(credentialName), ...own])]
}

/** What a chain says that ends TLS, TLS 1.2 to 1.3 unless the server says otherwise. */
export function endedTls(tls: ServerTls, carries: 'http' | 'tcp', trust: TrustDomains): Message {
  const socket =
    tls.mode === 'ISTIO_MUTUAL'
      ? downstreamMtls(trust, carries)
      : { name: 'envoy.transport_sockets.tls', typed_config: downstreamTls(tls, carries) }
  return { transport_socket: socket, transport_socket_connect_timeout: '15s' }
}

function downstreamTls(tls: ServerTls, carries: 'http' | 'tcp'): Message {
  return typed(
    'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    compact({
      require_client_certificate: tls.mode === 'MUTUAL' ? true : undefined,
      common_tls_context: compact({
        alpn_protocols: carries === 'http' ? ['h2', 'http/1.1'] : undefined,
        tls_params: compact({
          tls_minimum_protocol_version: (tls.minVersion ?? 'TLSV1_2').replace('TLSV', 'TLSv'),
          tls_maximum_protocol_version: (tls.maxVersion ?? 'TLSV1_3').replace('TLSV', 'TLSv'),
          cipher_suites: tls.cipherSuites.length === 0 ? undefined : tls.cipherSuites,
        }),
        tls_certificates: tls.certificates.length === 0 ? undefined : tls.certificates.map(certificateMessage),
        ...secretContext(credentialsOf(tls), asksClients(tls) ? clientValidation(tls) : undefined),
      }),
    }),
  )
}

/** Those that come from Secrets are not in it. */
function authoritiesIn({ ca, caText }: ServerTls): Message | undefined {
  if (caText !== undefined) return { inline_string: caText }
  return ca === undefined ? undefined : { filename: ca.file }
}

function clientValidation(tls: ServerTls): Message {
  return compact({
    trusted_ca: authoritiesIn(tls),
    crl: tls.crl === undefined ? undefined : { filename: tls.crl.file },
    // Clients are asked for one only where there are authorities, too (Envoy's rule).
    trust_chain_verification: tls.takesAnyone ? 'ACCEPT_UNTRUSTED' : undefined,
    verify_certificate_spki: tls.publicKeyHashes.length === 0 ? undefined : tls.publicKeyHashes,
    verify_certificate_hash: tls.certificateHashes.length === 0 ? undefined : tls.certificateHashes,
    match_typed_subject_alt_names:
      tls.subjectAltNames.length === 0
        ? undefined
        : tls.subjectAltNames.flatMap(name => ['DNS', 'URI'].map(san_type => ({ san_type, matcher: { exact: name } }))),
  })
}
