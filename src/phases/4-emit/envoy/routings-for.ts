/** Which rules for calls within the mesh hold for a host, by who calls it. */
import { isSeenFrom } from '../../../model/exported.ts'
import { hostCovers, isWildcard } from '../../../model/host-entry.ts'
import type { HttpRouting } from '../../../model/http-route.ts'
import type { Scope } from '../../../model/scope.ts'
import type { Service } from '../../../model/service.ts'
import { memo } from '../../../util/memo.ts'
import { isNamed } from './applicable.ts'
import type { RoutingIndex } from './index-mesh.ts'

/** A host of rules that is no service. */
export interface BareHost {
  readonly host: string
  /** In the order in which they are asked. */
  readonly routings: readonly HttpRouting[]
}

/** Who looks. */
export interface Looker {
  readonly index: RoutingIndex
  readonly namespace: string
  /** Absent: it sees what its namespace sees. */
  readonly scope?: Scope | undefined
}

interface HostTables {
  /** Exact hosts and wildcards, each with its rules in the order of the Mesh. */
  readonly byHost: ReadonlyMap<string, readonly HttpRouting[]>
  /** The longest first. */
  readonly wildcards: readonly (readonly [host: string, routings: readonly HttpRouting[]])[]
  /** Hosts that no service has, by the host of the service that covers them, or `undefined` where none does. */
  readonly bare: ReadonlyMap<string | undefined, readonly BareHost[]>
}

const none: readonly HttpRouting[] = []
const noHosts: readonly BareHost[] = []

/**
 * Those of a service's host, then those of wildcards that cover it, the longest first. The first that has a rule for a port and a
 * caller has its requests; connections may be any of theirs (istiod's rules).
 */
export function routingsFor(service: Service, looker: Looker): readonly HttpRouting[] {
  const { byHost, wildcards } = hostTables(looker.index)
  const exact = byHost.get(service.host) ?? none
  const wider = wildcards.filter(([host]) => host !== service.host && hostCovers(host, service.host))
  if (exact.length === 0 && wider.length === 0) return none
  const found = [...new Set([...exact, ...wider.flatMap(([, routings]) => routings)])]
  return seen(found, looker)
}

/** Hosts within a service's own, which is a wildcard, that have rules and are no services themselves. */
export function hostsWithin(service: Service, looker: Looker): readonly BareHost[] {
  return isWildcard(service.host) ? bareHosts(service.host, looker) : noHosts
}

/** Hosts that have rules, and that no service has or covers: an author may make up names (istiod's rule). */
export function hostsBeside(looker: Looker): readonly BareHost[] {
  return bareHosts(undefined, looker)
}

function bareHosts(cover: string | undefined, looker: Looker): readonly BareHost[] {
  const all = hostTables(looker.index).bare.get(cover)
  if (all === undefined) return noHosts
  const found = all.flatMap(({ host, routings }): BareHost[] => {
    const own = seen(routings, looker)
    return own.length === 0 ? [] : [{ host, routings: own }]
  })
  return found.length === 0 ? noHosts : found
}

function seen(routings: readonly HttpRouting[], { namespace, scope }: Looker): readonly HttpRouting[] {
  const found = routings.filter(routing => isSeenFrom(routing, namespace) && isImported(routing, scope))
  return found.length === 0 ? none : found
}

/** A scope names the namespaces from which it takes hosts, and with them what is said of these there (istiod's rule). */
function isImported(routing: HttpRouting, scope: Scope | undefined): boolean {
  if (scope === undefined) return true
  return scope.egress.some(
    ({ namespace, host }) =>
      (namespace === '*' || namespace === routing.namespace) &&
      routing.hosts.some(own => hostCovers(host, own.host) || hostCovers(own.host, host)),
  )
}

const hostTables = memo(({ routings, services, servicesByHost }: RoutingIndex): HostTables => {
  const byHost = new Map<string, HttpRouting[]>()
  for (const routing of routings) {
    if (!isNamed(routing, 'mesh')) continue
    for (const { host } of routing.hosts) byHost.set(host, [...(byHost.get(host) ?? []), routing])
  }
  const isBare = (host: string) =>
    !servicesByHost.has(host) && !(isWildcard(host) && services.some(service => hostCovers(host, service.host)))
  const wide = [...new Set(services.map(({ host }) => host).filter(isWildcard))].sort(byLength)
  const bare = Map.groupBy(
    [...byHost].flatMap(([host, of]) => (isBare(host) ? [{ host, routings: of }] : [])),
    ({ host }) => wide.find(other => hostCovers(other, host)),
  )
  return {
    byHost,
    bare,
    wildcards: [...byHost].filter(([host]) => isWildcard(host)).sort(([a], [b]) => byLength(a, b)),
  }
})

function byLength(a: string, b: string): number {
  return b.length - a.length || (a < b ? -1 : 1)
}
