/** Changes to listeners and to what stands in them. */
import { patchedTypes } from '../../../../kinds/istio/envoy-messages.ts'
import type { FilterChainMatch, ListenerMatch, PatchContext, ProxyChange } from '../../../../model/proxy-patch.ts'
import type { EnvoyResource, Message } from '../envoy-resource.ts'
import { managerConfig } from '../http-connection-manager.ts'
import { httpFilterPlace } from './filter-classes.ts'
import { mergedInto, type Patched, patchOrdered } from './ordered.ts'
import { patchRoutes } from './route-patches.ts'
import { inContext, isAsked, isAtPort, listenerContext, listOf, type PatchSubject } from './subject.ts'

/** A listener under changes. */
interface Place {
  readonly name: string
  /** The port that a match means. */
  readonly port: number
  readonly context: PatchContext
  readonly changes: readonly ProxyChange[]
  readonly subject: PatchSubject
}

/** A listener with what changes make of it, from the outside in (Istio's order); undefined where one takes it out. */
export function patchListener(
  listener: EnvoyResource,
  changes: readonly ProxyChange[],
  subject: PatchSubject,
): Patched<EnvoyResource | undefined> {
  const context = listenerContext(subject, listener)
  const place: Place = {
    name: listener.name,
    port: subject.ports.get(listener.name) ?? boundPort(listener.value),
    context,
    changes,
    subject,
  }
  const whole = changesTo('LISTENER', place).filter(
    change => change.operation !== 'ADD' && isListener(change.listener, place),
  )
  if (whole.some(({ operation }) => operation === 'REMOVE')) return { value: undefined, applied: whole }
  const merged = whole.reduce((before, change) => mergedInto(patchedTypes.LISTENER, before, change), listener.value)
  const inspected = patchListenerFilters(merged, place)
  const chained = patchChains(inspected.value, place)
  const applied = [...whole, ...inspected.applied, ...chained.applied]
  if (applied.length === 0) return { value: listener, applied }
  // Without a chain it would take nobody in, and Envoy refuses it.
  return { value: isEmpty(chained.value) ? undefined : { ...listener, value: chained.value }, applied }
}

function isEmpty(listener: Message): boolean {
  const { udp_listener_config: datagrams, default_filter_chain: last } = listener
  return datagrams === undefined && last === undefined && listOf(listener, 'filter_chains').length === 0
}

function changesTo(object: ProxyChange['object'], { changes, context, port }: Place): readonly ProxyChange[] {
  return inContext(changes, object, context).filter(change => isAtPort(change, port))
}

export function boundPort({ address }: Message): number {
  const { socket_address: socket } = (address ?? {}) as { readonly socket_address?: { readonly port_value?: number } }
  return socket?.port_value ?? 0
}

function isListener(match: ListenerMatch | undefined, place: Place): boolean {
  return match === undefined || (isNamed(match.name, place) && isAsked(match.portNumber, place.port))
}

/** On one machine listeners are bound, and named, otherwise than in a cluster: the names that they have there find them, too. */
function isNamed(asked: string | undefined, { name, port, context }: Place): boolean {
  const isThere =
    (context === 'GATEWAY' && asked === `0.0.0.0_${port}` && !name.startsWith('udp_')) ||
    (context === 'SIDECAR_INBOUND' && asked === virtualInbound)
  return isThere || isAsked(asked, name)
}

/** The one listener for all that comes in where traffic is redirected. */
const virtualInbound = 'virtualInbound'

function patchListenerFilters(listener: Message, place: Place): Patched<Message> {
  const { value, applied } = patchOrdered(
    {
      type: patchedTypes.LISTENER_FILTER,
      items: listOf(listener, 'listener_filters'),
      finds: ({ listener: match }) => named(match?.listenerFilter),
    },
    changesTo('LISTENER_FILTER', place).filter(change => isListener(change.listener, place)),
  )
  return applied.length === 0
    ? { value: listener, applied }
    : { value: { ...listener, listener_filters: value }, applied }
}

function named(name: string | undefined): ((item: Message) => boolean) | undefined {
  return name === undefined || name === '' ? undefined : item => item['name'] === name
}

function patchChains(listener: Message, place: Place): Patched<Message> {
  // Datagrams have no connections, and Envoy takes no chains for them.
  if (listener['udp_listener_config'] !== undefined) return { value: listener, applied: [] }
  const all = changesTo('FILTER_CHAIN', place)
  const applied: ProxyChange[] = []
  const chain = (value: Message): Message | undefined => {
    const patched = patchChain(value, all, place)
    applied.push(...patched.applied)
    return patched.value
  }
  const chains = listOf(listener, 'filter_chains').flatMap(value => chain(value) ?? [])
  const fallback = listener['default_filter_chain'] as Message | undefined
  const last = fallback === undefined ? undefined : chain(fallback)
  const additions = all.filter(change => change.operation === 'ADD' && isListener(change.listener, place))
  applied.push(...additions)
  if (applied.length === 0) return { value: listener, applied }
  const { default_filter_chain: _, ...rest } = listener
  const value = {
    ...rest,
    filter_chains: [...chains, ...additions.map(({ value: added }) => added!)],
    ...(last === undefined ? {} : { default_filter_chain: last }),
  }
  return { value, applied }
}

function patchChain(chain: Message, changes: readonly ProxyChange[], place: Place): Patched<Message | undefined> {
  const found = changes.filter(change => change.operation !== 'ADD' && isChain(change.listener, chain, place))
  if (found.some(({ operation }) => operation === 'REMOVE')) return { value: undefined, applied: found }
  const merged = found.reduce((before, change) => mergedInto(patchedTypes.FILTER_CHAIN, before, change), chain)
  const filters = patchOrdered(
    {
      type: patchedTypes.NETWORK_FILTER,
      items: listOf(merged, 'filters'),
      finds: ({ listener: match }) => named(match?.filterChain?.filter?.name),
      endsWithLast: true,
    },
    changesTo('NETWORK_FILTER', place).filter(change => isChain(change.listener, chain, place)),
  )
  const managed = filters.value.map(filter => patchManager(filter, chain, place))
  const applied = [...found, ...filters.applied, ...managed.flatMap(each => each.applied)]
  if (applied.length === 0) return { value: chain, applied }
  return { value: { ...merged, filters: managed.map(({ value }) => value) }, applied }
}

/** Is it the chain that a match means? The port of a listener that many ports share is the chain's. */
function isChain(match: ListenerMatch | undefined, chain: Message, place: Place): boolean {
  if (match === undefined) return true
  const condition = (chain['filter_chain_match'] ?? {}) as Message
  const port = condition['destination_port'] as number | undefined
  const isPort = isAsked(match.portNumber, place.port) || isAsked(match.portNumber, port)
  return isNamed(match.name, place) && isPort && (match.filterChain === undefined || fits(match.filterChain, chain))
}

function fits(match: FilterChainMatch, chain: Message): boolean {
  const condition = (chain['filter_chain_match'] ?? {}) as Message
  const strings = (field: string) => (condition[field] as readonly string[] | undefined) ?? []
  const protocols = (match.applicationProtocols ?? '').split(',').filter(protocol => protocol !== '')
  return (
    isAsked(match.name, chain['name']) &&
    (!match.sni || strings('server_names').includes(match.sni)) &&
    isAsked(match.transportProtocol, condition['transport_protocol']) &&
    protocols.every(protocol => strings('application_protocols').includes(protocol.trim())) &&
    isAsked(match.destinationPort, condition['destination_port'])
  )
}

/** HTTP filters, and routes that stand in the listener itself. */
function patchManager(filter: Message, chain: Message, place: Place): Patched<Message> {
  const config = managerConfig(filter)
  if (config === undefined) return { value: filter, applied: [] }
  const changes = changesTo('HTTP_FILTER', place).filter(
    ({ listener: match }) => isChain(match, chain, place) && isAsked(match?.filterChain?.filter?.name, filter['name']),
  )
  const filters = patchOrdered(
    {
      type: patchedTypes.HTTP_FILTER,
      items: listOf(config, 'http_filters'),
      finds: ({ listener: match }) => named(match?.filterChain?.filter?.subFilter?.name),
      endsWithLast: true,
      placeOf: httpFilterPlace,
    },
    changes,
  )
  const table = config['route_config'] as Message | undefined
  const routes =
    table === undefined
      ? undefined
      : patchRoutes({ value: table, context: place.context, subject: place.subject }, place.changes)
  const applied = [...filters.applied, ...(routes?.applied ?? [])]
  if (applied.length === 0) return { value: filter, applied }
  const typed = {
    ...config,
    http_filters: filters.value,
    ...(routes === undefined ? {} : { route_config: routes.value }),
  }
  return { value: { ...filter, typed_config: typed }, applied }
}
