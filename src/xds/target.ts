/** What a stream should hold next, from what it wants, what it holds and what has to wait. */

import { memo } from '../util/memo.ts'
import { absent, type Held, type HeldResource } from './held.ts'
import { isStandIn, type ResourceType } from './resource-types.ts'
import { type ResourceMap, typeUrl } from './snapshot.ts'
import type { Subscription } from './subscription.ts'

/** Clusters that resources may have to wait for. Shared by identity, like all inputs here. */
export interface Gate {
  /** New in a push and not yet accepted: whatever names one waits. */
  readonly waiting: ReadonlySet<string>
  /** New and refused: an update that names one waits, so that what worked goes on working. */
  readonly refused: ReadonlySet<string>
}

export const noNames: ReadonlySet<string> = new Set()
export const openGate: Gate = { waiting: noNames, refused: noNames }
export const noResources: ResourceMap = new Map()

/** By name: the version that the client refused. */
export type Refusals = ReadonlyMap<string, string>
export const noRefusals: Refusals = new Map()

export interface Target {
  readonly held: Held
  /** Some of what the snapshot has is not in there yet, or something that it has no more still is. */
  readonly isPartial: boolean
}

/** All that a subscription asks for, with what stands in for names that the snapshot lacks. */
export const wanted = memo((type: ResourceType, resources: Held, { isWildcard, names }: Subscription): Held => {
  if (isWildcard && names.size === 0) return resources
  const held = new Map<string, HeldResource>(isWildcard ? resources : [])
  for (const name of names) held.set(name, resources.get(name) ?? type.standIn?.(name) ?? absent)
  return held
})

/** What to send now, clusters that are gone still included: their routes may be in use. */
export const targetNow = memo(
  (type: ResourceType, all: Held, held: Held, gate: Gate, refusals: Refusals): Target =>
    target(type, { all, held, gate, refusals, keepsRemoved: type.typeUrl === typeUrl.cluster }),
)

/** What to send in the end. */
export const targetFinally = memo(
  (type: ResourceType, all: Held, held: Held, gate: Gate, refusals: Refusals): Target =>
    target(type, { all, held, gate, refusals, keepsRemoved: false }),
)

interface Inputs {
  readonly all: Held
  readonly held: Held
  readonly gate: Gate
  readonly refusals: Refusals
  readonly keepsRemoved: boolean
}

function target(type: ResourceType, inputs: Inputs): Target {
  const { all, held, keepsRemoved } = inputs
  const removed = keepsRemoved ? [...held.keys()].filter(name => !all.has(name)) : []
  // Nearly always nothing has to wait, and then no map of our own is needed.
  let [isPartial, isSame] = [removed.length > 0, removed.length === 0]
  for (const name of all.keys()) {
    const place = placeOf(type, name, inputs)
    if (place === 'new') continue
    isSame = false
    if (place === 'waits') isPartial = true
  }
  if (isSame) return { held: all, isPartial }
  const next = new Map<string, HeldResource>()
  for (const [name, resource] of all) {
    const kept = placeOf(type, name, inputs) === 'new' ? resource : held.get(name)
    if (kept !== undefined) next.set(name, kept)
  }
  for (const name of removed) next.set(name, held.get(name)!)
  return { held: next, isPartial }
}

/** Whether a resource is sent as it now is, has to wait, or is better left as the client holds it. */
function placeOf(type: ResourceType, name: string, { all, held, gate, refusals }: Inputs): 'new' | 'waits' | 'old' {
  const resource = all.get(name)!
  const old = held.get(name)
  if (old?.version === resource.version) return 'new'
  if (mustWait(type, resource, old, gate) || refusals.get(name) === resource.version) return 'waits'
  // Its listener or cluster is on its way out and drains with what it has; an empty route would be a 404.
  return old !== undefined && old.version !== '' && isMissing(resource) ? 'old' : 'new'
}

function isMissing(resource: HeldResource): boolean {
  return resource === absent || isStandIn(resource)
}

function mustWait(type: ResourceType, resource: HeldResource, old: HeldResource | undefined, gate: Gate): boolean {
  if (!type.isGated || gate === openGate) return false
  const clusters = resource.needs?.[typeUrl.cluster] ?? []
  return clusters.some(name => gate.waiting.has(name) || (old !== undefined && gate.refused.has(name)))
}

/** The gate for clusters that were sent, clusters that are yet to be sent, and clusters that were refused. */
export const gateOf = memo(
  (sent: ReadonlySet<string>, unsent: ReadonlySet<string>, refused: ReadonlySet<string>): Gate => {
    if (sent.size === 0 && unsent.size === 0 && refused.size === 0) return openGate
    return { waiting: new Set([...sent, ...unsent]), refused }
  },
)

/** Names that are in one and not in the other. */
export const newNames = memo((all: Held, held: Held): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const name of all.keys()) if (!held.has(name)) names.add(name)
  return names.size === 0 ? noNames : names
})

/** Whether every resource of a type that some resources name is subscribed to. */
export const isCovered = memo((resources: Held, needed: ResourceType, { isWildcard, names }: Subscription): boolean => {
  if (isWildcard) return true
  for (const resource of resources.values())
    if (resource.needs?.[needed.typeUrl]?.some(name => !names.has(name)) === true) return false
  return true
})
