import { definePolicy, isHttp, type Mesh, type Service, type ServicePort, settingsOf } from 'meshwright/policy'

export default definePolicy({
  id: 'shared-headless-port',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Headless services whose bytes are no HTTP have a port that nothing else takes.',
  },
  messages: {
    taken:
      'port {port} of headless service "{host}" is that of host "{other}", which has no address: where traffic is redirected, connections to the pods go there',
    rules:
      'the rules for TCP and the limits for connections to headless service "{host}" do not hold on port {port}, which "{other}" has, too',
  },
  help: 'give one of them a port of its own',
  create: () => ({
    *mesh(mesh) {
      const headless = mesh.services.filter(({ isHeadless }) => isHeadless === true).flatMap(portsOf)
      for (const item of headless) {
        const { service, port } = item
        const data = { host: service.host, port: port.number }
        const taker = isHttp(port.protocol) ? undefined : takerOf(port, mesh)
        const related = (at: string, message: string) => [{ at, message }]
        if (taker !== undefined) {
          const why = related(taker.port.at, 'this one gets them')
          yield { message: 'taken', at: port.at, data: { ...data, other: taker.service.host }, related: why }
          continue
        }
        const other = headless.find(each => each.port.number === port.number && each.service !== service)
        const at = other === undefined ? undefined : rulesFor(service, mesh)
        if (other === undefined || at === undefined || isHttp(port.protocol)) continue
        const why = related(other.port.at, 'this one has it, too')
        yield { message: 'rules', at, data: { ...data, other: other.service.host }, related: why }
      }
    },
  }),
})

interface At {
  readonly service: Service
  readonly port: ServicePort
}

function portsOf(service: Service): At[] {
  return service.ports.map(port => ({ service, port }))
}

/** A declared host whose bytes nothing tells from others of its port. */
function takerOf({ number }: ServicePort, mesh: Mesh): At | undefined {
  const { captures = false, allocates = true } = settingsOf(mesh)?.dns ?? {}
  // Where proxies answer for names, the others get an address each.
  const isBareHost = ({ host, entry }: Service) =>
    entry?.addresses.length === 0 && (!captures || !allocates || entry.resolution === 'NONE' || host.startsWith('*'))
  const bare = mesh.services.filter(isBareHost)
  return bare.flatMap(portsOf).find(({ port }) => port.number === number && isBare(port))
}

function isBare({ protocol }: ServicePort): boolean {
  return !isHttp(protocol) && protocol !== 'TLS' && protocol !== 'HTTPS'
}

/** Where something is said of connections to a service, beside how they are secured. */
function rulesFor({ host }: Service, { destinations, routings }: Mesh): string | undefined {
  const limits = destinations.find(
    ({ host: named, policy }) =>
      named === host && (policy.connectionPool !== undefined || policy.outlierDetection !== undefined),
  )
  const rules = routings.find(
    ({ hosts, tls, tcp }) => hosts.some(each => each.host === host) && tls.length + tcp.length > 0,
  )
  return limits?.at ?? rules?.at
}
