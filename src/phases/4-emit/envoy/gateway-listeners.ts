/** Listeners of gateway proxies: one for each port; TLS servers are told apart by the client's server name. */

import type { Gateway, ServerTls } from '../../../model/gateway.ts'
import type { At } from '../../../model/node.ts'
import type { ProxyPlacement } from '../../../model/placement.ts'
import { certificateMessage } from './client-tls.ts'
import { compact, type EnvoyResource, type Message, typed } from './envoy-resource.ts'
import { type GatewayPort, type GatewayProxy, portsOf } from './gateway-proxies.ts'
import { type GatewayPlace, type GatewayServer, gatewayRoutes } from './gateway-routes.ts'
import type { Guard } from './guard.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import { keyClusters, neededKeyClusters } from './key-clusters.ts'
import { listenerBase, tlsInspector } from './listener.ts'
import { listenerName } from './names.ts'
import type { View } from './view.ts'

const plainHttp = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB'])

/** Is this server one that Envoy is configured for? Others are reported by a check. */
function isServed({ server }: GatewayServer, hasSecrets: boolean): boolean {
  const { port, tls } = server
  if (plainHttp.has(port.protocol)) return true
  return port.protocol === 'HTTPS' && ((tls?.certificates.length ?? 0) > 0 || (hasSecrets && namesSecret(tls)))
}

const endsTls: ReadonlySet<ServerTls['mode']> = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'])

function namesSecret(tls: ServerTls | undefined): tls is ServerTls & { readonly credentialName: string } {
  return tls?.credentialName !== undefined && tls.certificates.length === 0 && endsTls.has(tls.mode)
}

/** A Secret that a gateway's servers name. */
export interface GatewayCredential {
  readonly name: string
  /** Are its CAs needed too, to judge clients by? */
  readonly asksClients: boolean
  readonly at: At
}

/** Secrets that a gateway proxy needs where Secrets are served. */
export function gatewayCredentials(gateways: readonly Gateway[]): GatewayCredential[] {
  return gateways.flatMap(({ servers }) =>
    servers.flatMap(({ tls, port }) =>
      port.protocol === 'HTTPS' && namesSecret(tls)
        ? [{ name: tls.credentialName, asksClients: tls.mode !== 'SIMPLE', at: tls.at }]
        : [],
    ),
  )
}

/** Name under which a gateway asks for a Secret of its own namespace (Istio's). */
export function secretName(name: string): string {
  return `kubernetes://${name}`
}

/** Listeners and route configurations of a gateway proxy. */
export function gatewayResources(
  proxy: GatewayProxy,
  placement: ProxyPlacement,
  { view, guard, hasSecrets }: Pick<PortContext, 'view' | 'guard'> & { readonly hasSecrets: boolean },
): EnvoyResource[] {
  const listeners = portsOf(proxy).flatMap(port => {
    const place = placement.servers.find(server => server.port === port.port)
    const servers = port.servers.filter(server => isServed(server, hasSecrets))
    if (place === undefined || servers.length === 0) return []
    const context = {
      peer: placement.workload ?? proxy.name,
      proxy,
      listen: place.listen,
      view,
      guard: guardOn(port.port, place.listen.port, guard),
    }
    return portResources({ ...port, servers }, context)
  })
  return [...listeners, ...keyClusters(guard)]
}

interface PortContext {
  /** What the gateway calls itself to others: pods of one workload say the same. */
  readonly peer: string
  readonly proxy: GatewayProxy
  readonly listen: { readonly address: string; readonly port: number }
  readonly view: View
  readonly guard: Guard
}

/** Policies name the server's port, or the one that is bound for it (Istio's gateways know no other). */
function guardOn(port: number, bound: number, guard: Guard): Guard {
  return { ...guard, port: { named: [port, bound], bound } }
}

function placeOf({ view, listen }: PortContext): GatewayPlace {
  return { view, boundPort: listen.port }
}

function portResources(port: GatewayPort, context: PortContext): EnvoyResource[] {
  const plain = port.servers.filter(({ server }) => server.port.protocol !== 'HTTPS')
  const secure = port.servers.filter(({ server }) => server.port.protocol === 'HTTPS')
  const chains = [
    ...secure.map(bound => tlsChain(bound, context)),
    ...(plain.length === 0
      ? []
      : [
          {
            chain: { filters: [manager(`http.${port.port}`, context)] },
            routes: gatewayRoutes(`http.${port.port}`, plain, placeOf(context)),
          },
        ]),
  ]
  const routes = chains.map(({ routes: resource }) => resource)
  const value = compact({
    ...listenerBase(context.listen, 'OUTBOUND'),
    listener_filters: secure.length === 0 ? undefined : [tlsInspector],
    filter_chains: chains.map(({ chain }) => chain),
  })
  const listener: EnvoyResource = {
    type: 'listener',
    name: listenerName(context.listen),
    value,
    needs: { route: routes.map(resource => resource.name), ...neededKeys(context.guard), ...neededSecrets(secure) },
    from: [...port.servers.map(({ server }) => server.at), ...context.guard.from],
  }
  return [listener, ...routes]
}

/** Nothing where nothing is: most gateways' listeners need no cluster themselves. */
function neededKeys({ tokens }: Guard): { readonly cluster?: readonly string[] } {
  const cluster = neededKeyClusters(tokens)
  return cluster.length === 0 ? {} : { cluster }
}

function neededSecrets(servers: readonly GatewayServer[]): { readonly secret?: readonly string[] } {
  const credentials = gatewayCredentials(servers.map(({ gateway, server }) => ({ ...gateway, servers: [server] })))
  const names = credentials.flatMap(({ name, asksClients }) => [
    secretName(name),
    ...(asksClients ? [secretName(`${name}-cacert`)] : []),
  ])
  return names.length === 0 ? {} : { secret: [...new Set(names)] }
}

function manager(routes: string, { peer, proxy, listen, view, guard }: PortContext): Message {
  return httpConnectionManager({
    recording: view.index.recording,
    statPrefix: `outbound_${listenerName(listen)}`,
    routes: { kind: 'rds', name: routes },
    direction: 'gateway',
    peer: `${proxy.namespace}/${peer}`,
    isGrpcWeb: false,
    guard,
  })
}

function tlsChain(bound: GatewayServer, context: PortContext): { chain: Message; routes: EnvoyResource } {
  const { server, gateway } = bound
  const name = `https.${server.port.number}.${server.port.name}.${gateway.name}.${gateway.namespace}`
  const names = server.hosts.map(({ host }) => host)
  const chain = compact({
    filter_chain_match: names.includes('*') ? undefined : { server_names: names },
    filters: [manager(name, context)],
    transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: downstreamTls(server.tls!) },
    transport_socket_connect_timeout: '15s',
  })
  return { chain, routes: gatewayRoutes(name, [bound], placeOf(context)) }
}

/** TLS 1.2 to 1.3 unless the server says otherwise; certificates from files on the proxy's disk, or from Secrets. */
function downstreamTls(tls: ServerTls): Message {
  const asksClient = tls.mode === 'MUTUAL' || tls.mode === 'OPTIONAL_MUTUAL'
  return typed(
    'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    compact({
      require_client_certificate: tls.mode === 'MUTUAL' ? true : undefined,
      common_tls_context: compact({
        alpn_protocols: ['h2', 'http/1.1'],
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
  const config = (name: string): Message => ({ name: secretName(name), sds_config: secretFromAds })
  return compact({
    tls_certificate_sds_secret_configs: [config(tls.credentialName)],
    combined_validation_context: asksClient
      ? {
          default_validation_context: clientValidation(tls),
          validation_context_sds_secret_config: config(`${tls.credentialName}-cacert`),
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
