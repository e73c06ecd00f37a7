/**
 * Where a proxy that says who it is runs: for control planes that allocate nothing themselves (`mesh serve`).
 *
 * The layout is Istio's without interception: inbound ports at the node's own address, in front of an application at
 * 127.0.0.1 whose ports are higher by 10000, and for each port that is called one listener on 127.0.0.1, whose services
 * are told apart by the host that the application names.
 */
import type { Mesh } from '../../../model/mesh.ts'
import { type Labels, selects } from '../../../model/node.ts'
import { type Inbound, type Outbound, type ProxyPlacement, unprivileged } from '../../../model/placement.ts'
import type { EgressListener, IngressPort } from '../../../model/scope.ts'
import { isHttp } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { gatewayOf, portsOf } from './gateway-proxies.ts'
import { inboundPorts } from './inbound-chains.ts'
import { inboundSettings } from './inbound-settings.ts'
import { indexMesh, type MeshIndex } from './index-mesh.ts'
import { type View, viewOf } from './view.ts'

/** Who a proxy says it is. */
export interface ProxyIdentity {
  readonly kind: 'sidecar' | 'router'
  readonly ip: string
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
}

export function placeProxy(mesh: Mesh, identity: ProxyIdentity): ProxyPlacement {
  const { kind, name, namespace, ip } = identity
  const base = { name, namespace, kind, address: ip, labels: identity.labels }
  const index = indexMesh(mesh)
  if (kind === 'router') {
    const gateway = gatewayOf(index, identity)
    const ports = gateway === undefined ? [] : portsOf(gateway)
    const servers = ports.map(({ servers: _, ...port }) => ({
      ...port,
      listen: { address: ip, port: unprivileged(port.port) },
    }))
    return { ...base, inbound: [], outbound: [], servers }
  }
  const workload = workloadOf(mesh, identity)
  const source = workload ?? { namespace, labels: identity.labels }
  const view = viewOf(index.routing, source, index.scopeOf(source))
  const placed = { ...base, outbound: sharedOutbound(view).map(outbound => ({ ...outbound })), servers: [] }
  return workload === undefined
    ? { ...placed, inbound: [] }
    : { ...placed, workload: workload.name, inbound: inboundOf(workload, ip, index) }
}

/** A machine that is no workload of the mesh: it calls, and takes nothing in. */
export function placeCaller(
  mesh: Mesh,
  { name, namespace, ip }: Omit<ProxyIdentity, 'kind' | 'labels'>,
): ProxyPlacement {
  const index = indexMesh(mesh)
  const view = viewOf(index.routing, { namespace, labels: {} }, index.scopeOf({ namespace, labels: {} }))
  const outbound = sharedOutbound(view).map(item => ({ ...item }))
  return { name, namespace, kind: 'sidecar', address: ip, labels: {}, inbound: [], outbound, servers: [] }
}

/** By its exact name; by labels, all of the workload's; by the longest name that the pod's extends by a suffix. */
function workloadOf(mesh: Mesh, { name, namespace, labels }: ProxyIdentity): Workload | undefined {
  const local = mesh.workloads.filter(workload => workload.namespace === namespace)
  const exact = local.find(workload => workload.name === name)
  const selected = local.find(workload => Object.keys(workload.labels).length > 0 && selects(workload.labels, labels))
  const prefixed = local
    .filter(workload => name.startsWith(`${workload.name}-`))
    .toSorted((a, b) => b.name.length - a.name.length)
  return exact ?? selected ?? prefixed[0]
}

function inboundOf(workload: Workload, ip: string, index: MeshIndex): Inbound[] {
  const scope = index.scopeOf(workload)
  return inboundPorts(workload, index).map(port => {
    const { ingress } = inboundSettings(scope, port)
    // On 127.0.0.1 itself the outbound listeners have the ports; elsewhere only proxy and application meet, on two addresses.
    const isShared = ip === '127.0.0.1'
    const place = {
      port,
      listen: { address: ip, port: isShared ? apart(port, 10_000) : port },
      app: { address: '127.0.0.1', port: isShared ? apart(port, 20_000) : apart(port, 10_000) },
    }
    return ingress === undefined ? place : { ...place, ...declaredPlace(ingress, ip) }
  })
}

/** What a scope says of where proxy and application listen. */
function declaredPlace({ number, bind, target }: IngressPort, ip: string): Partial<Inbound> {
  const listen = bind === undefined ? {} : { listen: { address: bind, port: number } }
  if (target === undefined) return listen
  if (target.kind === 'socket') return { ...listen, socket: target.path }
  return { ...listen, app: { address: target.kind === 'own' ? ip : target.address, port: target.port } }
}

/** A port at a distance, upwards where there is room. */
function apart(port: number, distance: number): number {
  return port + distance <= 65_535 ? port + distance : port - distance
}

/** What a scope says of where a port is found. */
function listenerFor({ listeners: all }: View, number: number): EgressListener | undefined {
  const listeners = all.filter(({ apart }) => apart === undefined)
  return listeners.find(({ port }) => port === number) ?? listeners.find(({ port }) => port === undefined)
}

/** One address for all HTTP services of a port; of other protocols the first service of a port has it. */
const sharedOutbound = memo((view: View): readonly Outbound[] => {
  const ports = new Map<number, Outbound>()
  for (const { service } of view.services) {
    for (const { number, protocol } of service.ports) {
      const { bind = '127.0.0.1' } = listenerFor(view, number) ?? {}
      const listen = { address: bind, port: unprivileged(number) }
      if (isHttp(protocol)) ports.set(number, { port: number, listen })
      else if (!ports.has(number)) ports.set(number, { host: service.host, port: number, listen })
    }
  }
  return [...ports.values()].sort((a, b) => a.port - b.port)
})
