import { type Held, type HeldResource, nothingHeld, unsureVersion, without } from './held.ts'
import type { DeltaRequest } from './request.ts'
import type { ResourceType } from './resource-types.ts'
import { setVersion } from './response.ts'
import { typeUrl } from './snapshot.ts'
import type { Taken } from './sotw.ts'
import { newTypeState, type StreamState, type TypeState } from './stream-state.ts'
import { changed } from './subscription.ts'
import { answered } from './verdict.ts'

/** Takes an incremental request: subscriptions count whatever its nonce, which only says what it answers. */
export function takeDelta(stream: StreamState, type: ResourceType, request: DeltaRequest): Taken {
  const known = stream.types.get(type.typeUrl)
  if (known === undefined) return { state: start(stream, type, request), answers: undefined }
  subscribe(known, request)
  return { state: known, answers: request.nonce === '' ? undefined : answered(known, request.nonce) }
}

function start(stream: StreamState, type: ResourceType, request: DeltaRequest): TypeState {
  const state = newTypeState(type)
  stream.types.set(type.typeUrl, state)
  const add = request.subscribe.filter(name => name !== '*')
  // Without names, a first request for clusters or listeners wants all: the form that Envoy uses.
  const isWildcard = request.subscribe.includes('*') || (type.isAuthoritative && request.subscribe.length === 0)
  state.subscription = changed(state.subscription, { isWildcard, add, remove: [] })
  state.isOwed = isWildcard
  state.held = heldAtStart(stream, state, request.initialVersions)
  return state
}

function heldAtStart(
  stream: StreamState,
  { type, subscription }: TypeState,
  versions: ReadonlyMap<string, string>,
): Held {
  const held = new Map<string, HeldResource>()
  for (const [name, version] of versions)
    if (subscription.isWildcard || subscription.names.has(name)) held.set(name, { version })
  if (type.typeUrl === typeUrl.cluster)
    stream.trustsEndpoints = held.size > 0 && stream.memory.settledClusters === setVersion(held)
  // A cluster may have been left warming when the last stream broke, and only its endpoints free it, changed or not.
  if (type.typeUrl === typeUrl.endpoint && !stream.trustsEndpoints) return nothingHeld
  // What was in a refused response may be there although the proxy doesn't list it; a removal of nothing does no harm.
  if (subscription.isWildcard && held.size > 0)
    for (const name of stream.memory.suspects.get(type.typeUrl) ?? [])
      if (!held.has(name)) held.set(name, { version: unsureVersion })
  return held.size === 0 ? nothingHeld : held
}

function subscribe(state: TypeState, { subscribe: add, unsubscribe: remove }: DeltaRequest): void {
  if (add.length === 0 && remove.length === 0) return
  const { isWildcard: wasWildcard } = state.subscription
  const isWildcard = add.includes('*') || (wasWildcard && !remove.includes('*'))
  const withoutStar = (names: readonly string[]) => names.filter(name => name !== '*')
  state.subscription = changed(state.subscription, { isWildcard, add: withoutStar(add), remove: withoutStar(remove) })
  // What is asked for is sent, also if it is held to be known: Envoy relies on that where a cluster comes back (C3).
  state.held = without(state.held, add)
  state.held = isWildcard ? forgetVersions(state.held, remove) : without(state.held, remove)
  if (wasWildcard && !isWildcard) {
    const { names } = state.subscription
    state.held = without(
      state.held,
      [...state.held.keys()].filter(name => !names.has(name)),
    )
  }
}

/** Under a wildcard, a name that is unsubscribed still has to be answered, with the resource or its removal (C3). */
function forgetVersions(held: Held, names: readonly string[]): Held {
  if (names.length === 0) return held
  const copy = new Map(held)
  for (const name of names) if (name !== '*') copy.set(name, { version: unsureVersion })
  return copy
}
