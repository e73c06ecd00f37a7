import { type Condition, type MatchDraft, narrow } from './condition.ts'
import type { Duration } from './duration.ts'
import { type Carries, hostFor, type ServiceState, stateOf, type VersionState } from './internals.ts'
import type {
  AbortOptions,
  CorsOptions,
  CorsOrigin,
  HeaderEdits,
  RedirectOptions,
  RetryOptions,
  RewriteOptions,
  ShareOptions,
  TargetOptions,
} from './rule-options.ts'
import type { HasPorts } from './service.ts'
import { optionsAt, site, traced } from './trace.ts'

/** Where requests can be sent: a service, or one version of it. */
export type Target = Carries<ServiceState> | Carries<VersionState>

/** Weights by version, relative to their sum. */
export type Weights<Versions extends string> = { readonly [V in Versions]: number }

declare const ruleVersions: unique symbol
export const ruleState: unique symbol = Symbol('meshwright.rule')

/** One rule with its action; `Versions` are the keys of its split. */
export interface Rule<Versions extends string = string> {
  readonly [ruleVersions]?: Versions
  readonly [ruleState]: RuleState
}

/** A rule that answers by itself: what forwards requests has no effect on it, so it is not offered. */
export interface AnsweringRule extends Rule<never> {
  /** A name that shows in Envoy's route and in access logs. */
  named(name: string): AnsweringRule
  /** Headers to change. */
  responseHeaders(edits: HeaderEdits): AnsweringRule
}

/** A rule that forwards requests, and all that can be said about the way. The action is chosen: there is no second. */
export interface ForwardingRule<Versions extends string = never> extends Rule<Versions> {
  /** A name that shows in Envoy's route and in access logs. */
  named(name: string): ForwardingRule<Versions>
  /** Time for the whole exchange, retries included. Default: none. */
  timeout(duration: Duration): ForwardingRule<Versions>
  /** When and how often to try again. Default: 2 more attempts on connection failures. */
  retry(options: RetryOptions): ForwardingRule<Versions>
  /** Holds requests back on purpose. */
  delay(duration: Duration, share?: ShareOptions): ForwardingRule<Versions>
  /** Answers requests with an error on purpose: an HTTP status, 200–599, or `{ grpc: 'UNAVAILABLE' }`. */
  abort(status: number | AbortOptions, share?: ShareOptions): ForwardingRule<Versions>
  /** Sends a copy here too; its answers are dropped. */
  mirror(target: Target, share?: ShareOptions): ForwardingRule<Versions>
  /** Changes the path or the host that the target sees. */
  rewrite(options: RewriteOptions): ForwardingRule<Versions>
  /** Headers to change on the way to the target. */
  requestHeaders(edits: HeaderEdits): ForwardingRule<Versions>
  /** Headers to change on the way back. */
  responseHeaders(edits: HeaderEdits): ForwardingRule<Versions>
  /** Cross-origin resource sharing: answers preflight requests and sets response headers. */
  cors(options: CorsOptions): ForwardingRule<Versions>
}

/** What becomes of a rule's requests: exactly one of these. */
export interface Actions {
  /** Sends requests to a service or to one version of it. */
  to<Ports extends string>(target: Target & HasPorts<Ports>, options?: TargetOptions<NoInfer<Ports>>): ForwardingRule
  /** Shares requests among the versions of the route's service, by weight. */
  split<const Versions extends string>(weights: Weights<Versions>): ForwardingRule<Versions>
  /** Answers with a redirect. */
  redirect(options: RedirectOptions): AnsweringRule
  /** Answers with a fixed response. */
  respond(status: number, body?: string): AnsweringRule
}

/** Which requests; the action comes next. */
export interface RuleStart extends Actions {
  /** The same rule for requests that are all of these instead. */
  or(...conditions: Condition[]): RuleStart
}

/** What a rule is while it is built: an HTTPRoute whose destinations wait for the route's service. */
export interface RuleState {
  readonly site: number
  readonly matches: readonly MatchDraft[]
  readonly fields: { readonly [field: string]: unknown }
  readonly destinations?: (owner: ServiceState, namespace: string | undefined) => readonly unknown[]
  readonly mirrors: readonly ((namespace: string | undefined) => unknown)[]
  readonly uses: readonly number[]
}

/** A rule for requests that are all of these. */
export function when(...conditions: Condition[]): RuleStart {
  return ruleStart({ site: site(), matches: [draft(conditions)], fields: {}, mirrors: [], uses: [] })
}

/** A rule for every request that no earlier rule took. There is no more to say about which: it has no `or`. */
export const otherwise: Actions = {
  to(target, options) {
    return forwardTo(target, options, blank(site()))
  },
  split(weights) {
    return splitBy(weights, blank(site()))
  },
  redirect(options) {
    return redirectTo(options, blank(site()))
  },
  respond(status, body) {
    return respondWith(status, body, blank(site()))
  },
}

function blank(at: number): RuleState {
  return { site: at, matches: [], fields: {}, mirrors: [], uses: [] }
}

function draft(conditions: readonly Condition[]): MatchDraft {
  return conditions.reduce<MatchDraft>((match, condition) => condition[narrow](match), {})
}

function ruleStart(state: RuleState): RuleStart {
  return {
    or: (...conditions) => ruleStart({ ...state, matches: [...state.matches, draft(conditions)] }),
    to(target, options) {
      return forwardTo(target, options, { ...state, site: site() })
    },
    split(weights) {
      return splitBy(weights, { ...state, site: site() })
    },
    redirect(options) {
      return redirectTo(options, { ...state, site: site() })
    },
    respond(status, body) {
      return respondWith(status, body, { ...state, site: site() })
    },
  }
}

function forwardTo(target: Target, options: TargetOptions | undefined, state: RuleState): ForwardingRule {
  const to = stateOf<ServiceState | VersionState>(target)
  const destinations = (_owner: ServiceState, namespace: string | undefined) => [
    traced({ destination: destinationOf(to, namespace, options?.port) }, state.site, 0),
  ]
  return forwarding({ ...state, destinations, uses: [...state.uses, serviceOf(to).declaration] })
}

function splitBy<Versions extends string>(weights: Weights<Versions>, state: RuleState): ForwardingRule<Versions> {
  const destinations = (owner: ServiceState, namespace: string | undefined) =>
    Object.entries<number>(weights).map(([version, weight]) =>
      traced(
        { destination: destinationOf({ kind: 'version', service: owner, version }, namespace), weight },
        state.site,
        0,
        version,
      ),
    )
  return forwarding<Versions>({ ...state, destinations })
}

function redirectTo(options: RedirectOptions, state: RuleState): AnsweringRule {
  const option = optionsAt(options, state.site, 0)
  const redirect = {
    uri: option('path'),
    prefixRewrite: option('prefix'),
    authority: option('authority'),
    scheme: option('scheme'),
    ...redirectPort(options.port, state.site),
    redirectCode: option('code'),
  }
  return answering(withField(state, 'redirect', traced(redirect, state.site, 0)))
}

function redirectPort(port: RedirectOptions['port'], at: number): object {
  if (port === undefined) return {}
  if (typeof port === 'number') return { port: traced(port, at, 0, 'port') }
  const derivePort = port === 'from-scheme' ? 'FROM_PROTOCOL_DEFAULT' : 'FROM_REQUEST_PORT'
  return { derivePort: traced(derivePort, at, 0, 'port') }
}

function respondWith(status: number, body: string | undefined, state: RuleState): AnsweringRule {
  const response = {
    status: traced(status, state.site, 0),
    body: body === undefined ? undefined : traced({ string: body }, state.site, 1),
  }
  return answering(withField(state, 'directResponse', traced(response, state.site)))
}

function serviceOf(state: ServiceState | VersionState): ServiceState {
  return state.kind === 'service' ? state : state.service
}

function destinationOf(state: ServiceState | VersionState, namespace: string | undefined, portName?: string): object {
  const owner = serviceOf(state)
  return {
    host: hostFor(owner, namespace),
    subset: state.kind === 'version' ? state.version : undefined,
    port: portOf(owner, portName),
  }
}

/** Of several ports a destination must name one (Istio's rule), and the first is the main one. */
export function portOf(owner: ServiceState, name: string | undefined): { readonly number: number } | undefined {
  const port = owner.ports.find(candidate => candidate.name === name) ?? owner.ports[0]
  return port === undefined || owner.ports.length < 2 ? undefined : { number: port.number }
}

function withField(state: RuleState, field: string, value: unknown): RuleState {
  return { ...state, fields: { ...state.fields, [field]: value } }
}

function answering(state: RuleState): AnsweringRule {
  return {
    [ruleState]: state,
    named(name) {
      return answering(withField(state, 'name', traced(name, site(), 0)))
    },
    responseHeaders(edits) {
      return answering(withHeaders(state, 'response', traced(edits, site(), 0)))
    },
  }
}

function forwarding<Versions extends string = never>(state: RuleState): ForwardingRule<Versions> {
  return { [ruleState]: state, ...onTheWay<Versions>(state), ...changes<Versions>(state) }
}

type Resilience = 'timeout' | 'retry' | 'delay' | 'abort' | 'mirror'
type Methods<Versions extends string> = Omit<ForwardingRule<Versions>, keyof Rule<Versions>>

/** What may happen to requests on the way. */
function onTheWay<Versions extends string>(state: RuleState): Pick<ForwardingRule<Versions>, Resilience> {
  const next = (field: string, value: unknown) => forwarding<Versions>(withField(state, field, value))
  return {
    timeout(duration) {
      return next('timeout', traced(duration, site(), 0))
    },
    retry(options) {
      const at = site()
      return next('retries', traced(retries(options, at), at, 0))
    },
    delay(duration, share) {
      const at = site()
      return next(
        'fault',
        withFault(
          state,
          'delay',
          traced({ fixedDelay: traced(duration, at, 0), percentage: faultShare(share, at) }, at),
        ),
      )
    },
    abort(status, share) {
      const at = site()
      return next(
        'fault',
        withFault(state, 'abort', traced({ ...abortStatus(status, at), percentage: faultShare(share, at) }, at)),
      )
    },
    mirror(target, share) {
      const at = site()
      const to = stateOf<ServiceState | VersionState>(target)
      const mirrored = (namespace: string | undefined) =>
        traced({ destination: destinationOf(to, namespace), percentage: percentage(share, at, 1) }, at)
      return forwarding<Versions>({
        ...state,
        mirrors: [...state.mirrors, mirrored],
        uses: [...state.uses, serviceOf(to).declaration],
      })
    },
  }
}

/** What is changed about requests and answers. */
function changes<Versions extends string>(state: RuleState): Omit<Methods<Versions>, Resilience> {
  const next = (field: string, value: unknown) => forwarding<Versions>(withField(state, field, value))
  return {
    named(name) {
      return next('name', traced(name, site(), 0))
    },
    rewrite(options) {
      const at = site()
      return next('rewrite', traced(rewrite(options, at), at, 0))
    },
    requestHeaders(edits) {
      return forwarding<Versions>(withHeaders(state, 'request', traced(edits, site(), 0)))
    },
    responseHeaders(edits) {
      return forwarding<Versions>(withHeaders(state, 'response', traced(edits, site(), 0)))
    },
    cors(options) {
      const at = site()
      return next('corsPolicy', traced(corsPolicy(options, at), at, 0))
    },
  }
}

function withHeaders(state: RuleState, side: 'request' | 'response', edits: unknown): RuleState {
  return withField(state, 'headers', { ...(state.fields['headers'] as object | undefined), [side]: edits })
}

function withFault(state: RuleState, fault: 'delay' | 'abort', value: unknown): object {
  return { ...(state.fields['fault'] as object | undefined), [fault]: value }
}

function abortStatus(status: number | AbortOptions, at: number): object {
  if (typeof status === 'number') return { httpStatus: traced(status, at, 0) }
  return { grpcStatus: traced(status.grpc, at, 0, 'grpc') }
}

/** Istio takes a fault without a share for one of no request. */
function faultShare(share: ShareOptions | undefined, at: number): unknown {
  return percentage(share, at, 1) ?? { value: 100 }
}

function percentage(share: ShareOptions | undefined, at: number, argument: number): unknown {
  if (share?.percent === undefined) return undefined
  const place = [argument, 'percent'] as const
  return traced({ value: traced(share.percent, at, ...place) }, at, ...place)
}

function retries(options: RetryOptions, at: number): object {
  const option = optionsAt(options, at, 0)
  return {
    attempts: option('attempts'),
    retryOn: traced(options.on?.join(','), at, 0, 'on'),
    perTryTimeout: option('perTry'),
    backoff: option('backoff'),
  }
}

function rewrite(options: RewriteOptions, at: number): object {
  const option = optionsAt(options, at, 0)
  const regex = options.regex === undefined ? undefined : optionsAt(options.regex, at, 0, 'regex')
  return {
    uri: option('path'),
    uriRegexRewrite: regex && traced({ match: regex('match'), rewrite: regex('to') }, at, 0, 'regex'),
    authority: option('authority'),
  }
}

function corsPolicy(options: CorsOptions, at: number): object {
  const option = optionsAt(options, at, 0)
  return {
    allowOrigins: options.origins.map((origin, index) => traced(originMatch(origin), at, 0, 'origins', index)),
    allowMethods: option('methods'),
    allowHeaders: option('headers'),
    exposeHeaders: option('expose'),
    maxAge: option('maxAge'),
    allowCredentials: option('credentials'),
  }
}

function originMatch(origin: CorsOrigin): object {
  if (typeof origin !== 'string') return origin
  return origin === '*' ? { regex: '.*' } : { exact: origin }
}
