/** The routes of one host: what its VirtualService says, or the plain way to its cluster. */
import { destinationsOf, type HttpMatch, type HttpRouting, type HttpRule } from '../../../model/http-route.ts'
import { type Audience, alternativesOf } from './applicable.ts'
import { compact, type Message } from './envoy-resource.ts'
import { perRouteFilters } from './filters/index.ts'
import { headerMutations } from './header-changes.ts'
import { apiPath } from './names.ts'
import { clusterOf, portedAction, type RuleContext, routeAction } from './route-action.ts'
import { anyRequest, isCatchAll, routeMatch, withPort } from './route-match.ts'

/** For whom rules are compiled: matches that cannot hold there are left out. */
export interface RouteContext extends RuleContext, Audience {}

export interface CompiledRoutes {
  readonly routes: readonly Message[]
  readonly clusters: readonly string[]
  readonly from: readonly string[]
  /** How many routes at the end take, together, every request. */
  readonly lasting: number
}

/**
 * All rules of a routing as Envoy's routes, in order. The first that takes every request ends the list.
 *
 * @param operation the name that spans of these routes get
 */
export function compileRules(routing: HttpRouting, context: RouteContext, operation: string): CompiledRoutes {
  const routes: Message[] = []
  const clusters = new Set<string>()
  const from: string[] = []
  for (const rule of routing.rules) {
    // Nobody has its rules, which a check has said.
    if (rule.delegate !== undefined) continue
    const alternatives = alternativesOf(rule.matches, routing, context)
    for (const match of alternatives) {
      const own = routesOf({ rule, match, routing, operation }, context)
      routes.push(...own)
      from.push(match?.at ?? rule.at)
      if (match === undefined || isCatchAll(match))
        return { routes, clusters: [...clusters, ...clustersOf(rule, context)], from, lasting: own.length }
    }
    if (alternatives.length > 0) for (const cluster of clustersOf(rule, context)) clusters.add(cluster)
  }
  return { routes, clusters: [...clusters], from, lasting: 0 }
}

interface RouteParts {
  readonly rule: HttpRule
  readonly match: HttpMatch | undefined
  readonly routing: HttpRouting
  readonly operation: string
}

function routesOf({ rule, match, routing, operation }: RouteParts, context: RouteContext): Message[] {
  const name = [rule.name, match?.name].filter(part => part !== undefined).join('.')
  const matched = match === undefined ? anyRequest : routeMatch(match)
  const route = compact({
    name: name === '' ? undefined : name,
    match: matched,
    stat_prefix: match?.statPrefix,
    ...routeAction(rule, match, context),
    ...headerMutations(rule.headers),
    typed_per_filter_config: perRouteFilters(rule),
    decorator: { operation },
    metadata: { filter_metadata: { istio: { config: apiPath('virtual-service', routing) } } },
  })
  const ported = portedAction(rule, match, context)
  return ported === undefined ? [route] : [{ ...route, match: withPort(matched), ...ported }, route]
}

function clustersOf(rule: HttpRule, context: RouteContext): string[] {
  return destinationsOf(rule)
    .filter(({ weight }) => weight > 0)
    .map(destination => clusterOf(destination, context))
}
