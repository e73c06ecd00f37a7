import type { Mesh } from './mesh.ts'
import { type Labels, type Node, selects } from './node.ts'
import { isAbout, type PolicyTarget, type TargetedNode } from './policy-target.ts'
import type { Service, ServicePort } from './service.ts'
import { containerPort, type Workload } from './workload.ts'

/** Workloads of the mesh that a policy is about. */
export function workloadsUnder(policy: TargetedNode, { workloads, rootNamespaces }: Mesh): readonly Workload[] {
  return workloads.filter(workload => isAbout(policy, workload, rootNamespaces))
}

/** Gateways that a policy hangs on and that are not there. */
export function missingGateways(
  { targets = [], namespace }: TargetedNode,
  { standings = [] }: Mesh,
): readonly PolicyTarget[] {
  const isThere = ({ name }: PolicyTarget) =>
    standings.some(each => each.kind === 'Gateway' && each.name === name && each.namespace === namespace)
  return targets.filter(target => target.kind === 'Gateway' && !isThere(target))
}

/** A gateway's proxies, as the mesh knows them: they run under an account of their name. */
export interface GatewayAccount extends Omit<Node, 'at'> {
  readonly labels: Labels
}

/** Proxies that gateways select. Where their pods run in a cluster is not known here: their namespace is the gateway's. */
export function gatewayAccounts({ gateways }: Pick<Mesh, 'gateways'>): readonly GatewayAccount[] {
  return gateways.map(({ selector, name, namespace }) => {
    return { name: selector['istio'] ?? Object.values(selector)[0] ?? name, namespace, labels: selector }
  })
}

/** Labels of the gateways that an installation brings, ours or Istio's. */
export const installedGateways: readonly Labels[] = [
  { app: 'mesh-ingressgateway', istio: 'ingressgateway' },
  { app: 'istio-ingressgateway', istio: 'ingressgateway' },
  { app: 'istio-egressgateway', istio: 'egressgateway' },
  { app: 'istio-eastwestgateway', istio: 'eastwestgateway' },
]

/** Does a selector pick proxies of gateways, which run wherever an installation has them? */
export function picksGateway(selector: Labels, mesh: Pick<Mesh, 'gateways'>): boolean {
  const known = gatewayAccounts(mesh).map(({ labels }) => labels)
  return [...known, ...installedGateways].some(labels => selects(selector, labels))
}

/** A port of a service that leads to a workload, and the workload's own number of it. */
export interface ServedPort {
  readonly service: Service
  readonly port: ServicePort
  readonly number: number
}

export function servedPorts(workload: Workload, { services }: Mesh): readonly ServedPort[] {
  const own = services.filter(
    ({ namespace, selector }) =>
      namespace === workload.namespace && Object.keys(selector).length > 0 && selects(selector, workload.labels),
  )
  return own.flatMap(service =>
    service.ports.flatMap(port => {
      const number = containerPort(workload, port.targetPort)
      return number === undefined ? [] : [{ service, port, number }]
    }),
  )
}
