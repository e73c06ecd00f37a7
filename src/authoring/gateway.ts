import { declare } from './declaration.ts'
import { type Carries, declaredValue, type GatewayState, metadata } from './internals.ts'
import { properName } from './proper-name.ts'
import { optionsAt, site, traced } from './trace.ts'

export interface GatewayOptions extends ServerOptions {
  /** Further ports beside `port`. Default: none. */
  readonly servers?: readonly ServerOptions[]
  /** Labels of the gateway proxies that serve it. Default: `{ istio: 'ingressgateway' }`. */
  readonly selector?: { readonly [label: string]: string }
  /** Kubernetes namespace. Default: the mesh's. */
  readonly namespace?: string
}

export interface ServerOptions {
  /** The port that clients call, 1–65535. */
  readonly port: number
  /** Default: HTTP, or HTTPS with `tls`. */
  readonly protocol?: 'HTTP' | 'HTTP2' | 'GRPC' | 'HTTPS' | 'TLS' | 'TCP'
  /** Hosts that may be served. Default: all (`*`). */
  readonly hosts?: readonly string[]
  /** Serves TLS with these files. Default: plain text. */
  readonly tls?: TlsOptions
}

export interface TlsOptions {
  /** File with the certificate chain, PEM, on the gateway's disk. */
  readonly certificate: string
  /** File with the private key, PEM. */
  readonly key: string
  /** File with the CAs that client certificates must come from: asks clients for one. Default: asks for none. */
  readonly clientCa?: string
  /** The lowest version. Default: 1.2. */
  readonly minVersion?: '1.2' | '1.3'
}

/** An entrance to the mesh, for `expose` and `route`. */
export interface Gateway extends Carries<GatewayState> {
  readonly [gatewayTag]: true
}
declare const gatewayTag: unique symbol

/**
 * Declares an entrance to the mesh: ports that gateway proxies open. Stands for an Istio Gateway.
 *
 * @example
 * export const front = gateway('shop', { port: 8080 })
 */
export function gateway(wanted: string, options: GatewayOptions): Gateway {
  const at = site()
  const name = properName('Gateway', wanted, { site: at, path: [0] })
  const servers = [options, ...(options.servers ?? [])]
  const hosts = [...new Set(servers.flatMap(server => server.hosts ?? ['*']))]
  const { selector = { istio: 'ingressgateway' } } = options
  const namespace = properName('Namespace', options.namespace, { site: at, path: [1, 'namespace'] })
  const resource = traced(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: metadata(traced(name, at, 0), traced(namespace, at, 1, 'namespace')),
      spec: {
        selector: traced(options.selector, at, 1, 'selector') ?? selector,
        servers: servers.map((server, index) => serverOf(server, at, index === 0 ? [1] : [1, 'servers', index - 1])),
      },
    },
    at,
  )
  const declaration = declare({ word: 'gateway', name, site: at, uses: [], build: () => [resource] })
  const state: GatewayState = {
    kind: 'gateway',
    declaration,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    hosts,
    selector,
    account: selector['istio'] ?? Object.values(selector)[0] ?? name,
  }
  return declaredValue(state) as Gateway
}

function serverOf(server: ServerOptions, at: number, path: readonly (string | number)[]): object {
  const protocol = server.protocol ?? (server.tls === undefined ? 'HTTP' : 'HTTPS')
  const option = optionsAt(server, at, ...path)
  return traced(
    {
      port: {
        number: option('port'),
        name: traced(`${protocol.toLowerCase()}-${server.port}`, at, ...path, 'port'),
        protocol: option('protocol') ?? protocol,
      },
      hosts: (server.hosts ?? ['*']).map((host, index) =>
        server.hosts === undefined ? host : traced(host, at, ...path, 'hosts', index),
      ),
      tls: server.tls === undefined ? undefined : tlsOf(server.tls, at, [...path, 'tls']),
    },
    at,
    ...path,
  )
}

function tlsOf(tls: TlsOptions, at: number, path: readonly (string | number)[]): object {
  const option = optionsAt(tls, at, ...path)
  const version = tls.minVersion === undefined ? undefined : `TLSV${tls.minVersion.replace('.', '_')}`
  return traced(
    {
      mode: traced(tls.clientCa === undefined ? 'SIMPLE' : 'MUTUAL', at, ...path),
      serverCertificate: option('certificate'),
      privateKey: option('key'),
      caCertificates: option('clientCa'),
      minProtocolVersion: traced(version, at, ...path, 'minVersion'),
    },
    at,
    ...path,
  )
}
