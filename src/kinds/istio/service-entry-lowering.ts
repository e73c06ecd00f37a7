import type { HostEntry, HostResolution } from '../../model/host-entry.ts'
import type { Protocol, Service, ServicePort } from '../../model/service.ts'
import { at, type Contribution, nodeOf, plainHost } from '../definition.ts'
import type { Resource } from '../resource.ts'
import type { ServiceEntry, ServiceEntryPort, ServiceEntrySpec } from './service-entry.ts'
import { isPartialWildcard, resolutionOf } from './service-entry-rules.ts'
import { lowerEndpoint } from './workload-entry-lowering.ts'

/** A service for each host, named after it (as istiod names them). */
export function lowerServiceEntry(resource: Resource): Contribution {
  const { spec } = resource as unknown as ServiceEntry
  const resolution = resolutionOf(spec)
  const entry = lowerEntry(spec, resolution)
  const ports = (spec.ports ?? []).flatMap((port, index) => lowerPort(port, at(resource, `/spec/ports/${index}`)))
  const hosts = spec.hosts.filter(host => !isPartialWildcard(host)).map(plainHost)
  return {
    services: hosts.map(
      (host): Service => ({
        ...nodeOf(resource),
        name: host,
        host,
        ports,
        // With resolution NONE nobody is asked: the caller knows the address.
        selector: resolution === 'NONE' ? {} : (spec.workloadSelector?.labels ?? {}),
        labels: resource.metadata.labels ?? {},
        // `~` stands alone: nobody.
        ...(spec.exportTo === undefined ? {} : { exportTo: spec.exportTo.filter(namespace => namespace !== '~') }),
        entry,
      }),
    ),
  }
}

function lowerEntry(spec: ServiceEntrySpec, resolution: HostResolution): HostEntry {
  return {
    isExternal: spec.location !== 'MESH_INTERNAL',
    resolution,
    addresses: spec.addresses ?? [],
    endpoints: (spec.endpoints ?? []).flatMap(lowerEndpoint),
    subjectAltNames: spec.subjectAltNames ?? [],
  }
}

/** By its name in any case; undefined for one that carries nothing that a mesh sees, `AUTO` where none is named. */
export function spokenProtocol(name: string | undefined): Protocol | undefined {
  return name === undefined || name === '' ? 'AUTO' : protocols.get(name.toUpperCase())
}

/** In upper case; what is missing here carries nothing that a mesh sees. */
const protocols: ReadonlyMap<string, Protocol> = new Map(
  (['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTPS', 'TLS', 'TCP', 'MONGO', 'MYSQL', 'REDIS'] as const).map(name => [
    name,
    name,
  ]),
)

function lowerPort({ name, number, targetPort, protocol }: ServiceEntryPort, place: string): ServicePort[] {
  const declared = protocol !== undefined && protocol !== ''
  const spoken = spokenProtocol(protocol)
  if (spoken === undefined) return []
  return [{ name, number, targetPort: targetPort ?? number, protocol: spoken, declared, at: place }]
}
