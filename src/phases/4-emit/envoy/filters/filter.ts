import type { HttpRule } from '../../../../model/http-route.ts'
import type { Message } from '../envoy-resource.ts'
import type { Guard } from '../guard.ts'
import type { RouteNeeds } from '../route-needs.ts'

/** Where an HTTP filter chain stands. */
export type Direction = 'outbound' | 'inbound' | 'gateway'

/** What a filter may depend on, beside the route. */
export interface FilterContext {
  readonly direction: Direction
  /** The proxy that the filter runs in: `namespace/name` of its workload or gateway. */
  readonly peer: string
  readonly isGrpcWeb: boolean
  /** Was the protocol found out by looking at the first bytes? Default: it was declared. */
  readonly isDetected?: boolean
  /** May requests be for hosts of which only a domain is declared? */
  readonly looksUpHosts?: boolean
  /** What requests are held against; absent: nothing. */
  readonly guard?: Guard
  /** What its routes ask for. Default: nothing. */
  readonly asked?: RouteNeeds
}

/** Filters of which there are as many as the chain's policies ask for. */
export interface HttpFilterGroup {
  readonly filters: (context: FilterContext) => readonly Message[]
  /** What they do for one rule, by their names. */
  readonly perRoute?: (rule: HttpRule) => Message
}

/** One HTTP filter of Envoy's, and what it needs on routes. */
export interface HttpFilter {
  readonly name: string
  /** The filter's configuration in this chain; undefined where it has no place there. */
  readonly config: (context: FilterContext) => Message | undefined
  /** What the filter does for one rule; undefined where nothing. */
  readonly perRoute?: (rule: HttpRule) => Message | undefined
}
