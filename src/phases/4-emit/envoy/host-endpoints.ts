/** Where services are found beyond the pods of the cluster or machine: WorkloadEntries, and what ServiceEntries and EndpointSlices name. */
import { isIP } from 'node:net'
import { isWildcard } from '../../../model/host-entry.ts'
import type { HostEndpoint } from '../../../model/machine.ts'
import { effectiveMtls, mtlsOn } from '../../../model/peer-policy.ts'
import type { Placement } from '../../../model/placement.ts'
import type { DatagramPort, Service } from '../../../model/service.ts'
import { ownValue } from '../../../util/own-value.ts'
import type { Endpoint } from './endpoints.ts'
import type { MeshIndex } from './index-mesh.ts'

/** Are the endpoints of a service told by EDS? The names of others are looked up by the proxies themselves. */
export function usesEds({ entry }: Service): boolean {
  return entry === undefined || entry.resolution === 'STATIC'
}

/** Does it depend on nothing but the declaration where this host is? */
export function isSelfContained({ entry, selector }: Service): boolean {
  return entry?.isExternal === true && Object.keys(selector).length === 0
}

/** Endpoints that a service selects among machines. */
export function machineEndpoints(
  { machinesOf, mesh }: MeshIndex,
  hasIdentity: Placement['hasIdentity'],
  service: Service,
  port: DatagramPort,
): Endpoint[] {
  return machinesOf(service).flatMap(machine => {
    const { name, namespace, labels, serviceAccount } = machine
    const isOurs = hasIdentity === true && service.entry?.isExternal !== true
    return endpointAt(machine, port, {
      service,
      takesMtls: isOurs && machine.hasIdentity === true ? takesMtls(mesh, { namespace, labels }) : () => false,
      workload: { name, namespace, labels, serviceAccount },
    })
  })
}

/** Endpoints that somebody wrote down: whether a proxy is there, nobody knows. A cluster tells its own. */
export function writtenEndpoints({ writtenOf }: MeshIndex, service: Service, port: DatagramPort): Endpoint[] {
  return writtenOf(service).flatMap(({ address, ports, locality }) => {
    const number = ownValue(ports, port.name)
    if (number === undefined) return []
    const place = locality === undefined ? {} : { locality }
    return [{ ...place, labels: {}, weight: 1, address: { address, port: number }, takesMtls: false }]
  })
}

/** Endpoints that stand in the declaration; of a host that is looked up and names none, the host itself. */
export function declaredEndpoints(
  index: MeshIndex | undefined,
  hasIdentity: Placement['hasIdentity'],
  service: Service,
  port: DatagramPort,
): Endpoint[] {
  const { entry, host, namespace, selector } = service
  if (entry === undefined || entry.resolution === 'NONE') return []
  const endpoints = entry.endpointsAt?.get(port.number) ?? entry.endpoints
  if (endpoints.length === 0 && !usesEds(service) && Object.keys(selector).length === 0) {
    const number = typeof port.targetPort === 'number' ? port.targetPort : port.number
    return isWildcard(host)
      ? []
      : [{ labels: {}, weight: 1, address: { address: host, port: number }, takesMtls: false }]
  }
  return endpoints.flatMap(endpoint => {
    const { labels } = endpoint
    const isOurs = hasIdentity === true && !entry.isExternal && index !== undefined
    return endpointAt(endpoint, port, {
      service,
      takesMtls: isOurs && endpoint.hasIdentity === true ? takesMtls(index.mesh, { namespace, labels }) : () => false,
    })
  })
}

function takesMtls(
  { peerPolicies: policies, rootNamespaces }: MeshIndex['mesh'],
  subject: Parameters<typeof effectiveMtls>[1],
): (port: number) => boolean {
  return port => mtlsOn(effectiveMtls({ policies, rootNamespaces }, subject), port) !== 'DISABLE'
}

interface Found extends Pick<Endpoint, 'workload'> {
  readonly service: Service
  readonly takesMtls: (port: number) => boolean
}

/** Nothing where the address is a name and EDS would have to tell it: Envoy looks no name up there. */
function endpointAt(endpoint: HostEndpoint, port: DatagramPort, { service, takesMtls, workload }: Found): Endpoint[] {
  const { address, ports, labels, locality, weight } = endpoint
  const isSocket = address.startsWith(socketScheme)
  if (usesEds(service) && !isSocket && isIP(address) === 0) return []
  const { targetPort } = port
  const number =
    ownValue(ports, port.name) ??
    (typeof targetPort === 'number' ? targetPort : (ownValue(ports, targetPort) ?? port.number))
  return [
    {
      ...(workload === undefined ? {} : { workload }),
      ...(locality === undefined ? {} : { locality }),
      labels,
      weight,
      address: isSocket ? { path: address.slice(socketScheme.length) } : { address, port: number },
      takesMtls: takesMtls(number),
    },
  ]
}

const socketScheme = 'unix://'
