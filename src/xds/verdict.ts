/** What an ACK or a NACK changes. */
import type { Nack } from './events.ts'
import { type Held, unsure } from './held.ts'
import type { ErrorDetail } from './request.ts'
import type { Response } from './response.ts'
import { typeUrl } from './snapshot.ts'
import type { Outstanding, StreamState, TypeState } from './stream-state.ts'
import { noNames, noRefusals } from './target.ts'

/** Longest message of a proxy that is kept, in characters: Envoy repeats whole resources in some. */
const longestMessage = 4000

/** Takes the response with this nonce, and older ones, off the list of unanswered ones; undefined where it isn't on it. */
export function answered(state: TypeState, nonce: string): Outstanding | undefined {
  const index = state.outstanding.findIndex(item => item.nonce === nonce)
  const found = state.outstanding[index]
  state.outstanding = state.outstanding.slice(index + 1)
  return found
}

export function accept(stream: StreamState, state: TypeState, { response }: Outstanding, now: number): void {
  state.acked = { version: response.version, at: now }
  // Only the newest answer says what is held: an older one has been overtaken.
  if (state.outstanding.length === 0) state.lastGood = response.held
  if (state.refusals.size > 0) {
    const left = new Map(state.refusals)
    for (const { name } of response.changed) left.delete(name)
    state.refusals = left.size === 0 ? noRefusals : left
  }
  if (state.refusals.size === 0) state.nack = undefined
  if (state.type.typeUrl === typeUrl.cluster) settleClusters(stream, state)
}

/** Records a NACK: the proxy keeps what it had, and what it refused is not sent again until its content changes. */
export function refuse(
  stream: StreamState,
  state: TypeState,
  item: { readonly response: Response; readonly error: ErrorDetail },
): Nack {
  const { response, error } = item
  const named = response.changed.filter(({ name }) => mentions(error.message, name))
  const blamed = named.length > 0 ? named : response.changed
  const refusals = new Map(state.refusals)
  for (const { name, version } of blamed) refusals.set(name, version)
  state.refusals = refusals
  // Of listeners and clusters a proxy takes the others; of what it asked for by name, where one is bad, perhaps none.
  const doubted = state.type.isAuthoritative ? blamed : response.changed
  state.held = afterRefusal(
    stream,
    state,
    doubted.map(({ name }) => name),
  )
  refuseRemovals(stream, state, response)
  remember(stream, state, response)
  if (state.type.typeUrl === typeUrl.cluster) {
    settleClusters(stream, state)
    const added = blamed.flatMap(({ name }) => (response.added.has(name) ? [name] : []))
    if (added.length > 0) stream.refusedClusters = new Set([...stream.refusedClusters, ...added])
  }
  const resources = blamed.map(({ name, from }) => ({ name, from }))
  // Envoy ends lines in its reasons; what a peer sends is printed, so it may not steer a terminal.
  const message = error.message
    .slice(0, longestMessage)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
  state.nack = {
    typeUrl: state.type.typeUrl,
    version: response.version,
    message,
    resources,
    isAttributed: named.length > 0,
  }
  return state.nack
}

/** Each refused resource is neither held for sure nor not: whatever comes next is sent, and a removal is said. */
function afterRefusal(stream: StreamState, state: TypeState, names: readonly string[]): Held {
  return unsure(state.held, names, stream.protocol === 'sotw' ? state.lastGood : new Map())
}

/**
 * A response that can't be decoded is refused as a whole, removals too: they are said again, by themselves. If that is
 * refused as well, nothing but other content will help.
 */
function refuseRemovals({ protocol }: StreamState, state: TypeState, { changed, removed }: Response): void {
  if (removed.length === 0) return
  // A whole set that is refused stays refused: it says all of it again with the next change.
  if (changed.length > 0 && protocol === 'sotw') return
  if (changed.length > 0) state.held = unsure(state.held, removed, new Map())
  else state.refusedRemovals = [...state.refusedRemovals, ...removed]
}

function remember(stream: StreamState, state: TypeState, { changed }: Response): void {
  const { suspects } = stream.memory
  const names = suspects.get(state.type.typeUrl) ?? new Set()
  for (const { name } of changed) names.add(name)
  suspects.set(state.type.typeUrl, names)
}

/** A CDS response was answered, so none of its clusters is waited for. */
function settleClusters(stream: StreamState, state: TypeState): void {
  if (state.outstanding.length === 0) stream.pendingClusters = noNames
}

/** Whether a message names a resource, and not just a longer name that contains it. */
export function mentions(message: string, name: string): boolean {
  if (name === '') return false
  for (let at = message.indexOf(name); at >= 0; at = message.indexOf(name, at + 1)) {
    const isPartOfWord = (character: string | undefined) => character !== undefined && /[\w|-]/.test(character)
    if (!isPartOfWord(message[at - 1]) && !isPartOfWord(message[at + name.length])) return true
  }
  return false
}
