import { nothingHeld, without } from './held.ts'
import type { SotwRequest } from './request.ts'
import type { ResourceType } from './resource-types.ts'
import { setVersion } from './response.ts'
import { newTypeState, type Outstanding, type StreamState, type TypeState } from './stream-state.ts'
import { changed } from './subscription.ts'
import { noResources, wanted } from './target.ts'
import { answered } from './verdict.ts'

/** What a request does to its type; `answers` is the response that it accepts or, with an error, refuses. */
export interface Taken {
  readonly state: TypeState
  readonly answers: Outstanding | undefined
}

/**
 * Takes a state-of-the-world request.
 *
 * Undefined where it is to be ignored: its nonce is that of a response which a later one has overtaken.
 */
export function takeSotw(stream: StreamState, type: ResourceType, request: SotwRequest): Taken | undefined {
  const known = stream.types.get(type.typeUrl)
  const state = known ?? newTypeState(type)
  if (known === undefined) {
    stream.types.set(type.typeUrl, state)
    subscribe(state, request.names)
    state.isOwed = type.isAuthoritative
    state.held = heldAtStart(stream, state, request.versionInfo)
    return { state, answers: undefined }
  }
  // Before the first response, whatever nonce comes is one of an earlier stream.
  if (state.nonce !== '' && request.nonce !== state.nonce) return undefined
  subscribe(state, request.names)
  return { state, answers: answered(state, request.nonce) }
}

function subscribe(state: TypeState, names: readonly string[]): void {
  const isWildcard = names.includes('*') || (state.type.isAuthoritative && names.length === 0 && !state.wasNamed)
  if (names.length > 0) state.wasNamed = true
  const before = state.subscription
  const now = new Set(names)
  const add = names.filter(name => name !== '*' && !before.names.has(name))
  const remove = [...before.names].filter(name => !now.has(name))
  state.subscription = changed(before, { isWildcard, add, remove })
  // Asked for again, it has to be sent again: Envoy forgets what it unsubscribes from.
  if (!state.type.isAuthoritative) state.held = without(state.held, remove)
}

/**
 * A reconnecting proxy that names our very version has every cluster and listener, so none of them is new to it. All are
 * sent all the same: a first request has to be answered, and a whole set is the only answer there is.
 */
function heldAtStart(stream: StreamState, state: TypeState, version: string) {
  if (!state.type.isAuthoritative || version === '') return nothingHeld
  const all = wanted(state.type, stream.snapshot?.types[state.type.typeUrl] ?? noResources, state.subscription)
  return setVersion(all) === version ? all : nothingHeld
}
