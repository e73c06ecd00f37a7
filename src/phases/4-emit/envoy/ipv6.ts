/**
 * What a pod that has an address of IPv6 gets beside the rest: each listener on all addresses of IPv4 has a twin on all of
 * IPv6.
 *
 * Not a second address of the same listener: Envoy refuses to give one that is bound another set of addresses, and a pod's
 * addresses may become known after its proxy has come.
 */

import { podPorts } from '../../../model/placement.ts'
import { memo } from '../../../util/memo.ts'
import type { EnvoyResource, Message } from './envoy-resource.ts'
import { listenerBase } from './listener.ts'
import { tcpProxy } from './tcp-proxy.ts'

const [anyIpv4, anyIpv6] = ['0.0.0.0', '::']

/** Twins of those of these that need one. */
export const ipv6Twins = memo((resources: readonly EnvoyResource[]): readonly EnvoyResource[] =>
  resources.flatMap(resource => twinOf(resource)),
)

function twinOf(resource: EnvoyResource): EnvoyResource[] {
  const { type, name, value } = resource
  const socket = type === 'listener' ? socketOnAll(value) : undefined
  if (socket === undefined) return []
  const twin = name.endsWith(`${anyIpv4}_${socket['port_value']}`) ? name.replace(anyIpv4!, anyIpv6!) : `${name}6`
  const address = { socket_address: { ...socket, address: anyIpv6 } }
  return [{ ...resource, name: twin, value: { ...value, name: twin, address } }]
}

function socketOnAll({ address }: Message): Message | undefined {
  const { socket_address: socket } = address as { readonly socket_address: Message }
  return socket['address'] === anyIpv4 ? socket : undefined
}

/**
 * The kubelet and scrapers ask at the pod's first address, which may be one of IPv6; what the proxy starts with listens on
 * IPv4 alone, for it is made before the pod has addresses.
 */
export const kubeletTwins: readonly EnvoyResource[] = Object.entries(podPorts).flatMap(([what, port]) => {
  const name = `${what}6`
  const cluster = `${what}-of-pod`
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  return [
    {
      type: 'listener',
      name,
      value: {
        ...listenerBase({ address: anyIpv6!, port }, 'INBOUND'),
        name,
        ignore_global_conn_limit: true,
        bypass_overload_manager: true,
        filter_chains: [{ filters: [tcpProxy(cluster, { accessLog: false })] }],
      },
      needs: { cluster: [cluster] },
      from: [],
    },
    {
      type: 'cluster',
      name: cluster,
      value: {
        name: cluster,
        type: 'STATIC',
        connect_timeout: '1s',
        load_assignment: { cluster_name: cluster, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
      },
      needs: {},
      from: [],
    },
  ] satisfies EnvoyResource[]
})
