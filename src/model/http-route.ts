import { memo } from '../util/memo.ts'
import type { NamedSecret } from './gateway.ts'
import type { L4Rule } from './l4-route.ts'
import type { At, Labels, Node } from './node.ts'
import type { Session } from './session.ts'

/** Routing for a set of hosts, at gateways, inside the mesh, or both (a VirtualService or what stands for one). */
export interface HttpRouting extends Node {
  /** Fully qualified where they name a service of the mesh; wildcards (`*.shop.example`) stay as they are. */
  readonly hosts: readonly { readonly host: string; readonly at: At }[]
  /** `mesh`, or `namespace/name` of a gateway. */
  readonly gateways: readonly { readonly gateway: string; readonly at: At }[]
  readonly rules: readonly HttpRule[]
  /** For TLS that is passed on as it is; the first one of whose matches holds. */
  readonly tls: readonly L4Rule[]
  /** For connections of anything else. */
  readonly tcp: readonly L4Rule[]
  /** For datagrams, at gateways. Absent: none. */
  readonly udp?: readonly L4Rule[]
  /** Namespaces that see it: `*` all, `.` its own. Absent: all. */
  readonly exportTo?: readonly string[]
  /** Routes of the same listener that are for some of the same connections and get none of these, for this one is older. Absent: none. */
  readonly unheard?: readonly UnheardRoute[]
}

/** What another route is for and does not get. */
export interface UnheardRoute {
  readonly name: string
  /** The server name that is asked for; absent: all that comes to the listener. */
  readonly serverName?: string
  readonly at: At
}

/** The first rule one of whose matches holds is applied. */
export interface HttpRule {
  readonly name?: string
  /** Empty: matches every request. */
  readonly matches: readonly HttpMatch[]
  readonly action: HttpAction
  /** Where another routing has the rules. In a Mesh it stands only where that one can't be used: the rule holds for nobody then. */
  readonly delegate?: Delegate
  readonly headers?: HeaderChanges
  /** ms; absent: no timeout (Istio's default, not Envoy's 15 s). */
  readonly timeoutMs?: number
  /** ms for each try, whoever says how many there are; absent: as `retries` has it. */
  readonly perTryTimeoutMs?: number
  readonly retries?: Retries
  readonly fault?: Fault
  readonly mirrors: readonly Mirror[]
  readonly cors?: Cors
  /** Services that are asked, one after the other, whether a request may go on. */
  readonly authorizers?: readonly RouteAuthorizer[]
  /** Clients stay with the endpoint that they got first. */
  readonly session?: Session
  readonly at: At
}

/** Another routing that has the rules. */
export interface Delegate extends Node {
  /**
   * Why it can't be used: nobody declared it, its `exportTo` leaves this namespace out, it delegates itself, or there is
   * no request for both rules.
   */
  readonly problem?: 'unknown' | 'hidden' | 'nested' | 'apart'
}

export type HttpAction =
  | {
      readonly kind: 'forward'
      readonly destinations: readonly Destination[]
      readonly rewrite?: Rewrite
      /** Weights are shares of their sum, and not percentages. */
      readonly isByShares?: true
      /** What requests get whose destination is missing; absent: 500. gRPC's clients take 503 for UNAVAILABLE. */
      readonly missingStatus?: 503
    }
  | { readonly kind: 'redirect'; readonly redirect: Redirect }
  | { readonly kind: 'respond'; readonly status: number; readonly body?: ResponseBody }

export type ResponseBody =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly base64: string }

export type StringMatch =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: string }
  | { readonly kind: 'present' }

export interface NamedMatch {
  readonly name: string
  /** Where in the claims of a verified token it stands, and not among the headers. */
  readonly claim?: readonly string[]
  readonly match: StringMatch
}

/** Holds when all that it names hold. */
export interface HttpMatch {
  readonly name?: string
  readonly uri?: StringMatch
  /** A prefix ends where a part of the path ends: `/a` is for `/a/b`, not `/ab`. */
  readonly isWholeParts?: true
  readonly ignoreUriCase: boolean
  readonly scheme?: StringMatch
  readonly method?: StringMatch
  readonly authority?: StringMatch
  readonly headers: readonly NamedMatch[]
  readonly withoutHeaders: readonly NamedMatch[]
  readonly queryParams: readonly NamedMatch[]
  /** Cookies with these very values. */
  readonly cookies?: readonly { readonly name: string; readonly value: string }[]
  /** The listener's port. */
  readonly port?: number
  /** Labels that the calling workload must have; decided when compiling for a proxy. */
  readonly sourceLabels: Labels
  readonly sourceNamespace?: string
  /** Absent: those of the routing. */
  readonly gateways?: readonly string[]
  /** Under which statistics of their own are kept. */
  readonly statPrefix?: string
  readonly at: At
}

export interface Destination {
  /** Fully qualified host. */
  readonly host: string
  readonly subset?: string
  /** Absent: the service's only port, else the port that was called. */
  readonly port?: number
  readonly weight: number
  /** What its endpoints are shown, where they are called by TLS of their own: the gateway's certificate. */
  readonly shows?: NamedSecret
  /** It is not there, or may not be named: its share of requests is answered with an error, and of connections is closed. */
  readonly isMissing?: true
  readonly headers?: HeaderChanges
  /** Services that are asked before a request goes there. */
  readonly authorizers?: readonly RouteAuthorizer[]
  /** Cookie that its answers set, in the form of `Set-Cookie`. */
  readonly setCookie?: string
  readonly at: At
}

/**
 * Where a rule sends requests, and copies of them.
 *
 * @returns what weighs nothing too: it is named, and gets no requests; nothing that is known to be missing
 */
export const destinationsOf = memo(({ action, mirrors, ...asking }: HttpRule): readonly Destination[] => [
  ...(action.kind === 'forward' ? action.destinations.filter(({ isMissing }) => isMissing !== true) : []),
  ...mirrors.map(({ destination }) => destination),
  ...authorizersOf({ action, ...asking }).map(({ destination }) => destination),
])

/** A service that decides whether a request may go on. */
export interface RouteAuthorizer {
  /** Those of the same name ask the same in the same way. */
  readonly name: string
  readonly protocol: 'http' | 'grpc'
  readonly destination: Destination
  /** Before the path that it is asked for. HTTP only. */
  readonly pathPrefix?: string
  /** Of the request, that it is told. Empty: by HTTP what Envoy always tells, by gRPC all. */
  readonly toldHeaders: readonly string[]
  /** Of its consent, for the backend. Empty: all. HTTP only. */
  readonly upstreamHeaders: readonly string[]
  /** Of the body that it is told; a longer one is refused. Absent: nothing. */
  readonly maxBodyBytes?: number
}

/** All that a rule asks, for itself and for one of its destinations. */
export function authorizersOf({
  action,
  authorizers = [],
}: Pick<HttpRule, 'action' | 'authorizers'>): readonly RouteAuthorizer[] {
  const one = action.kind === 'forward' ? action.destinations.flatMap(({ authorizers: own = [] }) => own) : []
  return authorizers.length + one.length === 0 ? noAuthorizers : [...authorizers, ...one]
}

const noAuthorizers: readonly RouteAuthorizer[] = []

/** Where a routing sends anything at all. */
export const allDestinations = memo(
  ({ rules, tls, tcp }: Pick<HttpRouting, 'rules' | 'tls' | 'tcp'>): readonly Destination[] => {
    const l4 = [...tls, ...tcp].flatMap(({ destinations }) => destinations)
    const named = l4.filter(({ isMissing }) => isMissing !== true)
    return [...rules.flatMap(rule => destinationsOf(rule)), ...named]
  },
)

/** Is it, or a part of it, of a VirtualService, and not of a route of the Gateway API? */
export function isVirtualService({ at }: { readonly at: At }): boolean {
  return at.startsWith('VirtualService/')
}

/** Where a rule holds: `mesh`, or gateways. A match's own go before those of its routing (Istio's rule). */
export function heldAt(
  { gateways }: Pick<HttpRouting, 'gateways'>,
  matches: readonly { readonly gateways?: readonly string[] }[],
): readonly string[] {
  const bound = gateways.map(({ gateway }) => gateway)
  return [...new Set(matches.length === 0 ? bound : matches.flatMap(match => match.gateways ?? bound))]
}

export interface HeaderChanges {
  readonly request: HeaderOperations
  readonly response: HeaderOperations
}

export interface HeaderOperations {
  readonly set: Readonly<{ [name: string]: string }>
  readonly add: Readonly<{ [name: string]: string }>
  readonly remove: readonly string[]
}

export interface Rewrite {
  readonly uri?: string
  readonly uriRegex?: { readonly match: string; readonly rewrite: string }
  readonly authority?: string
}

export interface Redirect {
  readonly uri?: string
  readonly prefixRewrite?: string
  readonly uriRegex?: { readonly match: string; readonly rewrite: string }
  readonly authority?: string
  readonly scheme?: string
  readonly port?:
    | { readonly kind: 'number'; readonly number: number }
    | { readonly kind: 'fromProtocol' }
    | { readonly kind: 'fromRequest' }
  readonly code: number
}

export interface Retries {
  /** Tries after the first; 0: none. */
  readonly attempts: number
  /** ms for each try; absent: the rule's timeout. */
  readonly perTryTimeoutMs?: number
  /** Envoy's retry conditions and HTTP status codes; empty: Istio's default conditions. */
  readonly retryOn: readonly string[]
  readonly retryRemoteLocalities: boolean
  readonly retryIgnorePreviousHosts: boolean
  /** ms; absent: Envoy's 25 ms. */
  readonly backoffMs?: number
  readonly at: At
}

export interface Fault {
  readonly delay?: { readonly fixedMs: number; readonly percent: number }
  readonly abort?: { readonly percent: number } & (
    | { readonly kind: 'http'; readonly status: number }
    | { readonly kind: 'grpc'; readonly status: string }
  )
  readonly at: At
}

export interface Mirror {
  readonly destination: Destination
  /** 0–100. */
  readonly percent: number
}

export interface Cors {
  readonly allowOrigins: readonly StringMatch[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly maxAgeMs?: number
  readonly allowCredentials?: boolean
  readonly unmatchedPreflights: 'FORWARD' | 'IGNORE'
}
