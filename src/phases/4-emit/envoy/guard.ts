/** What stands between a caller and a workload or gateway: policies, as its listeners need them. */
import type { AccessPolicy } from '../../../model/access-policy.ts'
import { defaultCaFile, type Mesh } from '../../../model/mesh.ts'
import { type Authorizer, providersOf, settingsOf, type TrafficDefaults } from '../../../model/mesh-settings.ts'
import type { At } from '../../../model/node.ts'
import { type PolicySubject, placesOf } from '../../../model/policy-target.ts'
import { type TokenPolicy, type TokenRule, tokenRules } from '../../../model/token-policy.ts'
import { memo } from '../../../util/memo.ts'
import type { BoundPort } from './access-matchers.ts'
import { accessAsked, accessBody, actions } from './access-rules.ts'
import { authorizersFor, networkAuthorization } from './authorizers.ts'
import { type Message, typed } from './envoy-resource.ts'
import { policiesAbout } from './policies-about.ts'

/** Hosts that a part of a guard is for. */
export interface HostScope {
  /** With `*.` at the beginning for all below; empty: all. */
  readonly hosts: readonly string[]
  readonly notHosts: readonly string[]
}

export interface Guard {
  readonly trustDomain: string
  /** Trust domains that count as it. */
  readonly trustAliases: readonly string[]
  readonly access: readonly AccessPolicy[]
  readonly tokens: readonly TokenRule[]
  /** Which of them are for which hosts, where that differs. Absent: all are for all. */
  readonly tokenScopes?: readonly (HostScope & { readonly rules: readonly TokenRule[] })[]
  /** Services that decide what the policies leave to them. */
  readonly authorizers: readonly Authorizer[]
  /** File with the roots by which those who serve keys for tokens are known. */
  readonly caFile: string
  /** The policies that it comes from. */
  readonly from: readonly At[]
  /** Where a listener's own port is not the one that policies name. */
  readonly port?: BoundPort
}

/** The same object for all that the same policies are about, though others come and go. */
export function guardOf(mesh: Mesh, subject: PolicySubject): Guard {
  const { accessPolicies, tokenPolicies, rootNamespaces } = mesh
  const access = accessTo(accessPolicies, rootNamespaces, subject)
  const tokens = tokensFor(tokenPolicies, rootNamespaces, subject)
  return guard(groundOf(mesh), access, tokens, authorizersFor(providersOf(mesh), mesh.services, access))
}

const guard = memo(
  (
    { trustDomain, trustAliases, caFile }: Pick<Ground, 'trustDomain' | 'trustAliases' | 'caFile'>,
    access: readonly AccessPolicy[],
    tokens: readonly TokenPolicy[],
    authorizers: readonly Authorizer[],
  ): Guard => ({
    trustDomain,
    trustAliases,
    caFile,
    access,
    tokens: tokenRules(tokens),
    authorizers,
    from: [...placesOf([...access, ...tokens]), ...authorizers.map(({ at }) => at)],
  }),
)

export interface Ground extends Pick<Guard, 'trustDomain' | 'trustAliases' | 'caFile'> {
  /** How services are called, where no policy says so. */
  readonly defaults: TrafficDefaults
  /** Are proxies given the Secrets that rules for their calls name? */
  readonly hasCredentials: boolean
}

/** What holds for all proxies of a mesh, or for those that are given Secrets, as one object, for memo goes by identity. */
export function groundOf(mesh: Mesh, hasCredentials = false): Ground {
  const { domain: trustDomain, caFile = defaultCaFile } = mesh
  const { traffic: defaults = {}, trustAliases: all = [] } = settingsOf(mesh) ?? {}
  const trustAliases = all.filter(alias => alias !== trustDomain)
  const key = `${trustDomain} ${caFile} ${hasCredentials} ${JSON.stringify([defaults, trustAliases])}`
  const made = { trustDomain, trustAliases, caFile, hasCredentials, defaults }
  const known = grounds.get(key) ?? made
  grounds.set(key, known)
  return known
}

const grounds = new Map<string, Ground>()

const accessTo = memo((policies: Mesh['accessPolicies'], roots: readonly string[], subject: PolicySubject) =>
  policiesAbout(policies, roots, subject),
)
const tokensFor = memo((policies: Mesh['tokenPolicies'], roots: readonly string[], subject: PolicySubject) =>
  policiesAbout(policies, roots, subject),
)

/** The network filters that stand before a chain without HTTP. */
export function networkGuards(context: Guard): Message[] {
  const asked = context.authorizers.flatMap(authorizer => {
    const config = networkAuthorization(authorizer)
    if (config === undefined) return []
    const body = accessAsked(context.access, authorizer, { ...context, carries: 'tcp' })
    return [networkRbac(body), { name: 'envoy.filters.network.ext_authz', typed_config: config }]
  })
  const decided = actions.flatMap(action => {
    const body = accessBody(context.access, action, { ...context, carries: 'tcp' })
    return body === undefined ? [] : [networkRbac(body)]
  })
  return [...asked, ...decided]
}

function networkRbac(body: Message): Message {
  const config = typed('envoy.extensions.filters.network.rbac.v3.RBAC', { stat_prefix: 'tcp.', ...body })
  return { name: 'envoy.filters.network.rbac', typed_config: config }
}
