/**
 * How a cluster connects to its endpoints: in plain text, by the mesh's TLS or by that of somebody outside of it.
 *
 * Modes and defaults are Istio's; what it leaves open on purpose (no names to hold a certificate against) is closed here,
 * for a certificate of anybody is none.
 */
import type { ClientTls, OwnTls } from '../../../model/client-tls.ts'
import type { NamedSecret } from '../../../model/gateway.ts'
import type { CertificateFiles } from '../../../model/proxy-file.ts'
import { isHttp, type Protocol, type Service } from '../../../model/service.ts'
import type { DestinationPolicy, TrafficPolicy } from '../../../model/traffic-policy.ts'
import { memo } from '../../../util/memo.ts'
import { type Credential, credentialName, secretContext } from './credentials.ts'
import { compact, type Message, typed } from './envoy-resource.ts'
import { meshTls, plainText, secretNames, type UpstreamMtls, upstreamMtls } from './mtls.ts'

/** What the connections of a cluster depend on. */
export interface ConnectionContext {
  readonly policy: Pick<TrafficPolicy, 'tls' | 'proxyProtocol'>
  readonly protocol: Protocol
  /** How endpoints of the mesh are called that take its TLS; absent where proxies have no certificates. */
  readonly mtls?: UpstreamMtls
  /** File with the roots of public authorities. */
  readonly caFile: string
  /** Is the proxy given the Secrets that policies name? */
  readonly hasCredentials?: boolean
  /** Are endpoints of the mesh called in plain text where no policy says how? */
  readonly isPlain?: boolean
}

export interface Connections {
  /** Fields of the cluster. */
  readonly fields: Message
  /** Secrets that they need. */
  readonly secrets: readonly string[]
}

/** Where a rule names nobody that the server may be, the host's own entry does (Istio's rule). */
export function withNames<Policy extends Pick<TrafficPolicy, 'tls'>>(policy: Policy, names: readonly string[]): Policy {
  const { tls } = policy
  if (names.length === 0 || tls === undefined || tls.mode === 'DISABLE' || tls.subjectAltNames.length > 0) return policy
  return { ...policy, tls: { ...tls, subjectAltNames: names } }
}

/** Where no rule says how a port is called, what its Service wants does. */
export function withWanted(
  policy: TrafficPolicy,
  { wantedTls = [] }: Service,
  port: number,
  shows?: NamedSecret,
): TrafficPolicy {
  if (policy.tls !== undefined || wantedTls.length === 0) return policy
  const wanted = wantedTls.find(each => each.port === port) ?? wantedTls.find(each => each.port === undefined)
  if (wanted === undefined) return policy
  return { ...policy, tls: shows === undefined ? wanted.tls : { ...wanted.tls, mode: 'MUTUAL', shows } }
}

export function connectionsOf({
  policy,
  protocol,
  mtls,
  caFile,
  hasCredentials,
  isPlain,
}: ConnectionContext): Connections {
  const { tls, proxyProtocol } = policy
  const wrap = (socket: Message): Message => (proxyProtocol === undefined ? socket : introduced(socket, proxyProtocol))
  const one = (socket: Message | undefined, secrets: readonly string[] = []): Connections => {
    if (socket === undefined && proxyProtocol === undefined) return { fields: {}, secrets: [] }
    return { fields: { transport_socket: wrap(socket ?? plainText) }, secrets }
  }
  if (tls === undefined || (tls.mode === 'ISTIO_MUTUAL' && mtls === undefined)) {
    if (mtls === undefined || isPlain === true) return one(undefined)
    const matches = upstreamMtls(mtls).map(match => ({ ...match, transport_socket: wrap(match.transport_socket) }))
    return { fields: { transport_socket_matches: matches }, secrets: secretNames }
  }
  if (tls.mode === 'DISABLE') return one(undefined)
  if (tls.mode === 'ISTIO_MUTUAL') return one(meshTls(asked(tls, mtls!)), secretNames)
  const credentials = hasCredentials === true ? clientCredentials(tls) : []
  return one(ownTls(tls, { isHttp2: isHttp2(protocol), caFile, credentials }), credentials.map(credentialName))
}

/** All that a rule's TLS needs of Secrets. */
export const credentialsIn = memo(({ policy, subsets }: DestinationPolicy): readonly Credential[] => {
  const policies = [policy, ...subsets.map(subset => subset.policy)]
  return policies
    .flatMap(each => [each, ...(each.ports ?? []).map(port => port.policy)])
    .flatMap(({ tls }) => clientCredentials(tls))
})

function clientCredentials(tls: ClientTls | undefined): readonly Credential[] {
  if (tls === undefined || (tls.mode !== 'SIMPLE' && tls.mode !== 'MUTUAL')) return []
  if (tls.shows !== undefined) return [shownCredential(tls.shows)]
  if (tls.credential === undefined) return []
  const { mode, isUnverified, credential: name, at } = tls
  const place = { name, at: `${at}/credentialName` }
  return [
    ...(mode === 'MUTUAL' ? [{ ...place, holds: 'pair' as const }] : []),
    ...(isUnverified ? [] : [{ ...place, holds: 'authorities' as const }]),
  ]
}

/** What a gateway needs of a Secret that it shows. */
export function shownCredential(secret: NamedSecret): Credential {
  return { ...secret, holds: 'pair' }
}

function isHttp2(protocol: Protocol): boolean {
  return protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'GRPC-WEB'
}

/** What a rule says goes before what the mesh knows. */
function asked(
  { sni, subjectAltNames }: Extract<ClientTls, { mode: 'ISTIO_MUTUAL' }>,
  mtls: UpstreamMtls,
): UpstreamMtls {
  return {
    ...mtls,
    ...(sni === undefined ? {} : { sni }),
    ...(subjectAltNames.length === 0 ? {} : { identities: subjectAltNames }),
  }
}

interface OwnTlsContext {
  readonly isHttp2: boolean
  readonly caFile: string
  readonly credentials: readonly Credential[]
}

function ownTls(tls: OwnTls, { isHttp2, caFile, credentials }: OwnTlsContext): Message {
  const { sni, certificate } = tls
  const bringsAuthorities = credentials.some(({ holds }) => holds === 'authorities')
  const context = compact({
    sni,
    common_tls_context: compact({
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' },
      alpn_protocols: isHttp2 ? ['h2'] : undefined,
      tls_certificates: certificate === undefined ? undefined : [certificateMessage(certificate)],
      ...secretContext(
        credentials,
        tls.isUnverified ? undefined : validation(tls, bringsAuthorities ? undefined : caFile),
      ),
    }),
  })
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', context),
  }
}

/** A certificate that Envoy reads from its own disk. */
export function certificateMessage({ chain, key }: CertificateFiles): Message {
  return { certificate_chain: { filename: chain.file }, private_key: { filename: key.file } }
}

function validation({ ca, caText, crl, sni, subjectAltNames }: OwnTls, caFile: string | undefined): Message {
  // Istio takes any name where a server name is given and no other; one that was asked for is the one to be shown.
  const names = subjectAltNames.length > 0 ? subjectAltNames : sni === undefined ? [] : [sni]
  const file = caFile === undefined ? undefined : { filename: ca?.file ?? caFile }
  return compact({
    trusted_ca: caText === undefined ? file : { inline_string: caText },
    crl: crl === undefined ? undefined : { filename: crl.file },
    match_typed_subject_alt_names:
      names.length === 0
        ? undefined
        : names.flatMap(name => kindsOf(name).map(san_type => ({ san_type, matcher: { exact: name } }))),
  })
}

function kindsOf(name: string): readonly string[] {
  return name.includes('://') ? ['URI'] : ['DNS', 'IP_ADDRESS']
}

/**
 * What HTTP adds where no server name is given: the one that the request is for is asked for, and has to be shown.
 * Undefined where nothing has to be added.
 */
export function namesByRequest({ tls }: Pick<TrafficPolicy, 'tls'>, protocol: Protocol): Message | undefined {
  if (tls === undefined || (tls.mode !== 'SIMPLE' && tls.mode !== 'MUTUAL') || tls.sni !== undefined) return undefined
  if (protocol !== 'AUTO' && !isHttp(protocol)) return undefined
  const isNamed = tls.isUnverified || tls.subjectAltNames.length > 0
  return compact({ auto_sni: true, auto_san_validation: isNamed ? undefined : true })
}

/** Begins each connection by saying whose it is. */
function introduced(socket: Message, { version }: NonNullable<TrafficPolicy['proxyProtocol']>): Message {
  return {
    name: 'envoy.transport_sockets.upstream_proxy_protocol',
    typed_config: typed('envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport', {
      config: { version },
      transport_socket: socket,
    }),
  }
}
