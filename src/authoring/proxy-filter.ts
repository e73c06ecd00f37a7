/** Filters of Envoy's that Istio has no kind for: a word about a service or gateway becomes an EnvoyFilter that adds one. */
import { parseDuration } from '../kinds/duration.ts'
import { routerMatch } from '../kinds/istio/envoy-messages.ts'
import { declare } from './declaration.ts'
import { defaultNamespace } from './default-namespace.ts'
import type { Gateway } from './gateway.ts'
import {
  type Carries,
  type GatewayState,
  metadata,
  type ServiceState,
  stateOf,
  type VersionState,
} from './internals.ts'
import { numbered } from './numbered-name.ts'
import type { AnyService, Version } from './service.ts'
import { traced } from './trace.ts'

/** Whose requests pass a filter: those to a service, to one of its versions, or through a gateway. */
export type Filtered<Ports extends string = string> = AnyService<Ports> | Version<string, Ports> | Gateway

export interface FilterOptions<Ports extends string = string> {
  /** Ports of the service, by name, where it has several; of gateways all. Default: all. */
  readonly ports?: readonly Ports[]
  /** Name of the EnvoyFilter. Default: the word and its target, numbered from the second on. */
  readonly name?: string
}

/** A service that proxies ask by gRPC. */
export interface AskedOptions<Asked extends string = string> {
  /** The service that is asked. */
  readonly by: AnyService<Asked>
  /** Its port, by name, where it has several. Default: its first. */
  readonly port?: NoInfer<Asked>
}

export interface FilterCall {
  readonly word: string
  readonly at: number
  readonly target: Filtered
  readonly options: FilterOptions & Partial<AskedOptions>
  /** Settings of the filter, with their type. */
  readonly settings: object
}

type TargetState = ServiceState | VersionState | GatewayState

/** Name of the service or gateway. */
export function filteredName(target: Filtered): string {
  const state = stateOf<TargetState>(target as Carries<TargetState>)
  return state.kind === 'version' ? state.service.name : state.name
}

/** Declares the EnvoyFilter; returns the index of its declaration. */
export function declareFilter({ word, at, target, options, settings }: FilterCall): number {
  const state = stateOf<TargetState>(target as Carries<TargetState>)
  const owner = state.kind === 'version' ? state.service : state
  const version = state.kind === 'version' ? { version: state.version } : {}
  const { namespace } = owner
  const name = options.name ?? numbered([word, owner.name, ...Object.values(version)].join('-'), namespace)
  const asked = options.by === undefined ? [] : [stateOf(options.by)]
  // A proxy knows whom its workload calls, and whom else it is told of here.
  for (const service of asked)
    if (owner.kind === 'service' && service !== owner)
      owner.asks.push({ target: service, trace: { site: at, path: [1, 'by'] } })
  const value = { name: `${word}/${name}`, typed_config: settings }
  const resource = {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: metadata(traced(name, at, ...(options.name === undefined ? [] : [1, 'name'])), namespace),
    spec: {
      workloadSelector: traced(
        { labels: owner.kind === 'gateway' ? owner.selector : { app: owner.name, ...version } },
        at,
        0,
      ),
      configPatches: portsOf(owner, options, at).map(portNumber =>
        traced(
          {
            applyTo: 'HTTP_FILTER',
            match: {
              context: owner.kind === 'gateway' ? 'GATEWAY' : 'SIDECAR_INBOUND',
              listener: { portNumber, filterChain: { filter: routerMatch } },
            },
            // Behind all that decides who comes in.
            patch: { operation: 'INSERT_BEFORE', value },
          },
          at,
        ),
      ),
    },
  }
  const uses = [owner, ...asked].map(({ declaration }) => declaration)
  return declare({ word, name, site: at, uses, build: () => [traced(resource, at)] })
}

/** Undefined for all ports at once. */
function portsOf(
  owner: ServiceState | GatewayState,
  { ports }: FilterOptions,
  at: number,
): readonly (number | undefined)[] {
  if (ports === undefined || owner.kind === 'gateway') return [undefined]
  return ports.map((name, index) => traced(owner.ports.find(port => port.name === name)?.number, at, 1, 'ports', index))
}

/** How Envoy reaches a service of the mesh by gRPC. */
export function grpcService({ by, port }: AskedOptions, at: number): object {
  const { name, namespace = defaultNamespace(), ports } = stateOf(by)
  const { number = 0 } = ports.find(each => each.name === port) ?? ports[0] ?? {}
  const host = `${name}.${namespace}.svc.cluster.local`
  const cluster = traced(`outbound|${number}||${host}`, at, 1, 'by')
  return { envoy_grpc: { cluster_name: cluster, authority: host } }
}

/** A duration as Envoy's messages have it; what is none is left for the check of the message to refuse. */
export function envoyDuration(duration: string | undefined): string | undefined {
  const ms = duration === undefined ? undefined : parseDuration(duration)
  return ms === undefined ? duration : `${ms / 1000}s`
}
