import {
  definePolicy,
  type Mesh,
  type PeerPolicy,
  type ServedPort,
  selects,
  servedPorts,
  testsOf,
  type Workload,
  workloadsUnder,
} from 'meshwright/policy'

export default definePolicy({
  id: 'port-of-service',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Policies about workloads name their ports, and not those of the Services before them.',
  },
  messages: {
    access:
      'a rule of "{policy}" is for port {port}, which is that of Service "{service}": its pods are called at {own}',
    mtls: '"{policy}" says of port {port} how it is called, which is that of Service "{service}": its pods are called at {own}',
  },
  create: ({ mesh }) => ({
    *accessPolicy(policy) {
      let workloads: readonly Workload[] | undefined
      for (const { attribute, values, valuesAt } of policy.rules.flatMap(testsOf)) {
        if (attribute.kind !== 'port') continue
        for (const [index, value] of values.entries()) {
          // For all of a namespace it is for gateways, too, whose ports are those of their servers.
          if (policy.selector === undefined && isOpened(Number(value), mesh)) continue
          workloads ??= workloadsUnder(policy, mesh)
          const found = meantAt(Number(value), workloads, mesh)
          if (found !== undefined) yield problem('access', { policy: policy.name, at: `${valuesAt}/${index}`, found })
        }
      }
    },
    *peerPolicy(policy) {
      if (policy.ports.length === 0) return
      const workloads = pickedBy(policy, mesh)
      for (const { port, at } of policy.ports) {
        const found = meantAt(port, workloads, mesh)
        if (found !== undefined) yield problem('mtls', { policy: policy.name, at, found })
      }
    },
  }),
})

interface Told {
  readonly policy: string
  readonly at: string
  readonly found: ServedPort
}

function problem(message: 'access' | 'mtls', { policy, at, found: { service, port, number: own } }: Told) {
  return {
    message,
    at,
    data: { policy, port: port.number, service: service.name, own },
    help: `write ${own}, the port that the workload has itself`,
    related: [{ at: port.at, message: 'this leads there' }],
  }
}

function isOpened(port: number, { gateways }: Mesh): boolean {
  return gateways.some(({ servers }) => servers.some(server => server.port.number === port))
}

function pickedBy({ namespace, selector }: PeerPolicy, { workloads }: Mesh): readonly Workload[] {
  return selector === undefined
    ? []
    : workloads.filter(workload => workload.namespace === namespace && selects(selector, workload.labels))
}

/** The Service's port that was taken for the workload's: undefined where any of the workloads may have such a port itself. */
function meantAt(wanted: number, workloads: readonly Workload[], mesh: Mesh): ServedPort | undefined {
  const served = workloads.flatMap(workload => servedPorts(workload, mesh))
  const isOwn =
    served.some(({ number }) => number === wanted) ||
    workloads.some(({ container }) => container.ports.some(({ number }) => number === wanted))
  return isOwn ? undefined : served.find(({ port }) => port.number === wanted)
}
