/** What routes of other kinds than HTTPRoute must be beyond their shapes. */
import { isIpAddress } from '../forms.ts'
import { regex } from '../http-forms.ts'
import type { Resource } from '../resource.ts'
import { badForm, missing, type RuleFinding, twice } from '../rule-finding.ts'
import { backendFilterRules } from './backend-filters.ts'
import { filterRules } from './filter-rules.ts'
import type { GRPCMethodMatch, GRPCRoute, GRPCRouteRule } from './grpc-route.ts'
import { headerNames } from './header-names.ts'
import { sessionRules, splitSessionRules } from './http-route-rules.ts'
import { answerRules, backendRules, backendWeights, hostnameRules, parentRules } from './reference-rules.ts'
import type { TCPRoute } from './tcp-route.ts'
import type { TLSRoute } from './tls-route.ts'

export function* l4RouteRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as TCPRoute | TLSRoute
  yield* parentRules('/spec/parentRefs', spec.parentRefs, resource.metadata.namespace ?? '')
  for (const [index, host] of ('hostnames' in spec ? spec.hostnames : []).entries())
    if (isIpAddress(host)) yield badForm(`/spec/hostnames/${index}`, host, 'a server name')
  const lost = resource.kind === 'UDPRoute' ? 'every datagram is lost' : 'every connection is closed'
  for (const [index, { backendRefs }] of spec.rules.entries()) {
    for (const [number, ref] of backendRefs.entries())
      yield* backendRules(`/spec/rules/${index}/backendRefs/${number}`, ref)
    yield* backendWeights(`/spec/rules/${index}`, backendRefs, lost)
  }
}

const mostMatches = 128

/** No part of a method's name is replaced, and a call that fails is told so in gRPC's words. */
const filtered = { isPrefix: false, lost: 'calls get UNAVAILABLE' }

export function* grpcRouteRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as GRPCRoute
  const { parentRefs, rules = [] } = spec
  yield* parentRules('/spec/parentRefs', parentRefs, resource.metadata.namespace ?? '')
  yield* hostnameRules(spec)
  yield* twice(
    rules.map(({ name }) => name),
    index => `/spec/rules/${index}/name`,
  )
  const value = rules.reduce((sum, { matches = [] }) => sum + matches.length, 0)
  if (value > mostMatches) {
    const range = `at most ${mostMatches} matches in all rules together`
    yield { slug: 'out-of-range', pointer: '/spec/rules', params: { range, value } }
  }
  for (const [index, rule] of rules.entries()) yield* ruleRules(`/spec/rules/${index}`, rule)
}

function* ruleRules(pointer: string, rule: GRPCRouteRule): Iterable<RuleFinding> {
  for (const [index, { method, headers = [] }] of (rule.matches ?? []).entries()) {
    const place = `${pointer}/matches/${index}`
    yield* methodRules(`${place}/method`, method)
    yield* headerNames(headers, number => `${place}/headers/${number}/name`)
    for (const [number, { type, value }] of headers.entries())
      if (type === 'RegularExpression') yield* regex(`${place}/headers/${number}/value`, value)
  }
  yield* filterRules(`${pointer}/filters`, rule.filters, filtered)
  for (const [index, ref] of (rule.backendRefs ?? []).entries()) {
    yield* backendRules(`${pointer}/backendRefs/${index}`, ref)
    yield* filterRules(`${pointer}/backendRefs/${index}/filters`, ref.filters, filtered)
  }
  yield* backendFilterRules(pointer, rule)
  yield* backendWeights(pointer, rule.backendRefs ?? [], 'every call gets UNAVAILABLE')
  yield* answerRules(pointer, rule, 'every call that it is for gets UNAVAILABLE')
  yield* sessionRules(`${pointer}/sessionPersistence`, rule.sessionPersistence)
  yield* splitSessionRules(pointer, rule)
}

const serviceName = /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i
const methodName = /^[A-Za-z_][A-Za-z_0-9]*$/

function* methodRules(pointer: string, match: GRPCMethodMatch | undefined): Iterable<RuleFinding> {
  if (match === undefined) return
  const { type = 'Exact', service, method } = match
  if (service === undefined && method === undefined) yield missing(pointer, 'service or method')
  if (type === 'RegularExpression') {
    yield* regex(`${pointer}/service`, service)
    yield* regex(`${pointer}/method`, method)
    return
  }
  if (service !== undefined && !serviceName.test(service))
    yield badForm(`${pointer}/service`, service, 'the name of a service with its package')
  if (method !== undefined && !methodName.test(method))
    yield badForm(`${pointer}/method`, method, 'the name of a method')
}
