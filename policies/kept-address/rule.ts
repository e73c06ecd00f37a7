import {
  byHostLength,
  chosenDestination,
  type Destination,
  type DestinationPolicy,
  definePolicy,
  destinationsOf,
  type Gateway,
  type HttpRouting,
  heldAt,
  hostCovers,
  type Mesh,
  type Problem,
  policiesOf,
  policyAt,
  type Service,
  selects,
  writtenName,
} from 'meshwright/policy'

type Policy = DestinationPolicy['policy']

export default definePolicy({
  id: 'kept-address',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Gateways choose an endpoint: no address that was called is theirs to keep.',
  },
  messages: {
    kept: 'route "{route}" leads from gateway "{gateway}" to "{host}", where rule "{rule}" keeps the address that was called (PASSTHROUGH): a gateway knows of none, and refuses',
  },
  help: 'let the gateway call by a subset, or a rule, that chooses an endpoint (LEAST_REQUEST)',
  create: ({ mesh }) => {
    const wide = mesh.destinations.filter(({ selector }) => selector === undefined).toSorted(byHostLength)
    const keeping = wide.filter(rule => policiesOf(rule).some(({ policy }) => keepsAnywhere(policy)))
    if (keeping.length === 0) return {}
    const calls = callTable(mesh)
    const isConcerned = ({ service: { host } }: Call) => keeping.some(rule => hostCovers(rule.host, host))
    return {
      *routing(routing) {
        for (const call of calls(routing).filter(isConcerned)) {
          const refused = refusedAt(call, wide, mesh)
          if (refused !== undefined) yield { ...refused, data: { ...refused.data, route: routing.name } }
        }
      },
    }
  },
})

function keepsAnywhere(policy: Policy): boolean {
  return keeps(policy) || (policy.ports ?? []).some(port => keeps(port.policy))
}

function keeps({ loadBalancer }: Policy): boolean {
  return loadBalancer?.kind === 'simple' && loadBalancer.algorithm === 'PASSTHROUGH'
}

/** What gateways call. */
interface Call {
  readonly destination: Destination
  readonly service: Service
  readonly gateways: Mesh['gateways']
}

function callTable(mesh: Mesh): (routing: HttpRouting) => readonly Call[] {
  const gateways = new Map(mesh.gateways.map(gateway => [`${gateway.namespace}/${gateway.name}`, gateway]))
  const services = new Map(mesh.services.map(service => [service.host, service]))
  return routing => {
    const http = routing.rules.map(rule => ({ matches: rule.matches, destinations: destinationsOf(rule) }))
    return [...http, ...routing.tls, ...routing.tcp].flatMap(({ matches, destinations }) => {
      const bound = heldAt(routing, matches).flatMap(name => gateways.get(name) ?? [])
      return destinations.flatMap(destination => {
        const service = destination.isMissing === true ? undefined : services.get(destination.host)
        return service === undefined ? [] : [{ destination, service, gateways: bound }]
      })
    })
  }
}

/** The first gateway whose calls go by a rule that keeps what it does not know. */
function refusedAt(
  { destination, service, gateways }: Call,
  rules: readonly DestinationPolicy[],
  mesh: Mesh,
): Problem | undefined {
  const covering = rules.filter(rule => hostCovers(rule.host, service.host))
  const port = destination.port ?? (service.ports.length === 1 ? service.ports[0]!.number : undefined)
  for (const gateway of gateways) {
    const chosen = namespacesOf(gateway, mesh).map(namespace => {
      const rule = chosenDestination(service, covering, { namespace, own: [], rootNamespaces: mesh.rootNamespaces })
      const subset = rule?.subsets.find(({ name }) => name === destination.subset)
      return rule !== undefined && keeps(policyAt(rule, subset, port ?? 0)) ? rule : undefined
    })
    const [rule] = chosen
    if (rule === undefined || chosen.includes(undefined)) continue
    const data = { gateway: writtenName(gateway), host: service.host, rule: rule.name }
    return { message: 'kept', at: destination.at, data, related: [{ at: rule.at, message: 'this one keeps it' }] }
  }
  return undefined
}

/** Where its proxies may be: an installation's run in a namespace of which nothing is known here. */
function namespacesOf({ selector, namespace }: Gateway, { workloads, machines }: Mesh): readonly string[] {
  const own = [...workloads, ...machines].filter(({ labels }) => selects(selector, labels))
  return own.length > 0 ? [...new Set(own.map(each => each.namespace))] : [namespace, '']
}
