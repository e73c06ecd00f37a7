import type { KeySource, TokenPolicy, TokenRule } from '../../model/token-policy.ts'
import { at, type Contribution, type LowerContext, nodeOf } from '../definition.ts'
import { durationMs } from '../duration.ts'
import { parseRemoteUrl } from '../remote-url.ts'
import type { Resource } from '../resource.ts'
import { lowerTarget } from './policy-target.ts'
import type { JWTRule, RequestAuthentication } from './request-authentication.ts'

export function lowerRequestAuthentication(resource: Resource, context: LowerContext): Contribution {
  const { spec = {} } = resource as unknown as RequestAuthentication
  const policy: TokenPolicy = {
    ...nodeOf(resource),
    ...lowerTarget(spec, resource),
    rules: (spec.jwtRules ?? []).map((rule, index) =>
      lowerRule(rule, at(resource, `/spec/jwtRules/${index}`), context),
    ),
  }
  return { tokenPolicies: [policy] }
}

function lowerRule(rule: JWTRule, place: string, context: LowerContext): TokenRule {
  return {
    ...(rule.issuer === undefined ? {} : { issuer: rule.issuer }),
    audiences: rule.audiences ?? [],
    keys: keysOf(rule, context),
    fromHeaders: (rule.fromHeaders ?? []).map(({ name, prefix = '' }) => ({ name, prefix })),
    fromParams: rule.fromParams ?? [],
    fromCookies: rule.fromCookies ?? [],
    isForwarded: rule.forwardOriginalToken ?? false,
    ...(rule.outputPayloadToHeader === undefined ? {} : { payloadHeader: rule.outputPayloadToHeader }),
    claimHeaders: rule.outputClaimToHeaders ?? [],
    // Those that Istio always takes for lists.
    spacedClaims: [...new Set([...(rule.spaceDelimitedClaims ?? []), 'permission', 'scope'])].sort(),
    at: place,
  }
}

/** ms; Istio's default. */
const defaultTimeout = 5000

function keysOf(rule: JWTRule, { domain }: LowerContext): KeySource {
  if (rule.jwks !== undefined && rule.jwks !== '') return { kind: 'inline', jwks: rule.jwks }
  const uri = rule.jwksUri ?? rule.jwks_uri
  const url = uri === undefined ? undefined : parseRemoteUrl(uri)
  if (uri === undefined || url === undefined) return { kind: 'unknown' }
  return {
    kind: 'remote',
    ...url,
    // TLS to a service of the mesh is its application's own, of which its cluster knows nothing.
    isService: !url.isTls && url.host.endsWith(`.svc.${domain}`),
    timeoutMs: durationMs(rule.timeout) ?? defaultTimeout,
  }
}
