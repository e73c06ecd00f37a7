import type * as model from '../../model/http-route.ts'
import { claimOf } from './claim-name.ts'
import type * as api from './virtual-service.ts'
import { qualifyGateway } from './virtual-service-lowering.ts'

export function lowerMatch(match: api.HTTPMatchRequest, namespace: string, place: string): model.HttpMatch {
  return {
    ...(match.name === undefined ? {} : { name: match.name }),
    ...single('uri', match.uri),
    ignoreUriCase: match.ignoreUriCase ?? false,
    ...single('scheme', match.scheme),
    ...single('method', match.method),
    ...single('authority', match.authority),
    headers: namedOrClaims(match.headers),
    withoutHeaders: namedOrClaims(match.withoutHeaders),
    queryParams: named(match.queryParams),
    ...(match.port === undefined ? {} : { port: match.port }),
    sourceLabels: match.sourceLabels ?? {},
    ...(match.sourceNamespace === undefined ? {} : { sourceNamespace: match.sourceNamespace }),
    ...(match.gateways === undefined || match.gateways.length === 0
      ? {}
      : { gateways: match.gateways.map(gateway => qualifyGateway(gateway, namespace)) }),
    ...(match.statPrefix ? { statPrefix: match.statPrefix } : {}),
    at: place,
  }
}

/** A match that says nothing is no match at all. */
export function lowerStringMatch(match: api.StringMatch): model.StringMatch[] {
  if (match.exact !== undefined) return [{ kind: 'exact', value: match.exact }]
  if (match.prefix !== undefined) return [{ kind: 'prefix', value: match.prefix }]
  return match.regex === undefined ? [] : [{ kind: 'regex', value: match.regex }]
}

function single<Field extends 'uri' | 'scheme' | 'method' | 'authority'>(
  field: Field,
  match: api.StringMatch | undefined,
): { readonly [F in Field]?: model.StringMatch } {
  const lowered = match === undefined ? undefined : lowerStringMatch(match)[0]
  return (lowered === undefined ? {} : { [field]: lowered }) as { readonly [F in Field]?: model.StringMatch }
}

/** Headers, and what a verified token says where the name is that of a claim. */
function namedOrClaims(matches: api.StringMatchMap | undefined): model.NamedMatch[] {
  return named(matches).map(each => {
    const claim = claimOf(each.name)
    return claim === undefined ? each : { ...each, claim }
  })
}

/** Of headers and query parameters an empty match, and the regex `*`, mean present (Istio's reading). */
function named(matches: api.StringMatchMap | undefined): model.NamedMatch[] {
  return Object.entries(matches ?? {}).map(([name, match]) => {
    const lowered = lowerStringMatch(match)[0]
    const isPresence = lowered === undefined || (lowered.kind === 'regex' && lowered.value === '*')
    return { name, match: isPresence ? { kind: 'present' } : lowered }
  })
}
