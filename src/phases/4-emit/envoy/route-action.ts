/** What a rule does with a request, as Envoy's route action, redirect or direct response. */
import type {
  Destination,
  HttpAction,
  HttpMatch,
  HttpRule,
  Mirror,
  Redirect,
  Rewrite,
} from '../../../model/http-route.ts'
import type { HashKey } from '../../../model/traffic-policy.ts'
import { ownValue } from '../../../util/own-value.ts'
import { shownName } from './credentials.ts'
import { effectivePolicy } from './effective-policy.ts'
import { compact, type Message, seconds } from './envoy-resource.ts'
import { switchedOn } from './filters/route-authorization.ts'
import { destinationMutations, hostRewrite } from './header-changes.ts'
import { outboundCluster } from './names.ts'
import { retryPolicy } from './retry-policy.ts'
import type { View } from './view.ts'

/** Where the rule is compiled for. */
export interface RuleContext {
  readonly view: View
  /** The port that was called: a destination that names none, of a service with several, means this one. */
  readonly port: number
  /** The port that clients reach, where it is not the one that a gateway declares. */
  readonly reachedPort?: number
  /** Do clients speak TLS? Absent: no. */
  readonly isSecure?: boolean
  /** The only host that requests are for. Absent: there may be others. */
  readonly onlyHost?: string
  /** The host that requests are for, where it is not the one that the application named. */
  readonly authority?: string
}

export function routeAction(rule: HttpRule, match: HttpMatch | undefined, context: RuleContext): Message {
  switch (rule.action.kind) {
    case 'redirect':
      return { redirect: redirect(rule.action.redirect, match, context) }
    case 'respond':
      return { direct_response: directResponse(rule.action) }
    case 'forward':
      // Nowhere to go: what Istio answers, and Envoy refuses a split without clusters.
      if (!rule.action.destinations.some(({ weight, isMissing }) => weight > 0 && isMissing !== true))
        return { direct_response: { status: rule.action.missingStatus ?? 500 } }
      return { route: forward(rule, rule.action, { ...context, match }) }
  }
}

function directResponse(action: Extract<HttpAction, { readonly kind: 'respond' }>): Message {
  const { status, body } = action
  if (body === undefined) return { status }
  return { status, body: body.kind === 'string' ? { inline_string: body.value } : { inline_bytes: body.base64 } }
}

const responseCodes: { readonly [code: number]: string } = {
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
}

/**
 * The action for requests whose host names a port, where it is not that for all: Envoy keeps such a port unless it is told another,
 * and a Location shows none where it is what the scheme means.
 */
export function portedAction(
  { action }: HttpRule,
  match: HttpMatch | undefined,
  context: RuleContext,
): Message | undefined {
  if (action.kind !== 'redirect' || (action.redirect.authority ?? context.onlyHost) !== undefined) return undefined
  const port = redirectPort(action.redirect, context)
  if (port === undefined || !isImplied(port, action.redirect, context)) return undefined
  return { redirect: { ...redirect(action.redirect, match, context), port_redirect: port } }
}

function redirect(to: Redirect, match: HttpMatch | undefined, context: RuleContext): Message {
  const port = redirectPort(to, context)
  const isShown = port === undefined || !isImplied(port, to, context)
  const path =
    to.prefixRewrite !== undefined
      ? { prefix_rewrite: to.prefixRewrite }
      : to.uriRegex !== undefined
        ? regexRewrite(to.uriRegex)
        : to.uri === undefined
          ? {}
          : redirectPath(to.uri, match)
  return compact({
    ...path,
    host_redirect: to.authority ?? (isShown ? undefined : context.onlyHost),
    scheme_redirect: to.scheme,
    port_redirect: isShown ? port : undefined,
    // 301 is Envoy's default and the enum's zero.
    response_code: responseCodes[to.code],
  })
}

/** `%PREFIX()%` is Istio's way to say that the matched prefix is what is replaced. */
function redirectPath(uri: string, match: HttpMatch | undefined): Message {
  const marker = '%PREFIX()%'
  if (uri.startsWith(marker) && match?.uri?.kind === 'prefix') return { prefix_rewrite: uri.slice(marker.length) }
  return { path_redirect: uri }
}

const schemePorts: Readonly<{ [scheme: string]: number }> = { http: 80, https: 443 }

/** Where a redirect leads; undefined: wherever the request went. */
function redirectPort({ port, scheme = '' }: Redirect, context: RuleContext): number | undefined {
  switch (port?.kind) {
    case 'number':
      return port.number
    case 'fromRequest':
      return context.reachedPort ?? context.port
    case 'fromProtocol':
      return ownValue(schemePorts, scheme)
    default:
      return undefined
  }
}

/** Is the port what the scheme means anyway? */
function isImplied(port: number, { scheme }: Redirect, { isSecure }: RuleContext): boolean {
  return port === ownValue(schemePorts, scheme ?? (isSecure === true ? 'https' : 'http'))
}

function forward(
  rule: HttpRule,
  action: Extract<HttpAction, { readonly kind: 'forward' }>,
  context: RuleContext & { readonly match: HttpMatch | undefined },
): Message {
  const { destinations } = action
  const authority = action.rewrite?.authority ?? hostRewrite(rule.headers?.request) ?? context.authority
  // What gets no requests says nothing of how they are spread.
  const hash = hashPolicy(
    destinations.filter(({ weight }) => weight > 0),
    context,
  )
  return compact({
    ...clusters(action, context),
    timeout: seconds(rule.timeoutMs ?? 0),
    // Deprecated, and the newer max_stream_duration is not the same: where that is set, Envoy leaves `timeout` out, and what takes too
    // long is no failure of the endpoint's. Istio stays with it, too.
    max_grpc_timeout: seconds(rule.timeoutMs ?? 0),
    retry_policy: retryPolicy(rule.retries ?? context.view.index.retries, {
      isHashed: hash !== undefined,
      perTryTimeoutMs: rule.perTryTimeoutMs,
    }),
    ...pathRewrite(action.rewrite, context.match),
    host_rewrite_literal: authority,
    request_mirror_policies:
      rule.mirrors.length === 0 ? undefined : rule.mirrors.map(mirror => mirrorPolicy(mirror, context)),
    hash_policy: hash,
  })
}

/** A prefix is replaced as a prefix; anything else as the whole path. */
function pathRewrite(rewrite: Rewrite | undefined, match: HttpMatch | undefined): Message {
  if (rewrite?.uriRegex !== undefined) {
    return regexRewrite(rewrite.uriRegex)
  }
  if (rewrite?.uri === undefined) return {}
  if (match?.uri?.kind === 'regex') return { regex_rewrite: { pattern: { regex: '^/.*$' }, substitution: rewrite.uri } }
  return { prefix_rewrite: rewrite.uri }
}

function regexRewrite({ match, rewrite }: NonNullable<Rewrite['uriRegex']>): Message {
  return { regex_rewrite: { pattern: { regex: match }, substitution: rewrite } }
}

/** A cluster that nobody has: Envoy answers for it with the status that the route names. */
const missingCluster = 'MissingBackend'

function clusters(
  { destinations, missingStatus }: Extract<HttpAction, { readonly kind: 'forward' }>,
  context: RuleContext,
): Message {
  const weighted = destinations.filter(destination => destination.weight > 0)
  const [first] = weighted as [Destination]
  const isPlain = first.headers === undefined && first.setCookie === undefined && first.authorizers === undefined
  if (weighted.length === 1 && isPlain) return { cluster: clusterOf(first, context) }
  const isAnyMissing = weighted.some(({ isMissing }) => isMissing === true)
  return {
    ...(isAnyMissing
      ? { cluster_not_found_response_code: missingStatus === 503 ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR' }
      : {}),
    weighted_clusters: {
      clusters: weighted.map(destination =>
        compact({
          name: destination.isMissing ? missingCluster : clusterOf(destination, context),
          weight: destination.weight,
          ...destinationMutations(destination),
          typed_per_filter_config: destination.authorizers && switchedOn(destination.authorizers),
          host_rewrite_literal: hostRewrite(destination.headers?.request),
        }),
      ),
    },
  }
}

/** Explicit port, else the service's only port, else the port that was called (Istio's order). */
export function portOf(
  destination: { readonly host: string; readonly port?: number | undefined },
  { view, port }: Pick<RuleContext, 'view' | 'port'>,
): number {
  const ports = view.byHost.get(destination.host)?.service.ports ?? []
  return destination.port ?? (ports.length === 1 ? ports[0]!.number : port)
}

export function clusterOf(destination: Destination, context: RuleContext): string {
  const { host, subset, shows } = destination
  // It may be another name of the service.
  const own = context.view.byHost.get(host)?.service.host ?? host
  return outboundCluster(own, portOf(destination, context), shows === undefined ? subset : shownName(shows))
}

function mirrorPolicy(mirror: Mirror, context: RuleContext): Message {
  return {
    cluster: clusterOf(mirror.destination, context),
    runtime_fraction: { default_value: fraction(mirror.percent) },
    // A copy whose answer nobody reads should not be sampled as if somebody had asked.
    trace_sampled: false,
  }
}

/** Percent as parts of a million: Istio allows 0.0001 %. */
export function fraction(percent: number): Message {
  return { numerator: Math.round(percent * 10_000), denominator: 'MILLION' }
}

/**
 * Consistent hashing needs the key on the route: Envoy hashes there, and balances in the cluster. Which destination is picked is
 * not known there, so a request is hashed by the keys of all, each once; those that it lacks add nothing.
 */
export function hashPolicy(
  destinations: readonly Pick<Destination, 'host' | 'port' | 'subset'>[],
  context: Pick<RuleContext, 'view' | 'port'>,
): Message[] | undefined {
  const keys = destinations.flatMap(destination => {
    const policy = context.view.byHost.get(destination.host)?.destination
    const subset = policy?.subsets.find(candidate => candidate.name === destination.subset)
    const balancer = effectivePolicy(policy, subset, portOf(destination, context)).loadBalancer
    return balancer?.kind === 'hash' ? [hashKey(balancer.key)] : []
  })
  const distinct = new Map(keys.map(key => [JSON.stringify(key), key]))
  return distinct.size === 0 ? undefined : [...distinct.values()]
}

function hashKey(key: HashKey): Message {
  switch (key.kind) {
    case 'header':
      return { header: { header_name: key.name } }
    case 'query':
      return { query_parameter: { name: key.name } }
    case 'source-ip':
      return { connection_properties: { source_ip: true } }
    case 'cookie':
      return {
        cookie: compact({
          name: key.name,
          path: key.path,
          ttl: key.ttlMs === undefined ? undefined : seconds(key.ttlMs),
          attributes: key.attributes.length === 0 ? undefined : key.attributes,
        }),
      }
  }
}
