/** What Envoy's RBAC compares for each attribute of an access rule: one line of a table each. */

import type { AccessAttribute, AccessTest } from '../../../model/access-policy.ts'
import { literalExpression } from '../../../util/literal-expression.ts'
import {
  addressRange,
  anyText,
  edgeMatcher,
  glob,
  hostMatcher,
  identityMatcher,
  inTrustDomains,
  regexMatcher,
} from './access-strings.ts'
import { claimMetadata, listOf, stringValue, textOrList } from './claims.ts'
import { type Message, typed } from './envoy-resource.ts'

/** What the matchers of one listener depend on. */
export interface MatcherContext {
  readonly trustDomain: string
  readonly trustAliases: readonly string[]
  /** Where the listener's own port is not the one that policies name. */
  readonly port?: BoundPort
}

export interface BoundPort {
  /** How policies may name it. */
  readonly named: readonly number[]
  /** What is really bound. */
  readonly bound: number
}

/** Envoy asks two questions: what is done (permissions) and who does it (principals). */
export type Side = 'permission' | 'principal'

type Matcher<Attribute extends AccessAttribute = AccessAttribute> = (
  value: string,
  context: MatcherContext,
  attribute: Attribute,
) => Message

type Table = {
  readonly [Kind in AccessAttribute['kind']]: readonly [Side, Matcher<Extract<AccessAttribute, { kind: Kind }>>]
}

const never: Message = { not_rule: { any: true } }

const table = {
  host: ['permission', value => ({ header: headerMatcher(':authority', value, hostMatcher) })],
  method: ['permission', value => ({ header: headerMatcher(':method', value) })],
  path: ['permission', pathMatcher],
  port: ['permission', portMatcher],
  'destination-ip': ['permission', value => ({ destination_ip: addressRange(value) })],
  sni: ['permission', value => ({ requested_server_name: edgeMatcher(value) })],
  'filter-metadata': ['permission', filterMetadata],
  'source-ip': ['principal', value => ({ direct_remote_ip: addressRange(value) })],
  'remote-ip': ['principal', value => ({ remote_ip: addressRange(value) })],
  principal: [
    'principal',
    (value, context) => {
      const ids = inTrustDomains(value, context).map(each => identity(identityMatcher(each)))
      return ids.length === 1 ? ids[0]! : { or_ids: { ids } }
    },
  ],
  namespace: ['principal', value => identity(regexMatcher(`.*/ns/${glob(value)}/.*`))],
  'service-account': ['principal', value => identity(accountMatcher(value))],
  'trust-domain': ['principal', value => identity(regexMatcher(`spiffe://${glob(value)}/.*`))],
  header: ['principal', (value, _context, { name }) => ({ header: headerMatcher(name, value) })],
  claim: ['principal', (value, _context, { path }) => claim(path, textOrList(edgeMatcher(value)))],
  'token-principal': ['principal', tokenPrincipal],
  'token-audience': ['principal', value => claim(['aud'], textOrList(edgeMatcher(value)))],
  'token-presenter': ['principal', value => claim(['azp'], textOrList(edgeMatcher(value)))],
} as const satisfies Table

/** Which question a test is about. */
export function sideOf({ attribute }: AccessTest): Side {
  return table[attribute.kind][0]
}

/** A matcher for each value. */
export function matchersOf(attribute: AccessAttribute, values: readonly string[], context: MatcherContext): Message[] {
  const matcher = table[attribute.kind][1] as Matcher
  return values.map(value => matcher(value, context, attribute))
}

function headerMatcher(name: string, value: string, matcher: (value: string) => Message = edgeMatcher): Message {
  return value === '*' ? { name, present_match: true } : { name, string_match: matcher(value) }
}

function pathMatcher(value: string): Message {
  if (!value.includes('{*}') && !value.includes('{**}')) return { url_path: { path: edgeMatcher(value) } }
  const template = value.replaceAll('{*}', '*').replaceAll('{**}', '**')
  return {
    uri_template: {
      name: 'uri-template',
      typed_config: typed('envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig', {
        path_template: template,
      }),
    },
  }
}

/** A listener with one port knows the answer, whatever number it is bound at. */
function portMatcher(value: string, { port }: MatcherContext): Message {
  if (port === undefined) return { destination_port: Number(value) }
  return port.named.includes(Number(value)) ? { destination_port: port.bound } : never
}

/** `[value]` means an item of a list (Istio's rule). */
function filterMetadata(
  value: string,
  _context: MatcherContext,
  of: { readonly filter: string; readonly key: string },
) {
  const [, item] = /^\[(.*)\]$/.exec(value) ?? []
  const matcher = item === undefined ? stringValue(edgeMatcher(value)) : listOf(edgeMatcher(item))
  return { metadata: { filter: of.filter, path: [{ key: of.key }], value: matcher } }
}

function identity(matcher: Message): Message {
  return { authenticated: { principal_name: matcher } }
}

/** Between namespace and account, and behind it, an identity may say more (as SPIRE lets it). */
function accountMatcher(value: string): Message {
  const [namespace = '', account = ''] = value.split('/')
  return regexMatcher(`spiffe://.+/ns/${literalExpression(namespace)}/(.+/|)sa/${literalExpression(account)}(/.+)?`)
}

function claim(path: readonly string[], value: Message): Message {
  return { metadata: claimMetadata(path, value) }
}

/** `issuer/subject`; an issuer may hold slashes, so the last one divides. */
function tokenPrincipal(value: string): Message {
  const [issuer, subject] = issuerAndSubject(value)
  return { and_ids: { ids: [claim(['iss'], stringValue(issuer)), claim(['sub'], stringValue(subject))] } }
}

/** A `*` stands for both sides where nothing divides them (Istio's rule). */
function issuerAndSubject(value: string): readonly [Message, Message] {
  const slash = value.lastIndexOf('/')
  if (value === '*') return [anyText, anyText]
  if (slash < 0) {
    if (value.startsWith('*')) return [anyText, edgeMatcher(value)]
    return [edgeMatcher(value), value.endsWith('*') ? anyText : { exact: '' }]
  }
  const [issuer, subject] = [value.slice(0, slash), value.slice(slash + 1)]
  if (value.startsWith('*')) return [edgeMatcher(issuer), { exact: subject }]
  return [{ exact: issuer }, value.endsWith('*') ? edgeMatcher(subject) : { exact: subject }]
}
