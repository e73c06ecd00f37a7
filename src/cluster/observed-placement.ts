/**
 * Where services really are: addresses from Services, endpoints from EndpointSlices, and what runs at each from pods.
 *
 * What has not changed stays the same object, so that one pod that moves makes the endpoints of its services again and
 * nothing else.
 */
import type { ObservedEndpoint, ServiceAddresses } from '../model/placement.ts'
import { canonicalJson } from '../phases/2-resolve/digest.ts'
import { type EndpointSliceObject, hasSidecar, localityOf, type PodObject, type ServiceObject } from './objects.ts'
import type { ApiObject } from './reflector.ts'
import type { ObservedWorkload } from './workloads-of-pods.ts'

export interface Observed {
  readonly services: ReadonlyMap<string, ServiceObject>
  readonly slices: ReadonlyMap<string, EndpointSliceObject>
  readonly pods: ReadonlyMap<string, PodObject>
  /** By name. */
  readonly nodes: ReadonlyMap<string, ApiObject>
  /** By pod's key. */
  readonly workloads: ReadonlyMap<string, ObservedWorkload>
  readonly domain: string
}

/** What a placement says of services. */
export interface ObservedServices {
  readonly addresses: ServiceAddresses
  readonly endpoints: Readonly<{ [host: string]: readonly ObservedEndpoint[] }>
}

export function observedServices(observed: Observed, previous?: ObservedServices): ObservedServices {
  const addresses = kept(addressesOf(observed), previous?.addresses)
  const all = endpointsOf(observed)
  const endpoints = Object.fromEntries(
    Object.entries(all).map(([host, list]) => [host, kept(list, previous?.endpoints[host])]),
  )
  const hosts = Object.keys(endpoints)
  const isSame =
    previous !== undefined &&
    hosts.length === Object.keys(previous.endpoints).length &&
    hosts.every(host => endpoints[host] === previous.endpoints[host])
  if (isSame && addresses === previous.addresses) return previous
  return { addresses, endpoints: isSame ? previous.endpoints : endpoints }
}

function kept<Value>(value: Value, previous: Value | undefined): Value {
  return previous !== undefined && canonicalJson(value) === canonicalJson(previous) ? previous : value
}

function hostOf({ metadata }: ServiceObject, domain: string): string {
  return `${metadata.name}.${metadata.namespace}.svc.${domain}`
}

/** Headless services have none. */
function addressesOf({ services, domain }: Observed): ServiceAddresses {
  const entries = [...services.values()].flatMap(service => {
    const { clusterIPs, clusterIP } = service.spec ?? {}
    const ips = (clusterIPs ?? [clusterIP]).filter(ip => ip !== undefined && ip !== '' && ip !== 'None')
    return ips.length === 0 ? [] : [[hostOf(service, domain), ips as string[]] as const]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function endpointsOf(observed: Observed): { [host: string]: ObservedEndpoint[] } {
  const byService = new Map<string, ObservedEndpoint[]>()
  for (const slice of observed.slices.values()) {
    const name = slice.metadata.labels?.['kubernetes.io/service-name']
    if (name === undefined) continue
    const key = `${slice.metadata.namespace}/${name}`
    byService.set(key, [...(byService.get(key) ?? []), ...endpointsIn(slice, observed)])
  }
  const entries = [...observed.services].map(([key, service]) => {
    const list = unique(byService.get(key) ?? []).sort((a, b) => (a.address < b.address ? -1 : 1))
    return [hostOf(service, observed.domain), list] as const
  })
  return Object.fromEntries(entries)
}

function endpointsIn(slice: EndpointSliceObject, { pods, nodes, workloads }: Observed): ObservedEndpoint[] {
  const ports = Object.fromEntries(
    (slice.ports ?? []).flatMap(({ name, port }) => (typeof port === 'number' ? [[name ?? '', port] as const] : [])),
  )
  // Absent means ready (the API's own rule); what is stopping takes no new connections.
  const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
  return ready.flatMap(({ addresses, targetRef, nodeName, zone }) => {
    const key = targetRef?.kind === 'Pod' ? `${targetRef.namespace ?? slice.metadata.namespace}/${targetRef.name}` : ''
    const pod = pods.get(key)
    const workload = workloads.get(key)
    const node = nodes.get(nodeName ?? pod?.spec?.nodeName ?? '')
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
}

function endpointWorkload({ name, namespace, labels, serviceAccount }: ObservedWorkload) {
  return { name, namespace, labels, serviceAccount }
}

/** While a slice is split in two, an endpoint may stand in both. */
function unique(endpoints: readonly ObservedEndpoint[]): ObservedEndpoint[] {
  return [...new Map(endpoints.map(endpoint => [endpoint.address + canonicalJson(endpoint.ports), endpoint])).values()]
}
