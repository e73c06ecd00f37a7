/** Gateways' listeners: which are served, and what routes may attach to them. */
import { at } from '../../../kinds/definition.ts'
import type {
  Gateway as ApiGateway,
  Listener as ApiListener,
  ListenerTLSConfig,
} from '../../../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../../../kinds/gateway-api/gateway-class.ts'
import type { ListenerSet } from '../../../kinds/gateway-api/listener-set.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Gateway, NamedSecret, Server, ServerTls } from '../../../model/gateway.ts'
import type { At } from '../../../model/node.ts'
import type { Condition, Standing, StandingSecret } from '../../../model/standing.ts'
import { nearestWord } from '../../../util/edit-distance.ts'
import { ownValue } from '../../../util/own-value.ts'
import { problemOf } from './backends.ts'
import { type ClientValidation, clientValidationOf, insecureModeOf } from './client-validation.ts'
import { isGranted } from './grants.ts'
import { conflictsAmong } from './listener-conflicts.ts'
import { gatewayOfSet, listenerSetsOf } from './listener-sets.ts'
import type { ApiResources, ApiRoute } from './resources.ts'
import { gatewayReferences, shownBy } from './shown-certificates.ts'

export const controllerName = 'meshwright.dev/gateway-controller'
const ownClass = 'meshwright'

/** Until gateways get pods of their own, those of the ingress gateway serve them all. */
export const servedBy = { istio: 'ingressgateway' }

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
  const all = resources.gateways.map(gateway => gatewayOf(gateway, resources))
  const known = new Set(resources.gateways.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))
  const lost = resources.listenerSets.filter(set => !known.has(gatewayOfSet(set) ?? ''))
  return {
    listeners: all.flatMap(({ listeners }) => listeners),
    standings: [...all.flatMap(({ standings }) => standings), ...lost.map(lostSet)],
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
  return { kind: 'ListenerSet', name, namespace, at: at(resource), isOurs: false, conditions: [condition] }
}

export function isServed({ spec }: Pick<ApiGateway, 'spec'>, classes: readonly GatewayClass[]): boolean {
  const declared = classes.find(({ metadata }) => metadata.name === spec.gatewayClassName)
  return declared === undefined ? spec.gatewayClassName === ownClass : declared.spec.controllerName === controllerName
}

function gatewayOf(gateway: ApiGateway, resources: ApiResources) {
  const resource = gateway as unknown as Resource
  const { name, namespace = '' } = gateway.metadata
  const standing = { kind: 'Gateway', name, namespace, at: at(resource) } as const
  const classAt = at(resource, '/spec/gatewayClassName')
  if (!isServed(gateway, resources.classes)) {
    const message = `nobody here serves the class "${gateway.spec.gatewayClassName}"`
    const classes = [ownClass, ...resources.classes.map(each => each.metadata.name)]
    const isDeclared = resources.classes.some(each => each.metadata.name === gateway.spec.gatewayClassName)
    const nearest = isDeclared ? undefined : nearestWord(gateway.spec.gatewayClassName, classes)
    const pending: Condition = { type: 'Accepted', status: 'Unknown', reason: 'Pending', message, at: classAt }
    const conditions: Condition[] = [nearest === undefined ? pending : { ...pending, nearest }]
    return { listeners: [], standings: [{ ...standing, isOurs: false, conditions }] }
  }
  const before: Place[] = []
  const judgedOf = (owner: Owner, listeners: readonly ApiListener[]) => {
    const places = listeners.map((listener, index) => {
      return { gateway, owner, listener, at: at(owner, `/spec/listeners/${index}`) }
    })
    // One that is never served takes nothing from others.
    const served = places.filter(place => acceptedOf(place).status === 'True')
    const conflicts = conflictsAmong(served, before)
    before.push(...served.filter(place => !conflicts.has(place)))
    return places.map(place => judgedListener(place, conflicts.get(place), resources))
  }
  const own = judgedOf(resource, gateway.spec.listeners)
  const sets = listenerSetsOf(gateway, resources).map(({ set, isAllowed }) => ({
    set,
    isAllowed,
    judged: isAllowed ? judgedOf(set as unknown as Resource, set.spec.listeners) : [],
  }))
  const more = [...gatewayReferences(gateway, resources, own), ...insecureModeOf(gateway)]
  return {
    listeners: [...own, ...sets.flatMap(({ judged }) => judged)],
    standings: [
      ...standingsFor(standing, own, classAt, { more, shown: shownBy(gateway, resources) }),
      ...sets.flatMap(standingsOfSet),
    ],
  }
}

interface JudgedSet {
  readonly set: ListenerSet
  readonly isAllowed: boolean
  readonly judged: readonly JudgedListener[]
}

function standingsOfSet({ set, isAllowed, judged }: JudgedSet): Standing[] {
  const { name, namespace = '' } = set.metadata
  const resource = set as unknown as Resource
  const standing = { kind: 'ListenerSet', name, namespace, at: at(resource) } as const
  const place = at(resource, '/spec/parentRef')
  if (isAllowed) return standingsFor(standing, judged, place)
  const message = `Gateway "${set.spec.parentRef.name}" lets no listeners of this namespace be added (allowedListeners)`
  const conditions: Condition[] = [
    { type: 'Accepted', status: 'False', reason: 'NotAllowed', message, at: place },
    { type: 'Programmed', status: 'False', reason: 'Invalid', at: place },
  ]
  return [{ ...standing, isOurs: true, conditions }]
}

/** Of all together, and of each listener. */
function standingsFor(
  standing: Pick<Standing, 'kind' | 'name' | 'namespace' | 'at'>,
  judged: readonly JudgedListener[],
  place: At,
  { more = [], shown }: { readonly more?: readonly Condition[]; readonly shown?: NamedSecret | undefined } = {},
): Standing[] {
  const isWhole = judged.every(({ isAccepted }) => isAccepted)
  const isAny = judged.some(({ isAccepted }) => isAccepted)
  const status = isAny ? 'True' : 'False'
  const whole: Condition[] = [
    { type: 'Accepted', status, reason: isWhole ? 'Accepted' : 'ListenersNotValid', at: place },
    { type: 'Programmed', status, reason: isAny ? 'Programmed' : 'Invalid', at: place },
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

function judgedListener(place: Place, conflict: Condition | undefined, resources: ApiResources): JudgedListener {
  const validation = clientValidationOf(place.gateway, place.listener, resources)
  const accepted = conflict === undefined ? acceptedOf(place) : refusedFor(conflict, place)
  const references = referencesOf(place, resources)
  const conditions = [
    accepted.status === 'True' ? (validation?.refused ?? accepted) : accepted,
    conflict ?? { type: 'Conflicted', status: 'False', reason: 'NoConflicts', at: place.at },
    references,
  ]
  const isSound = (condition: Condition) =>
    condition.status === (condition.type === 'Conflicted' ? 'False' : 'True') ||
    // Kinds that it can't take are left out, and the others are served.
    (isAboutKinds(condition) && routeKindsOf(place.listener).length > 0)
  const isAccepted = conditions.every(isSound)
  const programmed: Condition = isAccepted
    ? { type: 'Programmed', status: 'True', reason: 'Programmed', at: place.at }
    : { type: 'Programmed', status: 'False', reason: conflict?.reason ?? 'Invalid', at: place.at }
  // Where some authorities can be used, and others not, clients are judged by those that can.
  const said = conditions.map(each =>
    each === references && each.status === 'True' ? (validation?.unresolved ?? each) : each,
  )
  return { ...place, isAccepted, node: nodeFor(place, validation), conditions: [...said, programmed] }
}

const group = 'gateway.networking.k8s.io'

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
  return possible.filter(kind => kinds.some(each => each.kind === kind && (each.group ?? group) === group))
}

/** What is in conflict is not accepted either; why, the other condition says. */
function refusedFor({ reason }: Condition, { owner, at: place }: Place): Condition {
  return { type: 'Accepted', status: 'False', reason: owner.kind === 'Gateway' ? 'Invalid' : reason, at: place }
}

/** Protocols that routes of ours are for. */
function acceptedOf({ listener, at: place }: Place): Condition {
  if (Object.hasOwn(routesFor, listener.protocol))
    return { type: 'Accepted', status: 'True', reason: 'Accepted', at: place }
  const message = `the protocol ${listener.protocol} is not served`
  const at = `${place}/protocol`
  return { type: 'Accepted', status: 'False', reason: 'UnsupportedProtocol', message, at }
}

/** Certificates of other namespaces need a grant. */
function referencesOf({ owner, listener, at: place }: Place, resources: ApiResources): Condition {
  const { grants } = resources
  const from = {
    group: 'gateway.networking.k8s.io',
    kind: owner.kind,
    namespace: owner.metadata.namespace ?? '',
  }
  for (const [index, ref] of (listener.tls?.certificateRefs ?? []).entries()) {
    const { group = '', kind = 'Secret', name, namespace = from.namespace } = ref
    const at = `${place}/tls/certificateRefs/${index}`
    if (group !== '' || kind !== 'Secret') {
      const message = `a certificate comes from a Secret, not from ${kind} "${name}"`
      return { type: 'ResolvedRefs', status: 'False', reason: 'InvalidCertificateRef', message, at }
    }
    if (!isGranted({ from, to: { group, kind, namespace, name } }, grants)) {
      const message = `no ReferenceGrant in namespace "${namespace}" lets ${from.kind}s of "${from.namespace}" name Secret "${name}"`
      return { type: 'ResolvedRefs', status: 'False', reason: 'RefNotPermitted', message, at }
    }
  }
  for (const [index, { externalAuth }] of (listener.filters?.requests ?? []).entries()) {
    const problem =
      externalAuth === undefined ? undefined : problemOf(externalAuth.backendRef, { route: owner, resources })
    const at = `${place}/filters/requests/${index}/externalAuth/backendRef`
    if (problem !== undefined) return { type: 'ResolvedRefs', status: 'False', ...problem, at }
  }
  const kinds = listener.allowedRoutes?.kinds
  const unknown =
    kinds?.findIndex(
      each => !routeKindsOf({ ...listener, allowedRoutes: { kinds: [each] } }).some(kind => kind === each.kind),
    ) ?? -1
  if (unknown >= 0) {
    const message = `routes of the kind ${kinds![unknown]!.kind} are not for a listener of ${listener.protocol}`
    const at = `${place}/allowedRoutes/kinds/${unknown}`
    return { type: 'ResolvedRefs', status: 'False', reason: 'InvalidRouteKinds', message, at }
  }
  return { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', at: place }
}

/** A gateway of its own for each listener, as Istio makes and names them: routes are bound to one of several. */
function nodeFor({ gateway, owner, listener, at: place }: Place, validation: ClientValidation | undefined): Gateway {
  const { name, namespace = '' } = gateway.metadata
  const { name: ownName, namespace: ownNamespace = '' } = owner.metadata
  const isOwn = owner.kind === 'Gateway'
  const { port, hostname = '*' } = listener
  const server: Server = {
    port: { number: port, name: listener.name, protocol: listener.protocol as Server['port']['protocol'] },
    hosts: [{ namespace: '*', host: hostname, at: listener.hostname === undefined ? place : `${place}/hostname` }],
    ...(listener.tls === undefined
      ? {}
      : { tls: { ...tlsOf(listener.tls, ownNamespace, `${place}/tls`), ...validation?.tls } }),
    at: place,
  }
  return {
    // Of the Gateway's namespace, whoever added it: policies about the Gateway are about all of its listeners.
    name: isOwn
      ? `${name}-istio-autogenerated-k8s-gateway-${listener.name}`
      : `${ownNamespace}-${ownName}-autogenerated-k8s-listenerset-${listener.name}`,
    namespace,
    at: place,
    selector: servedBy,
    servers: [server],
    apiGateway: name,
  }
}

/** A Secret is named with its namespace: the gateway's pods may well run in another one. */
function tlsOf({ mode, certificateRefs = [] }: ListenerTLSConfig, namespace: string, place: At): ServerTls {
  const ended = mode === 'Passthrough' ? [] : certificateRefs
  return {
    mode: mode === 'Passthrough' ? 'PASSTHROUGH' : 'SIMPLE',
    httpsRedirect: false,
    certificates: [],
    publicKeyHashes: [],
    certificateHashes: [],
    subjectAltNames: [],
    cipherSuites: [],
    credentials: ended.map((ref, index) => {
      return { name: ref.name, namespace: ref.namespace ?? namespace, at: `${place}/certificateRefs/${index}` }
    }),
    takesAnyone: false,
    at: place,
  }
}
