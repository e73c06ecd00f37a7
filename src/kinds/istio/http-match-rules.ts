import { isDnsLabel, isFqdn, labels } from '../forms.ts'
import { bareHost, httpMethods, isHeaderName, regex } from '../http-forms.ts'
import { badForm, missing, noEffect, outdated, port, type RuleFinding, token } from '../rule-finding.ts'
import { claimOf, isClaimName } from './claim-name.ts'
import type { HTTPMatchRequest, StringMatch, StringMatchMap } from './virtual-service.ts'

const pseudoHeaders: ReadonlySet<string> = new Set([':authority', ':method', ':path', ':scheme'])

/** What an HTTP match may ask for (Istio's validation of HTTPMatchRequest). */
export function* httpMatchRules(match: HTTPMatchRequest, pointer: string): Iterable<RuleFinding> {
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const)
    yield* textMatch(`${pointer}/${field}`, match[field], { isUri: field === 'uri' })
  yield* pathRules(match.uri, `${pointer}/uri`)
  yield* requestRules(match, pointer)
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const)
    yield* namedMatches(`${pointer}/${field}`, match[field], field)
  if (match.ignoreUriCase === true && match.uri === undefined)
    yield noEffect(`${pointer}/ignoreUriCase`, 'there is no uri to match')
  if (match.ignoreUriCase === true && match.uri?.regex !== undefined)
    yield noEffect(`${pointer}/ignoreUriCase`, 'a regex says by itself whether case counts: (?i)')
  yield* port(`${pointer}/port`, match.port)
  if (match.sourceNamespace !== undefined && !isDnsLabel(match.sourceNamespace))
    yield badForm(`${pointer}/sourceNamespace`, match.sourceNamespace, 'a DNS label')
  yield* labels(`${pointer}/sourceLabels`, match.sourceLabels)
  yield* gatewayNames(`${pointer}/gateways`, match.gateways)
  yield* callerRules(match, pointer)
}

/** What else no request is: methods are in upper case, and a host is no URL. */
function* requestRules({ method, scheme, authority }: HTTPMatchRequest, pointer: string): Iterable<RuleFinding> {
  const { exact: word = '' } = method ?? {}
  const upper = word.toUpperCase()
  if (httpMethods.has(upper) && word !== upper)
    yield noEffect(`${pointer}/method/exact`, `methods are in upper case: write ${upper}`)
  const { exact: kind = '' } = scheme ?? {}
  if (/[A-Z:/]/.test(kind)) yield noEffect(`${pointer}/scheme/exact`, 'a scheme is http or https')
  for (const way of ['exact', 'prefix'] as const) {
    const host = authority?.[way] ?? ''
    if (host.includes('/')) yield noEffect(`${pointer}/authority/${way}`, `a host is no URL: write ${bareHost(host)}`)
  }
}

/** A path that is asked for begins with a slash (RFC 9112, but for `OPTIONS *`), and has a wildcard in a regex alone. */
function* pathRules({ exact, prefix, regex: pattern }: StringMatch = {}, pointer: string): Iterable<RuleFinding> {
  const begins = 'paths begin with a slash'
  for (const [way, text] of Object.entries({ exact, prefix })) {
    const bare = text?.replace(/[?#].*$/s, '')
    if (bare !== text) yield noEffect(`${pointer}/${way}`, `a path is compared without its query: write ${bare}`)
  }
  const literal = 'a star stands for itself here: prefix and exact know no wildcards'
  if (exact !== undefined && exact !== '' && exact !== '*' && !exact.startsWith('/'))
    yield noEffect(`${pointer}/exact`, begins)
  else if (exact?.endsWith('/*') === true) yield noEffect(`${pointer}/exact`, literal)
  if (prefix !== undefined && prefix !== '' && !prefix.startsWith('/')) yield noEffect(`${pointer}/prefix`, begins)
  else if (prefix?.endsWith('*') === true) yield noEffect(`${pointer}/prefix`, literal)
  // Only of the plainest is it known where it begins.
  if (pattern !== undefined && /^\^?[a-z0-9](?![?*{])[^|]*$/i.test(pattern)) yield noEffect(`${pointer}/regex`, begins)
}

/** Istio looks at a match's gateways, or else at who calls. */
export function* callerRules(
  match: Pick<HTTPMatchRequest, 'gateways' | 'sourceLabels' | 'sourceNamespace'>,
  pointer: string,
): Iterable<RuleFinding> {
  if ((match.gateways ?? []).length === 0) return
  for (const field of ['sourceLabels', 'sourceNamespace'] as const)
    if (match[field] !== undefined)
      yield noEffect(`${pointer}/${field}`, 'a match with gateways does not ask who calls')
}

/** `mesh`, a name, or `namespace/name`; once also `name.namespace.svc.cluster.local`. */
export function* gatewayNames(pointer: string, names: readonly string[] | undefined): Iterable<RuleFinding> {
  for (const [index, name] of (names ?? []).entries()) {
    const parts = name.split('/')
    const [own, namespace] = name.split('.')
    if (parts.length === 1 && namespace !== undefined && isFqdn(name))
      yield outdated(`${pointer}/${index}`, 'gateways are no hosts', `write "${namespace}/${own}"`)
    else if (parts.length > 2 || !parts.every(isDnsLabel))
      yield badForm(`${pointer}/${index}`, name, 'a gateway', 'write its name, or namespace/name')
  }
}

function* namedMatches(
  pointer: string,
  matches: StringMatchMap | undefined,
  field: 'headers' | 'withoutHeaders' | 'queryParams',
): Iterable<RuleFinding> {
  for (const [name, match] of Object.entries(matches ?? {})) {
    const place = `${pointer}/${token(name)}`
    const isName = field === 'queryParams' ? name !== '' : isHeaderName(name) || pseudoHeaders.has(name)
    if (field !== 'queryParams' && isClaimName(name)) yield* claimName(place, name)
    else if (!isName) yield { slug: 'header-name-invalid', pointer: place, isName: true, params: { value: name } }
    yield* textMatch(place, match, {
      isUri: false,
      isPresenceAllowed: true,
      isStarAllowed: field === 'withoutHeaders',
    })
  }
}

function* claimName(pointer: string, name: string): Iterable<RuleFinding> {
  if (claimOf(name) === undefined)
    yield badForm(
      pointer,
      name,
      'the name of a claim',
      'write @request.auth.claims.NAME, or @request.auth.claims[NAME][NAME]',
    )
}

interface MatchRules {
  readonly isUri: boolean
  readonly isPresenceAllowed?: boolean
  readonly isStarAllowed?: boolean
}

/** Exactly one way to compare; none stands for presence where that can be asked. */
export function* textMatch(
  pointer: string,
  match: StringMatch | undefined,
  { isUri, isPresenceAllowed = false, isStarAllowed = false }: MatchRules,
): Iterable<RuleFinding> {
  if (match === undefined) return
  const ways = (['exact', 'prefix', 'regex'] as const).filter(way => match[way] !== undefined)
  if (ways.length > 1) yield { slug: 'field-conflict', pointer: `${pointer}/${ways[1]}`, params: { other: ways[0]! } }
  if (ways.length === 0 && !isPresenceAllowed) yield missing(pointer, 'exact, prefix or regex')
  if (match.prefix === '' && !isUri)
    yield badForm(`${pointer}/prefix`, '', 'a prefix: it must not be empty', 'match any value by an empty match, {}')
  // Where a header must not be, Istio reads the regex `*` as "present".
  if (!(isStarAllowed && match.regex === '*')) yield* regex(`${pointer}/regex`, match.regex)
}
