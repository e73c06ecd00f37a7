import type { Protocol } from '../model/service.ts'
import { declare } from './declaration.ts'
import type { External } from './external.ts'
import {
  type CallState,
  type Carries,
  declaredValue,
  hostFor,
  internals,
  metadata,
  type PortState,
  type ServiceState,
  stateOf,
  type TrafficState,
  type VersionState,
} from './internals.ts'
import { properName } from './proper-name.ts'
import { site, traced } from './trace.ts'
import { type TrafficOptions, trafficPolicy } from './traffic.ts'
import { deploymentOf, portPath, type WorkloadOptions } from './workload.ts'

/** How a port is spoken to. Routing, retries and timeouts need one of the first four; `UDP` goes past proxies, and is for UDPRoutes. */
export type PortProtocol = Exclude<Protocol, 'AUTO'> | 'UDP'

export interface PortOptions {
  /** 1–65535. */
  readonly port: number
  /** Default: HTTP. */
  readonly protocol?: PortProtocol
}

/** One port, or several by name, and what else a service is. */
export type ServiceOptions<Versions extends string, Ports extends string> = ServiceParts<Versions> &
  (OnePort | SeveralPorts<Ports>)

export interface OnePort {
  /** The only port, 1–65535. Either this or `ports`. Default: none; nothing can call the service. */
  readonly port?: number
  /** How `port` is spoken to. Default: HTTP. */
  readonly protocol?: PortProtocol
  readonly ports?: never
}

export interface SeveralPorts<Ports extends string> {
  /** Several ports, by name: numbers for HTTP, or number and protocol. The first is the main one. */
  readonly ports: { readonly [Name in Ports]: number | PortOptions }
  readonly port?: never
  readonly protocol?: never
}

export interface ServiceParts<Versions extends string> {
  /** What runs, by version. Routes and splits name versions by these keys. Default: nothing runs. */
  readonly versions?: { readonly [Version in Versions]: WorkloadOptions }
  /**
   * The services and outside hosts that this one calls. Its proxy knows these and no others, and its environment has their
   * `<SERVICE>_URL`. Default: none. For a cycle use the statement `calls(a, [b])`.
   */
  readonly calls?: readonly Callee[]
  /** Kubernetes namespace, which is created. Default: the mesh's, which mesh.config.ts names (`default`). */
  readonly namespace?: string
  /** How calls to all versions are made: load balancing, connection pool, outlier detection. Default: each its own. */
  readonly traffic?: TrafficOptions
}

/** One version of a service: what a route sends requests to. */
export interface Version<_Version extends string = string, Ports extends string = string>
  extends Carries<VersionState>,
    HasPorts<Ports> {
  readonly [versionName]: _Version
}
declare const versionName: unique symbol
declare const portNames: unique symbol

/** Something whose ports go by these names; `never` where there is but one. */
export interface HasPorts<Ports extends string> {
  readonly [portNames]: Ports
}
declare const versionNames: unique symbol

/** A service, whose versions are its members: `reviews.v2`. */
export type Service<Versions extends string = string, Ports extends string = string> = ServiceValue<Versions, Ports> & {
  readonly [V in Versions]: Version<V, Ports>
}

interface ServiceValue<Versions extends string, Ports extends string> extends Carries<ServiceState>, HasPorts<Ports> {
  readonly [versionNames]: Versions
}

/** Any service, whatever its versions and ports. */
export interface AnyService<Ports extends string = string> extends Carries<ServiceState>, HasPorts<Ports> {
  readonly [versionNames]: string
}

/** Whom a service may call. */
export type Callee = AnyService | External

/**
 * Declares a service: a name and ports under which its versions are reached.
 *
 * Stands for a Kubernetes Service, a ServiceAccount, a Deployment for each version, an Istio DestinationRule with a
 * subset for each version, and an Istio Sidecar that says whom it calls.
 *
 * @param name a DNS label: what callers name
 * @example
 * export const ratings = service('ratings', { port: 9080, versions: { v1: { image: 'shop/ratings:1' } } })
 */
export function service<const Versions extends string = never, const Ports extends string = never>(
  name: string,
  options: ServiceOptions<Versions, Ports>,
): Service<Versions, Ports> {
  const at = site()
  const named = properName('Service', name, { site: at, path: [0] })
  const namespace = properName('Namespace', options.namespace, { site: at, path: [1, 'namespace'] })
  const versions = Object.entries<WorkloadOptions>(options.versions ?? {})
  const state: Omit<ServiceState, 'declaration'> = {
    kind: 'service',
    name: named,
    ...(namespace === undefined ? {} : { namespace }),
    ports: portsOf(options),
    calls: (options.calls ?? []).map((target, index) => ({
      target: stateOf<CallState['target']>(target),
      trace: { site: at, path: [1, 'calls', index] },
    })),
    asks: [],
    traffic: [
      ...(options.traffic === undefined ? [] : [{ policy: trafficPolicy(options.traffic, at, [1, 'traffic']) }]),
      ...versions.flatMap(([version, { traffic }]) =>
        traffic === undefined
          ? []
          : [{ version, policy: trafficPolicy(traffic, at, [1, 'versions', version, 'traffic']) }],
      ),
    ],
  }
  const uses = state.calls.map(call => call.target.declaration)
  const declaration = declare({ word: 'service', name, site: at, uses, build: () => resourcesOf(whole, versions, at) })
  const whole: ServiceState = Object.assign(state, { declaration })
  const members = versions.map(([version]) => [version, versionOf(whole, version)] as const)
  return declaredValue(whole, Object.fromEntries(members)) as Service<Versions, Ports>
}

function versionOf(owner: ServiceState, version: string): object {
  return Object.freeze({ [internals]: { kind: 'version', service: owner, version } })
}

function portsOf(options: ServiceOptions<string, string>): PortState[] {
  if (options.ports === undefined) {
    if (options.port === undefined) return []
    const protocol = options.protocol ?? 'HTTP'
    return [{ name: protocol.toLowerCase(), number: options.port, protocol }]
  }
  return Object.entries(options.ports).map(([name, port]) =>
    typeof port === 'number'
      ? { name, number: port, protocol: 'HTTP' }
      : { name, number: port.port, protocol: port.protocol ?? 'HTTP' },
  )
}

/** All that a service stands for, in the order in which it is applied. */
function resourcesOf(
  state: ServiceState,
  versions: readonly (readonly [string, WorkloadOptions])[],
  at: number,
): object[] {
  const { name, namespace } = state
  const named = (kind: string, apiVersion: string, body: object = {}) =>
    traced(
      {
        apiVersion,
        kind,
        metadata: metadata(traced(name, at, 0), traced(namespace, at, 1, 'namespace'), { app: name }),
        ...body,
      },
      at,
    )
  const runs = versions.length > 0
  return [
    ...(namespace === undefined
      ? []
      : [
          traced(
            { apiVersion: 'v1', kind: 'Namespace', metadata: { name: traced(namespace, at, 1, 'namespace') } },
            at,
          ),
        ]),
    ...(runs ? [named('ServiceAccount', 'v1')] : []),
    named('Service', 'v1', {
      spec: { selector: { app: name }, ports: state.ports.map((port, index) => servicePort(port, index, at)) },
    }),
    ...versions.map(([version, options]) => deploymentOf(options, { service: state, version, site: at })),
    ...(runs
      ? [named('DestinationRule', 'networking.istio.io/v1', { spec: destinationRule(state, versions, at) })]
      : []),
    ...(runs ? [named('Sidecar', 'networking.istio.io/v1', { spec: sidecar(state, at) })] : []),
  ]
}

function servicePort(port: PortState, index: number, at: number): object {
  return traced(
    {
      name: traced(port.name, at, ...portPath(port, index)),
      port: traced(port.number, at, ...portPath(port, index)),
      targetPort: port.number,
      ...spokenTo(port.protocol),
    },
    at,
    ...portPath(port, index),
  )
}

/** Kubernetes' own name for cleartext HTTP/2; Istio's names for the rest. */
function spokenTo(protocol: string): object {
  if (protocol === 'UDP') return { protocol }
  return { appProtocol: protocol === 'HTTP2' ? 'kubernetes.io/h2c' : protocol.toLowerCase() }
}

function destinationRule(
  state: ServiceState,
  versions: readonly (readonly [string, WorkloadOptions])[],
  at: number,
): object {
  return {
    host: traced(state.name, at, 0),
    trafficPolicy: merged(state.traffic.filter(traffic => traffic.version === undefined)),
    subsets: versions.map(([version]) =>
      traced(
        {
          name: version,
          labels: { version },
          trafficPolicy: merged(state.traffic.filter(traffic => traffic.version === version)),
        },
        at,
        1,
        'versions',
        version,
      ),
    ),
  }
}

/** Later statements win, field by field; statements that say nothing are none. */
function merged(traffics: readonly TrafficState[]): object | undefined {
  const policy: object = Object.assign({}, ...traffics.map(traffic => traffic.policy))
  return Object.keys(policy).length === 0 ? undefined : policy
}

function sidecar(state: ServiceState, at: number): object {
  const called = Map.groupBy([...state.calls, ...state.asks], ({ target }) => egressOf(target))
  const hosts = [...called].map(([host, [first]]) => traced(host, first!.trace.site, ...first!.trace.path))
  return {
    workloadSelector: { labels: { app: state.name } },
    egress: [traced({ hosts: hosts.length === 0 ? ['~/*'] : hosts }, at, 1, 'calls')],
  }
}

/** An outside host may be declared in any namespace. */
function egressOf(target: CallState['target']): string {
  return target.kind === 'external' ? `*/${target.host}` : `${target.namespace ?? '.'}/${hostFor(target, undefined)}`
}
