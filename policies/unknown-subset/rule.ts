import { type Destination, definePolicy, type HttpRule } from 'meshwright/policy'

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
    const subsets = new Map<string, string[]>()
    for (const { host, subsets: own } of mesh.destinations)
      subsets.set(host, [...(subsets.get(host) ?? []), ...own.map(({ name }) => name)])
    return {
      *routing(routing) {
        for (const { host, subset, at } of routing.rules.flatMap(destinationsOf)) {
          const known = subsets.get(host) ?? []
          if (subset === undefined || known.includes(subset)) continue
          const has = known.length === 0 ? 'has no subsets' : `has only ${known.join(', ')}`
          yield { message: 'unknown', at, data: { route: routing.name, subset, host, known: has } }
        }
      },
    }
  },
})

function destinationsOf(rule: HttpRule): readonly Destination[] {
  return [
    ...(rule.action.kind === 'forward' ? rule.action.destinations : []),
    ...rule.mirrors.map(({ destination }) => destination),
  ]
}
