import { definePolicy, type HttpMatch, type L4Match, type L4Rule, type Problem } from 'meshwright/policy'

export default definePolicy({
  id: 'duplicate-route',
  meta: {
    severity: 'warning',
    recommended: true,
    standsAlone: true,
    description: 'No two routes are for the same host, and no two matches of a route are equal.',
  },
  messages: {
    host: 'routes "{route}" and "{other}" are both for host "{host}": of the two only "{other}" has an effect',
    match: 'two matches of route "{route}" are equal: the second is never used',
    connection: 'an earlier rule of route "{route}" takes connections {which}: this one gets none of them',
  },
  help: 'put the rules into one route, in the order in which they are to be tried',
  create: ({ mesh }) => ({
    *mesh() {
      const first = new Map<string, { readonly routing: object; readonly name: string; readonly at: string }>()
      for (const routing of mesh.routings) {
        if (!routing.gateways.some(({ gateway }) => gateway === 'mesh')) continue
        for (const { host, at } of routing.hosts) {
          const key = `${(routing.exportTo ?? ['*']).includes('*') ? '' : routing.namespace} ${host}`
          const known = first.get(key)
          if (known === undefined) first.set(key, { routing, name: routing.name, at })
          // That a route's own list has a host twice is said by its checks.
          else if (known.routing !== routing)
            yield {
              message: 'host',
              at,
              data: { route: routing.name, other: known.name, host },
              related: [{ at: known.at, message: 'this one has an effect' }],
            }
        }
      }
    },
    *routing(routing) {
      const seen = new Map<string, HttpMatch>()
      for (const match of routing.rules.flatMap(rule => rule.matches)) {
        const key = JSON.stringify({ ...match, at: '', name: '' })
        const known = seen.get(key)
        if (known === undefined) seen.set(key, match)
        else
          yield {
            message: 'match',
            at: match.at,
            data: { route: routing.name },
            help: 'delete one of the two',
            related: [{ at: known.at, message: 'the first of the two' }],
          }
      }
      for (const rules of [routing.tls, routing.tcp]) yield* takenConnections(rules, routing.name)
    },
  }),
})

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
