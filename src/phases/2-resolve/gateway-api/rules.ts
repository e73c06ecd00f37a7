/** HTTPRoutes' rules as the Mesh's: one for each match, for the most specific match holds wherever it stands. */
import { at } from '../../../kinds/definition.ts'
import { filtersOfRule } from '../../../kinds/gateway-api/backend-filters.ts'
import type { GRPCMethodMatch } from '../../../kinds/gateway-api/grpc-route.ts'
import { isFirstOfName } from '../../../kinds/gateway-api/header-names.ts'
import type { HTTPRouteFilter } from '../../../kinds/gateway-api/http-filters.ts'
import type {
  HTTPBackendRef,
  HTTPHeaderMatch,
  HTTPPathMatch,
  HTTPRouteMatch,
  HTTPRouteRule,
} from '../../../kinds/gateway-api/http-route.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Destination, HttpAction, HttpMatch, HttpRule, Mirror, NamedMatch } from '../../../model/http-route.ts'
import type { At } from '../../../model/node.ts'
import { authorizersIn } from './authorizers.ts'
import { type RouteContext as AnyRouteContext, destinationFor } from './backends.ts'
import { corsOf, headersOf, limitsOf, percentOf, redirectOf, rewriteOf } from './filters.ts'
import { httpRulesFor } from './grpc-rules.ts'
import type { HttpApiRoute } from './resources.ts'
import { returning, sessionOf } from './sessions.ts'

type RouteContext = AnyRouteContext<HttpApiRoute>

/** A rule with one match, and what decides of its place among others. */
export interface RankedRule {
  readonly rule: HttpRule
  readonly match: HttpMatch
  /** Of a GRPCRoute: what is called. */
  readonly method?: GRPCMethodMatch
  readonly age: string
  /** Of the route: `namespace/name`. */
  readonly route: string
}

export function rankedRules(context: RouteContext): RankedRule[] {
  const { route } = context
  const { creationTimestamp, namespace = '', name } = route.metadata
  const calls = route.kind === 'GRPCRoute' ? (route.spec.rules ?? [{}]) : undefined
  const rules = route.kind === 'HTTPRoute' ? (route.spec.rules ?? [{}]) : httpRulesFor(calls ?? [])
  return rules.flatMap((rule, index) => {
    const pointer = `/spec/rules/${index}`
    // An empty list says as much as none.
    const matches = rule.matches === undefined || rule.matches.length === 0 ? [{}] : rule.matches
    return matches.flatMap((each, number) => {
      const isWritten = rule.matches?.[number] !== undefined
      const place = at(context.route as unknown as Resource, isWritten ? `${pointer}/matches/${number}` : pointer)
      const match = matchOf(each, place)
      const method = calls?.[index]?.matches?.[number]?.method ?? {}
      const ranked = {
        age: creationTimestamp ?? '',
        route: `${namespace}/${name}`,
        ...(calls === undefined ? {} : { method }),
      }
      return returning(ruleFor(rule, { pointer, match, context }), match).map(each => ({ ...ranked, ...each }))
    })
  })
}

interface RulePlace {
  readonly pointer: string
  readonly match: HttpMatch
  readonly context: RouteContext
}

function ruleFor(rule: HTTPRouteRule, place: RulePlace): HttpRule {
  const { pointer, match, context } = place
  const { filters = [] } = rule
  const cors = filtersOfRule(rule).find(({ filter }) => filter.cors !== undefined)?.filter.cors
  const own = at(context.route as unknown as Resource, pointer)
  const authorizers = authorizersIn(filters, `${pointer}/filters`, context)
  return {
    ...(rule.name === undefined ? {} : { name: rule.name }),
    matches: [match],
    action: actionOf(rule, place),
    ...headersOf(filters),
    ...limitsOf(rule, own),
    mirrors: mirrorsOf(rule, place),
    ...(cors === undefined ? {} : { cors: corsOf(cors) }),
    ...(authorizers === undefined || authorizers.length === 0 ? {} : { authorizers }),
    ...sessionOf(rule.sessionPersistence, own),
    at: own,
  }
}

function actionOf(rule: HTTPRouteRule, { pointer, match, context }: RulePlace): HttpAction {
  const { filters = [], backendRefs = [] } = rule
  // What nobody here can do must not be left out in silence.
  if (authorizersIn(filters, `${pointer}/filters`, context) === undefined)
    return { kind: 'respond', status: context.route.kind === 'GRPCRoute' ? 503 : 500 }
  const whole = filtersOfRule(rule).map(({ filter }) => filter)
  const redirect = whole.find(({ requestRedirect }) => requestRedirect !== undefined)?.requestRedirect
  if (redirect !== undefined) return { kind: 'redirect', redirect: redirectOf(redirect, match) }
  const rewrite = whole.find(({ urlRewrite }) => urlRewrite !== undefined)?.urlRewrite
  const { hostname: host, ...rest } = rewrite ?? {}
  // What a route says of the host Envoy takes for the last word, above what one of its clusters says.
  const isSplit = host !== undefined && backendRefs.some(ref => hostOf(ref, whole) !== undefined)
  return {
    kind: 'forward',
    isByShares: true,
    ...(context.route.kind === 'GRPCRoute' ? { missingStatus: 503 } : {}),
    destinations: backendRefs.map((ref, index) => ({
      ...destinationWith(ref, `${pointer}/backendRefs/${index}`, { context, whole, host: isSplit ? host : undefined }),
      weight: weightOf(backendRefs, index),
    })),
    ...(rewrite === undefined ? {} : { rewrite: rewriteOf(isSplit ? rest : rewrite, match) }),
  }
}

interface BackendPlace {
  readonly context: RouteContext
  /** Filters that hold for the rule as a whole. */
  readonly whole: readonly HTTPRouteFilter[]
  /** What requests name as their host where the backend does not say it. Absent: the rule says so. */
  readonly host: string | undefined
}

/** What a backend says of the host by itself: what holds for the whole rule is not said again. */
function hostOf({ filters = [] }: HTTPBackendRef, whole: readonly HTTPRouteFilter[]): string | undefined {
  return filters.find(each => each.urlRewrite !== undefined && !whole.includes(each))?.urlRewrite?.hostname
}

function destinationWith(ref: HTTPBackendRef, pointer: string, { context, whole, host }: BackendPlace): Destination {
  const { filters = [] } = ref
  const authorizers = authorizersIn(filters, `${pointer}/filters`, context)
  return {
    ...destinationFor(ref, pointer, context),
    ...headersOf(filters, hostOf(ref, whole) ?? host),
    ...(authorizers === undefined ? { isMissing: true } : authorizers.length === 0 ? {} : { authorizers }),
  }
}

/** As VirtualServices have it: one that is alone has everything. */
function weightOf(refs: readonly { readonly weight?: number }[], index: number): number {
  const weight = refs[index]!.weight ?? 1
  return refs.length === 1 && weight > 0 ? 100 : weight
}

function mirrorsOf(rule: HTTPRouteRule, { pointer, context }: RulePlace): Mirror[] {
  return filtersOfRule(rule).flatMap(({ filter: { requestMirror }, pointer: own }) => {
    if (requestMirror === undefined) return []
    const place = `${pointer}${own}/requestMirror/backendRef`
    const destination = destinationFor(requestMirror.backendRef, place, context)
    return destination.isMissing ? [] : [{ destination, percent: percentOf(requestMirror) }]
  })
}

function matchOf({ path, headers = [], queryParams = [], method }: HTTPRouteMatch, place: At): HttpMatch {
  return {
    ...pathMatch(path),
    ignoreUriCase: false,
    ...(method === undefined ? {} : { method: { kind: 'exact', value: method } }),
    headers: headers.filter(isFirstOfName).map(named),
    withoutHeaders: [],
    queryParams: queryParams.map(named),
    sourceLabels: {},
    at: place,
  }
}

function pathMatch({ type = 'PathPrefix', value = '/' }: HTTPPathMatch = {}): Pick<HttpMatch, 'uri' | 'isWholeParts'> {
  if (type === 'Exact') return { uri: { kind: 'exact', value } }
  if (type === 'RegularExpression') return { uri: { kind: 'regex', value } }
  const prefix = value.replace(/\/$/, '')
  return prefix === ''
    ? { uri: { kind: 'prefix', value: '/' } }
    : { uri: { kind: 'prefix', value: prefix }, isWholeParts: true }
}

function named({ type = 'Exact', name, value }: Pick<HTTPHeaderMatch, 'type' | 'name' | 'value'>): NamedMatch {
  return { name, match: { kind: type === 'Exact' ? 'exact' : 'regex', value } }
}
