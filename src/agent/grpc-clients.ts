/** Clients of gRPC that speak xDS themselves: how they are told from proxies, where they stand, and how they find us. */
import type { Labels } from '../model/node.ts'
import type { ProxyPlacement } from '../model/placement.ts'
import type { XdsNode } from '../xds/node.ts'

/** Istio's word for it, in the metadata of a client's node. */
export function isGrpcClient({ metadata }: Pick<XdsNode, 'metadata'>): boolean {
  return metadata['GENERATOR'] === 'grpc'
}

/** Begins the name of a client that calls as a workload does, whose proxy has the rest of it as its name. */
const prefix = 'grpc.'

/** The proxy beside a client, by its name. */
export function carrierOf({ name }: Pick<XdsNode, 'name'>): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined
}

/** Calls, and takes nothing in. With a carrier, it sees what that one's workload does. */
export function placeGrpcClient(
  { name, namespace, ip }: Pick<XdsNode, 'name' | 'namespace' | 'ip'>,
  { carrier, labels = {} }: { readonly carrier?: ProxyPlacement; readonly labels?: Labels },
): ProxyPlacement {
  return {
    name,
    namespace,
    kind: 'sidecar',
    address: ip,
    labels,
    ...(carrier?.workload === undefined ? {} : { workload: carrier.workload }),
    ...(carrier?.locality === undefined ? {} : { locality: carrier.locality }),
    inbound: [],
    outbound: [],
    servers: [],
    generator: 'grpc',
  }
}

/**
 * What gRPC's libraries read from GRPC_XDS_BOOTSTRAP_CONFIG.
 *
 * @param carrier name of the proxy whose workload the client calls as; absent: it is nobody's, and sees all of the namespace
 */
export function grpcBootstrap(
  server: string,
  { namespace, carrier }: { readonly namespace: string; readonly carrier?: string },
): object {
  const name = carrier === undefined ? 'grpc-client' : `${prefix}${carrier}`
  return {
    xds_servers: [{ server_uri: server, channel_creds: [{ type: 'insecure' }], server_features: ['xds_v3'] }],
    node: {
      id: `sidecar~127.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`,
      cluster: `${name}.${namespace}`,
      // gRPC asks for one, whatever it says.
      locality: {},
      metadata: { GENERATOR: 'grpc' },
    },
  }
}
