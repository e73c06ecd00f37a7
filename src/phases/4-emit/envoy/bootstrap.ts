/** What an Envoy starts with: who it is, its admin endpoint, limits, and where its configuration comes from. */
import type { ProxyPlacement } from '../../../model/placement.ts'
import { type Message, socketAddress, typed } from './envoy-resource.ts'

export interface BootstrapOptions {
  readonly proxy: ProxyPlacement
  /** DNS suffix of the mesh. */
  readonly domain: string
  /** Labels of the workload or gateway. */
  readonly labels: Readonly<{ [key: string]: string }>
  /** Absent: no admin endpoint. */
  readonly admin?: AdminAddress
}

export type AdminAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'port'; readonly address: string; readonly port: number }

/** Where the control plane is, and the token that says who asks. */
export interface XdsSource {
  readonly socketPath: string
  readonly token: string
}

/** The part that static and dynamic bootstraps share. */
export function bootstrapBase({ proxy, domain, labels, admin }: BootstrapOptions): Message {
  return {
    node: node(proxy, domain, labels),
    ...(admin === undefined ? {} : { admin: { address: adminAddress(admin) } }),
    layered_runtime: {
      layers: [
        // Programs of RE2 that are too large are a way to make a proxy slow: Envoy warns at 100 by default.
        { name: 'meshwright', static_layer: { 're2.max_program_size.error_level': 32768 } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    // Without a limit on connections Envoy's memory is the client's to use up (its own warning).
    overload_manager: {
      resource_monitors: [
        {
          name: 'envoy.resource_monitors.global_downstream_max_connections',
          typed_config: typed(
            'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
            {
              max_active_downstream_connections: '50000',
            },
          ),
        },
      ],
    },
  }
}

function adminAddress(admin: AdminAddress): Message {
  return admin.kind === 'socket' ? { pipe: { path: admin.path, mode: 0o600 } } : socketAddress(admin)
}

/** Istio's form of a node: `sidecar~IP~NAME.NAMESPACE~DOMAIN`. */
export function nodeId(proxy: ProxyPlacement, domain: string): string {
  return `${proxy.kind}~${proxy.address}~${proxy.name}.${proxy.namespace}~${proxy.namespace}.svc.${domain}`
}

function node(proxy: ProxyPlacement, domain: string, labels: BootstrapOptions['labels']): Message {
  const { NAMESPACE, ...words } = nodeMetadata(proxy)
  return {
    id: nodeId(proxy, domain),
    cluster: `${labels['app'] ?? proxy.name}.${proxy.namespace}`,
    metadata: { NAMESPACE, LABELS: labels, ...words },
  }
}

/** What a proxy's node says of it in single words. */
export function nodeMetadata(proxy: ProxyPlacement): Readonly<{ [name: string]: string }> {
  return {
    NAMESPACE: proxy.namespace,
    INSTANCE_IPS: proxy.address,
    INTERCEPTION_MODE: proxy.interception === 'redirect' ? 'REDIRECT' : 'NONE',
    WORKLOAD_NAME: proxy.workload ?? proxy.name,
  }
}

/**
 * A bootstrap that takes everything by delta ADS over a Unix socket.
 *
 * @param xds the token goes with each stream; whoever can read the bootstrap has it, so it must lie in a private folder
 */
export function dynamicBootstrap(options: BootstrapOptions, xds: XdsSource): Message {
  const source = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' }
  return {
    ...bootstrapBase(options),
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [
          {
            envoy_grpc: { cluster_name: 'xds' },
            initial_metadata: [{ key: 'authorization', value: `Bearer ${xds.token}` }],
          },
        ],
      },
      cds_config: source,
      lds_config: source,
    },
    static_resources: { clusters: [xdsCluster(xds.socketPath)] },
  }
}

function xdsCluster(path: string): Message {
  const type = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  return {
    name: 'xds',
    type: 'STATIC',
    connect_timeout: '1s',
    typed_extension_protocol_options: {
      // The pings notice a control plane that is gone without a word.
      [type]: typed(type, {
        explicit_http_config: { http2_protocol_options: { connection_keepalive: { interval: '30s', timeout: '5s' } } },
      }),
    },
    load_assignment: {
      cluster_name: 'xds',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path } } } }] }],
    },
  }
}
