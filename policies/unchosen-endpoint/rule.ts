import {
  allDestinations,
  type DestinationPolicy,
  definePolicy,
  hostCovers,
  type Mesh,
  nameAt,
  policiesOf,
} from 'meshwright/policy'

/** Where calls go, if not to an endpoint that a proxy has chosen. */
const ways: Readonly<Record<string, string>> = {
  NONE: 'where traffic is redirected, calls go where the caller was going (resolution: NONE)',
  DYNAMIC_DNS: 'calls go to the name that they ask for (resolution: DYNAMIC_DNS)',
}

export default definePolicy({
  id: 'unchosen-endpoint',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Where a rule says how endpoints are chosen, a proxy chooses one.',
  },
  messages: {
    balancing: 'destination rule "{rule}" says how endpoints of "{host}" are chosen, and nobody chooses there: {way}',
    labels: 'subset "{subset}" of "{host}" picks endpoints by labels, and nobody chooses there: {way}',
  },
  help: 'delete it, or name the endpoints (resolution: DNS or STATIC)',
  create: ({ mesh }) => {
    const wayTo = wayTable(mesh)
    return {
      *destination(destination) {
        const way = wayTo(destination.host)
        if (way === undefined) return
        const { host } = destination
        for (const { policy, at } of policiesOf(destination)) {
          const parts = [{ policy, at }, ...(policy.ports ?? [])].filter(part => isChoosing(part.policy))
          for (const part of parts)
            yield { message: 'balancing', at: `${part.at}/loadBalancer`, data: { rule: nameAt(at), host, way } }
        }
        for (const { name: subset, labels, at } of destination.subsets)
          if (Object.keys(labels).length > 0)
            yield { message: 'labels', at: `${at}/labels`, data: { subset, host, way }, help: 'delete the labels' }
      },
    }
  },
})

/** To keep the address that was called is no choice. */
function isChoosing({ loadBalancer }: DestinationPolicy['policy']): boolean {
  return loadBalancer !== undefined && !(loadBalancer.kind === 'simple' && loadBalancer.algorithm === 'PASSTHROUGH')
}

/** How calls get to a host of which no proxy chooses an endpoint; undefined: one is chosen. What a wildcard covers are hosts to come, too. */
function wayTable({ services, routings }: Mesh): (host: string) => string | undefined {
  const led = ledByGateways(routings)
  const byHost = Map.groupBy(services, ({ host }) => host)
  return host => {
    const own = byHost.get(host) ?? []
    const covered = host.startsWith('*') ? services.filter(service => hostCovers(host, service.host)) : own
    // Gateways look the host's name up, and choose among what they find.
    const isChosen = (each: string) => led.has(each) && byHost.get(each)?.[0]?.entry?.resolution === 'NONE'
    const found = covered.map(({ entry, host: each }) => (isChosen(each) ? undefined : ways[entry?.resolution ?? '']))
    return own.length === 0 || found.includes(undefined) ? undefined : found[0]
  }
}

/** Hosts that gateways lead to. */
function ledByGateways(routings: Mesh['routings']): ReadonlySet<string> {
  const ofGateways = routings.filter(({ gateways, rules, tls, tcp }) => {
    const matched = [...rules, ...tls, ...tcp].flatMap(({ matches }) =>
      [...matches].flatMap(match => match.gateways ?? []),
    )
    return [...gateways.map(({ gateway }) => gateway), ...matched].some(name => name !== 'mesh')
  })
  return new Set(ofGateways.flatMap(routing => allDestinations(routing).map(({ host }) => host)))
}
