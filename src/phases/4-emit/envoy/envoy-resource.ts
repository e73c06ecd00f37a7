import type { At } from '../../../model/node.ts'

export { compact } from '../../../util/compact.ts'

/** A protobuf message in its JSON form, with Envoy's own field names. */
export interface Message {
  readonly [field: string]: unknown
}

export type XdsType = 'cluster' | 'endpoint' | 'listener' | 'route' | 'extension'

/** What resources may name: secrets are never emitted, each stream has its own. */
export type NeededType = XdsType | 'secret'

/** One xDS resource before it is encoded. */
export interface EnvoyResource {
  readonly type: XdsType
  readonly name: string
  readonly value: Message
  /** Other resources that this one names. */
  readonly needs: Readonly<{ [Type in NeededType]?: readonly string[] }>
  /** Places in the author's resources that it was made from, most specific first. Never part of `value`. */
  readonly from: readonly At[]
}

/** A duration as protobuf's JSON has it: `1.5s`. */
export function seconds(ms: number): string {
  return `${ms / 1000}s`
}

/** Wraps a message as a google.protobuf.Any. */
export function typed(type: string, value: Message = {}): Message {
  return { '@type': `type.googleapis.com/${type}`, ...value }
}

/** Is it one of these, wrapped as an Any? The last part of the type's name says it. */
export function isOf(message: Message, type: string): boolean {
  return `${message['@type']}`.endsWith(`.${type}`)
}

export function socketAddress({ address, port }: { readonly address: string; readonly port: number }): Message {
  return { socket_address: { address, port_value: port } }
}

/** Configuration that comes over the one ADS stream; without a timeout, for a half-filled proxy is worse than a late one. */
export const fromAds: Message = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' }

/** A route configuration with what all of ours have in common. */
export function routeConfiguration(name: string, virtualHosts: readonly Message[]): Message {
  return {
    name,
    virtual_hosts: virtualHosts,
    // Routes may name clusters that are still on their way: they answer 503 until those are there.
    validate_clusters: false,
    ignore_port_in_host_matching: true,
    max_direct_response_body_size_bytes: 1_048_576,
  }
}
