/**
 * What rules and mesh.config.ts import: `meshwright/policy`. The built-in policies use this and nothing else, so a
 * user's own rule can do all that they do.
 *
 * Runs natively for built-in policies and in the sandbox for users' own: plain data in, plain data out.
 */

import type { Severity } from './diagnostics/diagnostic.ts'
import type { AccessPolicy } from './model/access-policy.ts'
import type { Gateway } from './model/gateway.ts'
import type { HttpRouting } from './model/http-route.ts'
import type { Machine } from './model/machine.ts'
import type { Mesh } from './model/mesh.ts'
import type { At } from './model/node.ts'
import type { PeerPolicy } from './model/peer-policy.ts'
import type { Scope } from './model/scope.ts'
import type { Service } from './model/service.ts'
import type { TelemetryPolicy } from './model/telemetry-policy.ts'
import type { TokenPolicy } from './model/token-policy.ts'
import type { DestinationPolicy } from './model/traffic-policy.ts'
import type { Workload } from './model/workload.ts'

export type { Severity } from './diagnostics/diagnostic.ts'
export {
  type AccessAttribute,
  type AccessPolicy,
  type AccessRule,
  type AccessTest,
  decidesAccess,
  isForPort,
  isFromCertificate,
  isFromToken,
  isHttpOnly,
  testsOf,
} from './model/access-policy.ts'
export { boundHosts } from './model/bound-hosts.ts'
export { byHostLength, chosenDestination, type DestinationCaller } from './model/chosen-destination.ts'
export { isSeenFrom } from './model/exported.ts'
export { carriedBy, type Gateway, type Server, writtenName } from './model/gateway.ts'
export { type HostEntry, hostCovers } from './model/host-entry.ts'
export {
  allDestinations,
  type Destination,
  destinationsOf,
  type HttpMatch,
  type HttpRouting,
  type HttpRule,
  heldAt,
  isVirtualService,
  type NamedMatch,
  type StringMatch,
} from './model/http-route.ts'
export type { L4Match, L4Rule } from './model/l4-route.ts'
export { labelIndex } from './model/label-index.ts'
export type { HostEndpoint, Machine } from './model/machine.ts'
export type { Mesh } from './model/mesh.ts'
export { type Authorizer, type MeshSettings, type Provider, providersOf, settingsOf } from './model/mesh-settings.ts'
export { type At, type Labels, labelKey, labelText, nameAt, selects } from './model/node.ts'
export { type EffectiveMtls, effectiveMtls, type MtlsMode, mtlsOn, type PeerPolicy } from './model/peer-policy.ts'
export {
  gatewayAccounts,
  installedGateways,
  missingGateways,
  picksGateway,
  type ServedPort,
  servedPorts,
  workloadsUnder,
} from './model/policy-subjects.ts'
export { isAbout, type TargetedNode } from './model/policy-target.ts'
export type { EgressHost, Scope } from './model/scope.ts'
export { isHttp, type Service, type ServicePort } from './model/service.ts'
export { type TelemetryPolicy, telemetriesFor } from './model/telemetry-policy.ts'
export type { TokenPolicy, TokenRule } from './model/token-policy.ts'
export { type DestinationPolicy, type PlacedPolicy, policiesOf, policyAt, type Subset } from './model/traffic-policy.ts'
export { containerPort, mayPassProxy, type Workload } from './model/workload.ts'
export type { WrittenEndpoints, WrittenPlace } from './model/written-endpoints.ts'
export { runPolicies } from './phases/3-check/run-policies.ts'
export { nearestWord, slippedWord } from './util/edit-distance.ts'

/** What a rule found. */
export interface Problem {
  /** A key of the policy's `messages`. */
  readonly message: string
  /** The place: a node's or a part's `at`. */
  readonly at: At
  /** Fills the message's `{names}`. */
  readonly data?: { readonly [name: string]: string | number }
  /** What to do about it; replaces the policy's own help. */
  readonly help?: string
  readonly related?: readonly { readonly at: At; readonly message: string }[]
}

type Problems = Iterable<Problem> | undefined

/** One function for each noun of the Mesh; `mesh` sees the whole at once. */
export interface PolicyHandlers {
  readonly mesh?: (mesh: Mesh) => Problems
  readonly service?: (service: Service) => Problems
  readonly workload?: (workload: Workload) => Problems
  readonly machine?: (machine: Machine) => Problems
  readonly gateway?: (gateway: Gateway) => Problems
  readonly routing?: (routing: HttpRouting) => Problems
  readonly destination?: (destination: DestinationPolicy) => Problems
  readonly scope?: (scope: Scope) => Problems
  readonly peerPolicy?: (policy: PeerPolicy) => Problems
  readonly accessPolicy?: (policy: AccessPolicy) => Problems
  readonly tokenPolicy?: (policy: TokenPolicy) => Problems
  readonly telemetry?: (policy: TelemetryPolicy) => Problems
}

export interface PolicyContext<Options extends object> {
  readonly mesh: Mesh
  /** The policy's options: the defaults, with what mesh.config.ts sets. */
  readonly options: Options
}

export interface Policy<Options extends object = object> {
  /** A slug; it is the finding's code. */
  readonly id: string
  readonly meta: {
    readonly severity: Severity
    /** Is it part of the `recommended` preset? `strict` holds all. Default: false. */
    readonly recommended?: boolean
    /**
     * Is what it finds in a mesh of one resource true of every mesh with that resource? Then a cluster judges each object by it
     * when it is applied (built-in policies only). Default: false.
     */
    readonly standsAlone?: boolean
    /** One sentence that says what the rule demands. */
    readonly description: string
  }
  /** Texts by key; `{name}` is filled from a problem's data. */
  readonly messages: { readonly [key: string]: string }
  /** What to do about it. */
  readonly help?: string
  /** Options with their defaults. */
  readonly options?: Options
  readonly create: (context: PolicyContext<Options>) => PolicyHandlers
}

/** A policy with whatever options. */
export interface AnyPolicy extends Omit<Policy, 'options' | 'create'> {
  readonly options?: object
  readonly create: (context: never) => PolicyHandlers
}

/**
 * Declares a policy.
 *
 * @example
 * export const noAdmin = definePolicy({
 *   id: 'no-admin-port',
 *   meta: { severity: 'error', description: 'No service opens an admin port.' },
 *   messages: { admin: 'service "{service}" opens port {port}' },
 *   create: () => ({
 *     *service(service) {
 *       for (const port of service.ports)
 *         if (port.number === 15000) yield { message: 'admin', at: port.at, data: { service: service.name, port: port.number } }
 *     },
 *   }),
 * })
 */
export function definePolicy<Options extends object = object>(policy: Policy<Options>): Policy<Options> {
  return policy
}

/** How strictly a rule is taken: off, a severity, or a severity and options. */
export type RuleSetting = 'off' | Severity | readonly [Severity, { readonly [option: string]: unknown }]

/** An accepted finding: who reads the config later must know why, and until when. */
export interface Waiver {
  readonly rule: string
  /** `Kind/namespace/name`; `*` stands for any text. */
  readonly subject: string
  readonly reason: string
  /** The last day, `YYYY-MM-DD`. After it the waiver is an error. */
  readonly until: string
}

/** mesh.config.ts. */
export interface MeshConfigOptions {
  /** Namespace of whatever names none; it is created. Default: `default`. */
  readonly namespace?: string
  /**
   * In a cluster, do the pods of that namespace get a proxy? Labels it `meshwright.dev/injection: enabled`. Needs `namespace`.
   * Default: false, which leaves the namespace's labels as they are.
   */
  readonly injection?: boolean
  /** Folders and files that YAML is not read from. */
  readonly ignore?: readonly string[]
  /** Sets of policies that are on. Default: `recommended`. */
  readonly presets?: readonly ('recommended' | 'strict')[]
  /** By policy: how strictly it is taken. Goes before the presets. */
  readonly rules?: { readonly [id: string]: RuleSetting }
  /** Policies of your own. They run in the sandbox. */
  readonly policies?: readonly AnyPolicy[]
  readonly waivers?: readonly Waiver[]
}

/** Types the default export of mesh.config.ts. */
export function defineConfig(config: MeshConfigOptions): MeshConfigOptions {
  return config
}
