import { parseDuration } from '../duration.ts'
import { regex } from '../http-forms.ts'
import type { Resource } from '../resource.ts'
import { badForm, cannotServe, conflict, missing, type RuleFinding, range, twice } from '../rule-finding.ts'
import { backendFilterRules } from './backend-filters.ts'
import { filterRules } from './filter-rules.ts'
import { headerNames } from './header-names.ts'
import type { HTTPPathMatch, HTTPRoute, HTTPRouteMatch, HTTPRouteRule, SessionPersistence } from './http-route.ts'
import { answerRules, backendRules, backendWeights, hostnameRules, parentRules } from './reference-rules.ts'

const mostMatches = 128
/** Envoy counts in 32 bits. */
const mostTries = 2 ** 32 - 1

export function* httpRouteRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as HTTPRoute
  const { rules = [] } = spec
  yield* parentRules('/spec/parentRefs', spec.parentRefs, resource.metadata.namespace ?? '')
  yield* hostnameRules(spec)
  yield* twice(
    rules.map(({ name }) => name),
    index => `/spec/rules/${index}/name`,
  )
  const matches = rules.reduce((sum, rule) => sum + (rule.matches?.length ?? 1), 0)
  if (matches > mostMatches)
    yield {
      slug: 'out-of-range',
      pointer: '/spec/rules',
      params: { range: `at most ${mostMatches} matches in all rules together`, value: matches },
    }
  for (const [index, rule] of rules.entries()) yield* ruleRules(`/spec/rules/${index}`, rule)
}

function* ruleRules(pointer: string, rule: HTTPRouteRule): Iterable<RuleFinding> {
  const { matches = [{}], filters, backendRefs = [] } = rule
  const lost = 'requests get 500'
  const isPrefix = matches.length === 1 && (matches[0]!.path?.type ?? 'PathPrefix') === 'PathPrefix'
  for (const [index, match] of matches.entries()) yield* matchRules(`${pointer}/matches/${index}`, match)
  yield* filterRules(`${pointer}/filters`, filters, { isPrefix, lost })
  if (backendRefs.length > 0 && filters?.some(({ requestRedirect }) => requestRedirect !== undefined))
    yield conflict(`${pointer}/backendRefs`, 'a redirect, which sends requests nowhere')
  for (const [index, ref] of backendRefs.entries()) {
    const place = `${pointer}/backendRefs/${index}`
    yield* backendRules(place, ref)
    yield* filterRules(`${place}/filters`, ref.filters, { isPrefix, lost })
  }
  yield* backendFilterRules(pointer, rule)
  yield* backendWeights(pointer, backendRefs, 'every request gets 500')
  yield* answerRules(pointer, rule, 'every request that it is for gets 500')
  yield* timeoutRules(pointer, rule)
  yield* range(`${pointer}/retry/attempts`, rule.retry?.attempts, { min: 0, max: mostTries })
  yield* twice(rule.retry?.codes ?? [], index => `${pointer}/retry/codes/${index}`)
  yield* sessionRules(`${pointer}/sessionPersistence`, rule.sessionPersistence)
  yield* splitSessionRules(pointer, rule)
}

function* matchRules(pointer: string, match: HTTPRouteMatch): Iterable<RuleFinding> {
  yield* pathRules(`${pointer}/path`, match.path)
  for (const field of ['headers', 'queryParams'] as const) {
    const list = match[field] ?? []
    const pointerOf = (index: number) => `${pointer}/${field}/${index}/name`
    if (field === 'headers') yield* headerNames(list, pointerOf)
    else
      yield* twice(
        list.map(({ name }) => name),
        pointerOf,
      )
    for (const [index, { type, value }] of list.entries())
      if (type === 'RegularExpression') yield* regex(`${pointer}/${field}/${index}/value`, value)
  }
}

const pathLetters = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/
const badParts = ['//', '/./', '/../', '%2f', '%2F', '#']

function* pathRules(pointer: string, path: HTTPPathMatch | undefined): Iterable<RuleFinding> {
  const { type = 'PathPrefix', value = '/' } = path ?? {}
  const place = path?.value === undefined ? pointer : `${pointer}/value`
  if (type === 'RegularExpression') yield* regex(place, value)
  else if (!value.startsWith('/')) yield badForm(place, value, 'a path that begins with "/"')
  else if (badParts.some(part => value.includes(part)) || /\/\.\.?$/.test(value))
    yield badForm(place, value, 'a path without empty parts, parts of dots, encoded slashes and "#"')
  else if (!pathLetters.test(value)) yield badForm(place, value, 'a path in the letters of URLs', 'write others as %xx')
}

function* timeoutRules(pointer: string, { timeouts }: HTTPRouteRule): Iterable<RuleFinding> {
  const request = timeouts?.request === undefined ? undefined : parseDuration(timeouts.request)
  const each = timeouts?.backendRequest === undefined ? undefined : parseDuration(timeouts.backendRequest)
  if (request && each !== undefined && each > request)
    yield {
      slug: 'out-of-range',
      pointer: `${pointer}/timeouts/backendRequest`,
      params: { range: `at most the request’s ${timeouts!.request!}`, value: timeouts!.backendRequest! },
    }
}

const cookiePath = /^\/[\x21-\x3a\x3c-\x7e]*$/

export function* sessionRules(pointer: string, session: SessionPersistence | undefined): Iterable<RuleFinding> {
  if (session === undefined) return
  const { type = 'Cookie', cookie, header, absoluteTimeout } = session
  if (type === 'Cookie' && cookie === undefined) yield missing(pointer, 'cookie')
  if (type === 'Header' && header === undefined) yield missing(pointer, 'header')
  if (type !== 'Cookie' && cookie !== undefined) yield conflict(`${pointer}/cookie`, `the type ${type}`)
  if (type !== 'Header' && header !== undefined) yield conflict(`${pointer}/header`, `the type ${type}`)
  const { path } = cookie ?? {}
  if (path !== undefined && !cookiePath.test(path))
    yield badForm(`${pointer}/cookie/path`, path, 'a path that begins with "/", without ";" and white space')
  if (cookie?.lifetimeType === 'Permanent' && absoluteTimeout === undefined) yield missing(pointer, 'absoluteTimeout')
  // Both would hold for ever: what a client sends back says nothing of when it began.
  if (absoluteTimeout !== undefined && type === 'Header')
    yield cannotServe(`${pointer}/absoluteTimeout`, 'a session by a header does not tell Envoy when it began')
  else if (absoluteTimeout !== undefined && cookie?.lifetimeType !== 'Permanent')
    yield cannotServe(
      `${pointer}/absoluteTimeout`,
      'a cookie that ends with the browser does not tell Envoy when it began; use the lifetimeType Permanent',
    )
}

/** Envoy picks a backend by weight, and stays with an endpoint of the one that it has picked. */
export function* splitSessionRules(
  pointer: string,
  { sessionPersistence: session, backendRefs = [] }: Pick<HTTPRouteRule, 'sessionPersistence' | 'backendRefs'>,
): Iterable<RuleFinding> {
  if (session?.type === 'Header' && backendRefs.length > 1)
    yield cannotServe(
      `${pointer}/sessionPersistence/header`,
      'with several backends each request is for one of them by weight, and a session by a header is kept within each; use a cookie',
    )
}
