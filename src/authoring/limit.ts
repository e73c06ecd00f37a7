import { httpFilterSettings } from '../kinds/istio/envoy-messages.ts'
import { literalExpression } from '../util/literal-expression.ts'
import type { HttpMethod } from './condition.ts'
import type { Duration } from './duration.ts'
import { type Carries, declaredValue } from './internals.ts'
import { isCount, isTime, limitMistakes, quotaMistakes } from './limit-mistakes.ts'
import {
  type AskedOptions,
  declareFilter,
  envoyDuration,
  type Filtered,
  type FilterOptions,
  filteredName,
  grpcService,
} from './proxy-filter.ts'
import { optionsAt, site, traced } from './trace.ts'

/** A declared limit of requests. */
export interface Limit extends Carries<{ readonly declaration: number }> {
  readonly [limitTag]: true
}
declare const limitTag: unique symbol

/** So many requests in a time; all that is said of which must hold, and of each list any one. */
export interface LimitOptions<Ports extends string = string> extends FilterOptions<Ports> {
  /** How many are let through. */
  readonly requests: number
  /** In which time; not less than 50ms. */
  readonly per: Duration
  /** How many may come at once. Default: as many as `requests`. */
  readonly burst?: number
  /** Paths, without query: exactly so, or with a final `*` all that begin so. Default: all. */
  readonly paths?: readonly string[]
  /** Default: all. */
  readonly methods?: readonly HttpMethod[]
  /** Hosts that are asked for, in any case and with any port; a `*` may stand at the beginning. Default: all. */
  readonly hosts?: readonly string[]
  /** Values of request headers, by name: one of these; `*` for any that is there. Default: none is looked at. */
  readonly headers?: { readonly [name: string]: string | readonly string[] }
  /** HTTP status of those that are refused, 400–599. Default: 429. */
  readonly status?: number
  /** Only counts what it would refuse. Default: false, it holds. */
  readonly trial?: boolean
}

/**
 * Lets so many requests through, and answers 429 to more: to a service, to one of its versions, or through a gateway. Each
 * proxy counts by itself, so that two replicas let through twice as many. Stands for an Istio EnvoyFilter.
 *
 * @example
 * export const slow = limit(search, { requests: 100, per: '1m', paths: ['/search', '/suggest/*'] })
 */
export function limit<Ports extends string>(target: Filtered<Ports>, options: LimitOptions<NoInfer<Ports>>): Limit {
  const at = site()
  limitMistakes(options, at)
  const option = optionsAt(options, at, 1)
  // Of a mistake, which is said, no other finding is to come.
  const countOf = (name: 'requests' | 'burst') => (isCount(options[name] ?? 1) ? option(name) : 1)
  const bucket = {
    max_tokens: countOf('burst') ?? countOf('requests'),
    tokens_per_fill: countOf('requests'),
    fill_interval: isTime(options.per) ? traced(envoyDuration(options.per), at, 1, 'per') : '1s',
  }
  const headers = headerMatchers(options, at)
  const settings = httpFilterSettings('local_ratelimit.v3.LocalRateLimit', {
    stat_prefix: 'http_local_rate_limiter',
    status: options.status === undefined ? undefined : traced({ code: option('status') }, at, 1, 'status'),
    ...(headers.length === 0 ? { token_bucket: bucket } : counted(bucket, headers)),
    filter_enabled: share(100),
    filter_enforced: share(options.trial === true ? 0 : 100),
  })
  return declaredValue({ declaration: declareFilter({ word: 'limit', at, target, options, settings }) }) as Limit
}

/** Of requests that are none of these nothing is counted. */
function counted(bucket: object, headers: readonly object[]): object {
  const [key, value] = ['limit', 'counted']
  return {
    rate_limits: [{ actions: [{ header_value_match: { descriptor_key: key, descriptor_value: value, headers } }] }],
    descriptors: [{ entries: [{ key, value }], token_bucket: bucket }],
  }
}

function share(percent: number): object {
  return { default_value: { numerator: percent, denominator: 'HUNDRED' } }
}

function headerMatchers({ paths, methods, hosts, headers }: LimitOptions, at: number): object[] {
  const matcher = (
    name: string,
    option: string,
    forms: readonly string[] | undefined,
    pattern: (any: string) => string,
  ) =>
    forms === undefined
      ? []
      : [traced({ name, string_match: { safe_regex: { regex: pattern(`(${forms.join('|')})`) } } }, at, 1, option)]
  return [
    ...matcher(':path', 'paths', paths?.map(atEnd), any => `${any}(\\?.*)?`),
    ...matcher(':method', 'methods', methods, any => any),
    ...matcher(':authority', 'hosts', hosts?.map(atBeginning), any => `(?i)${any}(:[0-9]+)?`),
    ...Object.entries(headers ?? {}).map(([name, values]) =>
      traced(headerMatcher(name, values), at, 1, 'headers', name),
    ),
  ]
}

function headerMatcher(name: string, values: string | readonly string[]): object {
  const list = typeof values === 'string' ? [values] : values
  if (list.includes('*')) return { name, present_match: true }
  return { name, string_match: { safe_regex: { regex: list.map(literalExpression).join('|') } } }
}

function atEnd(path: string): string {
  return path.endsWith('*') ? `${literalExpression(path.slice(0, -1))}.*` : literalExpression(path)
}

function atBeginning(host: string): string {
  return host.startsWith('*') ? `.*${literalExpression(host.slice(1))}` : literalExpression(host)
}

/** What a request is counted by: a text of its own, or the value of a header. */
export type CountedBy = string | { readonly header: string }

export interface QuotaOptions<Ports extends string = string, Asked extends string = string>
  extends FilterOptions<Ports>,
    AskedOptions<Asked> {
  /** Under which the service knows its limits. Default: `mesh`. */
  readonly domain?: string
  /**
   * What the service is asked about, by the names that its limits have; each by itself, and of each all values together. A
   * request that lacks a header is not asked about by it. Default: `[{ service: NAME }]`, with the target's name.
   */
  readonly counts?: readonly { readonly [name: string]: CountedBy }[]
  /** How long an answer is waited for. Default: 20ms. */
  readonly timeout?: Duration
  /** What becomes of requests without an answer. Default: `allow`. */
  readonly onFailure?: 'allow' | 'refuse'
}

/**
 * Has a service count requests for all proxies together, which answers by gRPC as Envoy's rate limit service does. What it
 * finds too many gets 429. Stands for an Istio EnvoyFilter.
 *
 * @example
 * export const fair = quota(front, { by: limiter, domain: 'shop', counts: [{ user: { header: 'x-user' } }] })
 */
export function quota<Ports extends string, Asked extends string>(
  target: Filtered<Ports>,
  options: QuotaOptions<NoInfer<Ports>, Asked>,
): Limit {
  const at = site()
  quotaMistakes(options, at)
  const { counts } = options
  const settings = httpFilterSettings('ratelimit.v3.RateLimit', {
    domain: traced(options.domain ?? 'mesh', at, 1, 'domain'),
    timeout: traced(envoyDuration(options.timeout), at, 1, 'timeout'),
    failure_mode_deny: options.onFailure === 'refuse',
    rate_limit_service: { grpc_service: grpcService(options, at), transport_api_version: 'V3' },
    rate_limits: (counts ?? [{ service: filteredName(target) }]).map((entries, index) => ({
      actions: Object.entries(entries).map(([name, by]) =>
        traced(action(name, by), at, ...(counts === undefined ? [0] : [1, 'counts', index, name])),
      ),
    })),
  })
  return declaredValue({ declaration: declareFilter({ word: 'quota', at, target, options, settings }) }) as Limit
}

function action(name: string, by: CountedBy): object {
  return typeof by === 'string'
    ? { generic_key: { descriptor_key: name, descriptor_value: by } }
    : { request_headers: { header_name: by.header, descriptor_key: name } }
}
