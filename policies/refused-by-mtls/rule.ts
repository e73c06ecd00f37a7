import {
  containerPort,
  type DestinationPolicy,
  definePolicy,
  type EffectiveMtls,
  effectiveMtls,
  hostCovers,
  type Labels,
  labelIndex,
  type Mesh,
  mayPassProxy,
  mtlsOn,
  nameAt,
  type PeerPolicy,
  policyAt,
  type Scope,
  type Service,
  type ServicePort,
  type Subset,
  selects,
  type Workload,
} from 'meshwright/policy'

export default definePolicy({
  id: 'refused-by-mtls',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Who takes only mutual TLS of the mesh is called by it.',
  },
  messages: {
    refused:
      'destination rule "{rule}" has port {port} of {whom} called {how}, which is refused: all workloads there take only mutual TLS of the mesh (STRICT)',
    plain:
      'destination rule "{rule}" has port {port} of {whom} called by mutual TLS of the mesh, which is refused: all workloads there take only plain text (DISABLE)',
    ended:
      'scope "{scope}" ends TLS of clients outside of the mesh at port {port}, which is refused: all its workloads take only mutual TLS of the mesh there (STRICT)',
  },
  help: 'leave tls out, or say mode: ISTIO_MUTUAL; or let the workloads take plain text, too (PERMISSIVE)',
  create: ({ mesh }) => {
    const servicesOf = serviceTable(mesh)
    const running = runningIn(mesh)
    return {
      *destination(destination) {
        if (!saysTls(destination)) return
        const told = new Set<string>()
        for (const call of callsBy(destination, servicesOf(destination))) {
          const { service, port, subset, mode, at } = call
          const asked = told.has(at) ? undefined : refusing(call, running)
          if (asked === undefined) continue
          told.add(at)
          const host = `"${service.host}"`
          const whom = subset === undefined ? host : `subset "${subset.name}" of ${host}`
          const data = { rule: nameAt(at), port: port.number, whom }
          const related = askedFor(asked)
          if (refusers[mode] === 'DISABLE') yield { message: 'plain', at: `${at}/mode`, data, related, help: plainHelp }
          else {
            const how = mode === 'DISABLE' ? 'in plain text' : 'by TLS without a certificate of the mesh'
            yield { message: 'refused', at: `${at}/mode`, data: { ...data, how }, related }
          }
        }
      },
      *scope(scope) {
        for (const { number: port, tls, at } of scope.ingress ?? []) {
          const picked = tls === undefined ? [] : workloadsOf(scope, mesh)
          const asked = refusingAll(picked, { portOf: () => port, by: 'STRICT' }, running)
          if (asked === undefined) continue
          const data = { scope: scope.name, port }
          yield { message: 'ended', at: `${at}/tls`, data, help: endedHelp, related: askedFor(asked) }
        }
      },
    }
  },
})

const plainHelp = 'leave tls out, or say mode: DISABLE; or let the workloads take mutual TLS, too (PERMISSIVE)'
const endedHelp = 'leave tls out; or let the port take others, too: with portLevelMtls, PERMISSIVE or DISABLE'

function askedFor(places: readonly string[]) {
  return places.map(at => ({ at, message: 'this asks for it' }))
}

/** One that picks none holds for those that no other picks. */
function workloadsOf({ namespace, selector }: Scope, { workloads, scopes }: Mesh): readonly Workload[] {
  const own = workloads.filter(workload => workload.namespace === namespace)
  if (selector !== undefined) return own.filter(({ labels }) => selects(selector, labels))
  const picking = scopes.filter(scope => scope.namespace === namespace && scope.selector !== undefined)
  return own.filter(({ labels }) => !picking.some(scope => selects(scope.selector!, labels)))
}

/**
 * By how a call is secured: who refuses it. With `MUTUAL`, the certificates may be of the mesh's authority: nobody can tell from their
 * names.
 */
const refusers = { DISABLE: 'STRICT', SIMPLE: 'STRICT', ISTIO_MUTUAL: 'DISABLE' } as const

type Refused = keyof typeof refusers
type Refuser = (typeof refusers)[Refused]

function isRefused(mode: string | undefined): mode is Refused {
  return mode !== undefined && Object.hasOwn(refusers, mode)
}

function saysTls({ policy, subsets }: DestinationPolicy): boolean {
  const policies = [policy, ...subsets.map(subset => subset.policy)]
  return policies.some(({ tls, ports = [] }) =>
    [tls, ...ports.map(port => port.policy.tls)].some(each => isRefused(each?.mode)),
  )
}

/** Services of the mesh that a rule may be for; a wildcard is for none that a longer host covers. */
function serviceTable({ services, destinations }: Mesh): (destination: DestinationPolicy) => readonly Service[] {
  const within = services.filter(({ entry, selector }) => !entry?.isExternal && Object.keys(selector).length > 0)
  const byHost = Map.groupBy(within, ({ host }) => host)
  return ({ host }) => {
    if (!host.startsWith('*')) return byHost.get(host) ?? []
    const longer = destinations.filter(other => other.host.length > host.length)
    return within.filter(
      service => hostCovers(host, service.host) && !longer.some(other => hostCovers(other.host, service.host)),
    )
  }
}

/** Calls to a port of a service or a subset of it, and where a rule says how they are secured. */
interface Call {
  readonly service: Service
  readonly port: ServicePort
  readonly subset: Subset | undefined
  readonly mode: Refused
  readonly at: string
}

function* callsBy(destination: DestinationPolicy, services: readonly Service[]): Iterable<Call> {
  for (const service of services)
    for (const subset of [undefined, ...destination.subsets])
      for (const port of service.ports) {
        const { tls } = policyAt(destination, subset, port.number)
        const mode = tls?.mode
        if (tls !== undefined && isRefused(mode)) yield { service, port, subset, mode, at: tls.at }
      }
}

interface Running {
  readonly workloads: (namespace: string, selector: Labels) => readonly Workload[]
  readonly machines: (namespace: string, selector: Labels) => readonly unknown[]
  readonly mtlsOf: (workload: Workload) => EffectiveMtls
  readonly byPlace: ReadonlyMap<string, PeerPolicy>
}

function runningIn({ workloads, machines, peerPolicies: policies, rootNamespaces }: Mesh): Running {
  const known = new Map<Workload, EffectiveMtls>()
  return {
    workloads: labelIndex(workloads),
    machines: labelIndex(machines),
    mtlsOf(workload) {
      const mtls = known.get(workload) ?? effectiveMtls({ policies, rootNamespaces }, workload)
      known.set(workload, mtls)
      return mtls
    },
    byPlace: new Map(policies.map(policy => [policy.at, policy])),
  }
}

/**
 * Policies for which every place that is called refuses it.
 *
 * @returns undefined where some place takes it, or may, or nothing is known to run there
 */
function refusing({ service, port, subset, mode }: Call, running: Running): readonly string[] | undefined {
  const { namespace, entry } = service
  const selector = { ...service.selector, ...subset?.labels }
  // A machine's proxy is whoever set it up.
  if ((entry?.endpoints.length ?? 0) > 0 || running.machines(namespace, selector).length > 0) return undefined
  const called = running.workloads(namespace, selector)
  const portOf = (workload: Workload) => containerPort(workload, port.targetPort)
  return refusingAll(called, { portOf, by: refusers[mode] }, running)
}

interface Asked {
  readonly portOf: (workload: Workload) => Port
  readonly by: Refuser
}

/** Policies by which each of some workloads takes nothing else at its port; undefined where one of them does, or there are none. */
function refusingAll(
  workloads: readonly Workload[],
  { portOf, by }: Asked,
  running: Running,
): readonly string[] | undefined {
  const asked = workloads.map(workload => refusingPolicy(by, { workload, number: portOf(workload) }, running))
  const found = asked.filter(policy => policy !== undefined)
  return found.length === 0 || found.length < asked.length ? undefined : [...new Set(found.map(({ at }) => at))]
}

/** A port of a workload. */
type Port = number | undefined

/** The policy that has a workload take only mutual TLS of the mesh, or only what is none, at a port. */
function refusingPolicy(
  by: Refuser,
  { workload, number }: { readonly workload: Workload; readonly number: Port },
  running: Running,
): PeerPolicy | undefined {
  if (number === undefined || mayPassProxy(workload, number)) return undefined
  const mtls = running.mtlsOf(workload)
  if (mtlsOn(mtls, number) !== by) return undefined
  const chain = mtls.from.flatMap(at => running.byPlace.get(at) ?? [])
  return (
    chain.find(({ ports }) => ports.some(each => each.port === number && each.mode === by)) ??
    chain.find(({ mode }) => mode === by)
  )
}
