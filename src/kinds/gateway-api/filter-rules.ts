/** What HTTPRoutes' filters must be beyond their shapes. */
import { isHeaderName, openToAll, plainValue } from '../http-forms.ts'
import { cannotServe, conflict, missing, type RuleFinding, twice } from '../rule-finding.ts'
import { headerNames } from './header-names.ts'
import type { HTTPCORSFilter, HTTPHeaderFilter, HTTPPathModifier, HTTPRouteFilter } from './http-filters.ts'
import { backendRules } from './reference-rules.ts'

/** The field that each type of a filter has. */
const fieldOf = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
  CORS: 'cors',
  ExternalAuth: 'externalAuth',
} as const

const onceOnly: ReadonlySet<string> = new Set([
  'CORS',
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestRedirect',
  'URLRewrite',
])

export interface FilteredRule {
  /** Has the rule one match, by a prefix, which can be replaced? */
  readonly isPrefix: boolean
  /** What becomes of what a rule is for that nobody here can do. */
  readonly lost: string
}

export function* filterRules(
  pointer: string,
  filters: readonly HTTPRouteFilter[] = [],
  rule: FilteredRule,
): Iterable<RuleFinding> {
  yield* twice(
    filters.map(({ type }) => (onceOnly.has(type) ? type : undefined)),
    index => `${pointer}/${index}/type`,
  )
  const redirect = filters.findIndex(({ type }) => type === 'RequestRedirect')
  if (redirect >= 0 && filters.some(({ type }) => type === 'URLRewrite'))
    yield conflict(`${pointer}/${redirect}/type`, 'URLRewrite in the same rule')
  for (const [index, filter] of filters.entries()) yield* filterRule(`${pointer}/${index}`, filter, rule)
}

function* filterRule(
  pointer: string,
  filter: HTTPRouteFilter,
  { isPrefix, lost }: FilteredRule,
): Iterable<RuleFinding> {
  for (const [type, field] of Object.entries(fieldOf)) {
    if (filter[field] === undefined && filter.type === type) yield missing(pointer, field)
    if (filter[field] !== undefined && filter.type !== type)
      yield conflict(`${pointer}/${field}`, `the type ${filter.type}`)
  }
  yield* headerRules(`${pointer}/requestHeaderModifier`, filter.requestHeaderModifier)
  yield* headerRules(`${pointer}/responseHeaderModifier`, filter.responseHeaderModifier)
  yield* pathRules(`${pointer}/requestRedirect/path`, filter.requestRedirect?.path, isPrefix)
  yield* pathRules(`${pointer}/urlRewrite/path`, filter.urlRewrite?.path, isPrefix)
  yield* mirrorRules(`${pointer}/requestMirror`, filter.requestMirror)
  yield* corsRules(`${pointer}/cors`, filter.cors)
  yield* authRules(`${pointer}/externalAuth`, filter.externalAuth)
  yield* extensionRules(`${pointer}/extensionRef`, filter.extensionRef, lost)
}

function* headerRules(pointer: string, filter: HTTPHeaderFilter | undefined): Iterable<RuleFinding> {
  for (const operation of ['set', 'add'] as const)
    yield* headerNames(filter?.[operation] ?? [], index => `${pointer}/${operation}/${index}/name`)
  yield* twice(filter?.remove ?? [], index => `${pointer}/remove/${index}`)
  for (const [index, name] of (filter?.remove ?? []).entries())
    if (!isHeaderName(name) || name.toLowerCase() === 'host')
      yield { slug: 'header-name-invalid', pointer: `${pointer}/remove/${index}`, params: { value: name } }
}

function* pathRules(pointer: string, path: HTTPPathModifier | undefined, isPrefix: boolean): Iterable<RuleFinding> {
  if (path === undefined) return
  for (const [type, field] of [
    ['ReplaceFullPath', 'replaceFullPath'],
    ['ReplacePrefixMatch', 'replacePrefixMatch'],
  ] as const) {
    if (path[field] === undefined && path.type === type) yield missing(pointer, field)
    yield* plainValue(`${pointer}/${field}`, path[field])
    if (path[field] !== undefined && path.type !== type) yield conflict(`${pointer}/${field}`, `the type ${path.type}`)
  }
  if (path.type === 'ReplacePrefixMatch' && !isPrefix)
    yield conflict(`${pointer}/type`, 'matches other than a single one by PathPrefix')
}

function* mirrorRules(pointer: string, mirror: HTTPRouteFilter['requestMirror']): Iterable<RuleFinding> {
  if (mirror === undefined) return
  yield* backendRules(`${pointer}/backendRef`, mirror.backendRef)
  if (mirror.percent !== undefined && mirror.fraction !== undefined) yield conflict(`${pointer}/fraction`, 'percent')
  const { numerator = 0, denominator = 100 } = mirror.fraction ?? {}
  if (numerator > denominator)
    yield {
      slug: 'out-of-range',
      pointer: `${pointer}/fraction/numerator`,
      params: { range: `from 0 to ${denominator}`, value: numerator },
    }
}

function* corsRules(pointer: string, cors: HTTPCORSFilter | undefined): Iterable<RuleFinding> {
  for (const field of ['allowOrigins', 'allowMethods', 'allowHeaders', 'exposeHeaders'] as const) {
    const values = cors?.[field] ?? []
    yield* twice(values, index => `${pointer}/${field}/${index}`)
    const star = field === 'exposeHeaders' ? -1 : (values as readonly string[]).indexOf('*')
    if (star >= 0 && values.length > 1)
      yield conflict(`${pointer}/${field}/${star}`, 'other values: "*" is all of them')
  }
  if (cors !== undefined) yield* credentialRules(pointer, cors)
}

/** Of such an origin the specification has the one that asks named, where credentials are allowed. */
function* credentialRules(pointer: string, { allowOrigins = [], allowCredentials }: HTTPCORSFilter) {
  if (allowCredentials !== true) return
  for (const [index, origin] of allowOrigins.entries())
    if (/^(https?:\/\/)?\*$/.test(origin)) yield openToAll(`${pointer}/allowOrigins/${index}`)
}

export function* authRules(pointer: string, auth: HTTPRouteFilter['externalAuth']): Iterable<RuleFinding> {
  if (auth === undefined) return
  for (const [protocol, field] of [
    ['GRPC', 'grpc'],
    ['HTTP', 'http'],
  ] as const) {
    if (auth[field] === undefined && auth.protocol === protocol) yield missing(pointer, field)
    if (auth[field] !== undefined && auth.protocol !== protocol)
      yield conflict(`${pointer}/${field}`, `the protocol ${auth.protocol}`)
  }
  yield* backendRules(`${pointer}/backendRef`, auth.backendRef)
}

export function* extensionRules(
  pointer: string,
  ref: HTTPRouteFilter['extensionRef'],
  lost = 'requests get 500',
): Iterable<RuleFinding> {
  if (ref !== undefined) yield cannotServe(pointer, `no filter of the kind ${ref.kind} is known here; ${lost}`)
}
