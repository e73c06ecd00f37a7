/** GRPCRoutes' rules as HTTPRoutes': a call of a method is a request for the path of its service and name. */
import type { GRPCMethodMatch, GRPCRouteMatch, GRPCRouteRule } from '../../../kinds/gateway-api/grpc-route.ts'
import type { HTTPPathMatch, HTTPRouteMatch, HTTPRouteRule } from '../../../kinds/gateway-api/http-route.ts'

/** Rules, matches and backends stay where they were written. */
export function httpRulesFor(rules: readonly GRPCRouteRule[]): HTTPRouteRule[] {
  return rules.map(({ matches, ...rule }) => ({
    ...rule,
    ...(matches === undefined ? {} : { matches: matches.map(matchFor) }),
  }))
}

function matchFor({ method, headers }: GRPCRouteMatch): HTTPRouteMatch {
  return {
    ...(method === undefined ? {} : pathFor(method)),
    ...(headers === undefined ? {} : { headers }),
  }
}

/** A service without a method is all of its methods, and a method without a service that of any. */
function pathFor({ type = 'Exact', service, method }: GRPCMethodMatch): { readonly path?: HTTPPathMatch } {
  if (type === 'RegularExpression')
    return { path: { type: 'RegularExpression', value: `/${part(service)}/${part(method)}` } }
  if (service === undefined)
    return method === undefined ? {} : { path: { type: 'RegularExpression', value: `/[^/]+/${method}` } }
  return method === undefined
    ? { path: { type: 'PathPrefix', value: `/${service}` } }
    : { path: { type: 'Exact', value: `/${service}/${method}` } }
}

function part(expression: string | undefined): string {
  return expression === undefined ? '[^/]+' : `(?:${expression})`
}
