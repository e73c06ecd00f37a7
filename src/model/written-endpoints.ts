import type { Node } from './node.ts'
import type { ObservedEndpoint } from './placement.ts'

/** Where a service is that picks nothing by labels, as somebody wrote it down (Endpoints, an EndpointSlice). */
export interface WrittenEndpoints extends Node {
  /** Name of the service, in the same namespace. */
  readonly service: string
  readonly places: readonly WrittenPlace[]
}

/** One of its places. A cluster's ready ones are observed; these are taken to be ready. */
export type WrittenPlace = Pick<ObservedEndpoint, 'address' | 'ports' | 'locality'>
