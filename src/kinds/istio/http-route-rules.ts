import { durationMs } from '../duration.ts'
import { duration } from '../forms.ts'
import { bareHost, headerChanges, isAuthority, plainValue, regex } from '../http-forms.ts'
import {
  conflict,
  costly,
  hardlyMeant,
  missing,
  noEffect,
  outdated,
  port,
  type RuleFinding,
  range,
  token,
  unknownWord,
} from '../rule-finding.ts'
import { corsRules } from './cors-rules.ts'
import { destinationRules, weightRules } from './destination-rules.ts'
import { faultRules } from './fault-rules.ts'
import { httpMatchRules } from './http-match-rules.ts'
import { retryRules } from './retry-rules.ts'
import type { HTTPDirectResponse, HTTPRedirect, HTTPRewrite, HTTPRoute } from './virtual-service.ts'

/** What one HTTP rule may say (Istio's validation of HTTPRoute, and what Envoy takes of it). */
export function* httpRouteRules(rule: HTTPRoute, pointer: string): Iterable<RuleFinding> {
  yield* actionRules(rule, pointer)
  for (const [index, match] of (rule.match ?? []).entries()) yield* httpMatchRules(match, `${pointer}/match/${index}`)
  for (const [index, route] of (rule.route ?? []).entries()) {
    const place = `${pointer}/route/${index}`
    yield* destinationRules(route.destination, `${place}/destination`)
    yield* headerChanges(`${place}/headers`, route.headers)
  }
  yield* weightRules(rule.route, `${pointer}/route`)
  yield* redirectRules(rule, rule.redirect, `${pointer}/redirect`)
  yield* responseRules(rule.directResponse, `${pointer}/directResponse`)
  yield* rewriteRules(rule.rewrite, `${pointer}/rewrite`)
  yield* duration(`${pointer}/timeout`, rule.timeout)
  yield* retryRules(rule.retries, `${pointer}/retries`)
  yield* triesInTime(rule, `${pointer}/retries`)
  yield* faultRules(rule.fault, `${pointer}/fault`)
  yield* mirrorRules(rule, pointer)
  yield* corsRules(rule.corsPolicy, `${pointer}/corsPolicy`)
  yield* headerChanges(`${pointer}/headers`, rule.headers)
  if (rule.delegate !== undefined && !rule.delegate.name) yield missing(`${pointer}/delegate`, 'a name')
}

/** Exactly one action; who answers alone neither fails on purpose nor rewrites. */
function* actionRules(rule: HTTPRoute, pointer: string): Iterable<RuleFinding> {
  const actions = (['route', 'redirect', 'directResponse', 'delegate'] as const).filter(
    action => rule[action] !== undefined,
  )
  if (actions.length === 0) yield missing(pointer, 'route, redirect or directResponse')
  if (actions.length > 1) yield conflict(`${pointer}/${actions[1]}`, actions[0]!)
  if (rule.route?.length === 0) yield missing(`${pointer}/route`, 'a destination')
  if (rule.redirect === undefined && rule.directResponse === undefined) return
  const action = rule.redirect === undefined ? 'directResponse' : 'redirect'
  for (const field of ['fault', 'rewrite'] as const)
    if (rule[field] !== undefined) yield conflict(`${pointer}/${field}`, action)
  if (actions.length > 1) return
  for (const field of onTheWay)
    if (rule[field] !== undefined) yield noEffect(`${pointer}/${field}`, `${action} answers, and nothing is sent on`)
}

/** Envoy forgets a time for each try that is no shorter than the time for all of them. */
function* triesInTime({ timeout, retries }: HTTPRoute, pointer: string): Iterable<RuleFinding> {
  const [whole = 0, each = 0] = [durationMs(timeout), durationMs(retries?.perTryTimeout)]
  // A timeout of 0 is none.
  if (whole > 0 && each >= whole)
    yield noEffect(`${pointer}/perTryTimeout`, `the timeout of ${timeout} is for all tries together, and is no longer`)
}

/** What is for requests that are sent on; Envoy's filter for CORS looks at no others either. */
const onTheWay = ['timeout', 'retries', 'mirror', 'mirrors', 'corsPolicy'] as const

const redirectCodes: readonly number[] = [301, 302, 303, 307, 308]

function* redirectRules(rule: HTTPRoute, redirect: HTTPRedirect | undefined, pointer: string): Iterable<RuleFinding> {
  if (redirect === undefined) return
  const changes = ['uri', 'prefixRewrite', 'authority', 'scheme', 'port', 'derivePort', 'redirectCode'] as const
  if (changes.every(field => redirect[field] === undefined)) yield missing(pointer, 'something to change')
  if (redirect.uri !== undefined && redirect.prefixRewrite !== undefined)
    yield conflict(`${pointer}/prefixRewrite`, 'uri')
  if (redirect.port !== undefined && redirect.derivePort !== undefined) yield conflict(`${pointer}/derivePort`, 'port')
  const isByPrefix = (rule.match ?? []).length > 0 && rule.match!.every(match => match.uri?.prefix !== undefined)
  if (redirect.prefixRewrite !== undefined && !isByPrefix)
    yield missing(`${pointer}/prefixRewrite`, 'a uri prefix in every match')
  for (const field of ['uri', 'prefixRewrite', 'authority'] as const)
    yield* plainValue(`${pointer}/${field}`, redirect[field])
  if (redirect.scheme !== undefined && redirect.scheme !== 'http' && redirect.scheme !== 'https')
    yield unknownWord(`${pointer}/scheme`, redirect.scheme, 'a scheme', ['http', 'https'])
  yield* port(`${pointer}/port`, redirect.port)
  const code = redirect.redirectCode
  if (code !== undefined && !redirectCodes.includes(code))
    yield unknownWord(`${pointer}/redirectCode`, String(code), 'a redirect', `use ${redirectCodes.join(', ')}`)
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Envoy's bound for a direct response, which Istio raises to 1 MiB. */
const largestBody = 1_048_576
/** What Istio warns of. */
const largeBody = 102_400

function* responseRules(response: HTTPDirectResponse | undefined, pointer: string): Iterable<RuleFinding> {
  if (response === undefined) return
  // 600, which Istio lets pass, is refused by Envoy.
  yield* range(`${pointer}/status`, response.status, { min: 200, max: 599 })
  const { body } = response
  if (body?.string !== undefined && body.bytes !== undefined) yield conflict(`${pointer}/body/bytes`, 'string')
  if (body?.bytes !== undefined && !base64.test(body.bytes))
    yield unknownWord(`${pointer}/body/bytes`, body.bytes.slice(0, 20), 'base64', 'encode it, or use string')
  const size = Buffer.byteLength(body?.string ?? body?.bytes ?? '')
  if (size > largestBody)
    yield {
      slug: 'out-of-range',
      pointer: `${pointer}/body`,
      params: { range: 'at most 1 MiB', value: `${size} bytes` },
    }
  else if (size > largeBody)
    yield costly(
      `${pointer}/body`,
      `every proxy keeps its ${size} bytes`,
      'redirect to where it lies, or make it shorter',
    )
}

function* rewriteRules(rewrite: HTTPRewrite | undefined, pointer: string): Iterable<RuleFinding> {
  if (rewrite === undefined) return
  const { uri, authority, uriRegexRewrite } = rewrite
  if (uri === undefined && authority === undefined && uriRegexRewrite === undefined)
    yield missing(pointer, 'something to change')
  if (uri !== undefined && uriRegexRewrite !== undefined) yield conflict(`${pointer}/uriRegexRewrite`, 'uri')
  yield* plainValue(`${pointer}/uri`, uri)
  yield* plainValue(`${pointer}/authority`, authority)
  if (uri !== undefined && uri.trim() !== '' && !uri.startsWith('/'))
    yield hardlyMeant(`${pointer}/uri`, 'makes paths that begin with no slash, which servers refuse', `write /${uri}`)
  if (authority?.includes('/') === true)
    yield hardlyMeant(
      `${pointer}/authority`,
      'is a URL, and servers refuse such a host',
      `write ${bareHost(authority)}`,
    )
  if (uriRegexRewrite === undefined) return
  for (const field of ['match', 'rewrite'] as const)
    if (uriRegexRewrite[field] === undefined) yield missing(`${pointer}/uriRegexRewrite`, field)
  yield* regex(`${pointer}/uriRegexRewrite/match`, uriRegexRewrite.match)
  yield* plainValue(`${pointer}/uriRegexRewrite/rewrite`, uriRegexRewrite.rewrite)
}

function* mirrorRules(rule: HTTPRoute, pointer: string): Iterable<RuleFinding> {
  if (rule.mirror !== undefined && rule.mirrors !== undefined) yield conflict(`${pointer}/mirrors`, 'mirror')
  if (rule.mirror !== undefined) yield* destinationRules(rule.mirror, `${pointer}/mirror`)
  for (const [index, mirror] of (rule.mirrors ?? []).entries()) {
    yield* destinationRules(mirror.destination, `${pointer}/mirrors/${index}/destination`)
    yield* range(`${pointer}/mirrors/${index}/percentage/value`, mirror.percentage?.value, { min: 0, max: 100 })
  }
  yield* range(`${pointer}/mirrorPercentage/value`, rule.mirrorPercentage?.value, { min: 0, max: 100 })
  for (const field of ['mirrorPercent', 'mirror_percent'] as const) {
    yield* range(`${pointer}/${field}`, rule[field], { min: 0, max: 100 })
    if (rule[field] !== undefined)
      yield outdated(`${pointer}/${field}`, 'shares may have fractions now', 'write mirrorPercentage: { value: … }')
  }
  yield* authorityRules(rule, pointer)
}

/** The authority is set in one place alone (Istio's rule). */
function* authorityRules({ headers, rewrite }: HTTPRoute, pointer: string): Iterable<RuleFinding> {
  const sets = (['set', 'add'] as const).flatMap(way =>
    Object.keys(headers?.request?.[way] ?? {}).flatMap(name => (isAuthority(name) ? [{ way, name }] : [])),
  )
  const [first, ...others] = sets
  if (first !== undefined && rewrite?.authority !== undefined)
    yield conflict(`${pointer}/rewrite/authority`, `the header ${first.name}, which is set too`)
  for (const { way, name } of others)
    yield conflict(`${pointer}/headers/request/${way}/${token(name)}`, `the header ${first!.name}, which is set too`)
}
