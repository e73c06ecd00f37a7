/**
 * How a sidecar takes in what others send to its pod under interception: one listener, in which the port that the
 * connection was going to picks the chain. Nothing in it depends on the pod, so all pods of a workload share it.
 */
import type { ServicePort } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { inboundClusterOf, originalDestination } from './clusters.ts'
import { type EnvoyResource, type Message, typed } from './envoy-resource.ts'
import { type InboundPort, inboundChains, inboundPorts, servedBy } from './inbound-chains.ts'
import type { MeshIndex } from './index-mesh.ts'
import { httpInspector, listenerBase } from './listener.ts'
import { inboundCluster } from './names.ts'
import { redirectPorts } from './redirect-ports.ts'
import { tcpProxy } from './tcp-proxy.ts'

const passthrough = 'InboundPassthroughCluster'

/** Listener and clusters of a workload's pods. */
export const redirectedInbound = memo((index: MeshIndex, workload: Workload): readonly EnvoyResource[] => {
  const ports = inboundPorts(workload, index).flatMap((number): InboundPort[] => {
    const served = servedBy(workload, number, index)
    return served === undefined
      ? []
      : [{ ...served, number, name: `0.0.0.0_${number}`, match: { destination_port: number } }]
  })
  const clusters = ports.map(({ number, port, service }) =>
    inboundClusterOf(
      { kind: 'original' },
      { port: number, protocol: port.protocol, from: [port.at, service.at, workload.at] },
    ),
  )
  return [virtualInbound(ports, workload), ...clusters, passthroughCluster(workload)]
})

function virtualInbound(ports: readonly InboundPort[], workload: Workload): EnvoyResource {
  const listen = { address: '0.0.0.0', port: redirectPorts.inbound }
  const detected = ports.filter(({ port }) => port.protocol === 'AUTO')
  const value = {
    ...listenerBase(listen, 'INBOUND'),
    name: 'virtualInbound',
    listener_filters: [originalDst, ...(detected.length === 0 ? [] : [inspectorFor(ports)])],
    // Servers that speak first would wait for ever for a client's first bytes.
    listener_filters_timeout: '5s',
    continue_on_listener_filters_timeout: true,
    filter_chains: [
      loopGuard,
      ...ports.flatMap(inboundChains),
      // A port that no service names goes on as it came.
      { filters: [tcpProxy(passthrough)] },
    ],
  }
  return {
    type: 'listener',
    name: 'virtualInbound',
    value,
    needs: { cluster: [...ports.map(({ number }) => inboundCluster(number)), passthrough] },
    from: [...ports.flatMap(({ port, service }) => [port.at, service.at]), workload.at],
  }
}

/** Whoever connects to the proxy's own port was not redirected: there is nowhere to send it but here again. */
const loopGuard: Message = {
  filter_chain_match: { destination_port: redirectPorts.inbound },
  filters: [tcpProxy('BlackHoleCluster')],
}

/** Tells a listener where a redirected connection was going. */
export const originalDst: Message = {
  name: 'envoy.filters.listener.original_dst',
  typed_config: typed('envoy.extensions.filters.listener.original_dst.v3.OriginalDst'),
}

/** Declared ports are not looked at: what they speak is known, and looking costs a round trip with some. */
function inspectorFor(ports: readonly { readonly number: number; readonly port: ServicePort }[]): Message {
  const declared = ports.filter(({ port }) => port.protocol !== 'AUTO')
  const rules = declared.map(({ number }) => ({ destination_port_range: { start: number, end: number + 1 } }))
  if (rules.length === 0) return httpInspector
  return { ...httpInspector, filter_disabled: rules.length === 1 ? rules[0] : { or_match: { rules } } }
}

function passthroughCluster(workload: Workload): EnvoyResource {
  const value = { name: passthrough, connect_timeout: '10s', ...originalDestination(true) }
  return { type: 'cluster', name: passthrough, value, needs: {}, from: [workload.at] }
}
