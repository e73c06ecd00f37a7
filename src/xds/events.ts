import type { XdsNode } from './node.ts'
import type { Protocol } from './response.ts'

/** What happened on a stream, in the order in which it did. Holds no secrets and no bytes of resources. */
export type XdsEvent =
  | { readonly kind: 'connected'; readonly proxy: XdsNode; readonly protocol: Protocol }
  | { readonly kind: 'disconnected'; readonly proxy: XdsNode; readonly protocol: Protocol }
  /** A stream was not served, or not any longer. */
  | { readonly kind: 'refused'; readonly proxy: XdsNode | undefined; readonly reason: string }
  | {
      readonly kind: 'sent'
      readonly proxy: XdsNode
      readonly typeUrl: string
      readonly version: string
      readonly changed: number
      readonly removed: number
    }
  | {
      readonly kind: 'acked'
      readonly proxy: XdsNode
      readonly typeUrl: string
      readonly version: string
      readonly ms: number
    }
  | { readonly kind: 'nacked'; readonly proxy: XdsNode; readonly nack: Nack }
  /** The proxy has accepted all of a push that concerns it. */
  | {
      readonly kind: 'synced'
      readonly proxy: XdsNode
      readonly revision: string
      readonly push: number
      /** Was it sent anything for this push? */
      readonly isConcerned: boolean
      /** Since the push was assigned. */
      readonly ms: number
    }
  /** A client asks for something that we don't serve; said once for each type. */
  | { readonly kind: 'unknown-type'; readonly typeUrl: string }

/** A response that a proxy refused. */
export interface Nack {
  readonly typeUrl: string
  readonly version: string
  /** What the proxy said. */
  readonly message: string
  /** The resources that the message names; all that had changed where it names none. */
  readonly resources: readonly NackedResource[]
  /** Whether the message names them. */
  readonly isAttributed: boolean
}

export interface NackedResource {
  readonly name: string
  /** Where the resource comes from, as in its snapshot. */
  readonly from: readonly string[]
}
