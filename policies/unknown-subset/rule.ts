import { allDestinations, definePolicy } from 'meshwright/policy'

export default definePolicy({
  id: 'unknown-subset',
  meta: {
    severity: 'error',
    recommended: true,
    description: 'Routes name subsets (versions) that a destination rule defines.',
  },
  messages: { unknown: 'route "{route}" sends requests to subset "{subset}" of "{host}", which {known}' },
  help: 'define the subset in a destination rule of the host, or correct the name',
  create: ({ mesh }) => {
    const services = new Set(mesh.services.map(({ host }) => host))
    const rules = Map.groupBy(mesh.destinations, ({ host }) => host)
    const wildcards = mesh.destinations.filter(({ host }) => host.startsWith('*'))
    /** Of a host: what all its destination rules define, those for a wildcard included. */
    const subsetsOf = (host: string) =>
      [...(rules.get(host) ?? []), ...wildcards.filter(rule => host.endsWith(rule.host.slice(1)))].flatMap(
        ({ subsets }) => subsets.map(({ name }) => name),
      )
    return {
      *routing(routing) {
        for (const { host, subset, at } of allDestinations(routing)) {
          // A host that no service has is the rule unknown-host's business.
          if (subset === undefined || !services.has(host)) continue
          const known = subsetsOf(host)
          if (known.includes(subset)) continue
          const has = known.length === 0 ? 'has no subsets' : `has only ${known.join(', ')}`
          yield {
            message: 'unknown',
            at: `${at}/destination/subset`,
            data: { route: routing.name, subset, host, known: has },
          }
        }
      },
    }
  },
})
