/** The Services of gateways: where their pods listen, and where they are reached. */
import { type Carried, carriedBy, type Gateway } from '../model/gateway.ts'
import { type Labels, selects } from '../model/node.ts'
import { podPorts, unprivileged } from '../model/placement.ts'
import { servedBy } from '../phases/2-resolve/gateway-api/listener-node.ts'
import type { GatewayAddress } from './gateway-addresses.ts'
import type { ServiceObject } from './objects.ts'

export interface WantedPort extends Carried {
  readonly port: number
}

/** What becomes of a port that clients know at a gateway's pods. */
export type PodPort =
  /** Where they listen for it. */
  | { readonly bound: number; readonly isLedTo: boolean }
  /** They can't: what its Service leads to is where they listen for another one. */
  | { readonly target: number; readonly takenBy: number }

/** `80/TCP`. */
export function portKey({ port, transport }: WantedPort): string {
  return `${port}/${transport ?? 'TCP'}`
}

/**
 * Where a gateway's pods listen: where Services lead, and for ports that none of them has, and that are reached at the pods alone, somewhere
 * else that is free and needs no root. No two listen at one place: Envoy would have the last.
 *
 * @param services those that lead to these pods
 */
export function boundPorts(
  services: readonly ServiceObject[],
  wanted: readonly WantedPort[],
): ReadonlyMap<string, PodPort> {
  const ports = services.flatMap(({ spec }) => spec?.ports ?? [])
  const targetOf = ({ port, transport }: WantedPort) =>
    ports.find(each => each.port === port && (each.protocol ?? 'TCP') === (transport ?? 'TCP'))
  const taken = new Map<string, number>(Object.values(podPorts).map(port => [portKey({ port }), port]))
  const found = new Map<string, PodPort>()
  const byPort = wanted.toSorted((a, b) => a.port - b.port)
  for (const each of byPort) {
    const target = targetOf(each)?.targetPort
    if (typeof target !== 'number') continue
    const place = portKey({ ...each, port: target })
    const other = taken.get(place)
    if (other !== undefined && other !== each.port) found.set(portKey(each), { target, takenBy: other })
    else found.set(portKey(each), { bound: target, isLedTo: true })
    if (other === undefined) taken.set(place, each.port)
  }
  for (const each of byPort) {
    if (found.has(portKey(each))) continue
    const isFree = (port: number) => !taken.has(portKey({ ...each, port }))
    const bound = freeOf(unprivileged(each.port), isFree)
    taken.set(portKey({ ...each, port: bound }), each.port)
    // What a Service calls by a name is where the pods listen, as far as anybody knows.
    found.set(portKey(each), { bound, isLedTo: targetOf(each) !== undefined })
  }
  return found
}

/** The port itself, or the first one from 20000 on. */
function freeOf(wanted: number, isFree: (port: number) => boolean): number {
  let port = wanted
  for (let next = 20_000; !isFree(port); next += 1) port = next
  return port
}

/** Of these Services, those that lead to a gateway's pods. */
export function servicesOf(
  services: Iterable<ServiceObject>,
  { namespace, labels }: { readonly namespace: string; readonly labels: Labels },
): ServiceObject[] {
  return [...services].filter(
    ({ metadata, spec }) =>
      metadata.namespace === namespace &&
      Object.keys(spec?.selector ?? {}).length > 0 &&
      selects(spec?.selector ?? {}, labels),
  )
}

/** Ports of what the pods are to serve that serve the Gateway API, as its Services lead there. None where there is no such Service. */
export function servedPorts(
  services: Iterable<ServiceObject>,
  { systemNamespace, gateways }: { readonly systemNamespace: string; readonly gateways: readonly Gateway[] },
): ReadonlyMap<string, PodPort> {
  const own = gatewayServices(services, systemNamespace)
  if (own.length === 0) return new Map()
  const servers = gateways.filter(({ selector }) => selects(selector, servedBy)).flatMap(each => each.servers)
  return boundPorts(
    own,
    servers.map(server => ({ port: server.port.number, ...carriedBy(server) })),
  )
}

/** @param systemNamespace a gateway's Service there is ours for certain; another mesh's has the same labels elsewhere */
function gatewayServices(services: Iterable<ServiceObject>, systemNamespace: string): readonly ServiceObject[] {
  const all = [...services].filter(({ spec }) => selects(servedBy, spec?.selector ?? {}))
  const own = all.filter(({ metadata }) => metadata.namespace === systemNamespace)
  return own.length > 0 ? own : all
}

/** A status has no room for more. */
const mostAddresses = 16

/**
 * Addresses of the gateways that serve the Gateway API: outside where a load balancer has given some, else within the cluster.
 */
export function gatewayAddresses(services: Iterable<ServiceObject>, systemNamespace: string): GatewayAddress[] {
  const found = gatewayServices(services, systemNamespace).flatMap(addressesOf)
  const byValue = new Map(found.map(address => [address.value, address]))
  return [...byValue.values()].sort((a, b) => (a.value < b.value ? -1 : 1)).slice(0, mostAddresses)
}

function addressesOf({ spec, status }: ServiceObject): GatewayAddress[] {
  const outside = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }): GatewayAddress[] => {
    if (ip !== undefined) return [{ type: 'IPAddress', value: ip }]
    return hostname === undefined ? [] : [{ type: 'Hostname', value: hostname }]
  })
  if (outside.length > 0) return outside
  const inside = spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP])
  return inside.flatMap(value => (value === 'None' || value === '' ? [] : [{ type: 'IPAddress', value }]))
}
