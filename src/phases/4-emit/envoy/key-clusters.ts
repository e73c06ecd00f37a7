/** Clusters by which proxies fetch the keys that tokens are signed with. */
import { isIP } from 'node:net'
import type { RemotePlace } from '../../../model/remote-place.ts'
import type { RemoteKeys, TokenRule } from '../../../model/token-policy.ts'
import { authorizerCluster } from './authorizers.ts'
import { compact, type EnvoyResource, type Message, socketAddress, typed } from './envoy-resource.ts'
import type { Guard } from './guard.ts'
import { outboundCluster } from './names.ts'

/** No cluster has this name: keys that can't be known are never had, and no token is good. */
export const noKeys = 'jwks-unknown'

/** A service of the mesh is called as such; for anyone else there is a cluster of its own. */
export function keyCluster({ host, port, isTls, isService }: RemoteKeys): string {
  return isService ? outboundCluster(host, port) : `jwks|${port}|${isTls ? 'tls' : ''}|${host}`
}

function remoteKeys(tokens: readonly TokenRule[]): RemoteKeys[] {
  return tokens.flatMap(({ keys }) => (keys.kind === 'remote' ? keys : []))
}

/** What a listener needs that holds requests against these: where keys are, and who is asked. */
export function guardClusters({ tokens, authorizers }: Pick<Guard, 'tokens' | 'authorizers'>): string[] {
  return [...new Set([...remoteKeys(tokens).map(keyCluster), ...authorizers.map(authorizerCluster)])]
}

/** Services of the mesh that serve keys, or are asked. */
export function guardServices({ tokens, authorizers }: Pick<Guard, 'tokens' | 'authorizers'>): string[] {
  const keys = remoteKeys(tokens).flatMap(({ isService, host }) => (isService ? host : []))
  return [...keys, ...authorizers.map(({ service }) => service.host)]
}

/** The clusters for anyone else, once each. */
export function keyClusters({ tokens, caFile }: Pick<Guard, 'tokens' | 'caFile'>): EnvoyResource[] {
  const clusters = new Map<string, EnvoyResource>()
  for (const { keys, at } of tokens) {
    if (keys.kind !== 'remote' || keys.isService) continue
    const name = keyCluster(keys)
    const known = clusters.get(name)
    const from = [...(known?.from ?? []), at]
    clusters.set(name, {
      type: 'cluster',
      name,
      value: known?.value ?? remoteCluster(name, keys, caFile),
      needs: {},
      from,
    })
  }
  return [...clusters.values()]
}

/** A cluster that leads to a server beyond the mesh, which is known by its certificate where it speaks TLS. */
export function remoteCluster(name: string, { host, port, isTls }: RemotePlace, caFile: string): Message {
  return compact({
    name,
    type: 'STRICT_DNS',
    dns_lookup_family: 'ALL',
    // A name that can't be resolved concerns what is fetched from there, not the proxy's start.
    wait_for_warm_on_init: false,
    connect_timeout: '10s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress({ address: host, port }) } }] }],
    },
    transport_socket: isTls ? publicTls(host, caFile) : undefined,
  })
}

function publicTls(host: string, caFile: string): Message {
  const isAddress = isIP(host) !== 0
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed(
      'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      compact({
        sni: isAddress ? undefined : host,
        common_tls_context: {
          tls_params: { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' },
          validation_context: {
            trusted_ca: { filename: caFile },
            match_typed_subject_alt_names: [{ san_type: isAddress ? 'IP_ADDRESS' : 'DNS', matcher: { exact: host } }],
          },
        },
      }),
    ),
  }
}
