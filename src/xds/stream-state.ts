import type { Nack } from './events.ts'
import { type Held, nothingHeld } from './held.ts'
import type { ResourceType } from './resource-types.ts'
import type { Protocol, Response } from './response.ts'
import type { Snapshot } from './snapshot.ts'
import { nothing, type Subscription } from './subscription.ts'
import { noNames, noRefusals, type Refusals } from './target.ts'

/** A response that has not been answered. */
export interface Outstanding {
  readonly nonce: string
  readonly response: Response
  /** By the monotonic clock, in ms. */
  readonly at: number
}

/** One type of resource on one stream. */
export interface TypeState {
  readonly type: ResourceType
  subscription: Subscription
  /** SotW: once a name was given, an empty list no longer means all. */
  wasNamed: boolean
  /** What the snapshot has for this subscription. */
  all: Held
  held: Held
  /** What was held at the last ACK. */
  lastGood: Held
  outstanding: Outstanding[]
  /** Of the last response; empty before the first. */
  nonce: string
  /** A first request has to be answered, even if there is nothing to say (C4.11). */
  isOwed: boolean
  refusals: Refusals
  /** Removals that were refused by themselves; said again when the type's content changes. */
  refusedRemovals: readonly string[]
  sent: { readonly version: string; readonly at: number } | undefined
  acked: { readonly version: string; readonly at: number } | undefined
  nack: Nack | undefined
}

/** What is known of a proxy after its stream has ended, for the next one. */
export interface ProxyMemory {
  /** By type URL: names in responses that were refused. The proxy may hold them and not say so (C4.3). */
  readonly suspects: Map<string, Set<string>>
  /** Version of the clusters when nothing was warming; undefined while it may be. */
  settledClusters: string | undefined
}

/** One stream: everything but its socket. */
export interface StreamState {
  readonly protocol: Protocol
  readonly types: Map<string, TypeState>
  /** When it was opened or, where it had to wait for its turn, let in; monotonic, in ms. */
  openedAt: number
  memory: ProxyMemory
  snapshot: Snapshot | undefined
  /** Secrets of this stream alone, in place of the snapshot's. */
  secrets: Held | undefined
  /** They are being made: until then nothing is said of them, for a proxy takes `there is none` for an answer. */
  awaitsSecrets: boolean
  nonces: number
  /** Clusters that were new in the last CDS response, until it is answered. */
  pendingClusters: ReadonlySet<string>
  pendingUntil: number
  refusedClusters: ReadonlySet<string>
  /** The proxy's endpoints are known to be complete, so that equal versions need not be sent again. */
  trustsEndpoints: boolean
}

export function newMemory(): ProxyMemory {
  return { suspects: new Map(), settledClusters: undefined }
}

export function newStream(protocol: Protocol, openedAt: number): StreamState {
  return {
    protocol,
    types: new Map(),
    openedAt,
    memory: newMemory(),
    snapshot: undefined,
    secrets: undefined,
    awaitsSecrets: false,
    nonces: 0,
    pendingClusters: noNames,
    pendingUntil: 0,
    refusedClusters: noNames,
    trustsEndpoints: false,
  }
}

export function newTypeState(type: ResourceType): TypeState {
  return {
    type,
    subscription: nothing,
    wasNamed: false,
    all: nothingHeld,
    held: nothingHeld,
    lastGood: nothingHeld,
    outstanding: [],
    nonce: '',
    isOwed: false,
    refusals: noRefusals,
    refusedRemovals: [],
    sent: undefined,
    acked: undefined,
    nack: undefined,
  }
}
