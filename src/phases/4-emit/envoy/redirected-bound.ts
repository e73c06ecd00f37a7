/** Listeners at addresses that a scope names, beside those that redirected connections reach. */
import { type EgressListener, isAnyAddress } from '../../../model/scope.ts'
import { isHttp, type ServicePort } from '../../../model/service.ts'
import type { EnvoyResource } from './envoy-resource.ts'
import { portChains, withChains } from './l4-routes.ts'
import { listenerBase } from './listener.ts'
import { listenerName, virtualHostName } from './names.ts'
import { redirectPorts } from './redirect-ports.ts'
import { redirectedHttp, unbound } from './redirected-http.ts'
import type { Caller } from './redirected-shared.ts'
import { askedClusters, needsWithin } from './route-needs.ts'
import { recordingClusters } from './tracing.ts'
import type { ApartServices, View, VisibleService } from './view.ts'

interface Served {
  readonly visible: VisibleService
  readonly port: ServicePort
}

export function scopeListeners(caller: Caller): EnvoyResource[] {
  // Those of all addresses are there in any case.
  return caller.view.listeners
    .filter(({ bind = '127.0.0.1', apart }) => apart === undefined && !isAnyAddress(bind))
    .flatMap(listener =>
      portsOf(listener, caller.view)
        .filter(isFree)
        .flatMap(number => listenerOf(listener, number, caller)),
    )
}

/** The proxy's own ports are taken at all addresses. */
function isFree(number: number): boolean {
  return number !== redirectPorts.outbound && number !== redirectPorts.inbound
}

/** Those that stand for all ports of hosts of their own. */
export function apartListeners(caller: Caller): EnvoyResource[] {
  const free = caller.view.apart.filter(({ listener }) => isFree(listener.port ?? 0))
  return free.flatMap(each => apartListener(each, caller))
}

/** Name of the listener, and of its routes. */
export function apartNames(listener: EgressListener): { readonly name: string; readonly routes: string } {
  const { port = 0, apart } = listener
  const address = apart?.socket === undefined ? apartAddress(listener) : `unix://${apart.socket}`
  const name = listenerName({ address, port })
  return { name, routes: apart?.socket ?? name }
}

/** The port of all addresses is that of redirected connections. */
function apartAddress({ bind }: EgressListener): string {
  return bind === undefined || isAnyAddress(bind) ? '127.0.0.1' : bind
}

function apartListener({ listener, services }: ApartServices, caller: Caller): EnvoyResource[] {
  const { port: number = 0, apart, at } = listener
  const { recording } = caller
  const { name, routes } = apartNames(listener)
  const base =
    apart?.socket === undefined
      ? listenerBase({ address: apartAddress(listener), port: number }, 'OUTBOUND')
      : { name, address: { pipe: { path: apart.socket } }, traffic_direction: 'OUTBOUND' }
  const told = recordingClusters(recording)
  const from = [at, ...services.map(({ service }) => service.at), ...(recording.from ?? [])]
  const all = services.flatMap(visible => visible.service.ports.map((port): Served => ({ visible, port })))
  if (apart?.carries === 'tcp') {
    const first = all.find(({ port }) => !isHttp(port.protocol))
    if (first === undefined) return []
    const tcp = portChains(first.visible, first.port, { port: first.port.number, gateway: 'mesh', ...caller })
    return [
      { type: 'listener', name, value: withChains(base, tcp), needs: { cluster: [...tcp.clusters, ...told] }, from },
    ]
  }
  const ports = all.map(({ port }) => port).filter(({ protocol }) => isHttp(protocol))
  const asked = needsWithin(caller.view)
  const filter = redirectedHttp(name, routes, { ports, recording, asked })
  const value = { ...base, filter_chains: [{ filters: [filter] }] }
  const cluster = [...told, ...askedClusters(asked)]
  return [{ type: 'listener', name, value, needs: { route: [routes], cluster }, from }]
}

/** The one that it is for, or all that no other listener is for. */
function portsOf({ port }: EgressListener, { listeners, services }: View): number[] {
  if (port !== undefined) return [port]
  const others = new Set(listeners.flatMap(other => (other.apart === undefined ? other.port : [])))
  const all = new Set(services.flatMap(({ service }) => service.ports.map(({ number }) => number)))
  return [...all].filter(number => !others.has(number)).sort((a, b) => a - b)
}

/** HTTP of all hosts of the port, or else the first service that has it; nothing where none has. */
function listenerOf(
  { bind = '127.0.0.1', isBound, at }: EgressListener,
  number: number,
  caller: Caller,
): EnvoyResource[] {
  const { recording } = caller
  const served = caller.view.services.flatMap(visible =>
    visible.service.ports.filter(port => port.number === number).map((port): Served => ({ visible, port })),
  )
  const ofHttp = served.filter(({ port }) => isHttp(port.protocol))
  const [first] = ofHttp.length > 0 ? ofHttp : served
  if (first === undefined) return []
  const listen = { address: bind, port: number }
  const name = listenerName(listen)
  const base = isBound ? listenerBase(listen, 'OUTBOUND') : unbound(listen)
  const asked = needsWithin(caller.view)
  const told = [...recordingClusters(recording), ...askedClusters(asked)]
  const from = [at, first.visible.service.at, first.port.at, ...(recording.from ?? [])]
  if (ofHttp.length > 0) {
    const routes = String(number)
    const filter = redirectedHttp(name, routes, { ports: ofHttp.map(({ port }) => port), recording, asked })
    const value = { ...base, filter_chains: [{ filters: [filter] }] }
    return [{ type: 'listener', name, value, needs: { route: [routes], cluster: told }, from }]
  }
  const { visible, port } = first
  const tcp = portChains(visible, port, { port: number, gateway: 'mesh', ...caller })
  const cluster = [...tcp.clusters, ...told]
  if (port.protocol !== 'AUTO')
    return [{ type: 'listener', name, value: withChains(base, tcp), needs: { cluster }, from }]
  const routes = virtualHostName(visible.service.host, number)
  const value = withChains(base, tcp, redirectedHttp(name, routes, { ports: [port], recording, asked }))
  return [{ type: 'listener', name, value, needs: { route: [routes], cluster }, from }]
}
