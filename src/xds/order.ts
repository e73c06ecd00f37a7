/**
 * What a stream is sent next, and in which order: make before break.
 *
 * Clusters, endpoints, listeners, routes; clusters that are gone come last, when nothing that used them is left. Only
 * what names a new cluster waits until that is warm, and not for ever: one dead DNS name must not stall the rest.
 */

import { memo } from '../util/memo.ts'
import { type Held, unsure, without } from './held.ts'
import { type ResourceType, resourceType, resourceTypes } from './resource-types.ts'
import { nonceOf, type Response, respond, setVersion } from './response.ts'
import { typeUrl } from './snapshot.ts'
import type { StreamState, TypeState } from './stream-state.ts'
import { nothing } from './subscription.ts'
import {
  type Gate,
  gateOf,
  isCovered,
  newNames,
  noNames,
  noRefusals,
  noResources,
  openGate,
  targetFinally,
  targetNow,
  wanted,
} from './target.ts'

export interface PushOptions {
  /** Monotonic, in ms. */
  readonly now: number
  /** How long new clusters may hold up what names them, in ms. */
  readonly deadlineMs: number
  readonly send: (state: TypeState, response: Response, nonce: string) => void
}

/** A reconnecting proxy asks for listeners and routes right after clusters; until then nothing is taken away, in ms. */
const settleMs = 1000

/** How far a proxy has come with its snapshot. */
export interface PushProgress {
  /** It has accepted all that it asked for, and has asked for all that it was given and names, but for secrets. */
  readonly isAnswered: boolean
  /** It has accepted all of its snapshot, and all that it names. */
  readonly isAccepted: boolean
}

/** Sends whatever may be sent now. */
export function push(stream: StreamState, options: PushOptions): PushProgress {
  if (stream.snapshot === undefined) return { isAnswered: false, isAccepted: false }
  const unsettled = new Set<string>()
  for (const { typeUrl: url } of resourceTypes) {
    const state = stream.types.get(url)
    if (state !== undefined && !pushType(stream, state, { ...options, target: targetNow })) unsettled.add(url)
  }
  const clusters = stream.types.get(typeUrl.cluster)
  const isUsed = unsettled.has(typeUrl.listener) || unsettled.has(typeUrl.route) || !hasSettled(stream, options.now)
  if (clusters !== undefined && unsettled.has(typeUrl.cluster) && !isUsed)
    if (pushType(stream, clusters, { ...options, target: targetFinally })) unsettled.delete(typeUrl.cluster)
  const isAnswered = unsettled.size === 0 && hasAsked(stream, ({ isPrivate }) => !isPrivate)
  const isAccepted = isAnswered && hasAsked(stream, ({ isPrivate }) => isPrivate)
  if (isAccepted && clusters !== undefined) stream.memory.settledClusters = setVersion(clusters.held)
  return { isAnswered, isAccepted }
}

/** When to look again although nothing happens, by the monotonic clock in ms; what is past is no reason. */
export function nextDeadline(stream: StreamState, deadlineMs: number): number {
  const unanswered = stream.types.get(typeUrl.cluster)?.outstanding.at(-1)
  return unanswered === undefined ? stream.openedAt + settleMs : unanswered.at + deadlineMs
}

function hasSettled(stream: StreamState, now: number): boolean {
  return now >= stream.openedAt + settleMs || (stream.types.has(typeUrl.listener) && stream.types.has(typeUrl.route))
}

/** Whether the proxy has asked for all that its snapshot has, and names of some types. */
function hasAsked({ types, snapshot }: StreamState, of: (type: ResourceType) => boolean): boolean {
  for (const url of [typeUrl.cluster, typeUrl.listener])
    if ((snapshot?.types[url]?.size ?? 0) > 0 && !types.has(url)) return false
  for (const { type, all } of types.values())
    for (const dependency of type.dependsOn.map(url => resourceType(url)!))
      if (of(dependency) && !isCovered(all, dependency, types.get(dependency.typeUrl)?.subscription ?? nothing))
        return false
  return true
}

interface TypeOptions extends PushOptions {
  readonly target: typeof targetNow
}

/** Sends what one type lacks. True where it lacks nothing and all of it has been accepted. */
function pushType(stream: StreamState, state: TypeState, options: TypeOptions): boolean {
  const { type } = state
  if (type.isPrivate && stream.awaitsSecrets) return false
  takeContent(state, wanted(type, contentOf(stream, type), state.subscription))
  dropStaleRefusals(state)
  if (isBusy(state, options)) return false
  const gate = type.isGated ? gateOfStream(stream, options) : openGate
  const target = options.target(type, state.all, state.held, gate, state.refusals)
  // A first answer that lacks what waits would say that it is gone: the proxy would drop its listeners.
  if (state.isOwed && target.isPartial && gate.waiting.size > 0) return false
  const response = respond(stream.protocol, type, { held: state.held, next: target.held, isOwed: state.isOwed })
  state.held = target.held
  state.isOwed = false
  if (response === undefined) return !target.isPartial && isAnswered(state)
  const nonce = nonceOf(++stream.nonces)
  state.nonce = nonce
  state.outstanding = [...state.outstanding, { nonce, response, at: options.now }]
  state.sent = { version: response.version, at: options.now }
  if (type.typeUrl === typeUrl.cluster) afterClusters(stream, response, options)
  options.send(state, response, nonce)
  return false
}

/** What the stream may have of a type. */
function contentOf({ secrets, snapshot }: StreamState, { typeUrl: url, isPrivate }: ResourceType): Held {
  return (isPrivate ? secrets : undefined) ?? snapshot?.types[url] ?? noResources
}

/** One response at a time, later pushes merged into the next; but clusters that don't get warm block only for a while. */
function isBusy({ type, outstanding }: TypeState, { now, deadlineMs }: PushOptions): boolean {
  const last = outstanding.at(-1)
  if (last === undefined) return false
  return type.typeUrl !== typeUrl.cluster || now < last.at + deadlineMs
}

function takeContent(state: TypeState, all: Held): void {
  if (all === state.all) return
  state.all = all
  if (state.refusedRemovals.length === 0) return
  state.held = unsure(state.held, state.refusedRemovals, new Map())
  state.refusedRemovals = []
}

function isAnswered({ outstanding, refusals, refusedRemovals }: TypeState): boolean {
  return outstanding.length === 0 && refusals.size === 0 && refusedRemovals.length === 0
}

/** What was refused matters only as long as it is what we would send. */
function dropStaleRefusals(state: TypeState): void {
  if (state.refusals.size === 0) return
  const current = [...state.refusals].filter(([name, version]) => state.all.get(name)?.version === version)
  if (current.length < state.refusals.size) state.refusals = current.length === 0 ? noRefusals : new Map(current)
}

function afterClusters(
  stream: StreamState,
  { added, endpoints, changed }: Response,
  { now, deadlineMs }: PushOptions,
): void {
  stream.pendingClusters = added
  stream.pendingUntil = now + deadlineMs
  stream.memory.settledClusters = undefined
  if (stream.refusedClusters.size > 0) {
    const again = new Set(changed.map(({ name }) => name))
    stream.refusedClusters = new Set([...stream.refusedClusters].filter(name => !again.has(name)))
  }
  // C4.1: a changed cluster warms until its endpoints come, and an incremental Envoy never asks for them.
  const state = stream.types.get(typeUrl.endpoint)
  if (state !== undefined && endpoints.size > 0) state.held = withoutEndpoints(state.held, endpoints)
}

const withoutEndpoints = memo((held: Held, names: ReadonlySet<string>): Held => without(held, names))

function gateOfStream(stream: StreamState, options: PushOptions): Gate {
  const clusters = stream.types.get(typeUrl.cluster)
  if (clusters === undefined) return openGate
  const sent = options.now < stream.pendingUntil ? stream.pendingClusters : noNames
  const unsent = isBusy(clusters, options) ? newNames(clusters.all, clusters.held) : noNames
  return gateOf(sent, unsent, stream.refusedClusters)
}
