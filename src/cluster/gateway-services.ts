/** The Services of gateways: where their pods listen, and where they are reached. */
import type { Carried } from '../model/gateway.ts'
import { type Labels, selects } from '../model/node.ts'
import { unprivileged } from '../model/placement.ts'
import { servedBy } from '../phases/2-resolve/gateway-api/listener-node.ts'
import type { GatewayAddress } from './gateway-addresses.ts'
import type { ServiceObject } from './objects.ts'

interface WantedPort extends Carried {
  readonly port: number
  readonly namespace: string
  readonly labels: Labels
}

/** Where a gateway's pods listen for a port of its Service: what the Service leads to, else a port that needs no root. */
export function boundPort(
  services: Iterable<ServiceObject>,
  { port, transport, namespace, labels }: WantedPort,
): number {
  const isTheirs = ({ metadata, spec }: ServiceObject) =>
    metadata.namespace === namespace &&
    Object.keys(spec?.selector ?? {}).length > 0 &&
    selects(spec?.selector ?? {}, labels)
  const ports = [...services].filter(isTheirs).flatMap(({ spec }) => spec?.ports ?? [])
  const wanted = transport ?? 'TCP'
  const target = ports.find(each => each.port === port && (each.protocol ?? 'TCP') === wanted)?.targetPort
  return typeof target === 'number' ? target : unprivileged(port)
}

/** A status has no room for more. */
const mostAddresses = 16

/**
 * Addresses of the gateways that serve the Gateway API: outside where a load balancer has given some, else within the cluster.
 *
 * @param systemNamespace a gateway's Service there is ours for certain; another mesh's has the same labels elsewhere
 */
export function gatewayAddresses(services: Iterable<ServiceObject>, systemNamespace: string): GatewayAddress[] {
  const all = [...services].filter(({ spec }) => selects(servedBy, spec?.selector ?? {}))
  const own = all.filter(({ metadata }) => metadata.namespace === systemNamespace)
  const found = (own.length > 0 ? own : all).flatMap(addressesOf)
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
