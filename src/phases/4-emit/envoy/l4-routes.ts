/** Filter chains for connections that are not looked into: what a VirtualService's `tls` and `tcp` rules say of them. */
import type { HttpRouting } from '../../../model/http-route.ts'
import type { L4Match, L4Rule } from '../../../model/l4-route.ts'
import type { Recording } from '../../../model/recording.ts'
import type { ServicePort } from '../../../model/service.ts'
import { addressBlock } from '../../../util/address-block.ts'
import { type Audience, connectionsOf } from './applicable.ts'
import { withoutOverlaps } from './chain-overlaps.ts'
import { effectivePolicy } from './effective-policy.ts'
import { compact, type Message } from './envoy-resource.ts'
import { detection, httpInspector, isDetectedHttp, tlsInspector } from './listener.ts'
import { outboundCluster } from './names.ts'
import { clusterOf, portOf } from './route-action.ts'
import { tcpProxy } from './tcp-proxy.ts'
import type { View, VisibleService } from './view.ts'

export interface L4Context extends Audience {
  readonly view: View
  readonly recording: Recording
  /** Server names that connections may ask for at all; absent: any. */
  readonly within?: (serverName: string) => boolean
  /** Filters that stand before the one that passes bytes on. */
  readonly guards?: readonly Message[]
  /** Behind those: filters without which connections to a host's port go nowhere. Default: none. */
  readonly ahead?: (host: string, port: number) => readonly Message[]
  /** Where connections go that no rule picks. Default: to the port's own cluster. */
  readonly otherwise?: string
}

export interface L4Chains {
  readonly chains: readonly Message[]
  readonly clusters: readonly string[]
  readonly from: readonly string[]
  /** Does the last chain take every connection? */
  readonly isComplete: boolean
}

/**
 * The chains of some rules, in order; the first that takes every connection ends the list.
 *
 * @param taken what earlier routings of the same listener match: Envoy refuses two chains that match the same
 */
export function l4Chains(
  rules: readonly L4Rule[],
  routing: HttpRouting,
  { context, taken }: { readonly context: L4Context; readonly taken: Set<string> },
): L4Chains {
  const chains: Message[] = []
  const clusters = new Set<string>()
  const from: string[] = []
  for (const rule of rules) {
    for (const match of connectionsOf(rule.matches, routing, context)) {
      const wanted = connectionMatch(match, context)
      const key = JSON.stringify(wanted)
      if (wanted === undefined || taken.has(key)) continue
      taken.add(key)
      chains.push(
        compact({
          filter_chain_match: isAnything(wanted) ? undefined : wanted,
          filters: filters(rule, routing, context),
        }),
      )
      from.push(match?.at ?? rule.at)
      for (const destination of weighing(rule))
        if (!destination.isMissing) clusters.add(clusterOf(destination, context))
      if (isAnything(wanted)) return { chains, clusters: [...clusters], from, isComplete: true }
    }
  }
  return { chains, clusters: [...clusters], from, isComplete: false }
}

function isAnything(match: Message): boolean {
  return Object.keys(match).length === 0
}

/** Envoy's match; undefined where no connection can be of it. */
function connectionMatch(match: L4Match | undefined, { within }: L4Context): Message | undefined {
  if (match === undefined) return {}
  const { destinationSubnets, sourceSubnet } = match
  const serverNames = match.serverNames.map(name => name.toLowerCase())
  const names = within === undefined ? serverNames : serverNames.filter(within)
  if (names.length === 0 && serverNames.length > 0) return undefined
  return compact({
    // Envoy knows no name for all names: what is not matched is anything.
    server_names: names.length === 0 || names.includes('*') ? undefined : [...new Set(names)],
    prefix_ranges: destinationSubnets.length === 0 ? undefined : destinationSubnets.map(rangeOf),
    source_prefix_ranges: sourceSubnet === undefined ? undefined : [rangeOf(sourceSubnet)],
  })
}

function rangeOf(text: string): Message {
  const block = addressBlock(text)
  return { address_prefix: block?.address ?? text, prefix_len: block?.length ?? 32 }
}

/** Destinations that get anything. */
function weighing({ destinations }: L4Rule): L4Rule['destinations'] {
  return destinations.filter(({ weight }) => weight > 0)
}

/** A port of a host. */
type Called = Parameters<typeof portOf>[0]

/** What stands before the filter that passes bytes on. Of several destinations, what one needs has to do for all. */
function before(context: L4Context, destinations: readonly Called[]): readonly Message[] {
  const { guards = [], ahead } = context
  const needed = destinations.map(each => ahead?.(each.host, portOf(each, context)) ?? [])
  return [...guards, ...(needed.find(filters => filters.length > 0) ?? [])]
}

/** Connections to it are closed, whether it is there or not. */
const nowhere = 'BlackHoleCluster'

function filters(rule: L4Rule, routing: HttpRouting, context: L4Context): readonly Message[] {
  const { view, recording } = context
  const destinations = weighing(rule)
  const guards = before(context, destinations)
  const [only] = destinations
  if (only === undefined || (destinations.length === 1 && only.isMissing))
    return [...guards, tcpProxy(nowhere, recording)]
  const destination = view.byHost.get(only.host)?.destination
  const subset = destination?.subsets.find(({ name }) => name === only.subset)
  const policy = effectivePolicy(destination, subset, only.port ?? context.port, view.index.traffic)
  if (destinations.length > 1) {
    const shares = destinations.map(destination => ({
      name: destination.isMissing ? nowhere : clusterOf(destination, context),
      weight: destination.weight,
    }))
    // One filter is for all of them: the first one's policy holds (Istio's rule).
    return [...guards, tcpProxy({ name: `${routing.name}.${routing.namespace}`, shares }, recording, policy)]
  }
  return [...guards, tcpProxy(clusterOf(only, context), recording, policy)]
}

/** What a service's port does with connections that are no HTTP. */
export interface PortChains {
  /** For connections that a rule picks. */
  readonly picked: readonly Message[]
  /** For all others. */
  readonly rest: Message
  readonly clusters: readonly string[]
  readonly from: readonly string[]
  /** Are server names among what connections are picked by? */
  readonly looksAtTls: boolean
}

/** Does anything pick connections of the service's ports? */
export function hasConnectionRules({ routings, within }: Pick<VisibleService, 'routings' | 'within'>): boolean {
  return (
    routings.some(({ tls, tcp }) => tls.length + tcp.length > 0) ||
    within.some(host => host.routings.some(({ tls }) => tls.length > 0))
  )
}

/** Rules of several authors hold one after the other (istiod's rule). */
function inOrder(routings: readonly HttpRouting[], chainsOf: (routing: HttpRouting) => L4Chains): L4Chains {
  let all = noChains
  for (const routing of routings) {
    const { chains, clusters, from, isComplete } = chainsOf(routing)
    all = {
      chains: [...all.chains, ...chains],
      clusters: [...all.clusters, ...clusters],
      from: [...all.from, ...from],
      isComplete,
    }
    if (isComplete) break
  }
  return all
}

/** By the rules for TLS, then by those for anything, then to the service itself (istiod's order). */
export function portChains(
  { service, destination, routings, within }: VisibleService,
  port: ServicePort,
  context: L4Context,
): PortChains {
  const cluster = context.otherwise ?? outboundCluster(service.host, port.number)
  const policy = effectivePolicy(destination, undefined, port.number, context.view.index.traffic)
  const plain = {
    filters: [
      ...before(context, [{ host: service.host, port: port.number }]),
      tcpProxy(cluster, context.recording, policy),
    ],
  }
  if (!hasConnectionRules({ routings, within }))
    return { picked: [], rest: plain, clusters: [cluster], from: [], looksAtTls: false }
  const taken = new Set<string>()
  // What is said of a host within a wildcard concerns its own name alone, and only TLS says names.
  const named = [...routings, ...within.flatMap(host => host.routings)]
  const tls = inOrder(named, routing => l4Chains(routing.tls, routing, { context, taken }))
  const tcp = tls.isComplete
    ? noChains
    : inOrder(routings, routing => l4Chains(routing.tcp, routing, { context, taken }))
  const chains = [...tls.chains, ...tcp.chains]
  const isComplete = tls.isComplete || tcp.isComplete
  return {
    picked: isComplete ? chains.slice(0, -1) : chains,
    rest: isComplete ? chains.at(-1)! : plain,
    clusters: [...new Set([...tls.clusters, ...tcp.clusters, ...(isComplete ? [] : [cluster])])],
    from: [...tls.from, ...tcp.from],
    looksAtTls: tls.chains.some(asksForName),
  }
}

/**
 * A listener with the chains of one port.
 *
 * @param http reads requests, where the protocol is told from the first bytes; absent where it is declared
 */
export function withChains(base: Message, { picked, rest, looksAtTls }: PortChains, http?: Message): Message {
  const looks = looksAtTls ? [tlsInspector] : []
  if (http === undefined) {
    const inspection = looks.length === 0 ? {} : { ...detection, listener_filters: looks }
    return { ...base, ...inspection, filter_chains: withoutOverlaps([...picked, rest]) }
  }
  return {
    ...base,
    ...detection,
    listener_filters: [...looks, httpInspector],
    filter_chains: withoutOverlaps([{ filter_chain_match: isDetectedHttp, filters: [http] }, ...picked]),
    default_filter_chain: rest,
  }
}

const noChains: L4Chains = { chains: [], clusters: [], from: [], isComplete: false }

function asksForName({ filter_chain_match: match }: Message): boolean {
  return match !== undefined && 'server_names' in (match as Message)
}
