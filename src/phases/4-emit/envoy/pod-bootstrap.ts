/**
 * What the Envoy of a pod starts with: who it is, where its control plane is and how it proves itself to it, and the few
 * listeners that answer the kubelet and scrapers.
 *
 * Made before the pod exists: its name and address are put in by the kubelet, which expands `$(NAME)` in arguments.
 */

import { podPorts } from '../../../model/placement.ts'
import { type AppProbe, probeParts } from './app-probes.ts'
import { bootstrapBase } from './bootstrap.ts'
import { type Message, typed } from './envoy-resource.ts'

export interface PodBootstrapOptions {
  readonly kind: 'sidecar' | 'router'
  /** DNS suffix of the mesh. */
  readonly domain: string
  /** Where the control plane serves xDS over TLS: a DNS name that its certificate carries. */
  readonly xds: { readonly host: string; readonly port: number }
  /** Folder with `token`, `ca.crt` and `xds-token.json`, all of one volume, whose files change together. */
  readonly credentials: string
  /** Path of the admin interface's socket, in a folder that only the proxy's container has. */
  readonly adminSocket: string
  readonly probes: readonly AppProbe[]
}

/** Environment variables that the proxy's container must have, by what they hold. */
export const podVariables = {
  name: 'POD_NAME',
  namespace: 'POD_NAMESPACE',
  address: 'POD_IP',
} as const

/**
 * The bootstrap as one argument for Envoy's `--config-yaml`, in which the kubelet expands the pod's variables.
 *
 * Whatever else has a dollar sign, a probe's path say, is kept from being expanded.
 */
export function podBootstrapArgument(options: PodBootstrapOptions): string {
  const literal = JSON.stringify(podBootstrap(options)).replaceAll('$', '$$$$')
  return Object.values(podVariables).reduce((text, name) => text.replaceAll(mark(name), `$(${name})`), literal)
}

/** Stands for a variable until the text around it has been escaped. */
function mark(name: string): string {
  return `{{${name}}}`
}

function podBootstrap(options: PodBootstrapOptions): Message {
  const { kind, domain, adminSocket, xds, credentials } = options
  const [name, namespace, address] = [podVariables.name, podVariables.namespace, podVariables.address].map(mark)
  const proxy = { kind, name, namespace, address, inbound: [], outbound: [], servers: [] } as const
  const base = bootstrapBase({
    proxy: { ...proxy, name: name!, namespace: namespace!, address: address!, interception: 'redirect' },
    domain,
    labels: {},
    admin: { kind: 'socket', path: adminSocket },
  })
  const probes = probeParts(options.probes, address!)
  return {
    ...base,
    dynamic_resources: allByAds,
    static_resources: {
      listeners: [statusListener(kind, probes), metricsListener],
      clusters: [xdsCluster(xds, credentials), adminCluster(adminSocket), ...probes.clusters],
    },
  }
}

const adsSource = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' }

/**
 * Envoy's own pause between two tries grows to 30 s, by which an outage would be longer for certificates that are about to be
 * renewed. Tries come at random moments within the pause, so that not all proxies try at once.
 */
const tryAgain = { retry_back_off: { base_interval: '0.5s', max_interval: '15s' } }

/** Everything by one delta stream of the cluster `xds`. */
export const allByAds: Message = {
  ads_config: {
    api_type: 'DELTA_GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [{ envoy_grpc: { cluster_name: 'xds', retry_policy: tryAgain } }],
  },
  cds_config: adsSource,
  lds_config: adsSource,
}

const httpOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/**
 * Each new stream bears the token that is on disk then, and each new connection trusts the CA that is on disk then: the
 * kubelet replaces all files of the volume at once.
 *
 * @param xds.name under which the control plane is believed, where it is reached by another one
 */
export function xdsCluster(
  { host, port, name = host }: PodBootstrapOptions['xds'] & { readonly name?: string },
  folder: string,
): Message {
  return {
    name: 'xds',
    type: 'STRICT_DNS',
    dns_lookup_family: 'ALL',
    respect_dns_ttl: true,
    connect_timeout: '5s',
    typed_extension_protocol_options: {
      [httpOptions]: typed(httpOptions, {
        explicit_http_config: { http2_protocol_options: { connection_keepalive: { interval: '30s', timeout: '5s' } } },
        http_filters: [
          tokenInjector(folder),
          {
            name: 'envoy.filters.http.upstream_codec',
            typed_config: typed('envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'),
          },
        ],
      }),
    },
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
        sni: name,
        common_tls_context: {
          validation_context: {
            trusted_ca: { filename: `${folder}/ca.crt`, watched_directory: { path: folder } },
            match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: name } }],
          },
        },
      }),
    },
    load_assignment: {
      cluster_name: 'xds',
      endpoints: [
        {
          lb_endpoints: [{ endpoint: { address: { socket_address: { address: host, port_value: port } } } }],
        },
      ],
    },
  }
}

function tokenInjector(folder: string): Message {
  return {
    name: 'envoy.filters.http.credential_injector',
    typed_config: typed('envoy.extensions.filters.http.credential_injector.v3.CredentialInjector', {
      overwrite: true,
      credential: {
        name: 'envoy.http.injected_credentials.generic',
        typed_config: typed('envoy.extensions.http.injected_credentials.generic.v3.Generic', {
          credential: {
            name: tokenSecret,
            sds_config: {
              resource_api_version: 'V3',
              path_config_source: { path: `${folder}/xds-token.json`, watched_directory: { path: folder } },
            },
          },
          header: 'authorization',
          header_value_prefix: 'Bearer ',
        }),
      },
    }),
  }
}

const tokenSecret = 'xds-token'

/**
 * Content of `xds-token.json`: a discovery response that says where the token lies. Static secrets are never read
 * again, file SDS is.
 */
export function tokenDiscovery(folder: string): string {
  const secret = typed('envoy.extensions.transport_sockets.tls.v3.Secret', {
    name: tokenSecret,
    generic_secret: { secret: { filename: `${folder}/token`, watched_directory: { path: folder } } },
  })
  return JSON.stringify({ resources: [secret] })
}

function adminCluster(path: string): Message {
  return {
    name: 'admin',
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: 'admin',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path } } } }] }],
    },
  }
}

/** Path that answers after a while, for a container that is to end. */
export const farewellPath = '/farewell'

/**
 * So long, s: endpoints are taken out everywhere within a second or two, the load balancer of a cloud, which is in front of
 * gateways, takes longer.
 */
const farewellSeconds = { sidecar: 5, router: 15 } as const

/**
 * Any pod may ask for the path, and the listener has no limits: more requests than these are answered at once. It is many
 * times what a pod has containers, so that who ends a pod finds room.
 */
const mostFarewells = 500

/** Request to the admin interface that has connections drained: clients are told to take another one. */
export const drainTarget = '/drain_listeners?graceful&skip_exit'

const faultName = 'envoy.filters.http.fault'
const faultType = 'envoy.extensions.filters.http.fault.v3.HTTPFault'

/** Answers 200 after a time. */
function answerAfter(path: string, seconds: number): Message {
  const delay = { fixed_delay: `${seconds}s`, percentage: { numerator: 100, denominator: 'HUNDRED' } }
  return {
    match: { path },
    direct_response: { status: 200 },
    typed_per_filter_config: { [faultName]: typed(faultType, { delay, max_active_faults: mostFarewells }) },
  }
}

/**
 * A static listener answers nothing before the first complete configuration has come: `/healthz/ready` is the gate that
 * the application's start waits at. Whoever reaches the pod reaches it: nothing here changes what the proxy does.
 */
function statusListener(
  kind: PodBootstrapOptions['kind'],
  probes: { readonly routes: readonly Message[]; readonly filters: readonly Message[] },
): Message {
  const routes = [
    { match: { path: '/healthz/ready' }, direct_response: { status: 200 } },
    answerAfter(farewellPath, farewellSeconds[kind]),
    ...probes.routes,
  ]
  const filters = [{ name: faultName, typed_config: typed(faultType) }, ...probes.filters]
  return kubeletListener('status', podPorts.status, { routes, filters })
}

const metricsListener = kubeletListener('metrics', podPorts.metrics, {
  routes: [
    {
      match: { path: '/stats/prometheus' },
      route: { cluster: 'admin', timeout: '10s' },
    },
  ],
  filters: [],
})

/** Not counted against the limits that protect the application's traffic: who is asked must answer under load too. */
function kubeletListener(
  name: string,
  port: number,
  { routes, filters }: { readonly routes: readonly Message[]; readonly filters: readonly Message[] },
): Message {
  return {
    name,
    address: { socket_address: { address: '0.0.0.0', port_value: port } },
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
              stat_prefix: name,
              route_config: { name, virtual_hosts: [{ name, domains: ['*'], routes }] },
              http_filters: [
                ...filters,
                {
                  name: 'envoy.filters.http.router',
                  typed_config: typed('envoy.extensions.filters.http.router.v3.Router'),
                },
              ],
            }),
          },
        ],
      },
    ],
  }
}
