/** Listeners through which a workload calls others: one for each address that the placement gives. */
import type { Outbound, ProxyPlacement } from '../../../model/placement.ts'
import type { Recording } from '../../../model/recording.ts'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import type { DestinationPolicy } from '../../../model/traffic-policy.ts'
import type { Audience } from './applicable.ts'
import { hasDynamicHosts } from './dynamic-hosts.ts'
import type { EnvoyResource, Message } from './envoy-resource.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import { hasConnectionRules, portChains, withChains } from './l4-routes.ts'
import { listenerBase } from './listener.ts'
import { listenerName, virtualHostName } from './names.ts'
import { askedClusters, isSameNeeds, needsWithin, type RouteNeeds } from './route-needs.ts'
import { recordingClusters } from './tracing.ts'
import type { View, VisibleService } from './view.ts'

interface Served {
  readonly visible: VisibleService
  readonly port: ServicePort
}

interface OutboundContext {
  readonly view: View
  /** Who calls. */
  readonly source: NonNullable<Audience['source']>
  readonly peer: string
  readonly proxy: ProxyPlacement
  readonly recording: Recording
}

/**
 * Has this listener an address that another of the same port has too? Where a machine has one loopback address, hosts
 * can't tell services apart: then the listener has routes of its own.
 */
export function hasOwnRoutes(outbound: Outbound, proxy: ProxyPlacement): boolean {
  if (outbound.host === undefined) return false
  return proxy.outbound.some(
    other => other !== outbound && other.port === outbound.port && other.listen.address === outbound.listen.address,
  )
}

export function outboundListeners(context: OutboundContext): EnvoyResource[] {
  return context.proxy.outbound.flatMap(outbound => {
    const served = servedAt(outbound, context.view)
    return served === undefined ? [] : [knownListener(outbound, served, context)]
  })
}

interface Made {
  readonly service: Service
  readonly port: ServicePort
  readonly destination: DestinationPolicy | undefined
  readonly hasRules: boolean
  readonly peer: string
  readonly recording: Recording
  readonly looksUpHosts: boolean
  readonly asked: RouteNeeds
  readonly listener: EnvoyResource
}

const made = new WeakMap<Outbound, Made>()

/** A listener depends on its address, the port that it stands for, its policy, and who calls: it outlives most revisions. */
function knownListener(outbound: Outbound, served: Served, context: OutboundContext): EnvoyResource {
  const { port } = served
  const { service, destination } = served.visible
  const { peer, recording } = context
  const asked = needsWithin(context.view)
  // HTTP listeners have little of policy and rules in them, and so need not change with them.
  const policy = isHttp(port.protocol) ? undefined : destination
  const hasRules = !isHttp(port.protocol) && hasConnectionRules(served.visible)
  const known = made.get(outbound)
  const looksUpHosts = hasDynamicHosts(context.view, port.number)
  const isPolicySame = known?.destination === policy && known?.looksUpHosts === looksUpHosts
  const isSame = known?.service === service && known.port === port && isPolicySame && isSameNeeds(known.asked, asked)
  const isAsKnown = isSame && !known.hasRules && known.peer === peer && known.recording === recording
  // Rules may lead beyond: what other hosts' policies say of connections is in the listener then.
  if (isAsKnown && !hasRules) return known.listener
  const listener = outboundListener(outbound, served, context)
  made.set(outbound, { service, port, destination: policy, hasRules, peer, recording, asked, looksUpHosts, listener })
  return listener
}

/** The service behind an address; of an address that many HTTP services share, any one tells the protocol. */
function servedAt(outbound: Outbound, view: View): Served | undefined {
  const candidates =
    outbound.host === undefined ? view.services : [view.byHost.get(outbound.host)].filter(item => item !== undefined)
  for (const visible of candidates) {
    const port = visible.service.ports.find(item => item.number === outbound.port)
    if (port !== undefined && (outbound.host !== undefined || isHttp(port.protocol))) return { visible, port }
  }
  // No HTTP service on a shared address: the first of the others has it, as in Istio without interception.
  for (const visible of candidates) {
    const port = visible.service.ports.find(item => item.number === outbound.port)
    if (port !== undefined) return { visible, port }
  }
  return undefined
}

function outboundListener(outbound: Outbound, { visible, port }: Served, context: OutboundContext): EnvoyResource {
  const name = listenerName(outbound.listen)
  const { service } = visible
  const { recording } = context
  const asked = needsWithin(context.view)
  const told = [...recordingClusters(recording), ...askedClusters(asked)]
  const http = (routes: string): Message =>
    httpConnectionManager({
      recording,
      statPrefix: `outbound_${name}`,
      routes: { kind: 'rds', name: routes },
      direction: 'outbound',
      peer: context.peer,
      looksUpHosts: hasDynamicHosts(context.view, port.number),
      isGrpcWeb: port.protocol === 'GRPC-WEB',
      isDetected: port.protocol === 'AUTO',
      asked,
    })
  const base = listenerBase(outbound.listen, 'OUTBOUND')
  const from = [service.at, port.at, ...(recording.from ?? [])]
  if (isHttp(port.protocol)) {
    const routes = hasOwnRoutes(outbound, context.proxy)
      ? virtualHostName(service.host, port.number)
      : String(port.number)
    return {
      type: 'listener',
      name,
      value: { ...base, filter_chains: [{ filters: [http(routes)] }] },
      needs: { route: [routes], ...(told.length === 0 ? {} : { cluster: told }) },
      from,
    }
  }
  const tcp = portChains(visible, port, {
    port: port.number,
    gateway: 'mesh',
    source: context.source,
    view: context.view,
    recording,
  })
  const needs = { cluster: [...tcp.clusters, ...told] }
  if (port.protocol !== 'AUTO')
    return { type: 'listener', name, value: withChains(base, tcp), needs, from: [...from, ...tcp.from] }
  const routes = virtualHostName(service.host, port.number)
  const value = withChains(base, tcp, http(routes))
  return { type: 'listener', name, value, needs: { route: [routes], ...needs }, from: [...from, ...tcp.from] }
}
