/** A VirtualService's match as Envoy's route match. */
import type { HttpMatch, NamedMatch, StringMatch } from '../../../model/http-route.ts'
import { claimMetadata, textOrList } from './claims.ts'
import { compact, type Message } from './envoy-resource.ts'

/** Everything: what a rule without matches means. */
export const anyRequest: Message = { prefix: '/' }

export function routeMatch(match: HttpMatch): Message {
  const headers = [
    ...pseudoHeader(':method', match.method),
    ...pseudoHeader(':authority', match.authority),
    ...pseudoHeader(':scheme', match.scheme),
    ...match.headers.filter(isHeader).map(headerMatcher),
    ...match.withoutHeaders.filter(isHeader).map(withoutHeader),
  ]
  const claims = [
    ...match.headers.flatMap(claimMatcher),
    ...match.withoutHeaders.flatMap(claimMatcher).map(claim => ({ ...claim, invert: true })),
  ]
  return compact({
    ...pathMatch(match),
    case_sensitive: match.ignoreUriCase ? false : undefined,
    headers: headers.length === 0 ? undefined : headers,
    dynamic_metadata: claims.length === 0 ? undefined : claims,
    query_parameters: match.queryParams.length === 0 ? undefined : match.queryParams.map(queryMatcher),
    cookies: match.cookies?.map(({ name, value }) => ({ name, string_match: { exact: value } })),
  })
}

/** The same, for requests whose host names a port. */
export function withPort(match: Message): Message {
  const headers = (match['headers'] ?? []) as readonly Message[]
  return {
    ...match,
    headers: [...headers, { name: ':authority', string_match: { safe_regex: { regex: '.*:[0-9]+' } } }],
  }
}

function pathMatch({ uri, isWholeParts }: HttpMatch): Message {
  switch (uri?.kind) {
    case 'exact':
      return { path: uri.value }
    case 'prefix':
      return isWholeParts ? { path_separated_prefix: uri.value } : { prefix: uri.value }
    case 'regex':
      return { safe_regex: { regex: uri.value } }
    default:
      return anyRequest
  }
}

/** Envoy's StringMatcher. */
export function stringMatcher(match: Exclude<StringMatch, { readonly kind: 'present' }>): Message {
  if (match.kind === 'regex') return { safe_regex: { regex: match.value } }
  // Envoy refuses an empty prefix, which matches everything.
  if (match.kind === 'prefix' && match.value === '') return { safe_regex: { regex: '.*' } }
  return { [match.kind]: match.value }
}

function pseudoHeader(name: string, match: StringMatch | undefined): Message[] {
  return match === undefined ? [] : [headerMatcher({ name, match })]
}

function headerMatcher({ name, match }: NamedMatch): Message {
  return match.kind === 'present' ? { name, present_match: true } : { name, string_match: stringMatcher(match) }
}

function isHeader({ claim }: NamedMatch): boolean {
  return claim === undefined
}

/** What the filter for tokens left; one that is absent has no value. */
function claimMatcher({ claim, match }: NamedMatch): Message[] {
  if (claim === undefined) return []
  return [claimMetadata(claim, match.kind === 'present' ? { present_match: true } : textOrList(stringMatcher(match)))]
}

/** A header that is absent does not have the value either. */
function withoutHeader({ name, match }: NamedMatch): Message {
  const matcher = headerMatcher({ name, match })
  return match.kind === 'present'
    ? { ...matcher, invert_match: true }
    : { ...matcher, invert_match: true, treat_missing_header_as_empty: true }
}

function queryMatcher({ name, match }: NamedMatch): Message {
  return match.kind === 'present' ? { name, present_match: true } : { name, string_match: stringMatcher(match) }
}

/** Does this match take every request, so that nothing after it can be reached? */
export function isCatchAll(match: HttpMatch): boolean {
  const isAnyPath = match.uri === undefined || (match.uri.kind === 'prefix' && match.uri.value === '/')
  return (
    isAnyPath &&
    match.method === undefined &&
    match.authority === undefined &&
    match.scheme === undefined &&
    match.cookies === undefined &&
    match.headers.length + match.withoutHeaders.length + match.queryParams.length === 0
  )
}
