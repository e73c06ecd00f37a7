/** What all listeners have in common that only redirected connections reach. */
import type { Recording } from '../../../model/recording.ts'
import type { ServicePort } from '../../../model/service.ts'
import type { Message } from './envoy-resource.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import { listenerBase } from './listener.ts'
import { outboundCluster } from './names.ts'
import type { RouteNeeds } from './route-needs.ts'
import type { View } from './view.ts'

/** Where what no service of the mesh is goes. */
export const passthroughCluster = 'PassthroughCluster'
/** Where nobody answers. */
export const blackHole = 'BlackHoleCluster'

/** Who gets what is called by hosts that nobody declared; undefined where nobody does. */
export function clusterForUnknown({ unknownHosts, byHost }: View, whereKnown: string | undefined): string | undefined {
  if (unknownHosts.kind === 'passed') return whereKnown
  if (unknownHosts.kind === 'refused') return undefined
  const { host, port, subset } = unknownHosts
  const isThere = byHost.get(host)?.service.ports.some(({ number }) => number === port) === true
  return isThere ? outboundCluster(host, port, subset) : undefined
}

/** The same under interception, where it is known where connections were going. */
export function clusterForOthers(view: View): string {
  return clusterForUnknown(view, passthroughCluster) ?? blackHole
}

/** A pod tells its proxy who it is by this variable: so listeners that name the caller are equal for all pods. */
const peer = '%ENVIRONMENT(MESHWRIGHT_PEER)%'

/** A listener without a socket: `virtualOutbound` hands connections over that were going to its address. */
export function unbound(listen: { readonly address: string; readonly port: number }): Message {
  return { ...listenerBase(listen, 'OUTBOUND'), bind_to_port: false }
}

export interface RedirectedHttp {
  readonly ports: readonly ServicePort[]
  readonly recording: Recording
  readonly asked: RouteNeeds
  readonly looksUpHosts?: boolean
}

export function redirectedHttp(
  name: string,
  routes: string,
  { ports, recording, asked, looksUpHosts = false }: RedirectedHttp,
): Message {
  return httpConnectionManager({
    recording,
    statPrefix: `outbound_${name}`,
    routes: { kind: 'rds', name: routes },
    direction: 'outbound',
    peer,
    looksUpHosts,
    isGrpcWeb: ports.some(({ protocol }) => protocol === 'GRPC-WEB'),
    isDetected: ports.some(({ protocol }) => protocol === 'AUTO'),
    asked,
  })
}
