import { definePolicy, type HttpRouting, type Mesh, type Service } from 'meshwright/policy'

/** The most tries of a service that one request may cause, and the calls on the way. */
interface Chain {
  readonly tries: number
  readonly services: readonly Service[]
}

/** Longer chains of calls are rare, and a cycle must end. */
const longestChain = 8

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
  create: ({ mesh, options }) => ({
    *mesh() {
      const asked = triesByHost(mesh)
      if (asked.size === 0) return
      for (const { tries, services } of worstChains(mesh, asked)) {
        const last = services.at(-1)!
        const retries = asked.get(last.host)
        if (retries === undefined || services.length < 2 || tries <= options.max) continue
        const chain = services.map(service => service.name).join(' → ')
        yield { message: 'over', at: retries.at, data: { tries, service: last.name, chain, max: options.max } }
      }
    },
  }),
})

type Asked = ReadonlyMap<string, { readonly tries: number; readonly at: string }>

/** By host: the most tries that any rule for it asks for. Default retries are not counted: they never repeat work. */
function triesByHost(mesh: Mesh): Asked {
  const asked = new Map<string, { readonly tries: number; readonly at: string }>()
  const inMesh = (routing: HttpRouting) => routing.gateways.some(({ gateway }) => gateway === 'mesh')
  for (const routing of mesh.routings.filter(inMesh)) {
    for (const { host } of routing.hosts) {
      for (const { retries } of routing.rules) {
        if (retries === undefined || retries.attempts + 1 <= (asked.get(host)?.tries ?? 1)) continue
        asked.set(host, { tries: retries.attempts + 1, at: retries.at })
      }
    }
  }
  return asked
}

/** For each service the worst chain of calls that ends there, found by lengthening chains one call at a time. */
function worstChains(mesh: Mesh, asked: Asked): Iterable<Chain> {
  const calls = callsByHost(mesh)
  const triesOf = (service: Service) => asked.get(service.host)?.tries ?? 1
  const worst = new Map<string, Chain>(
    // Where a chain begins nobody has retried yet.
    mesh.services.map(service => [service.host, { tries: 1, services: [service] }]),
  )
  for (let length = 1; length < longestChain; length += 1) {
    for (const chain of [...worst.values()]) {
      if (chain.services.length !== length) continue
      for (const callee of calls.get(chain.services.at(-1)!.host) ?? []) {
        const tries = chain.tries * triesOf(callee)
        if (chain.services.includes(callee) || tries <= worst.get(callee.host)!.tries) continue
        worst.set(callee.host, { tries, services: [...chain.services, callee] })
      }
    }
  }
  return worst.values()
}

/** By host: the services that its workloads call, as far as scopes say. */
function callsByHost(mesh: Mesh): ReadonlyMap<string, readonly Service[]> {
  const byHost = new Map(mesh.services.map(service => [service.host, service]))
  const byLabels = Map.groupBy(mesh.scopes, scope => `${scope.namespace} ${JSON.stringify(scope.selector)}`)
  return new Map(
    mesh.services.map(service => {
      const scopes = byLabels.get(`${service.namespace} ${JSON.stringify(service.selector)}`) ?? []
      return [
        service.host,
        scopes.flatMap(({ egress }) => egress.flatMap(({ host }) => byHost.get(host) ?? [])),
      ] as const
    }),
  )
}
