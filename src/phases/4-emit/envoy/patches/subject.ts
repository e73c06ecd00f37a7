/** Which part of which proxy is changed. */
import type { PatchContext, ProxyChange } from '../../../../model/proxy-patch.ts'
import type { EnvoyResource, Message } from '../envoy-resource.ts'
import type { GatewayProxy } from '../gateway-proxies.ts'

/** What of a proxy tells how its resources are looked for. */
export interface PatchSubject {
  readonly gateway?: GatewayProxy
  /** By a listener's name: the port of the service, workload or gateway, where the listener is bound to another. */
  readonly ports: ReadonlyMap<string, number>
}

/** The changes that may find something in a part of the configuration. */
export function inContext(
  changes: readonly ProxyChange[],
  object: ProxyChange['object'],
  context: PatchContext,
): readonly ProxyChange[] {
  return changes.filter(change => change.object === object && (change.context === 'ANY' || change.context === context))
}

/** Is the change for what belongs to a port? */
export function isAtPort({ ports }: ProxyChange, port: number | undefined): boolean {
  return ports === undefined || (port !== undefined && ports.includes(port))
}

export function listenerContext({ gateway }: PatchSubject, listener: EnvoyResource): PatchContext {
  if (gateway !== undefined) return 'GATEWAY'
  return listener.value['traffic_direction'] === 'INBOUND' ? 'SIDECAR_INBOUND' : 'SIDECAR_OUTBOUND'
}

export function clusterContext({ gateway }: PatchSubject, { name }: EnvoyResource): PatchContext {
  if (gateway !== undefined) return 'GATEWAY'
  return /^(inbound\||InboundPassthrough)/.test(name) ? 'SIDECAR_INBOUND' : 'SIDECAR_OUTBOUND'
}

/** Is it what a match asks for, or does the match not ask? */
export function isAsked<Value>(asked: Value | undefined, has: Value | undefined): boolean {
  return asked === undefined || asked === '' || asked === 0 || asked === has
}

/** A list of messages that stands in a message. */
export function listOf(message: Message, field: string): readonly Message[] {
  return (message[field] as readonly Message[] | undefined) ?? []
}
