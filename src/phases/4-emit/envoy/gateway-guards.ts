/**
 * Policies at gateways. One proxy serves many Gateways, and a policy may hang on one of them (`targetRefs`): a chain of a listener has
 * those of the Gateway that it is for, and where several share a port without TLS, each policy holds for its own Gateway's hosts.
 */

import type { AccessPolicy, AccessRule, AccessTest } from '../../../model/access-policy.ts'
import type { Gateway } from '../../../model/gateway.ts'
import { hostCovers } from '../../../model/host-entry.ts'
import type { Mesh } from '../../../model/mesh.ts'
import type { PolicySubject } from '../../../model/policy-target.ts'
import { memo } from '../../../util/memo.ts'
import type { GatewayProxy } from './gateway-proxies.ts'
import type { GatewayServer } from './gateway-routes.ts'
import { type Guard, guardOf, type HostScope } from './guard.ts'

/** A part of a gateway's proxy, as policies see it: the same object for the same part. */
export const partOf = memo(
  ({ namespace, labels }: GatewayProxy, gateway: Gateway): PolicySubject => ({
    namespace,
    labels,
    gateways: [gateway],
  }),
)

/** What notes down what becomes of the requests to several gateways notes them all down. */
export function partOfServers(proxy: GatewayProxy, servers: readonly GatewayServer[]): PolicySubject {
  const gateways = [...new Set(servers.map(({ gateway }) => gateway))]
  const [only] = gateways
  if (gateways.length === 1) return partOf(proxy, only!)
  return { namespace: proxy.namespace, labels: proxy.labels, gateways }
}

/** What holds for the servers of one chain. */
export function guardOfServers(mesh: Mesh, proxy: GatewayProxy, servers: readonly GatewayServer[]): Guard {
  const parts = Map.groupBy(servers, ({ gateway }) => guardOf(mesh, partOf(proxy, gateway)))
  const [first, ...others] = [...parts.keys()]
  if (others.length === 0) return first ?? guardOf(mesh, proxy)
  return joined([...parts].map(([guard, own]) => ({ guard, scope: scopeOf(own, servers), place: own[0]!.gateway })))
}

interface Part {
  readonly guard: Guard
  readonly scope: HostScope
  readonly place: Gateway
}

/** Hosts of some servers: without those that others of the port have more of a name for. */
function scopeOf(own: readonly GatewayServer[], all: readonly GatewayServer[]): HostScope {
  const hostsOf = (servers: readonly GatewayServer[]) => [
    ...new Set(servers.flatMap(({ server }) => server.hosts.map(({ host }) => host))),
  ]
  const hosts = hostsOf(own)
  const notHosts = hostsOf(all.filter(bound => !own.includes(bound))).filter(
    other => !hosts.includes(other) && hosts.some(host => hostCovers(host, other)),
  )
  return { hosts: hosts.includes('*') ? [] : hosts, notHosts }
}

function joined(parts: readonly Part[]): Guard {
  const [{ guard: first }] = parts as [Part]
  const access = new Map<AccessPolicy, Part[]>()
  for (const part of parts)
    for (const policy of part.guard.access) access.set(policy, [...(access.get(policy) ?? []), part])
  const common = [...access].flatMap(([policy, holding]) =>
    holding.length === parts.length ? [policy] : holding.map(({ scope }) => within(policy, scope)),
  )
  const tokens = [...new Set(parts.flatMap(({ guard }) => guard.tokens))]
  const isSameEverywhere = parts.every(({ guard }) => guard.tokens === first.tokens)
  return {
    ...first,
    access: [...common, ...passes(parts)],
    tokens,
    ...(isSameEverywhere ? {} : { tokenScopes: parts.map(({ guard, scope }) => ({ ...scope, rules: guard.tokens })) }),
    authorizers: [...new Set(parts.flatMap(({ guard }) => guard.authorizers))],
    from: [...new Set(parts.flatMap(({ guard }) => guard.from))],
  }
}

/** A policy that says the same of some hosts alone. */
function within(policy: AccessPolicy, scope: HostScope): AccessPolicy {
  return { ...policy, rules: policy.rules.map(rule => ruleWithin(rule, scope)) }
}

function ruleWithin(rule: AccessRule, scope: HostScope): AccessRule {
  const test = hostTest(scope, rule.at)
  const alternatives = rule.to.length === 0 ? [[]] : rule.to
  return { ...rule, to: alternatives.map(tests => [...tests, test]) }
}

function hostTest({ hosts, notHosts }: HostScope, at: string): AccessTest {
  return { attribute: { kind: 'host' }, values: hosts, notValues: notHosts, at, valuesAt: at, notValuesAt: at }
}

/** One Gateway's ALLOW refuses everything else: what is for another one, which has none, goes on. */
function passes(parts: readonly Part[]): AccessPolicy[] {
  const allows = ({ guard }: Part) => guard.access.some(({ action, isTrial }) => action === 'ALLOW' && !isTrial)
  if (!parts.some(allows)) return []
  return parts
    .filter(part => !allows(part))
    .map(({ scope, place: { namespace, name, at } }) => ({
      namespace,
      name: `${name}-unguarded`,
      at,
      action: 'ALLOW',
      isTrial: false,
      rules: [{ from: [], to: [[hostTest(scope, at)]], when: [], at }],
    }))
}
