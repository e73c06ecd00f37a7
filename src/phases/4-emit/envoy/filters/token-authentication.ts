import type { KeySource, TokenRule } from '../../../../model/token-policy.ts'
import { hostExpression } from '../access-strings.ts'
import { compact, type Message, seconds, typed } from '../envoy-resource.ts'
import type { Guard, HostScope } from '../guard.ts'
import { keyCluster, noKeys } from '../key-clusters.ts'
import type { Direction, HttpFilter } from './filter.ts'

/**
 * Verifies tokens: one that is bad ends the request with 401, none at all is nobody's business here. What a good one says
 * is left as metadata, which the filters for access look at.
 */
export const tokenAuthentication: HttpFilter = {
  name: 'envoy.filters.http.jwt_authn',
  config: ({ guard, direction }) =>
    guard === undefined || guard.tokens.length === 0
      ? undefined
      : typed('envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication', {
          providers: Object.fromEntries(
            guard.tokens.map((rule, index) => [providerName(index), provider(rule, direction)]),
          ),
          rules: requirements(guard),
          // A browser's question whether it may ask carries no token.
          bypass_cors_preflight: true,
        }),
}

/** What requests must have: those of each part where parts differ, and first of all what no part has anything against. */
function requirements({ tokens, tokenScopes }: Guard): Message[] {
  const names = (rules: readonly TokenRule[]) => rules.map(rule => providerName(tokens.indexOf(rule)))
  if (tokenScopes === undefined) return [{ match: { prefix: '/' }, requires: requirement(names(tokens)) }]
  return tokenScopes.map(({ rules, ...scope }) =>
    compact({
      match: { prefix: '/', headers: hostHeaders(scope) },
      requires: rules.length === 0 ? undefined : requirement(names(rules)),
    }),
  )
}

function hostHeaders({ hosts, notHosts }: HostScope): Message[] {
  const one = (list: readonly string[]) => list.map(hostExpression).join('|')
  const header = (list: readonly string[]) => ({
    name: ':authority',
    string_match: { safe_regex: { regex: one(list) } },
  })
  return [
    ...(hosts.length === 0 ? [] : [header(hosts)]),
    ...(notHosts.length === 0 ? [] : [{ ...header(notHosts), invert_match: true }]),
  ]
}

function providerName(index: number): string {
  return `origins-${index}`
}

/**
 * Every token that is there must be good. With several issuers a token of one is none of the other's: then one good token
 * is enough, for they may all stand in the same header (istiod's rule).
 */
function requirement(names: readonly string[]): Message {
  const ofEach = names.map(name => any([{ provider_name: name }, { allow_missing: {} }]))
  if (ofEach.length === 1) return ofEach[0]!
  return any([...names.map(name => ({ provider_name: name })), { requires_all: { requirements: ofEach } }])
}

function any(requirements: readonly Message[]): Message {
  return { requires_any: { requirements } }
}

function provider(rule: TokenRule, direction: Direction): Message {
  const list = <Item>(items: readonly Item[]) => (items.length === 0 ? undefined : items)
  return compact({
    issuer: rule.issuer,
    audiences: list(rule.audiences),
    ...keySource(rule.keys),
    from_headers: list(rule.fromHeaders.map(({ name, prefix }) => ({ name, value_prefix: prefix }))),
    from_params: list(rule.fromParams),
    from_cookies: list(rule.fromCookies),
    forward: rule.isForwarded,
    forward_payload_header: rule.payloadHeader,
    claim_to_headers: list(rule.claimHeaders.map(({ header, claim }) => ({ header_name: header, claim_name: claim }))),
    payload_in_metadata: 'payload',
    normalize_payload_in_metadata: { space_delimited_claims: rule.spacedClaims },
    // A gateway's routes may ask for claims: the route is picked anew once they are known.
    clear_route_cache: direction === 'gateway' ? true : undefined,
  })
}

/** For how long keys are good that were fetched (Istio's setting). */
const keptFor = '300s'

function keySource(keys: KeySource): Message {
  if (keys.kind === 'inline') return { local_jwks: { inline_string: keys.jwks } }
  const http =
    keys.kind === 'unknown'
      ? { uri: 'http://unknown.invalid/', cluster: noKeys, timeout: '1s' }
      : { uri: keys.uri, cluster: keyCluster(keys), timeout: seconds(keys.timeoutMs) }
  return { remote_jwks: { http_uri: http, cache_duration: keptFor } }
}
