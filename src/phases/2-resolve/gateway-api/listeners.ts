/** Gateways' listeners: which are served, and what routes may attach to them. */

import { at } from '../../../kinds/definition.ts'
import type { Gateway as ApiGateway, Listener as ApiListener } from '../../../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../../../kinds/gateway-api/gateway-class.ts'
import type { ListenerSet } from '../../../kinds/gateway-api/listener-set.ts'
import { gatewayApiGroup } from '../../../kinds/index.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Gateway, NamedSecret } from '../../../model/gateway.ts'
import type { At } from '../../../model/node.ts'
import type { Condition, Standing, StandingSecret } from '../../../model/standing.ts'
import { nearestWord } from '../../../util/edit-distance.ts'
import { ownValue } from '../../../util/own-value.ts'
import { oldestFirst } from './age.ts'
import { clientValidationOf, insecureModeOf } from './client-validation.ts'
import { conflictsAmong } from './listener-conflicts.ts'
import { nodeFor } from './listener-node.ts'
import { takenPort } from './listener-ports.ts'
import { listenerReferences } from './listener-references.ts'
import { gatewayOfSet, listenerSetsOf } from './listener-sets.ts'
import { classStandings, controllerName, refusedGateway } from './refused-gateways.ts'
import type { ApiResources, ApiRoute } from './resources.ts'
import { gatewayReferences, shownBy } from './shown-certificates.ts'
import { tlsOverlaps } from './tls-overlaps.ts'

const ownClass = 'meshwright'

/** Whose listener it is: a Gateway, or a ListenerSet that adds to one. */
type Owner = Pick<Resource, 'apiVersion' | 'kind' | 'metadata'>

export interface Listener {
  readonly gateway: ApiGateway
  readonly owner: Owner
  readonly listener: ApiListener
  readonly at: At
  /** Can it be served? Otherwise nothing attaches to it. */
  readonly isAccepted: boolean
  /** What the Mesh has for it. */
  readonly node: Gateway
}

/** All listeners of the gateways of a class that is ours, and what has become of both. */
export function listenersOf(resources: ApiResources): {
  readonly listeners: readonly Listener[]
  readonly standings: readonly Standing[]
} {
  // One set of proxies serves them all: what an older Gateway has taken of a port is not there for others.
  const taken: Listener[] = []
  const judged = new Map<ApiGateway, ReturnType<typeof gatewayOf>>()
  for (const gateway of oldestFirst(resources.gateways, ({ metadata }) => metadata)) {
    const found = gatewayOf(gateway, resources, taken)
    judged.set(gateway, found)
    taken.push(...found.listeners.filter(({ isAccepted }) => isAccepted))
  }
  const all = resources.gateways.map(gateway => judged.get(gateway)!)
  const known = new Set(resources.gateways.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))
  const lost = resources.listenerSets.filter(set => !known.has(gatewayOfSet(set) ?? ''))
  return {
    listeners: all.flatMap(({ listeners }) => listeners),
    standings: [
      ...classStandings(resources.classes),
      ...all.flatMap(({ standings }) => standings),
      ...lost.map(lostSet),
    ],
  }
}

/** Nobody knows whose its Gateway will be. */
function lostSet(set: ListenerSet): Standing {
  const { kind = 'Gateway', name: wanted } = set.spec.parentRef
  const { name, namespace = '' } = set.metadata
  const resource = set as unknown as Resource
  const message = `${kind} "${wanted}" is not declared`
  const condition: Condition = {
    type: 'Accepted',
    status: 'False',
    reason: 'ParentNotAccepted',
    message,
    at: at(resource, '/spec/parentRef'),
  }
  const parent = `Gateway ${gatewayOfSet(set)}`
  return { kind: 'ListenerSet', name, namespace, at: at(resource), parent, isOurs: false, conditions: [condition] }
}

export function isServed({ spec }: Pick<ApiGateway, 'spec'>, classes: readonly GatewayClass[]): boolean {
  const declared = classes.find(({ metadata }) => metadata.name === spec.gatewayClassName)
  return declared === undefined ? spec.gatewayClassName === ownClass : declared.spec.controllerName === controllerName
}

interface JudgedGateway {
  readonly listeners: readonly Listener[]
  readonly standings: readonly Standing[]
}

/** @param taken listeners of older Gateways */
function gatewayOf(gateway: ApiGateway, resources: ApiResources, taken: readonly Listener[]): JudgedGateway {
  const resource = gateway as unknown as Resource
  const { name, namespace = '' } = gateway.metadata
  const standing = { kind: 'Gateway', name, namespace, at: at(resource) } as const
  if (!isServed(gateway, resources.classes))
    return { listeners: [], standings: [{ ...standing, isOurs: false, conditions: [unserved(gateway, resources)] }] }
  const refused = refusedGateway(gateway, resources.classes)
  const before: Place[] = []
  const judgedOf = (owner: Owner, listeners: readonly ApiListener[]) => {
    const places = listeners.map((listener, index): Place => {
      return { gateway, owner, listener, at: at(owner, `/spec/listeners/${index}`) }
    })
    // What other Gateways say of themselves goes before what is added to this one.
    const holders = owner === resource ? taken : [...taken, ...othersOf(gateway, resources)]
    const accepted = new Map(places.map(place => [place, acceptedOf(place, holders)]))
    // One that is never served takes nothing from others.
    const served = places.filter(place => accepted.get(place)!.status === 'True')
    const conflicts = conflictsAmong(served, before)
    before.push(...served.filter(place => !conflicts.has(place)))
    return places.map(place => {
      const alone = { accepted: accepted.get(place)!, conflict: conflicts.get(place), isRefused: refused !== undefined }
      return judgedListener(place, alone, resources)
    })
  }
  const own = judgedOf(resource, gateway.spec.listeners)
  const sets = listenerSetsOf(gateway, resources).map(({ set, isAllowed }): JudgedSet => {
    const isIn = isAllowed && refused === undefined
    return { set, isAllowed, refused, judged: isIn ? judgedOf(set as unknown as Resource, set.spec.listeners) : [] }
  })
  const added = sets.flatMap(({ judged }) => judged)
  const overlaps = tlsOverlaps([...own, ...added].filter(isAtPeace))
  const withOverlap = (judged: JudgedListener): JudgedListener => {
    const overlap = overlaps.get(judged)
    return overlap === undefined ? judged : { ...judged, conditions: [...judged.conditions, overlap] }
  }
  const all = own.map(withOverlap)
  const more = [...gatewayReferences(gateway, resources, all), ...insecureModeOf(gateway)]
  const place = at(resource, '/spec/gatewayClassName')
  return {
    listeners: [...own, ...added],
    standings: [
      ...standingsFor(standing, all, { place, refused, more, added, shown: shownBy(gateway, resources) }),
      ...sets.flatMap(set =>
        standingsOfSet({ ...set, judged: set.judged.map(withOverlap) }, `Gateway ${namespace}/${name}`),
      ),
    ],
  }
}

/** Who may have a port. */
export type Holder = Pick<Listener, 'owner' | 'listener'>

/** Listeners that other Gateways of ours have themselves. */
function othersOf(gateway: ApiGateway, { gateways, classes }: ApiResources): Holder[] {
  const others = gateways.filter(other => other !== gateway && isServed(other, classes))
  return others.flatMap(other =>
    other.spec.listeners.map(listener => ({ owner: other as unknown as Resource, listener })),
  )
}

/** Of a class that another controller may serve, or nobody. */
function unserved({ spec: { gatewayClassName }, ...gateway }: ApiGateway, { classes }: ApiResources): Condition {
  const message = `nobody here serves the class "${gatewayClassName}"`
  const names = classes.map(({ metadata }) => metadata.name)
  const nearest = names.includes(gatewayClassName) ? undefined : nearestWord(gatewayClassName, [ownClass, ...names])
  const place = at(gateway as unknown as Resource, '/spec/gatewayClassName')
  const pending: Condition = { type: 'Accepted', status: 'Unknown', reason: 'Pending', message, at: place }
  return nearest === undefined ? pending : { ...pending, nearest }
}

/** What is in conflict with another has its own condition for that. */
function isAtPeace({ conditions }: JudgedListener): boolean {
  return conditions.some(({ type, status }) => type === 'Accepted' && status === 'True')
}

interface JudgedSet {
  readonly set: ListenerSet
  readonly isAllowed: boolean
  /** Why its Gateway is not accepted. */
  readonly refused: Condition | undefined
  readonly judged: readonly JudgedListener[]
}

function standingsOfSet({ set, isAllowed, refused, judged }: JudgedSet, parent: string): Standing[] {
  const { name, namespace = '' } = set.metadata
  const resource = set as unknown as Resource
  const standing = { kind: 'ListenerSet', name, namespace, at: at(resource), parent } as const
  const place = at(resource, '/spec/parentRef')
  if (isAllowed && refused === undefined) return standingsFor(standing, judged, { place })
  const { name: gateway } = set.spec.parentRef
  const [message, ...reasons] = isAllowed
    ? [`Gateway "${gateway}" is not accepted`, 'ParentNotAccepted', 'ParentNotProgrammed']
    : [
        `Gateway "${gateway}" lets no listeners of this namespace be added (allowedListeners)`,
        'NotAllowed',
        'NotAllowed',
      ]
  const [accepted = '', programmed = ''] = reasons
  const conditions: Condition[] = [
    { type: 'Accepted', status: 'False', reason: accepted, ...(message === undefined ? {} : { message }), at: place },
    { type: 'Programmed', status: 'False', reason: programmed, at: place },
  ]
  return [{ ...standing, isOurs: true, conditions }]
}

interface Whole {
  /** Where the whole is said to be for what it is. */
  readonly place: At
  /** Why nothing of it is served. */
  readonly refused?: Condition | undefined
  readonly more?: readonly Condition[]
  /** Listeners that are added to it: one of these that is served is its own as well (the specification's merged list). */
  readonly added?: readonly JudgedListener[]
  readonly shown?: NamedSecret | undefined
}

/** Of all together, and of each listener. */
function standingsFor(
  standing: Pick<Standing, 'kind' | 'name' | 'namespace' | 'at' | 'parent'>,
  judged: readonly JudgedListener[],
  { place, refused, more = [], added = [], shown }: Whole,
): Standing[] {
  const isWhole = judged.every(({ isAccepted }) => isAccepted)
  const isAny = [...judged, ...added].some(({ isAccepted }) => isAccepted)
  const status = isAny ? 'True' : 'False'
  const programmed = isAny ? 'Programmed' : unprogrammed(standing.kind, refused)
  const whole: Condition[] = [
    refused ?? { type: 'Accepted', status, reason: isWhole ? 'Accepted' : 'ListenersNotValid', at: place },
    { type: 'Programmed', status, reason: programmed, at: place },
    ...more,
  ]
  return [
    {
      ...standing,
      isOurs: true,
      ...(shown === undefined ? {} : { secrets: [named(shown, 'backends')] }),
      conditions: whole,
    },
    ...judged.map(({ listener, conditions, node }) => ({
      ...standing,
      isOurs: true,
      listener: listener.name,
      routeKinds: routeKindsOf(listener),
      ...(conditions.some(isUnresolved) ? {} : secretsOf(node)),
      conditions,
    })),
  ]
}

/** Why none of its listeners is served: the specification has a word of its own for each kind. */
export function unprogrammed(kind: Standing['kind'], refused?: Condition): string {
  return kind === 'ListenerSet' && refused === undefined ? 'ListenersNotValid' : 'Invalid'
}

function isUnresolved(condition: Condition): boolean {
  return condition.type === 'ResolvedRefs' && condition.status === 'False' && !isAboutKinds(condition)
}

function isAboutKinds({ reason }: Condition): boolean {
  return reason === 'InvalidRouteKinds'
}

/** What a listener that may name all that it names ends TLS with, and judges clients by. */
function secretsOf({ servers }: Gateway): Pick<Standing, 'secrets'> {
  const secrets = servers.flatMap(({ tls }) => [
    ...(tls?.credentials ?? []).map(each => named(each, 'server')),
    ...(tls?.caCredential === undefined ? [] : [named(tls.caCredential, 'clients')]),
  ])
  return secrets.length === 0 ? {} : { secrets }
}

function named({ name, namespace = '', at }: NamedSecret, use: StandingSecret['use']): StandingSecret {
  return { namespace, name, use, at }
}

export type Place = Pick<Listener, 'gateway' | 'owner' | 'listener' | 'at'>

type JudgedListener = Listener & { readonly conditions: Condition[] }

/** What is known of a listener before its references are looked at. */
interface Alone {
  readonly accepted: Condition
  readonly conflict: Condition | undefined
  /** Is nothing of its Gateway served? */
  readonly isRefused: boolean
}

function judgedListener(
  place: Place,
  { accepted, conflict, isRefused }: Alone,
  resources: ApiResources,
): JudgedListener {
  const validation = clientValidationOf(place.gateway, place.listener, resources)
  const acceptance = conflict === undefined ? accepted : refusedFor(conflict, place)
  const references = listenerReferences(place, resources)
  const conditions = [
    acceptance.status === 'True' ? (validation?.refused ?? acceptance) : acceptance,
    conflict ?? { type: 'Conflicted', status: 'False', reason: 'NoConflicts', at: place.at },
    references,
  ] as const
  const isSound = (condition: Condition) =>
    condition.status === (condition.type === 'Conflicted' ? 'False' : 'True') ||
    // Kinds that it can't take are left out, and the others are served.
    (isAboutKinds(condition) && routeKindsOf(place.listener).length > 0)
  const isAccepted = !isRefused && conditions.every(isSound)
  const programmed: Condition = isAccepted
    ? { type: 'Programmed', status: 'True', reason: 'Programmed', at: place.at }
    : {
        type: 'Programmed',
        status: 'False',
        reason: conflict?.reason ?? whyUnprogrammed(acceptance, place),
        at: place.at,
      }
  // Where some authorities can be used, and others not, clients are judged by those that can.
  const said = conditions.map(each =>
    each === references && each.status === 'True' ? (validation?.unresolved ?? each) : each,
  )
  return { ...place, isAccepted, node: nodeFor(place, validation), conditions: [...said, programmed] }
}

/** Of a port that is not to be had, sets’ listeners have a word of their own there, too. */
function whyUnprogrammed({ reason }: Condition, { owner }: Place): string {
  return owner.kind === 'ListenerSet' && reason === 'PortUnavailable' ? reason : 'Invalid'
}

/** By protocol: the routes that may be attached where TLS ends, or where there is none, and where it is passed on. */
const routesFor: Readonly<{
  [protocol: string]: { readonly ended: readonly RouteKind[]; readonly passed?: readonly RouteKind[] }
}> = {
  HTTP: { ended: ['HTTPRoute', 'GRPCRoute'] },
  HTTPS: { ended: ['HTTPRoute', 'GRPCRoute'] },
  TLS: { ended: ['TLSRoute', 'TCPRoute'], passed: ['TLSRoute'] },
  TCP: { ended: ['TCPRoute'] },
  UDP: { ended: ['UDPRoute'] },
}

type RouteKind = ApiRoute['kind']

/** Kinds of routes that a listener takes. */
export function routeKindsOf({ protocol, tls, allowedRoutes }: ApiListener): readonly RouteKind[] {
  const { ended = [], passed } = ownValue(routesFor, protocol) ?? {}
  const possible = tls?.mode === 'Passthrough' ? (passed ?? []) : ended
  const { kinds } = allowedRoutes ?? {}
  // An empty list says as much as none.
  if (kinds === undefined || kinds.length === 0) return possible
  return possible.filter(kind =>
    kinds.some(each => each.kind === kind && (each.group ?? gatewayApiGroup) === gatewayApiGroup),
  )
}

/** What is in conflict is not accepted either, for the same reason; in words the other condition says it. */
function refusedFor({ reason }: Condition, { at: place }: Place): Condition {
  return { type: 'Accepted', status: 'False', reason, at: place }
}

/** Protocols that routes of ours are for, at ports that are free. */
function acceptedOf({ listener, at: place }: Place, taken: readonly Holder[]): Condition {
  const refused = (reason: string, message: string, field: string): Condition => {
    return { type: 'Accepted', status: 'False', reason, message, at: `${place}/${field}` }
  }
  const { protocol, tls } = listener
  if (!Object.hasOwn(routesFor, protocol)) {
    const unserved = refused('UnsupportedProtocol', `the protocol ${protocol} is not served`, 'protocol')
    const nearest = nearestWord(protocol.toUpperCase(), Object.keys(routesFor))
    return nearest === undefined ? unserved : { ...unserved, nearest }
  }
  // The specification leaves it to settings of others' how they are found then.
  if (tls !== undefined && tls.mode !== 'Passthrough' && (tls.certificateRefs ?? []).length === 0)
    return refused('UnsupportedValue', 'it names no certificate, and no other way to one is known here', 'tls')
  const other = takenPort(listener, taken)
  if (other !== undefined) return refused('PortUnavailable', other, 'port')
  return { type: 'Accepted', status: 'True', reason: 'Accepted', at: place }
}
