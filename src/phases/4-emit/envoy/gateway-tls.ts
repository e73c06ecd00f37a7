/** How a gateway ends TLS: with certificates from files on its disk, from Secrets, or with the mesh's own. */
import type { Gateway, Server, ServerTls } from '../../../model/gateway.ts'
import type { At } from '../../../model/node.ts'
import { certificateMessage } from './client-tls.ts'
import { compact, type Message, typed } from './envoy-resource.ts'
import { downstreamMtls, secretNames } from './mtls.ts'

/** Where a gateway gets what it shows to clients, beside files. */
export interface CertificateSources {
  readonly hasSecrets: boolean
  readonly hasIdentity: boolean
}

/** Can TLS be ended for a server? */
export function canEndTls({ tls }: Server, { hasSecrets, hasIdentity }: CertificateSources): boolean {
  if (tls === undefined) return false
  if (tls.mode === 'ISTIO_MUTUAL') return hasIdentity
  return ownModes.has(tls.mode) && (tls.certificates.length > 0 || (hasSecrets && namesSecret(tls)))
}

const ownModes: ReadonlySet<ServerTls['mode']> = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'])

function namesSecret(tls: ServerTls | undefined): tls is ServerTls & { readonly credentialName: string } {
  return tls?.credentialName !== undefined && tls.certificates.length === 0 && ownModes.has(tls.mode)
}

/** A Secret that a gateway's servers name. */
export interface GatewayCredential {
  readonly name: string
  /** Absent: that of the gateway's pods. */
  readonly namespace?: string
  /** Are its CAs needed too, to judge clients by? */
  readonly asksClients: boolean
  readonly at: At
}

/** Secrets that a gateway proxy needs where Secrets are served. */
export function gatewayCredentials(gateways: readonly Pick<Gateway, 'servers'>[]): GatewayCredential[] {
  return gateways.flatMap(({ servers }) =>
    servers.flatMap(({ tls, port }) =>
      (port.protocol === 'HTTPS' || port.protocol === 'TLS') && namesSecret(tls)
        ? [{ ...credentialOf(tls), asksClients: tls.mode !== 'SIMPLE', at: tls.at }]
        : [],
    ),
  )
}

function credentialOf({
  credentialName: name,
  credentialNamespace: namespace,
}: ServerTls & { credentialName: string }) {
  return { name, ...(namespace === undefined ? {} : { namespace }) }
}

/** Name under which a gateway asks for a Secret: of its own namespace, or of one that is named (Istio's). */
export function secretName({ name, namespace }: Pick<GatewayCredential, 'name' | 'namespace'>): string {
  return namespace === undefined ? `kubernetes://${name}` : `kubernetes-gateway://${namespace}/${name}`
}

/** The Secret whose CAs clients are judged by, beside one with a certificate (Istio's). */
export function authorityOf<Credential extends Pick<GatewayCredential, 'name' | 'namespace'>>(
  credential: Credential,
): Credential {
  return { ...credential, name: `${credential.name}-cacert` }
}

/** All that servers which end TLS ask for. */
export function serverSecrets(servers: readonly Server[]): string[] {
  const named = gatewayCredentials([{ servers }]).flatMap(credential => [
    secretName(credential),
    ...(credential.asksClients ? [secretName(authorityOf(credential))] : []),
  ])
  const own = servers.some(({ tls }) => tls?.mode === 'ISTIO_MUTUAL') ? secretNames : []
  return [...new Set([...named, ...own])]
}

/** What a chain says that ends TLS, TLS 1.2 to 1.3 unless the server says otherwise. */
export function endedTls(tls: ServerTls, carries: 'http' | 'tcp', trustDomain: string): Message {
  const socket =
    tls.mode === 'ISTIO_MUTUAL'
      ? downstreamMtls(trustDomain, carries)
      : { name: 'envoy.transport_sockets.tls', typed_config: downstreamTls(tls, carries) }
  return { transport_socket: socket, transport_socket_connect_timeout: '15s' }
}

function downstreamTls(tls: ServerTls, carries: 'http' | 'tcp'): Message {
  const asksClient = tls.mode === 'MUTUAL' || tls.mode === 'OPTIONAL_MUTUAL'
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
        ...(namesSecret(tls) ? secretCertificate(tls, asksClient) : fileCertificate(tls, asksClient)),
      }),
    }),
  )
}

function fileCertificate(tls: ServerTls, asksClient: boolean): Message {
  return compact({
    tls_certificates: tls.certificates.map(certificateMessage),
    validation_context: asksClient ? clientValidation(tls) : undefined,
  })
}

function secretCertificate(tls: ServerTls & { readonly credentialName: string }, asksClient: boolean): Message {
  const credential = credentialOf(tls)
  const config = (of: typeof credential): Message => ({ name: secretName(of), sds_config: secretFromAds })
  return compact({
    tls_certificate_sds_secret_configs: [config(credential)],
    combined_validation_context: asksClient
      ? {
          default_validation_context: clientValidation(tls),
          validation_context_sds_secret_config: config(authorityOf(credential)),
        }
      : undefined,
  })
}

/** With Envoy's timeout: a Secret that is missing keeps no other server of the port waiting for ever (Istio's rule). */
const secretFromAds: Message = { ads: {}, resource_api_version: 'V3' }

function clientValidation(tls: ServerTls): Message {
  return compact({
    trusted_ca: tls.ca === undefined ? undefined : { filename: tls.ca.file },
    crl: tls.crl === undefined ? undefined : { filename: tls.crl.file },
    verify_certificate_spki: tls.publicKeyHashes.length === 0 ? undefined : tls.publicKeyHashes,
    verify_certificate_hash: tls.certificateHashes.length === 0 ? undefined : tls.certificateHashes,
    match_typed_subject_alt_names:
      tls.subjectAltNames.length === 0
        ? undefined
        : tls.subjectAltNames.flatMap(name => ['DNS', 'URI'].map(san_type => ({ san_type, matcher: { exact: name } }))),
  })
}
