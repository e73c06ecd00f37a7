/** Conditions as the Kubernetes API has them, merged into those that an object has already. */
import type { Condition } from '../model/standing.ts'
import { isObject } from '../util/is-object.ts'

/** What a condition is to say, of those that a Mesh tells and of those that only a cluster does. */
export type Wanted = Omit<Condition, 'at' | 'type'> & {
  readonly type: Condition['type'] | 'SupportedVersion' | 'PartiallyInvalid'
}

export interface Entry {
  readonly [field: string]: unknown
}

export function fieldOf(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined
}

export function listOf(value: unknown): readonly Entry[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** Types of ours that are said only where they hold: else they go. */
const passing: ReadonlySet<unknown> = new Set<Wanted['type']>([
  'InsecureFrontendValidationMode',
  'OverlappingTLSConfig',
  'PartiallyInvalid',
  'ResolvedRefs',
])

/** There is one of each type; those of other types are somebody else's. When it changed last is about its status alone. */
export function mergedConditions(
  wanted: readonly Wanted[],
  before: unknown,
  { generation, now }: { readonly generation: number | undefined; readonly now: Date },
): readonly object[] {
  const earlier = listOf(before)
  const firsts = new Map(wanted.toReversed().map(condition => [String(condition.type), condition]))
  const stored = ({ type, status, reason, message = '' }: Wanted) => {
    const known = earlier.find(each => each['type'] === type)
    const isSame = known?.['status'] === status && typeof known['lastTransitionTime'] === 'string'
    // To the second, as the API server's own.
    const lastTransitionTime = isSame ? known['lastTransitionTime'] : now.toISOString().replace(/\.\d+Z$/, 'Z')
    const observed = generation === undefined ? {} : { observedGeneration: generation }
    return { type, status, reason, message, lastTransitionTime, ...observed }
  }
  const kept = earlier.flatMap(each => {
    const own = firsts.get(String(each['type']))
    if (own !== undefined) return [stored(own)]
    return passing.has(each['type']) ? [] : [each]
  })
  const known = new Set(earlier.map(each => each['type']))
  const order = [...new Set(wanted.map(({ type }) => type))]
  return [...kept, ...order.flatMap(type => (known.has(type) ? [] : [stored(firsts.get(type)!)]))]
}
