import {
  definePolicy,
  type HttpRouting,
  isVirtualService,
  type Labels,
  labelText,
  type Mesh,
  nearestWord,
  selects,
  slippedWord,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unreached-match',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Each match of a route names callers, ports and gateways that there are.',
  },
  messages: {
    gateway: 'a match of route "{route}" is for gateway "{gateway}", which is not declared',
    port: 'a match of route "{route}" is for port {port}, which is none of those where the route holds: {ports}',
    callers: 'a match of route "{route}" is for callers with {labels}, and no workload {where} has that',
    namespace: 'a match of route "{route}" is for callers in namespace "{namespace}", in which nothing runs',
    edge: 'a match of route "{route}" is for callers with {labels}, which at a gateway are its own pods’: those have {selector}',
  },
  help: 'correct the match, or delete it: no request is for it',
  create: ({ mesh }) => {
    const portsOf = portTable(mesh)
    const callers = callersOf(mesh)
    return {
      *routing(routing) {
        for (const match of matchesOf(routing)) {
          const data = { route: routing.name }
          for (const [index, gateway] of (match.gateways ?? []).entries())
            if (gateway !== 'mesh' && !portsOf.gateways.has(gateway))
              yield {
                message: 'gateway',
                at: `${match.at}/gateways/${index}`,
                data: { ...data, gateway },
                ...meant(nearestWord(gateway, portsOf.gateways.keys())),
              }
          const ports = match.port === undefined ? undefined : portsOf.where(routing, match)
          if (match.port !== undefined && ports !== undefined && !ports.includes(match.port))
            yield {
              message: 'port',
              at: `${match.at}/port`,
              data: { ...data, port: match.port, ports: ports.join(', ') },
            }
          const problem = callerProblem(match, routing, callers)
          if (problem !== undefined) yield { ...problem, data: { ...data, ...problem.data } }
        }
      },
    }
  },
})

type Match = HttpRouting['rules'][number]['matches'][number] | HttpRouting['tcp'][number]['matches'][number]

/** Those that stand in the route itself: where a delegate's hold, others say. */
function matchesOf(routing: HttpRouting): readonly Match[] {
  const { at, hosts, rules, tls, tcp } = routing
  if (hosts.length === 0 || !isVirtualService(routing)) return []
  return [...rules, ...tls, ...tcp]
    .flatMap(({ matches }): readonly Match[] => matches)
    .filter(match => match.at.startsWith(at))
}

/** A match's gateways go before those of its route (Istio's rule). */
function gatewaysOf({ gateways }: HttpRouting, match: Match): readonly string[] {
  return match.gateways ?? gateways.map(({ gateway }) => gateway)
}

interface PortTable {
  readonly gateways: ReadonlyMap<string, readonly number[]>
  /** Undefined where not all of it is known. */
  readonly where: (routing: HttpRouting, match: Match) => readonly number[] | undefined
}

function portTable({ gateways: all, services }: Mesh): PortTable {
  const gateways = new Map(
    all.map(({ namespace, name, servers }) => [`${namespace}/${name}`, servers.map(({ port }) => port.number)]),
  )
  const byHost = Map.groupBy(services, ({ host }) => host)
  const within = ({ hosts }: HttpRouting) =>
    hosts.map(({ host }) => byHost.get(host)?.flatMap(({ ports }) => ports.map(({ number }) => number)))
  return {
    gateways,
    where: (routing, match) => {
      const places = gatewaysOf(routing, match).flatMap(gateway =>
        gateway === 'mesh' ? within(routing) : [gateways.get(gateway)],
      )
      const known = places.filter(ports => ports !== undefined)
      const ports = [...new Set(known.flat())].sort((a, b) => a - b)
      return known.length < places.length || ports.length === 0 ? undefined : ports
    },
  }
}

interface Callers {
  readonly all: readonly { readonly namespace: string; readonly labels: Labels }[]
  readonly byNamespace: ReadonlyMap<string, Callers['all']>
  /** Workloads with a label, by `key=value`. */
  readonly byLabel: ReadonlyMap<string, Callers['all']>
  /** By `namespace/name`: what the pods of a gateway are selected by. */
  readonly gateways: ReadonlyMap<string, Labels>
  readonly namespaces: ReadonlySet<string>
  /** Namespaces of which nothing has to be known. */
  readonly elsewhere: readonly string[]
}

/** Machines call, too. */
function callersOf({ workloads, machines, gateways: edges, namespaces, rootNamespaces }: Mesh): Callers {
  const all = [...workloads, ...machines]
  const byLabel = new Map<string, Callers['all'][number][]>()
  for (const caller of all)
    for (const [key, value] of Object.entries(caller.labels)) {
      const known = byLabel.get(`${key}=${value}`)
      if (known === undefined) byLabel.set(`${key}=${value}`, [caller])
      else known.push(caller)
    }
  const known = [...namespaces.map(({ name }) => name), ...all.map(({ namespace }) => namespace)]
  const byNamespace = Map.groupBy(all, ({ namespace }) => namespace)
  const gateways = new Map(edges.map(({ namespace, name, selector }) => [`${namespace}/${name}`, selector]))
  return { all, byNamespace, byLabel, gateways, namespaces: new Set(known), elsewhere: rootNamespaces }
}

function callerProblem(
  match: Match,
  routing: HttpRouting,
  { all, byNamespace, byLabel, gateways, namespaces, elsewhere }: Callers,
) {
  const { sourceLabels, sourceNamespace: from, at } = match
  const wanted = Object.entries(sourceLabels)
  // Beside gateways of its own nobody asks who calls, which a check of the kind says.
  if (match.gateways !== undefined || (wanted.length === 0 && from === undefined)) return undefined
  const bound = gatewaysOf(routing, match)
  if (!bound.includes('mesh')) {
    const own = bound.map(gateway => gateways.get(gateway)).filter(selector => selector !== undefined)
    // The mesh need not say in which namespace they run, nor more of their labels than they are selected by.
    const pods = all.filter(({ labels }) => own.some(selector => selects(selector, labels)))
    const known = [...own, ...pods.map(({ labels }) => labels)]
    if (wanted.length === 0 || own.length === 0 || known.some(labels => selects(sourceLabels, labels))) return undefined
    const data = {
      labels: labelText(sourceLabels),
      selector: [...new Set(own.map(each => labelText(each) || 'any'))].join(' or '),
    }
    return { message: 'edge', at: `${at}/sourceLabels`, data, help: 'delete it, or bind the route to the mesh' }
  }
  if (from !== undefined && !namespaces.has(from) && !elsewhere.includes(from)) {
    // Only a slip is told: others may run there.
    const near = slippedWord(from, namespaces)
    return near === undefined
      ? undefined
      : { message: 'namespace', at: `${at}/sourceNamespace`, data: { namespace: from }, ...meant(near) }
  }
  const there = from === undefined ? all : (byNamespace.get(from) ?? [])
  // A mesh, or a namespace, whose workloads are elsewhere says nothing of them.
  if (there.length === 0 || wanted.length === 0) return undefined
  const [first] = wanted.map(([key, value]) => byLabel.get(`${key}=${value}`) ?? [])
  const isCaller = first!.some(
    ({ namespace, labels }) => (from === undefined || namespace === from) && selects(sourceLabels, labels),
  )
  if (isCaller) return undefined
  const labels = labelText(sourceLabels)
  const where = from === undefined ? 'of the mesh' : `of namespace "${from}"`
  return { message: 'callers', at: `${at}/sourceLabels`, data: { labels, where }, ...meantLabel(sourceLabels, there) }
}

/** The label that was most likely meant by the first one that nobody has. */
function meantLabel(wanted: Labels, there: Callers['all']): { readonly help?: string } {
  const known = Map.groupBy(
    there.flatMap(({ labels }) => Object.entries(labels)),
    ([key]) => key,
  )
  for (const [key, value] of Object.entries(wanted)) {
    const values = known.get(key)?.map(([, own]) => own)
    if (values === undefined) return meant(nearestWord(key, known.keys()))
    if (values.includes(value)) continue
    const near = nearestWord(value, new Set(values))
    return near === undefined ? {} : meant(`${key}: ${near}`)
  }
  return {}
}

function meant(name: string | undefined): { readonly help?: string } {
  return name === undefined ? {} : { help: `did you mean "${name}"?` }
}
