import {
  boundHosts,
  type Destination,
  definePolicy,
  destinationsOf,
  type HttpRouting,
  isHttp,
  type Mesh,
  type Server,
  type Service,
  type ServicePort,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unsaid-port',
  meta: {
    severity: 'error',
    recommended: true,
    description: 'Routes name the port of a destination that has not the one that was called.',
  },
  messages: {
    unsaid:
      'route "{route}" names no port of "{host}": what calls port {called} is sent to that port, and the service has only {ports}',
  },
  help: 'name the port in the destination: port: { number: … }',
  create: ({ mesh }) => {
    const portsOf = serviceTable(mesh)
    const called = callTable(mesh)
    return {
      *routing(routing) {
        for (const { destination, calls } of unsaid(routing)) {
          const { host, at } = destination
          const services = portsOf(host)
          // Of a service with one port that one is meant, whatever was called (Istio's rule).
          if (services.length === 0 || services.some(({ ports }) => ports.length < 2)) continue
          const isThere = (number: number) => services.some(({ ports }) => ports.some(port => port.number === number))
          const missing = called(routing, calls).filter(number => !isThere(number))
          if (missing.length === 0) continue
          const ports = services[0]!.ports.map(({ number }) => number).join(', ')
          const data = { route: routing.name, host, called: missing.join(', '), ports }
          yield { message: 'unsaid', at: `${at}/destination`, data }
        }
      },
    }
  },
})

type Traffic = 'http' | 'tls' | 'tcp'

/** The calls that a rule is for. */
interface Calls {
  readonly traffic: Traffic
  readonly matches: readonly { readonly port?: number; readonly gateways?: readonly string[] }[]
}

/** Destinations without a port that get anything; what a delegate lacks has none. */
function unsaid(routing: HttpRouting): { readonly destination: Destination; readonly calls: Calls }[] {
  const http = routing.rules.filter(({ delegate }) => delegate === undefined)
  const rules = [
    ...http.map(rule => ({ traffic: 'http' as const, matches: rule.matches, destinations: destinationsOf(rule) })),
    ...routing.tls.map(rule => ({ traffic: 'tls' as const, ...rule })),
    ...routing.tcp.map(rule => ({ traffic: 'tcp' as const, ...rule })),
  ]
  return rules.flatMap(({ destinations, ...calls }) =>
    destinations
      .filter(({ port, weight, isMissing }) => port === undefined && weight > 0 && isMissing !== true)
      .map(destination => ({ destination, calls })),
  )
}

/** By host, and by other names of it: services; several namespaces may declare one. */
function serviceTable({ services }: Mesh): (host: string) => readonly Service[] {
  const named = services.flatMap(service =>
    [service, ...(service.aliases ?? [])].map(({ host }) => ({ host, service })),
  )
  const byHost = Map.groupBy(named, ({ host }) => host)
  return host => byHost.get(host)?.map(({ service }) => service) ?? []
}

/** Where a host is called that is no service (istiod's rule). */
const portOfBareHosts = 80

/** Ports at which what a rule is for may come, ascending. */
function callTable(mesh: Mesh): (routing: HttpRouting, calls: Calls) => readonly number[] {
  const servicesOf = serviceTable(mesh)
  const gateways = new Map(mesh.gateways.map(gateway => [`${gateway.namespace}/${gateway.name}`, gateway]))
  const wide = mesh.services.filter(({ host }) => host.startsWith('*'))
  const within = ({ hosts }: HttpRouting, traffic: Traffic) =>
    hosts.flatMap(({ host }) => {
      const services = servicesOf(host)
      if (services.length > 0) return services.flatMap(service => carrying(service, traffic))
      // Hosts below a wildcard are called at whatever ports that has.
      const isBare =
        traffic === 'http' && !host.startsWith('*') && !wide.some(each => host.endsWith(each.host.slice(1)))
      return isBare ? [portOfBareHosts] : []
    })
  const at = (routing: HttpRouting, traffic: Traffic, gateway: string) =>
    gateway === 'mesh'
      ? within(routing, traffic)
      : (gateways.get(gateway)?.servers ?? [])
          .filter(server => serves(server, traffic) && boundHosts(routing, server).length > 0)
          .map(({ port }) => port.number)
  return (routing, { traffic, matches }) => {
    const own = routing.gateways.map(({ gateway }) => gateway)
    const ports = (matches.length === 0 ? [{}] : matches).flatMap(
      ({ port, gateways: named }: Calls['matches'][number]) =>
        (named ?? own)
          .flatMap(gateway => at(routing, traffic, gateway))
          .filter(number => port === undefined || port === number),
    )
    return [...new Set(ports)].sort((a, b) => a - b)
  }
}

/** What is not said to be HTTP is taken for it where a service has nothing that is. */
function carrying({ ports }: Service, traffic: Traffic): readonly number[] {
  const said = ports.filter(({ protocol }) => carries[traffic](protocol))
  const found = traffic === 'http' && said.length === 0 ? ports.filter(({ protocol }) => protocol === 'AUTO') : said
  return found.map(({ number }) => number)
}

const carries: { readonly [traffic in Traffic]: (protocol: ServicePort['protocol']) => boolean } = {
  http: isHttp,
  tls: protocol => protocol === 'TLS' || protocol === 'HTTPS',
  tcp: protocol => !isHttp(protocol) && protocol !== 'AUTO',
}

/** Whoever is sent to HTTPS gets nowhere else. */
function serves({ port: { protocol }, tls }: Server, traffic: Traffic): boolean {
  if (tls?.mode === 'AUTO_PASSTHROUGH' || protocol === 'UDP') return false
  if (tls?.mode === 'PASSTHROUGH') return traffic === 'tls'
  const isRead = ['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTPS'].includes(protocol)
  return traffic === (isRead ? 'http' : 'tcp') && tls?.httpsRedirect !== true
}
