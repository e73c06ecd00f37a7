import { type Destination, definePolicy, destinationsOf, type HttpRouting, type Mesh } from 'meshwright/policy'

export default definePolicy({
  id: 'unrouted-version',
  meta: {
    severity: 'info',
    recommended: true,
    description: 'Where a service has a route, every version of it gets requests.',
  },
  messages: { unrouted: 'version "{version}" of "{host}" gets no requests: route "{route}" never names it' },
  help: 'route requests to it, or remove the version',
  create: ({ mesh }) => {
    const routings = routingByHost(mesh)
    const targets = Map.groupBy(mesh.routings.flatMap(targetsOf), ({ host }) => host)
    return {
      *destination({ host, subsets }) {
        const routing = routings.get(host)
        const here = targets.get(host)
        // A route that only answers by itself says nothing of versions; a rule without a subset goes to all of them.
        if (routing === undefined || here === undefined || here.some(({ subset }) => subset === undefined)) return
        const named = new Set(here.map(({ subset }) => subset))
        for (const { name, at } of subsets) {
          if (named.has(name)) continue
          const related = [{ at: routing.at, message: 'the route' }]
          yield { message: 'unrouted', at, data: { version: name, host, route: routing.name }, related }
        }
      },
    }
  },
})

/** The route for calls within the mesh, by host: the first one holds. */
function routingByHost(mesh: Mesh): ReadonlyMap<string, HttpRouting> {
  const byHost = new Map<string, HttpRouting>()
  for (const routing of mesh.routings) {
    if (!routing.gateways.some(({ gateway }) => gateway === 'mesh')) continue
    for (const { host } of routing.hosts) if (!byHost.has(host)) byHost.set(host, routing)
  }
  return byHost
}

/** Where requests or copies of them go: what weighs nothing gets none. */
function targetsOf({ rules }: HttpRouting): Destination[] {
  return rules.flatMap(destinationsOf).filter(({ weight }) => weight > 0)
}
