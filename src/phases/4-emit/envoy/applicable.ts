/** Which rules of a routing can hold for whom it is compiled. */
import type { HttpRouting } from '../../../model/http-route.ts'
import { type Labels, selects } from '../../../model/node.ts'

/** For whom rules are compiled. */
export interface Audience {
  /** The port that was called. */
  readonly port: number
  /** `mesh`, or `namespace/name` of the gateway. */
  readonly gateway: string
  readonly source?: { readonly namespace: string; readonly labels: Labels }
}

/** The part of a match that is decided when compiling. */
export interface CallerMatch {
  readonly port?: number
  readonly sourceLabels: Labels
  readonly sourceNamespace?: string
  readonly gateways?: readonly string[]
}

/** Do rules without matches hold there? */
export function isBound(routing: Pick<HttpRouting, 'gateways'>, { gateway }: Pick<Audience, 'gateway'>): boolean {
  return routing.gateways.some(bound => bound.gateway === gateway)
}

/** Is the gateway, or `mesh`, named by the routing or by any of its matches? */
export function isNamed({ gateways, rules, tls, tcp }: HttpRouting, gateway: string): boolean {
  return (
    isBound({ gateways }, { gateway }) ||
    [...rules, ...tls, ...tcp].some(({ matches }) => matches.some(match => match.gateways?.includes(gateway)))
  )
}

/** Port, caller and gateway are known when compiling (Istio decides them so too; of requests labels don't count with `gateways`). */
export function canMatch(match: CallerMatch, routing: HttpRouting, audience: Audience): boolean {
  if (match.port !== undefined && match.port !== audience.port) return false
  if (match.gateways !== undefined) return match.gateways.includes(audience.gateway)
  return isBound(routing, audience) && isFromCaller(match, audience)
}

function isFromCaller(match: CallerMatch, { source }: Audience): boolean {
  if (source === undefined) return !dependsOnSource(match)
  const isFromHere = match.sourceNamespace === undefined || match.sourceNamespace === source.namespace
  return isFromHere && selects(match.sourceLabels, source.labels)
}

/** Does it tell callers apart? */
export function dependsOnSource({ sourceLabels, sourceNamespace }: CallerMatch): boolean {
  return Object.keys(sourceLabels).length > 0 || sourceNamespace !== undefined
}

/** The alternatives of a rule that can hold; undefined stands for everything. */
export function alternativesOf<Match extends CallerMatch>(
  matches: readonly Match[],
  routing: HttpRouting,
  audience: Audience,
): readonly (Match | undefined)[] {
  if (matches.length === 0) return isBound(routing, audience) ? [undefined] : []
  return matches.filter(match => canMatch(match, routing, audience))
}

/** The same of a rule for connections: there labels count in any case (Istio's rule). */
export function connectionsOf<Match extends CallerMatch>(
  matches: readonly Match[],
  routing: HttpRouting,
  audience: Audience,
): readonly (Match | undefined)[] {
  return alternativesOf(matches, routing, audience).filter(
    match => match === undefined || isFromCaller(match, audience),
  )
}
