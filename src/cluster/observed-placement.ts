/**
 * Where services really are: addresses from Services, endpoints from EndpointSlices, and what runs at each from pods.
 *
 * What has not changed stays the same object, so that one pod that moves makes the endpoints of its services again and
 * nothing else.
 */
import type { ObservedEndpoint, ServiceAddresses } from '../model/placement.ts'
import type { Service } from '../model/service.ts'
import { canonicalJson } from '../phases/2-resolve/digest.ts'
import { memo } from '../util/memo.ts'
import { type EndpointSliceObject, hasSidecar, localityOf, type PodObject, type ServiceObject } from './objects.ts'
import type { ApiObject } from './reflector.ts'
import { selectedPods } from './selected-pods.ts'
import type { ObservedWorkload } from './workloads-of-pods.ts'

export interface Observed {
  readonly services: ReadonlyMap<string, ServiceObject>
  readonly slices: ReadonlyMap<string, EndpointSliceObject>
  readonly pods: ReadonlyMap<string, PodObject>
  /** By name. */
  readonly nodes: ReadonlyMap<string, ApiObject>
  /** By pod's key. */
  readonly workloads: ReadonlyMap<string, ObservedWorkload>
  /** Services of the mesh, of which Kubernetes does not know those that ServiceEntries declare. */
  readonly declared: readonly Service[]
  readonly domain: string
}

/** What a placement says of services. */
export interface ObservedServices {
  readonly addresses: ServiceAddresses
  readonly endpoints: Readonly<{ [host: string]: readonly ObservedEndpoint[] }>
}

/** @param previous what this gave before: what has not changed stays the same object */
export function observedServices(observed: Observed, previous?: ObservedServices): ObservedServices {
  const addresses = keptRecord(addressesOf(observed), previous?.addresses)
  const all = endpointsOf(observed)
  for (const [host, list] of Object.entries(all)) all[host] = kept(list, previous?.endpoints[host])
  const endpoints = keptRecord(all, previous?.endpoints)
  const isSame = addresses === previous?.addresses && endpoints === previous.endpoints
  return isSame ? previous : { addresses, endpoints }
}

function kept<Value>(value: Value, previous: Value | undefined): Value {
  if (value === previous || previous === undefined) return value
  return canonicalJson(value) === canonicalJson(previous) ? previous : value
}

/** The same record where all of its values are the same objects. */
function keptRecord<Record extends Readonly<{ [name: string]: object }>>(record: Record, previous?: Record): Record {
  const names = Object.keys(record)
  const isSame =
    previous !== undefined &&
    names.length === Object.keys(previous).length &&
    names.every(name => record[name] === previous[name])
  return isSame ? previous : record
}

function hostOf({ metadata }: ServiceObject, domain: string): string {
  return `${metadata.name}.${metadata.namespace}.svc.${domain}`
}

/** Headless services have none. */
function addressesOf({ services, domain }: Observed): ServiceAddresses {
  const entries = [...services.values()].flatMap(service => {
    const ips = addressesIn(service)
    return ips.length === 0 ? [] : [[hostOf(service, domain), ips] as const]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const addressesIn = memo(({ spec = {} }: ServiceObject): readonly string[] =>
  (spec.clusterIPs ?? [spec.clusterIP]).filter((ip): ip is string => ip !== undefined && ip !== '' && ip !== 'None'),
)

function endpointsOf(observed: Observed): { [host: string]: readonly ObservedEndpoint[] } {
  const byService = new Map<string, (readonly ObservedEndpoint[])[]>()
  for (const slice of observed.slices.values()) {
    const name = slice.metadata.labels?.['kubernetes.io/service-name']
    if (name === undefined) continue
    const key = `${slice.metadata.namespace}/${name}`
    const lists = byService.get(key)
    if (lists === undefined) byService.set(key, [endpointsIn(slice, observed)])
    else lists.push(endpointsIn(slice, observed))
  }
  const entries = [...observed.services].map(
    ([key, service]) => [hostOf(service, observed.domain), joined(byService.get(key) ?? [])] as const,
  )
  return Object.fromEntries([...entries, ...selectedPods(observed.declared, observed)])
}

const noEndpoints: readonly ObservedEndpoint[] = []
const sortedOf = memo((list: readonly ObservedEndpoint[]) => sorted(list))

/** Nearly always a service has one slice, and then the same one gives the same list. */
function joined(lists: readonly (readonly ObservedEndpoint[])[]): readonly ObservedEndpoint[] {
  return lists.length <= 1 ? sortedOf(lists[0] ?? noEndpoints) : sorted(lists.flat())
}

function sorted(list: readonly ObservedEndpoint[]): readonly ObservedEndpoint[] {
  return unique(list).sort((a, b) => (a.address < b.address ? -1 : 1))
}

/** What was read from a slice, and what else it depended on. */
interface ReadSlice {
  readonly uses: readonly (object | undefined)[]
  readonly endpoints: readonly ObservedEndpoint[]
}

const readSlices = new WeakMap<EndpointSliceObject, ReadSlice>()

/** The same list for as long as the slice, its pods, their workloads and nodes stay the same. */
function endpointsIn(slice: EndpointSliceObject, { pods, workloads, nodes }: Observed): readonly ObservedEndpoint[] {
  // Absent means ready (the API's own rule); what is stopping takes no new connections.
  const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
  const keys = ready.map(({ targetRef }) =>
    targetRef?.kind === 'Pod' ? `${targetRef.namespace ?? slice.metadata.namespace}/${targetRef.name}` : '',
  )
  const found = ready.map(({ nodeName }, index) => {
    const [pod, workload] = [pods.get(keys[index]!), workloads.get(keys[index]!)]
    return { pod, workload, node: nodes.get(nodeName ?? pod?.spec?.nodeName ?? '') }
  })
  const uses = found.flatMap(({ pod, workload, node }) => [pod, workload, node])
  const known = readSlices.get(slice)
  if (known?.uses.every((use, index) => use === uses[index]) === true) return known.endpoints
  const ports = Object.fromEntries(
    (slice.ports ?? []).flatMap(({ name, port }) => (typeof port === 'number' ? [[name ?? '', port] as const] : [])),
  )
  const endpoints = ready.flatMap(({ addresses, zone }, index) => {
    const { pod, workload, node } = found[index]!
    const locality = node === undefined ? undefined : localityOf(node)
    const place = locality ?? (typeof zone === 'string' ? { zone } : undefined)
    return addresses.map(address => ({
      address,
      ports,
      ...(place === undefined ? {} : { locality: place }),
      ...(workload === undefined ? {} : { workload: endpointWorkload(workload) }),
      hasSidecar: pod !== undefined && hasSidecar(pod),
    }))
  })
  readSlices.set(slice, { uses, endpoints })
  return endpoints
}

function endpointWorkload({ name, namespace, labels, serviceAccount }: ObservedWorkload) {
  return { name, namespace, labels, serviceAccount }
}

/** While a slice is split in two, an endpoint may stand in both. */
function unique(endpoints: readonly ObservedEndpoint[]): ObservedEndpoint[] {
  return [...new Map(endpoints.map(endpoint => [endpoint.address + canonicalJson(endpoint.ports), endpoint])).values()]
}
