import type { HostEndpoint } from '../../model/machine.ts'
import type { Service } from '../../model/service.ts'
import { memo } from '../../util/memo.ts'
import { canonicalJson } from './digest.ts'

/**
 * Entries of one namespace that say the same of a host, but for its ports and where these are, are one service, as in Istio: each port
 * may have an entry of its own. What says something else stays beside it.
 *
 * @param services in the order of the Mesh
 */
export function mergeHosts(services: readonly Service[]): readonly Service[] {
  if (services.every(({ entry }) => entry === undefined)) return services
  const merged = new Map<string, Service>()
  const others: Service[] = []
  for (const service of services) {
    const key = `${service.namespace}/${service.host}`
    const known = merged.get(key)
    if (known === undefined) merged.set(key, service)
    else if (isSameHost(known, service)) merged.set(key, joined(known, service))
    else others.push(service)
  }
  const order = new Map(services.map((service, index) => [service.at + service.host, index]))
  const place = ({ at, host }: Service) => order.get(at + host) ?? 0
  return [...merged.values(), ...others].sort((a, b) => place(a) - place(b))
}

function isSameHost(a: Service, b: Service): boolean {
  if (a.entry === undefined || b.entry === undefined) return false
  const taken = new Set(a.ports.flatMap(({ number, name }) => [number, name]))
  const isFree = b.ports.every(({ number, name }) => !taken.has(number) && !taken.has(name))
  return isFree && whereabouts(a) === whereabouts(b)
}

const whereabouts = memo(({ entry, selector, exportTo }: Service) =>
  canonicalJson({ entry: { ...entry, endpoints: [], endpointsAt: [] }, selector, exportTo }),
)

/** The same object for the same two, so that what was made from it is not made again. */
const joined = memo((a: Service, b: Service): Service => {
  const ports = [...a.ports, ...b.ports]
  if (placesOf(a) === placesOf(b)) return { ...a, ports }
  const [own, others] = [a.entry!, b.entry!]
  return {
    ...a,
    ports,
    entry: {
      ...own,
      endpoints: [...own.endpoints, ...others.endpoints],
      endpointsAt: new Map([...endpointsAt(a), ...endpointsAt(b)]),
    },
  }
})

const placesOf = memo((service: Service) =>
  canonicalJson([service.entry?.endpoints, [...endpointsAt(service).values()]]),
)

function endpointsAt({ entry, ports }: Service): ReadonlyMap<number, readonly HostEndpoint[]> {
  return entry?.endpointsAt ?? new Map(ports.map(({ number }) => [number, entry?.endpoints ?? []]))
}
