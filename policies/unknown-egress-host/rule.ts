import {
  definePolicy,
  type EgressHost,
  hostCovers,
  type Mesh,
  nearestWord,
  type Problem,
  type Scope,
  type Service,
  slippedWord,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unknown-egress-host',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Hosts that a Sidecar lets its workloads call are there, with the port that it names.',
  },
  messages: {
    host: 'scope "{scope}" lets its workloads call "{host}", which namespace "{namespace}" does not have',
    elsewhere: 'scope "{scope}" looks for "{host}" in namespace "{namespace}", and it is in {where}',
    namespace: 'scope "{scope}" lets its workloads call what is in namespace "{namespace}", in which nothing is',
    port: 'scope "{scope}" lets its workloads call {hosts} at port {port} alone, and it is not there, only {ports}',
  },
  help: 'declare the service, or correct the host: nothing else is called by it',
  create: ({ mesh }) => {
    const known = knownHosts(mesh)
    return {
      *scope(scope) {
        for (const host of hostsOf(scope)) {
          const problem = problemOf(host, known)
          if (problem !== undefined) yield { ...problem, at: host.at, data: { scope: scope.name, ...problem.data } }
        }
        yield* lackingPorts(scope, mesh, known)
      },
    }
  },
})

/** Without those that take something out. */
function hostsOf({ egress, listeners = [] }: Scope): readonly EgressHost[] {
  return [...egress, ...listeners.flatMap(({ apart }) => apart?.hosts ?? [])].filter(
    ({ namespace }) => !namespace.startsWith('~'),
  )
}

/** A listener for one port, of hosts of which all is known and none has it. */
function* lackingPorts({ name: scope, egress }: Scope, { services }: Mesh, known: KnownHosts): Iterable<Problem> {
  const listenerOf = ({ at }: EgressHost) => at.slice(0, at.lastIndexOf('/hosts/'))
  const withPort = egress.filter(({ port, namespace }) => port !== undefined && namespace !== '~')
  for (const [place, hosts] of Map.groupBy(withPort, listenerOf)) {
    const port = hosts[0]!.port!
    const found = hosts.map(host => (isOpen(host, known) ? [] : services.filter(service => isOf(host, service))))
    const numbers = found.flatMap(some => some.flatMap(({ ports }) => ports.map(({ number }) => number)))
    if (numbers.length === 0 || numbers.includes(port) || found.some(some => some.length === 0)) continue
    const told = hosts.map(({ namespace, host, isOwn }) => `"${isOwn === true ? '.' : namespace}/${host}"`).join(', ')
    const ports = [...new Set(numbers)].toSorted((a, b) => a - b).join(', ')
    const help = 'correct the port, or delete it: nothing is called by it'
    yield { message: 'port', at: `${place}/port/number`, data: { scope, hosts: told, port, ports }, help }
  }
}

/** May there be more of it than is declared here? */
function isOpen({ namespace, host }: EgressHost, { rootNamespaces }: KnownHosts): boolean {
  return rootNamespaces.includes(namespace) || (namespace === '*' && host.startsWith('*'))
}

function isOf({ namespace, host }: EgressHost, service: Service): boolean {
  return (namespace === '*' || namespace === service.namespace) && hostCovers(host, service.host)
}

interface KnownHosts {
  readonly byNamespace: ReadonlyMap<string, readonly Service[]>
  readonly byHost: ReadonlyMap<string, readonly Service[]>
  readonly namespaces: ReadonlySet<string>
  /** Of which no more is known than what says so. */
  readonly rootNamespaces: readonly string[]
  readonly domain: string
}

function knownHosts({ services, workloads, namespaces, rootNamespaces, domain }: Mesh): KnownHosts {
  const nodes = [...services, ...workloads].map(({ namespace }) => namespace)
  return {
    byNamespace: Map.groupBy(services, ({ namespace }) => namespace),
    byHost: Map.groupBy(services, ({ host }) => host),
    namespaces: new Set([...namespaces.map(({ name }) => name), ...rootNamespaces, ...nodes]),
    rootNamespaces,
    domain,
  }
}

function problemOf(wanted: EgressHost, known: KnownHosts) {
  const { byNamespace, byHost, namespaces, rootNamespaces, domain } = known
  const { namespace, host } = wanted
  const there = byHost.get(host) ?? []
  if (there.some(service => namespace === '*' || service.namespace === namespace)) return undefined
  if (namespace !== '*' && !namespaces.has(namespace)) {
    // Only a slip is told: what is there may be declared by others.
    const near = slippedWord(namespace, namespaces)
    return near === undefined ? undefined : { message: 'namespace', data: { namespace }, ...meant(`${near}/${host}`) }
  }
  if (host === '*') return undefined
  const [other] = there
  if (other !== undefined) {
    const where = `"${other.namespace}"`
    return { message: 'elsewhere', data: { host, namespace, where }, help: `write "${other.namespace}/${host}"` }
  }
  const own = host.endsWith(`.svc.${domain}`) ? host.slice(0, -`.svc.${domain}`.length).split('.').at(-1) : undefined
  const place = namespace === '*' ? own : namespace
  const services = place === undefined ? undefined : byNamespace.get(place)
  // Of a namespace of which no service is known, others say what it has.
  if (place === undefined || services === undefined || rootNamespaces.includes(place)) return undefined
  if (host.startsWith('*') && services.some(service => service.host.endsWith(host.slice(1)))) return undefined
  return { message: 'host', data: { host, namespace: place }, ...nearest(wanted, services) }
}

/** By what comes before the first dot, for the rest is the same. */
function nearest({ namespace, host, isOwn }: EgressHost, services: readonly Service[]) {
  const [first = '', ...rest] = host.split('.')
  const ends = rest.join('.')
  const siblings = services.flatMap(service => (service.host.endsWith(`.${ends}`) ? service.host.split('.')[0]! : []))
  const sibling = first === '*' ? undefined : nearestWord(first, siblings)
  const found = sibling === undefined ? nearestWord(host, externals(services)) : `${sibling}.${ends}`
  return found === undefined ? {} : meant(`${isOwn === true ? '.' : namespace}/${found}`)
}

/** Those whose names authors have given in full. */
function externals(services: readonly Service[]): readonly string[] {
  return services.flatMap(({ host, entry }) => (entry === undefined ? [] : host))
}

function meant(name: string): { readonly help: string } {
  return { help: `did you mean "${name}"?` }
}
