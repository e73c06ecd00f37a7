import {
  byHostLength,
  chosenDestination,
  type Destination,
  type DestinationPolicy,
  definePolicy,
  destinationsOf,
  type HttpRouting,
  heldAt,
  hostCovers,
  isSeenFrom,
  type Labels,
  type Mesh,
  type Service,
  selects,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unknown-subset',
  meta: {
    severity: 'error',
    recommended: true,
    description: 'Routes name subsets (versions) that a destination rule defines.',
  },
  messages: {
    unknown: 'route "{route}" sends requests to subset "{subset}" of "{host}", which {known}',
    unseen: 'route "{route}" sends requests to subset "{subset}" of "{host}", which no rule that holds {where} defines',
  },
  help: 'define the subset in a destination rule of the host, or correct the name',
  create: ({ mesh }) => {
    const hosts = hostTable(mesh)
    const places = placeTable(mesh)
    return {
      *routing(routing) {
        for (const { destination, matches } of named(routing)) {
          const { host, subset, at } = destination
          if (subset === undefined) continue
          const rules = hosts(host)
          // A host that no service has is the rule unknown-host's business.
          if (rules.services.length === 0) continue
          const known = [...rules.wide, ...rules.picking].flatMap(({ subsets }) => subsets)
          const definitions = known.filter(({ name }) => name === subset)
          const place = { at: `${at}/destination/subset`, data: { route: routing.name, subset, host } }
          if (definitions.length === 0) {
            const names = [...new Set(known.map(({ name }) => name))]
            const has = names.length === 0 ? 'has no subsets' : `has only ${names.join(', ')}`
            yield { ...place, message: 'unknown', data: { ...place.data, known: has } }
            continue
          }
          const where = places(routing, matches).find(each => isUnseen(subset, each, rules))
          if (where !== undefined)
            yield {
              ...place,
              message: 'unseen',
              data: { ...place.data, where: where.name },
              related: definitions.map(each => ({ at: each.at, message: 'this defines it, and does not hold there' })),
              help: 'let that rule hold there (exportTo, workloadSelector), or define the subset in the one that holds',
            }
        }
      },
    }
  },
})

interface Match {
  readonly gateways?: readonly string[]
  readonly sourceNamespace?: string
  readonly sourceLabels: Labels
}

/** Where a routing sends anything, and the matches for which it does. */
function named(routing: HttpRouting): { readonly destination: Destination; readonly matches: readonly Match[] }[] {
  const http = routing.rules.map(rule => ({ matches: rule.matches, destinations: destinationsOf(rule) }))
  return [...http, ...routing.tls, ...routing.tcp].flatMap(({ matches, destinations }) =>
    destinations.filter(({ isMissing }) => isMissing !== true).map(destination => ({ destination, matches })),
  )
}

/** What is said of a host. */
interface HostRules {
  /** Several namespaces may declare one host. */
  readonly services: readonly Service[]
  /** Those for all callers, the most specific host first. */
  readonly wide: readonly DestinationPolicy[]
  /** Those for some workloads alone. */
  readonly picking: readonly DestinationPolicy[]
  readonly rootNamespaces: readonly string[]
}

function hostTable({ services, destinations, rootNamespaces }: Mesh): (host: string) => HostRules {
  const byHost = Map.groupBy(services, ({ host }) => host)
  const exact = Map.groupBy(destinations, ({ host }) => host)
  const wildcards = destinations.filter(({ host }) => host.startsWith('*')).toSorted(byHostLength)
  const isWide = ({ selector }: DestinationPolicy) => selector === undefined
  const found = new Map<string, HostRules>()
  const rulesOf = (host: string): HostRules => {
    const covering = wildcards.filter(rule => rule.host !== host && hostCovers(rule.host, host))
    const rules = [...(exact.get(host) ?? []), ...covering]
    const [wide, picking] = [rules.filter(isWide), rules.filter(rule => !isWide(rule))]
    return { services: byHost.get(host) ?? [], wide, picking, rootNamespaces }
  }
  return host => {
    const rules = found.get(host) ?? rulesOf(host)
    found.set(host, rules)
    return rules
  }
}

interface Caller {
  readonly namespace: string
  /** Absent: nobody knows. */
  readonly labels?: Labels
}

/** Where a route holds; it is enough that one of the callers there has the subset. */
interface Place {
  readonly name: string
  readonly callers: readonly Caller[]
  /** Are a caller's requests for the route? */
  readonly isAsked: (caller: Caller) => boolean
}

/** A namespace that says nothing of its own: what holds in it is what the services' own and the mesh's say. */
const elsewhere: Caller = { namespace: '' }

function placeTable(mesh: Mesh): (routing: HttpRouting, matches: readonly Match[]) => readonly Place[] {
  const workloads: readonly Caller[] = [...mesh.workloads, ...mesh.machines]
  const namespaces = [...mesh.namespaces.map(({ name }) => name), ...mesh.destinations.map(each => each.namespace)]
  // A mesh of which no workload is known may be called from anywhere.
  const all =
    workloads.length > 0 ? workloads : [elsewhere, ...[...new Set(namespaces)].map(namespace => ({ namespace }))]
  const gateways = new Map(mesh.gateways.map(gateway => [`${gateway.namespace}/${gateway.name}`, gateway]))
  const proxiesOf = (name: string): readonly Caller[] => {
    const gateway = gateways.get(name)
    if (gateway === undefined) return []
    const own = workloads.filter(({ labels = {} }) => selects(gateway.selector, labels))
    // Where an installation's gateways run is not known here.
    return own.length > 0 ? own : [{ namespace: gateway.namespace }, elsewhere]
  }
  const known = new Map<string, readonly Caller[]>()
  const proxies = (name: string) => {
    const found = known.get(name) ?? proxiesOf(name)
    known.set(name, found)
    return found
  }
  return (routing, matches) => {
    // A delegate that nobody uses holds nowhere.
    if (routing.hosts.length === 0) return []
    const isAsked = (caller: Caller) =>
      isSeenFrom(routing, caller.namespace) && (matches.length === 0 || matches.some(match => isFrom(match, caller)))
    return heldAt(routing, matches).map(name =>
      name === 'mesh'
        ? { name: 'for its callers in the mesh', callers: all, isAsked }
        : { name: `at gateway "${name}"`, callers: proxies(name), isAsked: () => true },
    )
  }
}

function isFrom({ sourceNamespace, sourceLabels }: Match, { namespace, labels }: Caller): boolean {
  const isHere = sourceNamespace === undefined || sourceNamespace === namespace
  return isHere && (labels === undefined || selects(sourceLabels, labels))
}

/** Are there callers, of which none goes by a rule that has the subset? Most often the first one does. */
function isUnseen(subset: string, { callers, isAsked }: Place, rules: HostRules): boolean {
  let isCalled = false
  for (const caller of callers) {
    if (!isAsked(caller) || !rules.services.some(service => isSeenFrom(service, caller.namespace))) continue
    if (knows(caller, subset, rules)) return false
    isCalled = true
  }
  return isCalled
}

function knows({ namespace, labels }: Caller, subset: string, { services, wide, picking, rootNamespaces }: HostRules) {
  const has = (rule: DestinationPolicy | undefined) => rule?.subsets.some(({ name }) => name === subset) === true
  const there = picking.filter(rule => rule.namespace === namespace)
  // Whom labels pick that nobody knows, nobody can say.
  if (labels === undefined && there.some(has)) return true
  const own = labels === undefined ? [] : there.filter(({ selector = {} }) => selects(selector, labels))
  return services.some(service => has(chosenDestination(service, wide, { namespace, own, rootNamespaces })))
}
