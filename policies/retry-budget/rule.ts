import { definePolicy, type HttpRouting, type Mesh, type Service, selects } from 'meshwright/policy'

interface Hop {
  readonly service: Service
  readonly tries: number
  readonly at: string
}

export default definePolicy({
  id: 'retry-budget',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Retries along a chain of calls do not multiply beyond a budget.',
  },
  messages: { over: 'retries multiply to {tries} tries of "{service}" along {chain}; the budget is {max}' },
  help: 'retry at one place of the chain only, or raise the option `max`',
  options: { max: 10 },
  create: ({ mesh, options }) => {
    const triesOf = triesByHost(mesh)
    const calls = callsByHost(mesh)
    return {
      *mesh() {
        const reported = new Set<string>()
        for (const service of mesh.services) {
          for (const chain of chainsFrom([{ service, tries: 1, at: service.at }], { triesOf, calls })) {
            const last = chain.at(-1)!
            const tries = chain.reduce((product, hop) => product * hop.tries, 1)
            const isFirstOver = tries > options.max && last.tries > 1 && !reported.has(last.at)
            if (!isFirstOver) continue
            reported.add(last.at)
            const path = chain.map(hop => hop.service.name).join(' → ')
            yield {
              message: 'over',
              at: last.at,
              data: { tries, service: last.service.name, chain: path, max: options.max },
            }
          }
        }
      },
    }
  },
})

/** By host: the most tries that any rule for it asks for. Default retries are not counted: they never repeat work. */
function triesByHost(mesh: Mesh): ReadonlyMap<string, { readonly tries: number; readonly at: string }> {
  const tries = new Map<string, { readonly tries: number; readonly at: string }>()
  const inMesh = (routing: HttpRouting) => routing.gateways.some(({ gateway }) => gateway === 'mesh')
  for (const routing of mesh.routings.filter(inMesh)) {
    for (const { host } of routing.hosts) {
      for (const { retries } of routing.rules) {
        if (retries === undefined) continue
        const known = tries.get(host)?.tries ?? 1
        if (retries.attempts + 1 > known) tries.set(host, { tries: retries.attempts + 1, at: retries.at })
      }
    }
  }
  return tries
}

/** By host: the services that its workloads call, as far as their scopes say. */
function callsByHost(mesh: Mesh): ReadonlyMap<string, readonly Service[]> {
  const byHost = new Map(mesh.services.map(service => [service.host, service]))
  const calls = mesh.services.map(service => {
    const scopes = mesh.scopes.filter(
      scope =>
        scope.namespace === service.namespace &&
        scope.selector !== undefined &&
        selects(scope.selector, service.selector),
    )
    const callees = scopes.flatMap(scope => scope.egress.flatMap(({ host }) => byHost.get(host) ?? []))
    return [service.host, callees] as const
  })
  return new Map(calls)
}

interface Graph {
  readonly triesOf: ReadonlyMap<string, { readonly tries: number; readonly at: string }>
  readonly calls: ReadonlyMap<string, readonly Service[]>
}

/** Chains of calls up to eight services long; a cycle is followed once. */
function* chainsFrom(chain: readonly Hop[], graph: Graph): Iterable<readonly Hop[]> {
  if (chain.length > 1) yield chain
  if (chain.length >= 8) return
  for (const service of graph.calls.get(chain.at(-1)!.service.host) ?? []) {
    if (chain.some(hop => hop.service.host === service.host)) continue
    const { tries, at } = graph.triesOf.get(service.host) ?? { tries: 1, at: service.at }
    yield* chainsFrom([...chain, { service, tries, at }], graph)
  }
}
