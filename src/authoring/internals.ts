/**
 * What vocabulary values carry besides what their author sees. Under a symbol, so that a service may have a version of
 * any name, and invisible to completion in an editor.
 */
import { declarationTag } from './declaration.ts'
import type { Trace } from './trace.ts'

export const internals: unique symbol = Symbol('meshwright.internals')

/** A service while the modules run: later statements (`calls`, `traffic`) still add to it. */
export interface ServiceState {
  readonly kind: 'service'
  readonly declaration: number
  readonly name: string
  /** As the author gave it; absent: the mesh's default namespace. */
  readonly namespace?: string
  readonly ports: readonly PortState[]
  readonly calls: CallState[]
  /** Whom its proxies ask, without its application calling it. */
  readonly asks: CallState[]
  readonly traffic: TrafficState[]
}

export interface PortState {
  readonly name: string
  readonly number: number
  readonly protocol: string
}

/** A host outside of the mesh. */
export interface ExternalState {
  readonly kind: 'external'
  readonly declaration: number
  readonly host: string
  readonly ports: readonly PortState[]
}

export interface CallState {
  readonly target: ServiceState | ExternalState
  readonly trace: Trace
}

export interface TrafficState {
  /** Absent: all versions. */
  readonly version?: string
  readonly policy: unknown
}

export interface VersionState {
  readonly kind: 'version'
  readonly service: ServiceState
  readonly version: string
}

export interface GatewayState {
  readonly kind: 'gateway'
  readonly declaration: number
  readonly name: string
  readonly namespace?: string
  readonly hosts: readonly string[]
  /** Labels of its proxies. */
  readonly selector: { readonly [label: string]: string }
  /** Name of its proxies, and of the account that they run under. */
  readonly account: string
}

/** A value of the vocabulary that carries `State`. */
export interface Carries<State> {
  readonly [internals]: State
}

export function stateOf<State>(value: Carries<State>): State {
  return value[internals]
}

/** Makes the frozen value that the author holds. */
export function declaredValue<State extends { readonly declaration: number }>(
  state: State,
  members: object = {},
): object {
  return Object.freeze({ ...members, [internals]: state, [declarationTag]: state.declaration })
}

/** A host as a resource of `namespace` names it: short within one namespace, fully qualified across. */
export function hostFor(
  service: { readonly name: string; readonly namespace?: string },
  namespace: string | undefined,
): string {
  if (service.namespace === namespace || service.namespace === undefined) return service.name
  return `${service.name}.${service.namespace}.svc.cluster.local`
}

/** Metadata of a resource, without a namespace where the author named none. */
export function metadata(
  name: string,
  namespace: string | undefined,
  labels?: { readonly [key: string]: string },
): object {
  return { name, namespace, labels }
}
