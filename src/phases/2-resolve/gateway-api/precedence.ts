/** Which of several matches that hold for a request is the one (the Gateway API's order). */
import type { GRPCMethodMatch } from '../../../kinds/gateway-api/grpc-route.ts'
import type { HttpMatch } from '../../../model/http-route.ts'
import { compareHostnames } from './hosts.ts'
import { hostnamesOf } from './parents.ts'
import type { ApiRoute } from './resources.ts'
import type { RankedRule } from './rules.ts'

/** Routes that are for a host in groups of which each is asked after the one before: of more exact hostnames before any match counts. */
export function byHostname<Of extends { readonly route: ApiRoute }>(host: string, routes: readonly Of[]): Of[][] {
  const compared = (a: Of, b: Of) => compareHostnames(host, hostnamesOf(a.route), hostnamesOf(b.route))
  const groups: Of[][] = []
  for (const route of routes.toSorted(compared)) {
    const last = groups.at(-1)
    if (last !== undefined && compared(last[0]!, route) === 0) last.push(route)
    else groups.push([route])
  }
  return groups
}

/** Those that go first, first; equal ones stay in the order in which they were written. */
export function byPrecedence(rules: readonly RankedRule[]): RankedRule[] {
  return rules.toSorted((a, b) => {
    const isOneKind = (a.method === undefined) === (b.method === undefined)
    const [first, second] = isOneKind ? [weights(a), weights(b)] : [requestWeights(a.match), requestWeights(b.match)]
    const place = first.findIndex((weight, index) => weight !== second[index])
    if (place >= 0) return second[place]! - first[place]!
    // The oldest route, then the first by name; one that was never in a cluster has no age.
    return compare(a.age, b.age) || compare(a.route, b.route)
  })
}

/** Routes of HTTP and of gRPC rarely meet, at a Service of which one names a port and the other none: then by paths. */
function weights({ match, method }: RankedRule): readonly number[] {
  return method === undefined ? requestWeights(match) : callWeights(match, method)
}

/**
 * A service, a method, more headers. Of a call that fits several, each names as much of its service and method; then what is no expression
 * goes first, or else nothing would reach it, and of those the longer one.
 */
function callWeights({ headers }: HttpMatch, { type = 'Exact', service = '', method = '' }: GRPCMethodMatch): number[] {
  const isThere = (text: string) => (text === '' ? 0 : 1)
  const exact = type === 'Exact' ? 1 : 0
  return [isThere(service), isThere(method), headers.length, exact, service.length, method.length]
}

/**
 * Exact paths, longer prefixes, expressions; then methods, more headers, more parameters. A prefix that is every path goes
 * last, for no expression would ever be reached behind it.
 */
function requestWeights({ uri, method, headers, queryParams }: HttpMatch): readonly number[] {
  const length = uri === undefined || uri.kind === 'present' ? 0 : uri.value.length
  const isAll = uri === undefined || (uri.kind === 'prefix' && uri.value === '/')
  const kind = uri?.kind === 'exact' ? 3 : isAll ? 0 : uri?.kind === 'prefix' ? 2 : 1
  return [kind, length, method === undefined ? 0 : 1, headers.length, queryParams.length]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
