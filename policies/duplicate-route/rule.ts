import {
  definePolicy,
  type HttpMatch,
  type HttpRouting,
  isHttp,
  isVirtualService,
  type L4Match,
  type L4Rule,
  type Mesh,
  nameAt,
  type Problem,
  type ServicePort,
  writtenName,
} from 'meshwright/policy'

export default definePolicy({
  id: 'duplicate-route',
  meta: {
    severity: 'warning',
    recommended: true,
    standsAlone: true,
    description: 'No two routes are for the same host, and no two matches of a route are equal.',
  },
  messages: {
    host: 'routes {routes} are {how} for host "{host}": of their rules for {what} only those of {others} have an effect',
    match: 'two matches of route "{route}" are equal: the second is never used',
    matches: 'matches of routes "{other}" and "{route}" are equal: that of "{route}" is never used',
    listener:
      'route "{route}" gets no {what} at port {port} of gateway "{gateway}": "{other}" is for them, too, and goes before it',
    kind: 'route "{route}" gets no requests at port {port} of gateway "{gateway}": {kind} "{other}" is for the same hosts there, and goes before it',
    connection: 'an earlier rule of route "{route}" takes connections {which}: this one gets none of them',
  },
  help: 'put the rules into one route, in the order in which they are to be tried',
  create: ({ mesh }) => ({
    *mesh() {
      const ports = portTable(mesh)
      const earlier = new Map<string, Claim[]>()
      for (const routing of mesh.routings) {
        if (!routing.gateways.some(({ gateway }) => gateway === 'mesh')) continue
        for (const { host, at } of routing.hosts) {
          const place = `${(routing.exportTo ?? ['*']).includes('*') ? '' : routing.namespace} ${host}`
          for (const [what, takings] of Object.entries(takingsOf(routing, ports(host)))) {
            const known = earlier.get(`${what} ${place}`) ?? []
            earlier.set(`${what} ${place}`, [...known, { routing, at, taken: new Set(takings.map(([own]) => own)) }])
            // That a route's own list has a host twice is said by its checks.
            const rivals = known.filter(claim => claim.routing !== routing)
            const before = takings.map(wider => rivals.find(({ taken }) => wider.some(each => taken.has(each))))
            const [first] = before
            if (first === undefined || before.includes(undefined)) continue
            const [own, others] = [namesOf(routing), namesOf(first.routing)]
            const all = [...own, ...others.filter(name => !own.includes(name))]
            yield {
              message: 'host',
              at,
              data: { routes: quoted(all), how: all.length > 2 ? 'all' : 'both', others: quoted(others), host, what },
              related: [{ at: first.at, message: 'this one has an effect' }],
            }
          }
        }
      }
    },
    *gateway({ unheard = [], servers, ...gateway }) {
      for (const { name, at, by } of unheard)
        if (by.kind !== 'listener')
          yield {
            message: 'kind',
            at,
            data: {
              ...{ route: name, kind: by.kind, other: by.name },
              ...{ gateway: writtenName(gateway), port: servers[0]!.port.number },
            },
            help: 'attach it to other listeners (sectionName), or give one of the two other hostnames',
            related: [{ at: by.at, message: 'this one gets them' }],
          }
    },
    *routing(routing) {
      const seen = new Map<string, HttpMatch>()
      for (const match of routing.rules.flatMap(rule => rule.matches)) {
        const key = keyOf(match)
        const known = seen.get(key)
        if (known === undefined) seen.set(key, match)
        else if (!isUsedElsewhere(match, routing, mesh)) {
          const [route, other] = [nameAt(match.at), nameAt(known.at)]
          yield {
            message: route === other ? 'match' : 'matches',
            at: match.at,
            data: { route, other },
            help: 'delete one of the two',
            related: [{ at: known.at, message: 'the first of the two' }],
          }
        }
      }
      for (const rules of [routing.tls, routing.tcp]) yield* takenConnections(rules, routing.name)
      yield* unheardAtListeners(routing, mesh)
    },
  }),
})

function keyOf(match: HttpMatch): string {
  return JSON.stringify({ ...match, at: '', name: '' })
}

/** A route of the Gateway API has rules for the hosts of each of its listeners, beside other routes at each. */
function isUsedElsewhere(match: HttpMatch, routing: HttpRouting, { routings }: Mesh): boolean {
  if (isVirtualService(match)) return false
  const key = keyOf(match)
  return routings.some(other => {
    if (other === routing) return false
    const first = other.rules.flatMap(rule => rule.matches).find(each => keyOf(each) === key)
    return first?.at === match.at
  })
}

/** A host that a route has rules for. */
interface Claim {
  readonly routing: HttpRouting
  readonly at: string
  readonly taken: ReadonlySet<string>
}

/** Of routes of the Gateway API that hold beside each other, and so are one here, all. */
function namesOf(routing: HttpRouting): readonly string[] {
  const { name, rules, tls, tcp } = routing
  return isVirtualService(routing) ? [name] : [...new Set([...rules, ...tls, ...tcp].map(rule => nameAt(rule.at)))]
}

function quoted(names: readonly string[]): string {
  const all = names.map(name => `"${name}"`)
  return [all.slice(0, -1).join(', '), ...all.slice(-1)].filter(part => part !== '').join(' and ')
}

/** What is taken, and all that would take it, too: itself first, `all` last. */
type Taking = readonly [string, ...string[]]

/**
 * What a route takes of a host. All requests to a port from a caller are those of one route, the first that has a rule for them;
 * connections are asked about one rule after the other.
 *
 * @param ports those of the host that carry requests; none where nobody knows
 */
function takingsOf(
  { rules, tls, tcp }: HttpRouting,
  ports: readonly number[],
): { readonly requests: Taking[]; readonly connections: Taking[] } {
  const of = (kind: string, matches: readonly object[]): Taking[] =>
    matches.length === 0
      ? [[kind, 'all']]
      : matches.map((match): Taking => [`${kind} ${JSON.stringify({ ...match, at: '' })}`, kind, 'all'])
  const requestsAt = (port: number | undefined, callers: string): Taking[] => {
    if (port === undefined && ports.length > 0) return ports.flatMap(each => requestsAt(each, callers))
    if (port === undefined) return callers === everybody ? [['all']] : [[callers, 'all']]
    return callers === everybody ? [[`${port}`, 'all']] : [[`${port} ${callers}`, `${port}`, callers, 'all']]
  }
  return {
    requests: rules.flatMap(({ matches }) =>
      matches.length === 0
        ? requestsAt(undefined, everybody)
        : matches.filter(isOfMesh).flatMap(match => requestsAt(match.port, callersOf(match))),
    ),
    connections: [
      ...tls.flatMap(rule => of('tls', rule.matches)),
      ...tcp.flatMap((rule): Taking[] => (rule.matches.length === 0 ? [['all']] : of('tcp', rule.matches))),
    ],
  }
}

/** At gateways routes of one host hold beside each other. */
function isOfMesh({ gateways }: HttpMatch): boolean {
  return gateways?.includes('mesh') !== false
}

function callersOf({ sourceLabels, sourceNamespace }: HttpMatch): string {
  return JSON.stringify([sourceLabels, sourceNamespace])
}

const everybody = JSON.stringify([{}, undefined])

/** Of a host that several namespaces have, all ports that any of them has. */
function portTable({ services }: Mesh): (host: string) => readonly number[] {
  const byHost = Map.groupBy(services, ({ host }) => host)
  const carries = ({ protocol }: ServicePort) => isHttp(protocol) || protocol === 'AUTO'
  return host => [
    ...new Set((byHost.get(host) ?? []).flatMap(({ ports }) => ports.filter(carries).map(({ number }) => number))),
  ]
}

const byAge = 'the older one goes first, and of equal age the first by name'
const byHostname = 'the one whose hostname is more exact goes first, then the older one, then the first by name'

/** Routes for connections that the Gateway API attaches to one listener: of such, one gets each connection. */
function* unheardAtListeners({ name, at, udp, gateways, unheard = [] }: HttpRouting, mesh: Mesh): Iterable<Problem> {
  if (unheard.length === 0) return
  const listener = mesh.gateways.find(each => `${each.namespace}/${each.name}` === gateways[0]?.gateway)
  if (listener === undefined) return
  const where = { gateway: writtenName(listener), port: listener.servers[0]!.port.number, other: name }
  for (const lost of unheard) {
    const named = lost.serverName === undefined ? '' : ` for "${lost.serverName}"`
    yield {
      message: 'listener',
      at: lost.at,
      data: { ...where, route: lost.name, what: `${udp === undefined ? 'connections' : 'datagrams'}${named}` },
      help: `delete one of the two, or give it a listener of its own: ${lost.serverName === undefined ? byAge : byHostname}`,
      related: [{ at, message: 'this one gets them' }],
    }
  }
}

function* takenConnections(rules: readonly L4Rule[], route: string): Iterable<Problem> {
  const taken = new Map<string, L4Match>()
  const all = rules.findIndex(({ matches }) => matches.length === 0)
  for (const { matches, at } of all < 0 ? [] : rules.slice(all + 1)) {
    // At gateways of its own a match holds where a rule without any does not.
    if (matches.some(({ gateways }) => gateways !== undefined)) continue
    const related = [{ at: rules[all]!.at, message: 'this one takes them' }]
    yield {
      message: 'connection',
      at,
      data: { route, which: told('', '') },
      help: 'delete it, or put it first',
      related,
    }
  }
  for (const match of rules.flatMap(rule => rule.matches)) {
    const { serverNames, destinationSubnets, at, ...others } = match
    for (const name of orAny(serverNames.map(text => text.toLowerCase())))
      for (const subnet of orAny(destinationSubnets)) {
        const key = JSON.stringify([name, subnet, others])
        const known = taken.get(key)
        if (known === undefined) taken.set(key, match)
        else if (known !== match)
          yield {
            message: 'connection',
            at,
            data: { route, which: told(name, subnet) },
            help: 'delete what is there twice, or put both into one rule',
            related: [{ at: known.at, message: 'this one takes them' }],
          }
      }
  }
}

function orAny(items: readonly string[]): readonly string[] {
  return items.length === 0 ? [''] : [...new Set(items)]
}

function told(name: string, subnet: string): string {
  const parts = [...(name === '' ? [] : [`for "${name}"`]), ...(subnet === '' ? [] : [`to ${subnet}`])]
  return parts.length === 0 ? 'of all kinds' : parts.join(' ')
}
