/** Listeners at addresses that a scope names, beside those that redirected connections reach. */
import { type EgressListener, isAnyAddress } from '../../../model/scope.ts'
import { isHttp, type ServicePort } from '../../../model/service.ts'
import type { EnvoyResource } from './envoy-resource.ts'
import { portChains, withChains } from './l4-routes.ts'
import { listenerBase } from './listener.ts'
import { listenerName, virtualHostName } from './names.ts'
import { redirectedHttp, unbound } from './redirected-http.ts'
import type { Caller } from './redirected-shared.ts'
import { recordingClusters } from './tracing.ts'
import type { View, VisibleService } from './view.ts'

interface Served {
  readonly visible: VisibleService
  readonly port: ServicePort
}

export function scopeListeners(caller: Caller): EnvoyResource[] {
  // Those of all addresses are there in any case.
  return caller.view.listeners
    .filter(({ bind = '127.0.0.1' }) => !isAnyAddress(bind))
    .flatMap(listener => portsOf(listener, caller.view).flatMap(number => listenerOf(listener, number, caller)))
}

/** The one that it is for, or all that no other listener is for. */
function portsOf({ port }: EgressListener, { listeners, services }: View): number[] {
  if (port !== undefined) return [port]
  const others = new Set(listeners.map(other => other.port))
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
  const told = recordingClusters(recording)
  const from = [at, first.visible.service.at, first.port.at, ...(recording.from ?? [])]
  if (ofHttp.length > 0) {
    const routes = String(number)
    const filter = redirectedHttp(name, routes, { ports: ofHttp.map(({ port }) => port), recording })
    const value = { ...base, filter_chains: [{ filters: [filter] }] }
    return [{ type: 'listener', name, value, needs: { route: [routes], cluster: told }, from }]
  }
  const { visible, port } = first
  const tcp = portChains(visible, port, { port: number, gateway: 'mesh', ...caller })
  const cluster = [...tcp.clusters, ...told]
  if (port.protocol !== 'AUTO')
    return [{ type: 'listener', name, value: withChains(base, tcp), needs: { cluster }, from }]
  const routes = virtualHostName(visible.service.host, number)
  const value = withChains(base, tcp, redirectedHttp(name, routes, { ports: [port], recording }))
  return [{ type: 'listener', name, value, needs: { route: [routes], cluster }, from }]
}
