/**
 * Mutual TLS between proxies: what a sidecar asks of those who connect, and what a client offers to endpoints that ask.
 *
 * Certificates and roots come by SDS under Istio's names; who the other side is stands in its certificate's SPIFFE URI.
 */
import type { MtlsMode } from '../../../model/peer-policy.ts'
import { compact, fromAds, type Message, typed } from './envoy-resource.ts'
import type { Guard } from './guard.ts'
import { detection, tlsInspector } from './listener.ts'

/** Names under which proxies ask for their certificate and for the roots. */
export const secretNames = ['default', 'ROOTCA'] as const

/** What a client's proxy offers by ALPN, and so what tells mesh TLS from an application's own. */
export const alpn = {
  /** Any connection between proxies. */
  mesh: 'istio',
  /** One that carries HTTP to a port whose protocol is detected. */
  http: ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'],
} as const

/** Matches mesh TLS of any kind. */
export const isMeshTls: Message = { transport_protocol: 'tls', application_protocols: [alpn.mesh, ...alpn.http] }
/** Matches the rest, where that is matched already: Envoy refuses chains that match the same. */
export const isMeshBytes: Message = { transport_protocol: 'tls', application_protocols: [alpn.mesh] }
/** Matches mesh TLS that carries HTTP to a port whose protocol is detected. */
export const isMeshHttp: Message = { transport_protocol: 'tls', application_protocols: alpn.http }

function ownCertificate(): Message {
  const [own, roots] = secretNames
  return {
    tls_certificate_sds_secret_configs: [{ name: own, sds_config: fromAds }],
    // TLS 1.2 at least, as everywhere.
    tls_params: { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' },
    combined_validation_context: {
      default_validation_context: {},
      validation_context_sds_secret_config: { name: roots, sds_config: fromAds },
    },
  }
}

function trusting(names: readonly Message[]): Message {
  const context = ownCertificate()
  const combined = context['combined_validation_context'] as Message
  return {
    ...context,
    combined_validation_context: {
      ...combined,
      default_validation_context: compact({
        match_typed_subject_alt_names:
          names.length === 0 ? undefined : names.map(matcher => ({ san_type: 'URI', matcher })),
      }),
    },
  }
}

/** Of whom identities are taken. */
export type TrustDomains = Pick<Guard, 'trustDomain' | 'trustAliases'>

/**
 * The transport socket of a chain that takes mesh TLS.
 *
 * @param carries what the listener speaks inside: HTTP settles on a version by ALPN
 */
export function downstreamMtls({ trustDomain, trustAliases }: TrustDomains, carries: 'http' | 'tcp'): Message {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
      require_client_certificate: true,
      common_tls_context: {
        ...trusting([trustDomain, ...trustAliases].map(domain => ({ prefix: `spiffe://${domain}/` }))),
        alpn_protocols: carries === 'http' ? ['h2', 'http/1.1'] : [alpn.mesh],
      },
    }),
  }
}

/** How a client's proxy connects to a service. */
export interface UpstreamMtls {
  /** Identities that its endpoints may have. */
  readonly identities: readonly string[]
  /** Istio's form of a server name: `outbound_.9080_.v1_.reviews.shop.svc.cluster.local`. */
  readonly sni: string
  readonly isHttp2: boolean
}

/**
 * By endpoint: TLS to those that take it, plain text to the rest. An endpoint says so in its metadata, so that a workload
 * may get its proxy without its callers being told.
 */
export function upstreamMtls(mtls: UpstreamMtls): { readonly [field: string]: unknown; transport_socket: Message }[] {
  return [
    { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transport_socket: meshTls(mtls) },
    { name: 'tlsMode-disabled', match: {}, transport_socket: plainText },
  ]
}

/** The socket of a client that speaks mutual TLS whatever the endpoint says. */
export function meshTls({ identities, sni, isHttp2 }: UpstreamMtls): Message {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      sni,
      common_tls_context: {
        ...trusting(identities.map(exact => ({ exact }))),
        alpn_protocols: isHttp2 ? [alpn.mesh, 'h2'] : [alpn.mesh],
      },
    }),
  }
}

/** The socket of a connection without TLS. */
export const plainText: Message = {
  name: 'envoy.transport_sockets.raw_buffer',
  typed_config: typed('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'),
}

/**
 * What a listener has to look at before its chains can be told apart.
 *
 * A server that speaks first would wait for ever for its client's first bytes: after the timeout the connection goes on
 * as TCP.
 */
export function inspection(
  inspectors: readonly Message[],
  ...ports: readonly { readonly mode: MtlsMode; readonly tls?: object }[]
): Message {
  const isPlain = ports.every(({ mode, tls }) => mode === 'DISABLE' && tls === undefined)
  const filters = isPlain ? inspectors : [tlsInspector, ...inspectors]
  return filters.length === 0 ? {} : { ...detection, listener_filters: filters }
}

/** Secrets that a listener needs where any of its ports takes mesh TLS. */
export function neededSecrets(ports: readonly { readonly mode: MtlsMode }[]): { readonly secret?: readonly string[] } {
  return ports.every(({ mode }) => mode === 'DISABLE') ? {} : { secret: secretNames }
}

/** What an endpoint says of itself where it takes mesh TLS. */
export const takesMtls: Message = { 'envoy.transport_socket_match': { tlsMode: 'istio' } }
