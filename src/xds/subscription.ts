import { hash } from 'node:crypto'
import { memo } from '../util/memo.ts'

/** What a stream wants of one type. Shared by streams that want the same, so compare by identity; never mutated. */
export interface Subscription {
  readonly isWildcard: boolean
  readonly names: ReadonlySet<string>
}

export const nothing: Subscription = { isWildcard: false, names: new Set() }

/** By what was added and removed: the subscription that came of it. */
const transitionsOf = memo((_before: Subscription) => new Map<string, Subscription>())
/** Streams of one mesh take few different paths; beyond that, sharing isn't worth the memory. */
const keptTransitions = 64

export interface Change {
  readonly isWildcard: boolean
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** The subscription after a change: the same object for the same change. */
export function changed(before: Subscription, { isWildcard, add, remove }: Change): Subscription {
  if (add.length === 0 && remove.length === 0 && isWildcard === before.isWildcard) return before
  const key = hash('sha1', `${isWildcard}\n${add.join('\n')}\0${remove.join('\n')}`, 'base64')
  const known = transitionsOf(before)
  const shared = known.get(key)
  if (shared !== undefined) return shared
  const names = new Set(before.names)
  for (const name of add) names.add(name)
  for (const name of remove) names.delete(name)
  const after: Subscription = { isWildcard, names }
  if (known.size >= keptTransitions) known.clear()
  known.set(key, after)
  return after
}
