import {
  type DestinationPolicy,
  definePolicy,
  destinationsOf,
  hostCovers,
  isHttp,
  type Mesh,
  nameAt,
  type PlacedPolicy,
  policiesOf,
  type Service,
  type ServicePort,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unused-port-settings',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Settings of a host or a port are for ports that the host has, and for what these speak.',
  },
  messages: {
    absent: 'destination rule "{rule}" has settings for port {port} of "{host}", which has only {ports}',
    requests:
      'destination rule "{rule}" has settings for requests at port {port} of "{host}", which speaks {protocol}: nobody sees requests there',
    nowhere:
      'destination rule "{rule}" has settings for requests to "{host}", which speaks {protocols}: nobody sees requests there',
  },
  help: 'delete them, or correct the port',
  create: ({ mesh }) => {
    const servicesOf = hostTable(mesh)
    const requested = requestedHosts(mesh)
    return {
      *destination(destination) {
        const settings = policiesOf(destination)
        if (settings.every(({ policy }) => Object.keys(policy).length === 0)) return
        const services = servicesOf(destination.host)
        const isRequested = services.some(({ host }) => requested.has(host))
        // A host that no service has is the rule unknown-host's business.
        if (services.length === 0) return
        if (!isRequested) yield* forNoPort(destination, settings, services)
        for (const { port, policy, at } of settings.flatMap(({ policy: { ports = [] } }) => ports))
          yield* forPort({ port, policy, at, host: destination.host }, services, isRequested)
      },
    }
  },
})

const inVain = 'delete them, or declare that a port speaks HTTP, by its name or appProtocol'

type Policy = DestinationPolicy['policy']

/** Settings for all ports. What is said of hosts by a wildcard is said of those to come, too. */
function* forNoPort({ host }: DestinationPolicy, settings: readonly PlacedPolicy[], services: readonly Service[]) {
  const ports = services.flatMap(service => service.ports)
  if (host.startsWith('*') || ports.length === 0 || !ports.every(isBare)) return
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))].join(', ')
  for (const { policy, at } of settings)
    for (const place of forRequests(policy))
      yield { message: 'nowhere', at: `${at}/${place}`, data: { rule: nameAt(at), host, protocols }, help: inVain }
}

interface PortSettings extends PlacedPolicy {
  readonly host: string
  readonly port: number
}

function* forPort({ host, port, policy, at }: PortSettings, services: readonly Service[], isRequested: boolean) {
  const data = { rule: nameAt(at), host, port }
  const own = services.flatMap(({ ports }) => ports.filter(({ number }) => number === port))
  const [first] = own
  if (first === undefined) {
    const numbers = new Set(services.flatMap(({ ports }) => ports.map(({ number }) => number)))
    const ports = [...numbers].toSorted((a, b) => a - b).join(', ')
    if (ports !== '') yield { message: 'absent', at: `${at}/port/number`, data: { ...data, ports } }
  } else if (own.every(isBare) && !isRequested)
    for (const place of forRequests(policy))
      yield { message: 'requests', at: `${at}/${place}`, data: { ...data, protocol: first.protocol } }
}

/** Services of a host, or those that a wildcard covers. */
function hostTable({ services }: Mesh): (host: string) => readonly Service[] {
  const byHost = Map.groupBy(services, ({ host }) => host)
  return host =>
    host.startsWith('*') ? services.filter(service => hostCovers(host, service.host)) : (byHost.get(host) ?? [])
}

/** Hosts to which rules send requests, whatever their ports are said to speak: a gateway may begin TLS for an outside host. */
function requestedHosts({ routings }: Mesh): ReadonlySet<string> {
  return new Set(routings.flatMap(({ rules }) => rules.flatMap(destinationsOf).map(({ host }) => host)))
}

/** A port that is detected may well carry requests. */
function isBare({ protocol }: ServicePort): boolean {
  return !isHttp(protocol) && protocol !== 'AUTO'
}

/** What has its effect on requests alone. Limits of what waits and of what is under way Envoy may know of connections, too. */
function* forRequests({ connectionPool: pool, loadBalancer }: Policy): Iterable<string> {
  const isHashed = loadBalancer?.kind === 'hash' && loadBalancer.key.kind !== 'source-ip'
  if (isHashed) yield 'loadBalancer/consistentHash'
  if (pool === undefined || pool.maxPendingRequests !== undefined || pool.maxRequests !== undefined) return
  const { maxRequestsPerConnection, maxRetries, httpIdleTimeoutMs, maxConcurrentStreams, http2Keepalive } = pool
  const own = [maxRequestsPerConnection, maxRetries, httpIdleTimeoutMs, maxConcurrentStreams, http2Keepalive]
  if (own.some(value => value !== undefined) || pool.h2Upgrade !== 'DEFAULT' || pool.useClientProtocol)
    yield 'connectionPool/http'
}
