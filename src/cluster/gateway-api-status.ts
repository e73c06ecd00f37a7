/**
 * What the objects of the Gateway API are to say of themselves: from the standings of a Mesh, and what only a cluster knows.
 *
 * Pure: whoever leads writes it. Nothing is said of what another controller speaks for, and its words beside ours stay.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { gatewayApiGroup } from '../kinds/index.ts'
import { nodeKey } from '../model/node.ts'
import type { Condition, Standing } from '../model/standing.ts'
import { canonicalJson } from '../phases/2-resolve/digest.ts'
import { controllerName } from '../phases/2-resolve/gateway-api/listeners.ts'
import { counted } from '../util/counted.ts'
import { isObject } from '../util/is-object.ts'
import { ownValue } from '../util/own-value.ts'
import { isGatewayApi, type Ours, oursAmong } from './gateway-api-owner.ts'
import { plural } from './install/crds.ts'
import type { ApiObject } from './reflector.ts'

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
  readonly now: Date
}

export interface GatewayAddress {
  readonly type: 'IPAddress' | 'Hostname'
  readonly value: string
}

type Status = StatusToWrite['status']

interface Context {
  readonly object: ApiObject
  /** The object's. */
  readonly standings: readonly Said[]
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

type Wanted = Omit<Condition, 'at'>

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
export function statusesToWrite({ objects, standings, findings, addresses, now }: StatusFacts): StatusToWrite[] {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const ours = oursAmong(objects)
  const byObject = Map.groupBy(standings, ({ kind, ...node }) => `${kind} ${nodeKey(node)}`)
  return objects.flatMap(object => {
    const { kind = '', apiVersion = '', metadata } = object
    const { name, namespace, resourceVersion, generation, deletionTimestamp } = metadata
    if (!isGatewayApi(object) || resourceVersion === undefined) return []
    if (typeof deletionTimestamp === 'string') return []
    const error = errors.find(({ subject }) => {
      return subject?.kind === kind && subject.name === name && subject.namespace === (namespace ?? '')
    })
    const known = byObject.get(`${kind} ${namespace ?? ''}/${name}`)
    const status = ownValue(
      statusOf,
      kind,
    )?.({
      object,
      standings: known ?? (error === undefined ? [] : saidOfLeftOut(object, error, ours)),
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
function saidOfLeftOut(object: ApiObject, { code, message }: Diagnostic, ours: Ours): Said[] {
  const text = `[${code}] ${message}`
  if (object.kind === 'Gateway' || object.kind === 'ListenerSet') {
    const conditions = (['Accepted', 'Programmed'] as const).map((type): Wanted => {
      return { type, status: 'False', reason: 'Invalid', message: text }
    })
    return ours.has(object) ? [{ isOurs: true, conditions }] : []
  }
  const conditions: Wanted[] = [{ type: 'Accepted', status: 'False', reason: 'UnsupportedValue', message: text }]
  return ours.parentsOf(object).map(parentIndex => ({ isOurs: true, parentIndex, conditions }))
}

/** A list that is empty says as much as none. */
function differs(status: Status, before: Status): boolean {
  return Object.entries(status).some(([field, value]) => canonicalJson(value) !== canonicalJson(before[field] ?? []))
}

function classStatus({ object, conditions }: Context): Status | undefined {
  const { spec, status } = object
  if (!isObject(spec) || spec['controllerName'] !== controllerName) return undefined
  return {
    conditions: conditions([{ type: 'Accepted', status: 'True', reason: 'Accepted' }], fieldOf(status, 'conditions')),
  }
}

function gatewayStatus({ object, standings, addresses, conditions }: Context): Status | undefined {
  const ours = standings.filter(({ isOurs }) => isOurs)
  const whole = ours.find(({ listener }) => listener === undefined)
  if (whole === undefined) return undefined
  const listeners = listenerStatuses(ours, { object, conditions })
  const wanted = namingListeners(whole.conditions, ours).map(condition =>
    condition.type === 'Programmed' && condition.status === 'True' && addresses.length === 0 ? unaddressed : condition,
  )
  return { addresses, conditions: conditions(wanted, fieldOf(object['status'], 'conditions')), listeners }
}

function listenerSetStatus({ object, standings, conditions }: Context): Status | undefined {
  const ours = standings.filter(({ isOurs }) => isOurs)
  const whole = ours.find(({ listener }) => listener === undefined)
  if (whole === undefined) return undefined
  return {
    conditions: conditions(namingListeners(whole.conditions, ours), fieldOf(object['status'], 'conditions')),
    listeners: listenerStatuses(ours, { object, conditions }),
  }
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

const unaddressed: Wanted = {
  type: 'Programmed',
  status: 'False',
  reason: 'AddressNotAssigned',
  message: 'no Service with an address leads to pods with the label istio=ingressgateway',
}

/** What others say of parents of theirs stays where it is: whoever puts his own first would be at it for ever. */
function routeStatus({ object, standings, conditions }: Context): Status {
  const refs = listOf(fieldOf(object['spec'], 'parentRefs'))
  const before = listOf(fieldOf(object['status'], 'parents'))
  const isOwn = (entry: Entry) => entry['controllerName'] === controllerName
  const keyOf = (ref: unknown) => canonicalJson(ref ?? {})
  const earlier = new Map(before.filter(isOwn).map(entry => [keyOf(entry['parentRef']), entry]))
  const ours = new Map(
    standings.flatMap(({ isOurs, isDefault, parent = '', parentIndex = 0, conditions: wanted }) => {
      const [parentRef] = isDefault ? [referenceTo(parent)] : refs.slice(parentIndex)
      if (!isOurs || parentRef === undefined) return []
      const key = keyOf(parentRef)
      return [[key, { parentRef, controllerName, conditions: conditions(wanted, earlier.get(key)?.['conditions']) }]]
    }),
  )
  const kept = before.flatMap((entry): readonly object[] => {
    if (!isOwn(entry)) return [entry]
    const own = ours.get(keyOf(entry['parentRef']))
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

interface Entry {
  readonly [field: string]: unknown
}

function fieldOf(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined
}

function listOf(value: unknown): readonly Entry[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** Types of ours that are said only where they hold: else they go. */
const passing: ReadonlySet<unknown> = new Set<Wanted['type']>(['InsecureFrontendValidationMode', 'ResolvedRefs'])

/** There is one of each type; those of other types are somebody else's. When it changed last is about its status alone. */
function mergedConditions(
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
