import {
  boundHosts,
  definePolicy,
  type Gateway,
  type HttpMatch,
  type HttpRouting,
  isHttp,
  isVirtualService,
  type L4Match,
  type Mesh,
  nameAt,
  type Server,
  type Service,
} from 'meshwright/policy'

type Kind = 'http' | 'tls' | 'tcp'

/** What rules of a kind are about. */
const subjects: Readonly<Record<Kind, string>> = {
  http: 'requests',
  tls: 'TLS that is passed on as it is',
  tcp: 'connections that carry no HTTP',
}

const helps: Readonly<Record<Kind, string>> = {
  http: 'write tcp (or tls) rules, or declare that the port speaks HTTP (for a Service, by its name or appProtocol)',
  tls: 'write http rules for HTTP, tcp rules where TLS ends, or have the port pass TLS on',
  tcp: 'write http rules for HTTP, tls rules where TLS is passed on, or declare that the port speaks TCP',
}

export default definePolicy({
  id: 'uncarried-rule',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Rules are for what the ports carry at which they hold.',
  },
  messages: {
    none: 'a rule of route "{route}" is for {subject}, and where it holds no port carries these: {ports}',
  },
  help: 'correct the kind of the rule, or the protocol of the port',
  create: ({ mesh }) => {
    const portsAt = portTable(mesh)
    return {
      *routing(routing) {
        for (const { kind, rule } of rulesOf(routing)) {
          // Of a rule without a match, the route alone says where it holds.
          const alternatives: readonly (Match | undefined)[] = rule.matches.length === 0 ? [undefined] : rule.matches
          const ports = alternatives.map(match => portsAt(routing, match))
          if (!ports.every(some => some?.every(({ carries }) => !carries.includes(kind)))) continue
          const told = [...new Set(ports.flat().map(port => `${port!.number} (${port!.speaks})`))].join(', ')
          const data = { route: nameAt(rule.at), subject: subjects[kind], ports: told }
          yield { message: 'none', at: rule.at, data, help: helps[kind] }
        }
      },
    }
  },
})

type Match = HttpMatch | L4Match

/** A delegate's rules hold where each of its roots does; of routes at listeners of the Gateway API conditions tell. */
function rulesOf(routing: HttpRouting) {
  const { at, gateways, rules, tls, tcp } = routing
  const isApi = !isVirtualService(routing)
  if (isApi && gateways.some(({ gateway }) => gateway !== 'mesh')) return []
  const all = [
    ...rules.map(rule => ({ kind: 'http' as const, rule })),
    ...tls.map(rule => ({ kind: 'tls' as const, rule })),
    ...tcp.map(rule => ({ kind: 'tcp' as const, rule })),
  ]
  return isApi ? all : all.filter(({ rule }) => rule.at.startsWith(`${at}/`))
}

interface CarryingPort {
  readonly number: number
  /** As its author says it. */
  readonly speaks: string
  readonly carries: readonly Kind[]
}

/** Ports at which a rule holds by a match; undefined where not all are known, or where there are none, which other policies tell. */
function portTable({ gateways: all, services }: Mesh) {
  const gateways = new Map(all.map(gateway => [`${gateway.namespace}/${gateway.name}`, gateway]))
  const byHost = Map.groupBy(services, ({ host }) => host)
  const within = ({ hosts }: HttpRouting) => hosts.map(({ host }) => byHost.get(host)?.flatMap(servicePorts))
  return (routing: HttpRouting, match: Match | undefined): readonly CarryingPort[] | undefined => {
    const bound = match?.gateways ?? routing.gateways.map(({ gateway }) => gateway)
    const places = bound.flatMap(gateway =>
      gateway === 'mesh' ? within(routing) : [serverPorts(gateways.get(gateway), routing)],
    )
    if (places.some(ports => ports === undefined || ports.length === 0)) return undefined
    const ports = places.flat().filter(port => match?.port === undefined || port!.number === match.port)
    return ports.length === 0 ? undefined : ports.map(port => port!)
  }
}

/** Pods of a headless service are called by their own addresses, where the first bytes tell what is HTTP. */
function servicePorts({ ports, isHeadless }: Service): readonly CarryingPort[] {
  return ports.map(({ number, protocol }) => {
    const isDetected = protocol === 'AUTO' || (isHeadless === true && isHttp(protocol))
    const carries: readonly Kind[] = isDetected ? ['http', 'tls', 'tcp'] : isHttp(protocol) ? ['http'] : ['tls', 'tcp']
    return { number, speaks: protocol, carries }
  })
}

function serverPorts(gateway: Gateway | undefined, routing: HttpRouting): readonly CarryingPort[] | undefined {
  const ports = gateway?.servers.filter(server => boundHosts(routing, server).length > 0).map(serverPort)
  return ports?.every(port => port !== undefined) ? ports : undefined
}

/** Undefined where the server leads by itself (between clusters), or is one for datagrams. */
function serverPort({ port: { number, protocol }, tls }: Server): CarryingPort | undefined {
  if (protocol === 'UDP' || tls?.mode === 'AUTO_PASSTHROUGH') return undefined
  const isSecure = protocol === 'HTTPS' || protocol === 'TLS'
  if (isSecure && tls?.mode === 'PASSTHROUGH') return { number, speaks: `${protocol}, PASSTHROUGH`, carries: ['tls'] }
  const isRequests = protocol === 'HTTPS' || (protocol !== 'TLS' && isHttp(protocol as 'HTTP'))
  const speaks = isSecure ? `${protocol}, ended there` : protocol
  return { number, speaks, carries: isRequests ? ['http'] : ['tcp'] }
}
