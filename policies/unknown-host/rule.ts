import {
  allDestinations,
  definePolicy,
  destinationsOf,
  type HttpRouting,
  heldAt,
  isSeenFrom,
  type Mesh,
  selects,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unknown-host',
  meta: { severity: 'error', recommended: true, description: 'Routes and destination rules name hosts that exist.' },
  messages: {
    destination: 'route "{route}" sends requests to host "{host}", which no service has',
    host: 'route "{route}" is for host "{host}", which no service has',
    policy: 'destination rule "{rule}" is for host "{host}", which no service has',
    proxy: 'scope "{scope}" sends calls to unknown hosts on to {host}:{port}, which no service has',
    hidden:
      'route "{route}" sends requests at gateway "{gateway}" to host "{host}", which is exported to other namespaces alone',
    port: 'route "{route}" sends requests to port {port} of "{host}", which has only {ports}',
    backend: '{kind} "{name}": {what}',
  },
  help: 'declare the service, or correct the name',
  create: ({ mesh }) => {
    const services = new Map(mesh.services.map(service => [service.host, service]))
    const aliases = new Map(
      mesh.services.flatMap(service => (service.aliases ?? []).map(({ host }) => [host, service] as const)),
    )
    const hidden = hiddenTable(mesh)
    const isOurs = (host: string) => host.endsWith(`.svc.${mesh.domain}`)
    const near = (host: string) => {
      const meant = aliases.get(host)
      return meant === undefined
        ? nearest(host, [...services.keys()])
        : { help: `it is another name of "${meant.host}": name that one` }
    }
    return {
      *routing(routing) {
        const inMesh = routing.gateways.some(({ gateway }) => gateway === 'mesh')
        for (const { host, at } of inMesh ? routing.hosts : []) {
          if (isOurs(host) && !services.has(host) && !host.startsWith('*'))
            yield { message: 'host', at, data: { route: routing.name, host }, ...near(host) }
        }
        for (const destination of allDestinations(routing)) {
          const { host, port, at } = destination
          const data = { route: routing.name, host }
          const service = services.get(host) ?? aliases.get(host)
          if (service === undefined) yield { message: 'destination', at: `${at}/destination/host`, data, ...near(host) }
          else if (port !== undefined && !service.ports.some(({ number }) => number === port)) {
            const numbers = service.ports.map(each => each.number).join(', ')
            const isUdp = service.ports.length === 0 && (service.datagramPorts ?? []).length > 0
            const [ports, help] = isUdp
              ? ['ports for UDP', 'a UDPRoute leads datagrams there, from a Gateway']
              : [numbers, `use one of the service's ports: ${numbers}`]
            yield { message: 'port', at: `${at}/destination/port/number`, data: { ...data, port, ports }, help }
          }
        }
        yield* hidden(routing)
      },
      *mesh() {
        yield* missingBackends(mesh)
      },
      *scope({ name, unknownHosts }) {
        if (unknownHosts?.kind !== 'proxied') return
        const { host, port, at } = unknownHosts
        const service = services.get(host)
        if (service?.ports.some(({ number }) => number === port) === true) return
        const help = service === undefined ? near(host) : { help: `use one of the service's ports` }
        yield { message: 'proxy', at: `${at}/host`, data: { scope: name, host, port }, ...help }
      },
      *destination({ name, host, at }) {
        if (isOurs(host) && !host.startsWith('*') && !services.has(host))
          yield { message: 'policy', at: `${at}/spec/host`, data: { rule: name, host }, ...near(host) }
      },
    }
  },
})

/** What becomes until then of what a route of the Gateway API carries. */
const lost: Readonly<{ [kind: string]: string }> = {
  HTTPRoute: '; until then requests get 500',
  GRPCRoute: '; until then calls get UNAVAILABLE',
  TCPRoute: '; until then its connections are closed',
  TLSRoute: '; until then its connections are closed',
  UDPRoute: '; until then its datagrams are lost',
}

/** Backends of the Gateway API that are not there. What is attached to other controllers' Gateways is not ours to judge. */
function* missingBackends({ standings = [] }: Mesh) {
  const told = new Set<string>()
  for (const { kind, name, conditions } of standings.filter(({ isOurs }) => isOurs))
    for (const { reason, message, at } of conditions) {
      // A route's references are the same for all of its parents.
      if (reason !== 'BackendNotFound' || message === undefined || told.has(at)) continue
      told.add(at)
      const until = at.includes('/filters/') ? '' : (lost[kind] ?? '')
      const help = `correct the name, the namespace or the port, or declare the service${until}`
      yield { message: 'backend', at, data: { kind, name, what: message }, help }
    }
}

/**
 * Declared hosts that gateways are to lead to, and do not see. They see what their pods' namespace does. Where an installation's run is
 * not known here: it is the gateway's then, or one that is named and of which nothing else is known.
 */
function hiddenTable({ gateways, services, workloads, machines }: Mesh) {
  const byHost = Map.groupBy(services, ({ host }) => host)
  const isDeclared = (host: string) => byHost.get(host)?.every(({ entry }) => entry !== undefined) === true
  const byName = new Map(gateways.map(gateway => [`${gateway.namespace}/${gateway.name}`, gateway]))
  const pods = [...workloads, ...machines]
  const inhabited = new Set(pods.map(({ namespace }) => namespace))
  const named = new Set(services.flatMap(({ exportTo = [] }) => exportTo))
  const elsewhere = [...named].filter(to => to !== '.' && !inhabited.has(to))
  const known = new Map<string, readonly string[]>()
  const namespacesOf = (name: string) => {
    const { selector, namespace } = byName.get(name)!
    const own = pods.filter(({ labels }) => selects(selector, labels))
    return own.length > 0 ? own.map(each => each.namespace) : [namespace, ...elsewhere]
  }
  const isHidden = (host: string, name: string) => {
    const declared = byHost.get(host) ?? []
    const isSeen = (namespace: string) => declared.some(service => isSeenFrom(service, namespace))
    // What a namespace sees that nothing is said of is seen by all.
    if (!isDeclared(host) || isSeen('') || !byName.has(name)) return false
    const namespaces = known.get(name) ?? namespacesOf(name)
    known.set(name, namespaces)
    return !namespaces.some(isSeen)
  }
  return function* hidden(routing: HttpRouting) {
    const { name: route, rules, tls, tcp, hosts } = routing
    if (hosts.length === 0) return
    const http = rules.map(rule => ({ matches: rule.matches, destinations: destinationsOf(rule) }))
    for (const { matches, destinations } of [...http, ...tls, ...tcp])
      for (const { host, at } of destinations.filter(({ isMissing }) => isMissing !== true)) {
        const gateway = heldAt(routing, matches).find(name => isHidden(host, name))
        if (gateway === undefined) continue
        const help = 'let it be seen there: exportTo'
        yield { message: 'hidden', at: `${at}/destination/host`, data: { route, gateway, host }, help }
      }
  }
}

/** A name that differs by little is most likely what was meant. */
function nearest(host: string, candidates: readonly string[]): { readonly help?: string } {
  const best = candidates
    .map(candidate => ({ candidate, distance: distance(host.split('.')[0]!, candidate.split('.')[0]!) }))
    .toSorted((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= 2 ? { help: `did you mean "${best.candidate}"?` } : {}
}

/** Levenshtein's distance, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
