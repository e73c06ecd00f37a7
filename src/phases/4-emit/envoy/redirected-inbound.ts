/**
 * How a sidecar takes in what others send to its pod under interception: one listener, in which the port that the
 * connection was going to picks the chain. Nothing in it depends on the pod, so all pods of a workload share it.
 */
import { isHttpOnly, testsOf } from '../../../model/access-policy.ts'
import type { Recording } from '../../../model/recording.ts'
import { isAnyAddress } from '../../../model/scope.ts'
import type { ServicePort } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { inboundClusterOf, passedThrough } from './clusters.ts'
import { type EnvoyResource, type Message, typed } from './envoy-resource.ts'
import {
  type Content,
  detectedContents,
  type InboundPort,
  type InboundSecurity,
  inboundChains,
  inboundPorts,
  securedAt,
  securedChains,
  servedBy,
  tcpContent,
} from './inbound-chains.ts'
import { redirectedTarget } from './inbound-settings.ts'
import type { MeshIndex } from './index-mesh.ts'
import { guardClusters, keyClusters } from './key-clusters.ts'
import { httpInspector, listenerBase } from './listener.ts'
import { inspection, neededSecrets } from './mtls.ts'
import { inboundCluster, listenerName } from './names.ts'
import { recordingOf } from './recordings.ts'
import { redirectPorts } from './redirect-ports.ts'
import { securityElsewhere, securityOn, type WorkloadSecurity } from './security.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { recordingClusters } from './tracing.ts'

const passthrough = 'InboundPassthroughCluster'

/** Listener and clusters of a workload's pods. */
export const redirectedInbound = memo(
  (security: WorkloadSecurity, index: MeshIndex, workload: Workload): readonly EnvoyResource[] => {
    const recording = recordingOf(index.mesh, workload).server
    const ports = inboundPorts(workload, index).flatMap((number): InboundPort[] => {
      const served = servedBy(workload, number, index)
      const place = { number, name: `0.0.0.0_${number}`, match: { destination_port: number }, recording }
      // Its own port is where the proxy takes in all others.
      if (served === undefined || number === redirectPorts.inbound) return []
      return [{ ...served, ...place, security: securedAt(securityOn(security, number), served.settings) }]
    })
    const clusters = ports.map(({ number, port, service, settings }) =>
      inboundClusterOf(redirectedTarget(settings, number, index), {
        port: number,
        protocol: port.protocol,
        pool: settings.pool,
        from: [...new Set([port.at, service.at, workload.at])],
      }),
    )
    return [
      virtualInbound(ports, workload, { security, recording }),
      ...ports.flatMap(port => boundListener(port, workload)),
      ...clusters,
      passthroughCluster(workload),
      ...keyClusters(security.guard),
    ]
  },
)

function virtualInbound(
  ports: readonly InboundPort[],
  workload: Workload,
  { security, recording }: { readonly security: WorkloadSecurity; readonly recording: Recording },
): EnvoyResource {
  const listen = { address: '0.0.0.0', port: redirectPorts.inbound }
  const others = otherPorts(ports, security)
  const looksForHttp =
    ports.some(({ port }) => port.protocol === 'AUTO') || others.some(other => readsRequests(other.security))
  const inspected = inspection(
    looksForHttp ? [inspectorFor(ports)] : [],
    ...ports.map(port => port.security),
    ...others.map(port => port.security),
  )
  const value = {
    ...listenerBase(listen, 'INBOUND'),
    name: 'virtualInbound',
    ...inspected,
    listener_filters: [originalDst, ...((inspected['listener_filters'] as Message[] | undefined) ?? [])],
    filter_chains: [
      loopGuard(recording),
      ...ports.flatMap(inboundChains),
      ...others.flatMap(port => securedChains(port, contentsElsewhere({ ...port, recording }))),
    ],
  }
  return {
    type: 'listener',
    name: 'virtualInbound',
    value,
    needs: {
      cluster: [
        ...ports.map(({ number }) => inboundCluster(number)),
        passthrough,
        ...guardClusters(security.guard),
        ...recordingClusters(recording),
      ],
      ...neededSecrets([...ports, ...others].map(port => port.security)),
    },
    from: [
      ...ports.flatMap(({ port, service }) => [port.at, service.at]),
      workload.at,
      ...security.from,
      ...(recording.from ?? []),
    ],
  }
}

/** A port for which the proxy has a socket, so that clients which nobody redirects can call it. */
function boundListener(inbound: InboundPort, workload: Workload): EnvoyResource[] {
  const { number, settings, security, recording, port, service } = inbound
  const { bind, isBound = false } = settings.ingress ?? {}
  if (!isBound || bind === undefined || isAnyAddress(bind)) return []
  const listen = { address: bind, port: number }
  const { match: _, ...alone } = inbound
  const listener: EnvoyResource = {
    type: 'listener',
    name: listenerName(listen),
    value: {
      ...listenerBase(listen, 'INBOUND'),
      ...inspection(port.protocol === 'AUTO' ? [httpInspector] : [], security),
      filter_chains: inboundChains({ ...alone, name: listenerName(listen) }),
    },
    needs: {
      cluster: [inboundCluster(number), ...guardClusters(security), ...recordingClusters(recording)],
      ...neededSecrets([security]),
    },
    from: [...new Set([port.at, service.at, workload.at]), ...(recording.from ?? [])],
  }
  return [listener]
}

/**
 * What has to be known of requests, or taken from their tokens, is read from them on ports that no service names, too: as bytes alone
 * they could not be what is allowed. Where nothing is, nobody waits for first bytes there.
 */
function contentsElsewhere({ security, recording }: Pick<InboundPort, 'security' | 'recording'>): readonly Content[] {
  const tcp = tcpContent(passthrough, { security, recording })
  if (!readsRequests(security)) return [tcp]
  const names = { name: passthrough, cluster: passthrough, virtualHost: 'inbound|http|0' }
  return detectedContents({ ...names, security, recording, isGrpc: false, isGrpcWeb: false }, tcp)
}

function readsRequests({ access, tokens }: InboundSecurity): boolean {
  return tokens.length > 0 || access.some(({ rules }) => rules.some(rule => testsOf(rule).some(isHttpOnly)))
}

/**
 * Ports that no service names go on as they came, and ask for what the workload asks for: those that a policy names
 * first, then all the rest.
 */
function otherPorts(
  ports: readonly InboundPort[],
  security: WorkloadSecurity,
): Pick<InboundPort, 'match' | 'security'>[] {
  const served = new Set(ports.map(({ number }) => number))
  const named = [...(security.mtls?.ports.keys() ?? [])].filter(number => !served.has(number))
  return [
    ...named.map(number => ({ match: { destination_port: number }, security: securityOn(security, number) })),
    { security: securityElsewhere(security) },
  ]
}

/** Whoever connects to the proxy's own port was not redirected: there is nowhere to send it but here again. */
const loopGuard = (recording: Recording): Message => ({
  filter_chain_match: { destination_port: redirectPorts.inbound },
  filters: [tcpProxy('BlackHoleCluster', recording)],
})

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
  return { type: 'cluster', name: passthrough, value: passedThrough(passthrough, true), needs: {}, from: [workload.at] }
}
