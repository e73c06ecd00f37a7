/**
 * What the objects of the Gateway API are to say of themselves: from the standings of a Mesh, and what only a cluster knows.
 *
 * Pure: whoever leads writes it. Nothing is said of what another controller speaks for, and its words beside ours stay.
 */
import { type Diagnostic, partName } from '../diagnostics/diagnostic.ts'
import { gatewayApiGroup } from '../kinds/index.ts'
import { type Standing, standingKey } from '../model/standing.ts'
import { canonicalJson } from '../phases/2-resolve/digest.ts'
import { controllerName } from '../phases/2-resolve/gateway-api/refused-gateways.ts'
import { counted } from '../util/counted.ts'
import { isObject } from '../util/is-object.ts'
import { ownValue } from '../util/own-value.ts'
import { assignedTo, type GatewayAddress } from './gateway-addresses.ts'
import { isGatewayApi, type Ours, objectKey, oursAmong } from './gateway-api-owner.ts'
import { supportedVersion } from './gateway-api-versions.ts'
import type { PodPort } from './gateway-services.ts'
import { plural } from './install/crds.ts'
import { withLeftOutParents } from './left-out-parents.ts'
import { withPortFaults } from './port-faults.ts'
import type { ApiObject } from './reflector.ts'
import { type Entry, fieldOf, listOf, mergedConditions, type Wanted } from './status-conditions.ts'

/** A status that is not as it should be. */
export interface StatusToWrite {
  /** For people. */
  readonly what: string
  /** The status' own. */
  readonly path: string
  /** Of the object that it was made from: for no other version it holds. */
  readonly resourceVersion: string
  /** Fields of it, each whole. */
  readonly status: { readonly [field: string]: unknown }
}

export interface StatusFacts {
  /** Objects that the standings were made from, with kind and version. */
  readonly objects: readonly ApiObject[]
  readonly standings: readonly Standing[]
  /** Errors that have left objects out: of these there is no standing. */
  readonly findings: readonly Diagnostic[]
  /** Where gateways are reached. */
  readonly addresses: readonly GatewayAddress[]
  /** Where the gateways' pods listen for which ports; empty: nobody knows. */
  readonly ports: ReadonlyMap<string, PodPort>
  /** The definitions of the Gateway API's kinds, as far as they are known. */
  readonly definitions: readonly Pick<ApiObject, 'metadata'>[]
  readonly now: Date
}

type Status = StatusToWrite['status']

interface Context {
  readonly object: ApiObject
  /** The object's. */
  readonly standings: readonly Said[]
  /** Of all objects. */
  readonly all: readonly Standing[]
  readonly objects: readonly ApiObject[]
  /** What is left out of it; undefined: nothing. */
  readonly dropped: Wanted | undefined
  /** What is said of the definitions that there are. */
  readonly versions: readonly Wanted[]
  readonly addresses: readonly GatewayAddress[]
  /** Conditions as the API has them, with what is kept of those that there were. */
  readonly conditions: (now: readonly Wanted[], before: unknown) => readonly object[]
}

/** What is said of a Gateway or of one of its listeners, or of a route at one of its parents. */
type Said = Pick<
  Standing,
  'isOurs' | 'listener' | 'routeKinds' | 'attachedRoutes' | 'parent' | 'parentIndex' | 'isDefault'
> & {
  readonly conditions: readonly Wanted[]
}

/** By kind: its status; undefined where it is not ours to say. */
const statusOf: { readonly [kind: string]: (context: Context) => Status | undefined } = {
  GatewayClass: classStatus,
  Gateway: gatewayStatus,
  ListenerSet: listenerSetStatus,
  HTTPRoute: routeStatus,
  GRPCRoute: routeStatus,
  TLSRoute: routeStatus,
  TCPRoute: routeStatus,
  UDPRoute: routeStatus,
  BackendTLSPolicy: policyStatus,
}

/** Kinds of which a status is written. */
export const kindsWithStatus: readonly string[] = Object.keys(statusOf)

/** Statuses that differ from what the objects have. */
export function statusesToWrite(facts: StatusFacts): StatusToWrite[] {
  const { objects, findings, addresses, now } = facts
  const versions = supportedVersion(facts.definitions)
  const errors = findings.filter(({ severity }) => severity === 'error')
  const ours = oursAmong(objects)
  const reached = withPortFaults(facts.standings, objects, facts.ports)
  const standings = withLeftOutParents(reached, { objects, errors, ours })
  const byObject = Map.groupBy(standings, standingKey)
  const errorsOf = Map.groupBy(errors, ({ subject }) => (subject === undefined ? '' : standingKey(subject)))
  return objects.flatMap(object => {
    const { kind = '', apiVersion = '', metadata } = object
    const { name, namespace, resourceVersion, generation, deletionTimestamp } = metadata
    if (!isGatewayApi(object) || resourceVersion === undefined) return []
    if (typeof deletionTimestamp === 'string') return []
    const wrong = errorsOf.get(objectKey(object)) ?? []
    const known = byObject.get(objectKey(object))
    const status = ownValue(
      statusOf,
      kind,
    )?.({
      object,
      standings: known ?? saidOfLeftOut(object, wrong, ours),
      all: standings,
      objects,
      dropped: droppedRules(wrong),
      versions,
      addresses,
      conditions: (wanted, before) => mergedConditions(wanted, before, { generation, now }),
    })
    const before = isObject(object['status']) ? object['status'] : {}
    if (status === undefined || !differs(status, before)) return []
    const scope = namespace === undefined ? '' : `/namespaces/${namespace}`
    const path = `/apis/${apiVersion}${scope}/${plural(kind)}/${name}/status`
    const what = `the status of ${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`
    return [{ what, path, resourceVersion, status }]
  })
}

/** Whoever applied it past the webhook finds here what is wrong with it. */
function saidOfLeftOut(object: ApiObject, [error]: readonly Diagnostic[], ours: Ours): Said[] {
  if (error === undefined) return []
  const message = `[${error.code}] ${error.message}`
  if (object.kind === 'GatewayClass')
    return [{ isOurs: true, conditions: [{ type: 'Accepted', status: 'False', reason: 'Unsupported', message }] }]
  if (object.kind === 'Gateway' || object.kind === 'ListenerSet') {
    const conditions = (['Accepted', 'Programmed'] as const).map((type): Wanted => {
      return { type, status: 'False', reason: 'Invalid', message }
    })
    return ours.has(object) ? [{ isOurs: true, conditions }] : []
  }
  const reason = isAboutFilters(error) ? 'IncompatibleFilters' : 'UnsupportedValue'
  const conditions: Wanted[] = [{ type: 'Accepted', status: 'False', reason, message }]
  return ours.parentsOf(object).map(parentIndex => ({ isOurs: true, parentIndex, conditions }))
}

/** Filters of one rule that can't stand beside each other, or of which there may be one alone. */
function isAboutFilters({ pointer = '' }: Diagnostic): boolean {
  return /^\/spec\/rules\/\d+(?:\/backendRefs\/\d+)?\/filters\/\d+\/type$/.test(pointer)
}

/** Rules that are wrong, of a route whose others hold. The specification has the message begin with these words. */
function droppedRules(errors: readonly Diagnostic[]): Wanted | undefined {
  const parts = errors.flatMap(({ leavesOut }) => leavesOut ?? [])
  if (parts.length === 0) return undefined
  const byIndex = (a: string, b: string) => Number(a.split('/').at(-1)) - Number(b.split('/').at(-1))
  const names = [...new Set(parts)].sort(byIndex).map(partName).join(', ')
  const texts = errors.map(({ code, message }) => `[${code}] ${message}`).join('; ')
  const message = `Dropped Rule ${names}: ${texts}`.slice(0, longestMessage)
  return { type: 'PartiallyInvalid', status: 'True', reason: 'UnsupportedValue', message }
}

/** A condition has no room for more. */
const longestMessage = 32_768

/** A list that is empty says as much as none. */
function differs(status: Status, before: Status): boolean {
  return Object.entries(status).some(([field, value]) => canonicalJson(value) !== canonicalJson(before[field] ?? []))
}

function classStatus({ object, standings, versions, conditions }: Context): Status | undefined {
  if (fieldOf(object['spec'], 'controllerName') !== controllerName) return undefined
  const said = standings.flatMap(({ conditions: own }) => own)
  return { conditions: conditions([...said, ...versions], fieldOf(object['status'], 'conditions')) }
}

function gatewayStatus({ object, standings, all, addresses, conditions }: Context): Status | undefined {
  const whole = wholeOf(standings)
  if (whole === undefined) return undefined
  const { assigned, unassigned } = assignedTo(object, addresses)
  const wanted = namingListeners(whole.conditions, standings).map(condition =>
    isTrue(condition, 'Programmed') ? (unassigned ?? condition) : condition,
  )
  const sets = all.filter(({ kind, listener, parent, conditions: its }) => {
    const isOwn = kind === 'ListenerSet' && listener === undefined && parent === objectKey(object)
    return isOwn && its.some(condition => isTrue(condition, 'Accepted'))
  })
  return {
    addresses: assigned,
    ...countOf(sets, object),
    conditions: conditions(wanted, fieldOf(object['status'], 'conditions')),
    listeners: listenerStatuses(standings, { object, conditions }),
  }
}

/** None where there never were any: an older definition of the kind has no such field, and would take the same away again and again. */
function countOf(sets: readonly unknown[], { status }: ApiObject): { readonly attachedListenerSets?: number } {
  const isSaid = sets.length > 0 || (fieldOf(status, 'attachedListenerSets') ?? 0) !== 0
  return isSaid ? { attachedListenerSets: sets.length } : {}
}

function listenerSetStatus({ object, standings, objects, addresses, conditions }: Context): Status | undefined {
  const whole = wholeOf(standings)
  if (whole === undefined) return undefined
  const gateway = objects.find(each => whole.parent === objectKey(each))
  const isReached = gateway === undefined || assignedTo(gateway, addresses).unassigned === undefined
  const wanted = namingListeners(whole.conditions, standings).map(condition =>
    isTrue(condition, 'Programmed') && !isReached ? unreached : condition,
  )
  return {
    conditions: conditions(wanted, fieldOf(object['status'], 'conditions')),
    listeners: listenerStatuses(standings, { object, conditions }),
  }
}

const unreached: Wanted = {
  type: 'Programmed',
  status: 'False',
  reason: 'ParentNotProgrammed',
  message: 'its Gateway has no address, or not those that it asks for',
}

function wholeOf(standings: readonly Said[]): Said | undefined {
  return standings.find(({ isOurs, listener }) => isOurs && listener === undefined)
}

function isTrue({ type, status }: Wanted, wanted: Wanted['type']): boolean {
  return type === wanted && status === 'True'
}

/** What is said of all because of some of them names those, where nothing else is said. */
function namingListeners(conditions: readonly Wanted[], standings: readonly Said[]): readonly Wanted[] {
  const causes: { readonly [reason: string]: Wanted['type'] } = {
    ListenersNotValid: 'Programmed',
    ListenersNotResolved: 'ResolvedRefs',
  }
  return conditions.map(condition => {
    const cause = causes[condition.reason]
    if (cause === undefined || condition.message !== undefined) return condition
    const names = standings.flatMap(({ listener, conditions: its }) =>
      listener !== undefined && its.some(({ type, status }) => type === cause && status === 'False') ? [listener] : [],
    )
    return { ...condition, message: `${cause} is False for ${counted(names.length, 'listener')}: ${names.join(', ')}` }
  })
}

function listenerStatuses(
  standings: readonly Said[],
  { object, conditions }: Pick<Context, 'object' | 'conditions'>,
): readonly object[] {
  const before = listOf(fieldOf(object['status'], 'listeners'))
  return standings.flatMap(({ listener, routeKinds = [], attachedRoutes = 0, conditions: wanted }) => {
    if (listener === undefined) return []
    const own = before.find(({ name }) => name === listener)?.['conditions']
    const supportedKinds = routeKinds.map(kind => ({ group: gatewayApiGroup, kind }))
    return [{ name: listener, supportedKinds, attachedRoutes, conditions: conditions(wanted, own) }]
  })
}

/** What others say of parents of theirs stays where it is: whoever puts his own first would be at it for ever. */
function routeStatus({ object, standings, dropped, conditions }: Context): Status {
  const refs = listOf(fieldOf(object['spec'], 'parentRefs'))
  const before = listOf(fieldOf(object['status'], 'parents'))
  const isOwn = (entry: Entry) => entry['controllerName'] === controllerName
  const referenceKey = (ref: unknown) => canonicalJson(ref ?? {})
  const earlier = new Map(before.filter(isOwn).map(entry => [referenceKey(entry['parentRef']), entry]))
  const ours = new Map(
    standings.flatMap(({ isOurs, isDefault, parent = '', parentIndex = 0, conditions: wanted }) => {
      const [parentRef] = isDefault ? [referenceTo(parent)] : refs.slice(parentIndex)
      if (!isOurs || parentRef === undefined) return []
      const key = referenceKey(parentRef)
      // Of a route that is not accepted there is no more to say.
      const isIn = wanted.some(condition => isTrue(condition, 'Accepted'))
      const all = dropped !== undefined && isIn ? [...wanted, dropped] : wanted
      return [[key, { parentRef, controllerName, conditions: conditions(all, earlier.get(key)?.['conditions']) }]]
    }),
  )
  const kept = before.flatMap((entry): readonly object[] => {
    if (!isOwn(entry)) return [entry]
    const own = ours.get(referenceKey(entry['parentRef']))
    return own === undefined ? [] : [own]
  })
  return { parents: [...kept, ...[...ours].flatMap(([key, own]) => (earlier.has(key) ? [] : [own]))] }
}

/** Of `Kind namespace/name`. */
function referenceTo(parent: string) {
  const [kind = '', key = ''] = parent.split(' ')
  const [namespace, name] = key.split('/')
  return { group: kind === 'Service' ? '' : gatewayApiGroup, kind, namespace, name }
}

/** The specification's limit; where there are more, the first by name have it. */
const mostAncestors = 16

function policyStatus({ object, standings, conditions }: Context): Status {
  const before = listOf(fieldOf(object['status'], 'ancestors'))
  const isOwn = (entry: Entry) => entry['controllerName'] === controllerName
  const own = standings.flatMap(({ parent, conditions: wanted }) => {
    if (parent === undefined) return []
    const ancestorRef = referenceTo(parent)
    const earlier = before.find(
      entry => isOwn(entry) && canonicalJson(entry['ancestorRef']) === canonicalJson(ancestorRef),
    )
    return [{ ancestorRef, controllerName, conditions: conditions(wanted, earlier?.['conditions']) }]
  })
  return { ancestors: [...before.filter(entry => !isOwn(entry)), ...own].slice(0, mostAncestors) }
}
