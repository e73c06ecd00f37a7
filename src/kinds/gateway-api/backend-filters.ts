/** Filters at single backends of a rule. Types of the Gateway API in, places in it out. */
import { cannotServe, type RuleFinding } from '../rule-finding.ts'
import type { HTTPRouteFilter } from './http-filters.ts'

/** Rules of HTTPRoutes and GRPCRoutes. */
interface FilteredRule {
  readonly filters?: readonly HTTPRouteFilter[]
  readonly backendRefs?: readonly { readonly filters?: readonly HTTPRouteFilter[]; readonly weight?: number }[]
}

export interface PlacedFilter {
  readonly filter: HTTPRouteFilter
  /** Below the rule. */
  readonly pointer: string
}

/** What Envoy's weighted clusters can do each for themselves. */
const ofClusters: ReadonlySet<string> = new Set([
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'ExternalAuth',
  // Requests that a filter of somebody else is for get an error.
  'ExtensionRef',
])

/**
 * Filters that hold for all requests of a rule: its own, and where all requests go to one backend that backend's, as far as the rule
 * has none of the type. Those that a weighted cluster can have are left to it.
 */
export function filtersOfRule({ filters = [], backendRefs = [] }: FilteredRule): PlacedFilter[] {
  const own = filters.map((filter, index) => ({ filter, pointer: `/filters/${index}` }))
  const [sole, ...more] = backendRefs
  if (sole === undefined || more.length > 0 || sole.weight === 0) return own
  const fromBackend = (sole.filters ?? []).map((filter, index) => ({
    filter,
    pointer: `/backendRefs/0/filters/${index}`,
  }))
  const isFree = ({ type }: HTTPRouteFilter) => type === 'RequestMirror' || filters.every(each => each.type !== type)
  return [...own, ...fromBackend.filter(({ filter }) => !ofClusters.has(filter.type) && isFree(filter))]
}

/** Is it brought to Envoy where it stands at one of several backends? */
function isOfCluster({ type, urlRewrite }: HTTPRouteFilter): boolean {
  return ofClusters.has(type) || (type === 'URLRewrite' && urlRewrite?.path === undefined)
}

/** @param pointer of the rule */
export function* backendFilterRules(pointer: string, rule: FilteredRule): Iterable<RuleFinding> {
  const whole = new Set(filtersOfRule(rule).map(placed => placed.pointer))
  for (const [index, { filters = [] }] of (rule.backendRefs ?? []).entries())
    for (const [number, filter] of filters.entries()) {
      const place = `/backendRefs/${index}/filters/${number}`
      if (!whole.has(place) && !isOfCluster(filter))
        yield cannotServe(
          `${pointer}${place}`,
          'beside others, or filters of the rule of the same type, Envoy changes headers and the host for a backend, asks Services, and no more',
        )
    }
}
