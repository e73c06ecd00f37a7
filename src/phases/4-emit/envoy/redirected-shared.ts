/**
 * The listener that has all of a port that no address of its own is known for: HTTP of all hosts, TLS told apart by server
 * name, ranges of addresses, and what takes the rest.
 */
import { isIP } from 'node:net'
import type { ServiceAddresses } from '../../../model/placement.ts'
import type { Recording } from '../../../model/recording.ts'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import { addressBlock } from '../../../util/address-block.ts'
import type { Audience } from './applicable.ts'
import { withoutOverlaps } from './chain-overlaps.ts'
import { addressesOf } from './dns.ts'
import { hasDynamicHosts, isDynamic, serverNameFilter } from './dynamic-hosts.ts'
import type { EnvoyResource, Message } from './envoy-resource.ts'
import { carriesRequests, clusterAtPort, type HeadlessPort, headlessPorts, noteDestination } from './headless.ts'
import { type PortChains, portChains } from './l4-routes.ts'
import { detection, httpInspector, isDetectedHttp, tlsInspector } from './listener.ts'
import { clusterForOthers, type RedirectedHttp, redirectedHttp, unbound } from './redirected-http.ts'
import { askedClusters, needsWithin } from './route-needs.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { recordingClusters } from './tracing.ts'
import type { View, VisibleService } from './view.ts'

/** Who connects. */
export interface Caller {
  readonly view: View
  readonly source: NonNullable<Audience['source']>
  readonly recording: Recording
}

interface Shared {
  readonly visible: VisibleService
  readonly port: ServicePort
}

/** How a port without HTTP is told from others, where it has no address of its own. */
interface Sharing {
  readonly tls: readonly Shared[]
  readonly blocks: readonly { readonly shared: Shared; readonly blocks: readonly Message[] }[]
  /** Takes what nothing else does; of several, the first (Istio's rule). */
  readonly rest?: Shared
}

/** By number: ports that share a listener, beside those of HTTP. */
export function sharedPorts({ services }: View, addresses: ServiceAddresses): ReadonlyMap<number, readonly Shared[]> {
  const shared = services.flatMap(visible =>
    visible.service.entry === undefined
      ? []
      : visible.service.ports
          .filter(port => !isHttp(port.protocol) && (isTls(port) || !hasOnlyAddresses(visible.service, addresses)))
          .map(port => ({ visible, port })),
  )
  return Map.groupBy(shared, ({ port }) => port.number)
}

/** TLS says the name of the host, whatever address it has. */
export function isTls({ protocol }: ServicePort): boolean {
  return protocol === 'TLS' || protocol === 'HTTPS'
}

function hasOnlyAddresses(service: Service, addresses: ServiceAddresses): boolean {
  const declared = service.entry?.addresses ?? []
  return declared.every(address => isIP(address) !== 0) && addressesOf(service, addresses).length > 0
}

function sharingOf(shared: readonly Shared[]): Sharing {
  const others = shared.filter(({ port }) => !isTls(port))
  const [rest] = others.filter(({ visible }) => (visible.service.entry?.addresses ?? []).length === 0)
  // Envoy refuses a listener with two chains for one name, or for one range.
  const tls = Map.groupBy(
    shared.filter(({ port }) => isTls(port)),
    serverName,
  )
  const taken = new Set<string>()
  const blocks = others.map(item => ({ shared: item, blocks: blocksOf(item, taken) }))
  return {
    tls: [...tls.values()].map(([first]) => first!),
    blocks: blocks.filter(each => each.blocks.length > 0),
    ...(rest === undefined ? {} : { rest }),
  }
}

/** Envoy looks for it in small letters, whatever the client writes. */
function serverName({ visible }: Shared): string {
  return visible.service.host.toLowerCase()
}

function blocksOf({ visible }: Shared, taken: Set<string>): Message[] {
  return (visible.service.entry?.addresses ?? []).flatMap(text => {
    const block = isIP(text) === 0 ? addressBlock(text) : undefined
    const key = `${block?.address}/${block?.length}`
    if (block === undefined || taken.has(key)) return []
    taken.add(key)
    return [{ address_prefix: block.address, prefix_len: block.length }]
  })
}

/** The listener of a port: HTTP where any service speaks it there, and what else shares it. */
export function sharedListener(port: number, shared: readonly Shared[], caller: Caller): EnvoyResource {
  const { view, recording } = caller
  const served = view.services.flatMap(({ service }) => service.ports.filter(({ number }) => number === port))
  const headless = headlessPorts(view).get(port) ?? []
  const hasHttp = served.some(({ protocol }) => isHttp(protocol)) || headless.some(item => carriesRequests(item.port))
  const http = hasHttp ? served : []
  const { tls, blocks, rest } = sharingOf(shared)
  const ofTls = tls.map(item => chainsOf(item, caller, { server_names: [serverName(item)] }))
  const ofBlocks = blocks.map(each => chainsOf(each.shared, caller, { prefix_ranges: each.blocks }))
  const ofRest = rest === undefined ? podsChains(headless, caller) : chainsOf(rest, caller)
  const all = [...ofTls, ...ofBlocks, ...(ofRest === undefined ? [] : [ofRest])]
  const asked = needsWithin(view)
  const looksAtTls = tls.length > 0 || all.some(item => item.looksAtTls)
  const chains = withoutOverlaps([
    ...(http.length === 0
      ? []
      : [
          httpChain(
            port,
            { ports: http, recording, asked, looksUpHosts: hasDynamicHosts(view, port) },
            { isBesideTls: looksAtTls, notes: headless.length > 0 ? [noteDestination] : [] },
          ),
        ]),
    ...[...ofTls, ...ofBlocks].flatMap(({ picked, rest: other }) => [...picked, other]),
    ...(ofRest?.picked ?? []),
  ])
  // What is none of these goes where it was going: the port may be another server's beyond the mesh.
  const others = ofRest?.rest ?? { filters: [tcpProxy(clusterForOthers(view), recording)] }
  const clusters = [...all.flatMap(item => item.clusters), ...(http.length === 0 ? [] : askedClusters(asked))]
  return {
    type: 'listener',
    name: `0.0.0.0_${port}`,
    value: {
      ...unbound({ address: '0.0.0.0', port }),
      ...inspection(looksAtTls, http.length > 0),
      ...(chains.length === 0 ? { filter_chains: [others] } : { filter_chains: chains, default_filter_chain: others }),
    },
    needs: {
      ...(http.length === 0 ? {} : { route: [String(port)] }),
      cluster: [
        ...new Set([
          ...clusters,
          ...recordingClusters(recording),
          ...(ofRest === undefined ? [clusterForOthers(view)] : []),
        ]),
      ],
    },
    from: [
      ...http.map(({ at }) => at),
      ...shared.flatMap(({ visible, port: { at } }) => [visible.service.at, at]),
      ...all.flatMap(({ from }) => from),
      ...(recording.from ?? []),
    ],
  }
}

function inspection(hasTls: boolean, hasHttp: boolean): Message {
  const filters = [...(hasTls ? [tlsInspector] : []), ...(hasHttp ? [httpInspector] : [])]
  return filters.length === 0 ? {} : { ...detection, listener_filters: filters }
}

interface HttpChain {
  readonly isBesideTls: boolean
  readonly notes: readonly Message[]
}

function httpChain(port: number, http: RedirectedHttp, { isBesideTls, notes }: HttpChain): Message {
  // A client of TLS may offer HTTP/1.1 by ALPN: that is no HTTP to be read.
  const match = isBesideTls ? { transport_protocol: 'raw_buffer', ...isDetectedHttp } : isDetectedHttp
  return {
    filter_chain_match: match,
    filters: [...notes, redirectedHttp(`0.0.0.0_${port}`, String(port), http)],
  }
}

/** Where names are looked up as they are asked for, one that TLS says is looked up first. */
function lookUps(visible: VisibleService | undefined, number: number): readonly Message[] {
  const port = visible?.service.ports.find(each => each.number === number)
  return visible !== undefined && port !== undefined && isDynamic(visible) ? [serverNameFilter(port)] : []
}

/** What a port does, where it is only one of those that share the listener. */
function chainsOf({ visible, port }: Shared, caller: Caller, own?: Message): PortChains {
  const ahead = (host: string, number: number) => lookUps(caller.view.byHost.get(host), number)
  const chains = portChains(visible, port, { port: port.number, gateway: 'mesh', ahead, ...caller })
  if (own === undefined) return chains
  // A rule that names neither server nor address holds for those of the host alone.
  const within = (chain: Message): Message => ({
    ...chain,
    filter_chain_match: { ...own, ...(chain['filter_chain_match'] as Message | undefined) },
  })
  return { ...chains, picked: chains.picked.map(within), rest: within(chains.rest) }
}

/** Connections to pods of headless services, and to whatever else has the port: each goes where it was going. */
function podsChains(headless: readonly HeadlessPort[], caller: Caller): PortChains | undefined {
  const [only, ...others] = headless
  if (only === undefined) return undefined
  const cluster = clusterAtPort(headless)
  const { visible, port } = only
  if (others.length === 0 && !isHttp(port.protocol)) {
    const context = { port: port.number, gateway: 'mesh', guards: [noteDestination], otherwise: cluster, ...caller }
    return portChains(visible, port, context)
  }
  const rest = { filters: [noteDestination, tcpProxy(cluster, caller.recording)] }
  const from = headless.flatMap(item => [item.visible.service.at, item.port.at])
  return { picked: [], rest, clusters: [cluster], from, looksAtTls: false }
}
