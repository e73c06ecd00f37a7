import { duration } from '../forms.ts'
import { isHeaderName } from '../http-forms.ts'
import { keySet } from '../key-set.ts'
import { parseRemoteUrl } from '../remote-url.ts'
import type { Resource } from '../resource.ts'
import { badForm, cannotServe, conflict, missing, type RuleFinding } from '../rule-finding.ts'
import { targetRules } from './policy-target.ts'
import type { JWTRule, RequestAuthentication } from './request-authentication.ts'

/** Istio's validation of RequestAuthentication. */
export function* requestAuthenticationRules(resource: Resource): Iterable<RuleFinding> {
  const { spec = {} } = resource as unknown as RequestAuthentication
  yield* targetRules(spec)
  for (const [index, rule] of (spec.jwtRules ?? []).entries()) {
    const pointer = `/spec/jwtRules/${index}`
    yield* keyRules(rule, pointer)
    yield* placeRules(rule, pointer)
    yield* outputRules(rule, pointer)
    yield* duration(`${pointer}/timeout`, rule.timeout, 1, longestFetch)
  }
}

/** Envoy's, for what it fetches by HTTP. */
const longestFetch = { ms: 4_294_967_295_000, text: '1193046h28m15s' }

function* keyRules(rule: JWTRule, pointer: string): Iterable<RuleFinding> {
  const sources = (['jwksUri', 'jwks_uri', 'jwks'] as const).filter(field => rule[field] !== undefined)
  for (const field of sources.slice(1)) yield conflict(`${pointer}/${field}`, sources[0]!)
  if (rule.issuer === undefined && rule.jwksUri === undefined && rule.jwks_uri === undefined)
    yield missing(pointer, 'issuer or jwksUri')
  for (const field of ['jwksUri', 'jwks_uri'] as const) {
    const uri = rule[field]
    if (uri !== undefined && parseRemoteUrl(uri) === undefined)
      yield badForm(
        `${pointer}/${field}`,
        uri,
        'a URL that keys can be fetched from',
        'write http:// or https://, host and path',
      )
  }
  if (rule.jwks !== undefined) yield* keySetRules(rule.jwks, `${pointer}/jwks`)
  else if (sources.length === 0 && rule.issuer !== undefined)
    yield cannotServe(
      `${pointer}/issuer`,
      'a proxy does not ask an issuer where its keys are, so it takes none of its tokens: name jwksUri or jwks',
    )
}

function* keySetRules(text: string, pointer: string): Iterable<RuleFinding> {
  const { problem, isSecret } = keySet(text)
  if (problem !== undefined) yield missing(pointer, problem)
  if (isSecret) yield { slug: 'secret-key', pointer, params: {} }
}

function* placeRules(rule: JWTRule, pointer: string): Iterable<RuleFinding> {
  for (const [index, { name }] of (rule.fromHeaders ?? []).entries())
    if (!isHeaderName(name)) yield badHeader(`${pointer}/fromHeaders/${index}/name`, name)
}

function* outputRules(rule: JWTRule, pointer: string): Iterable<RuleFinding> {
  const { outputPayloadToHeader: header } = rule
  if (header !== undefined && !isHeaderName(header)) yield badHeader(`${pointer}/outputPayloadToHeader`, header)
}

function badHeader(pointer: string, value: string): RuleFinding {
  return { slug: 'header-name-invalid', pointer, params: { value } }
}
