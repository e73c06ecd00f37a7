/** What a route's parents make of it: the listeners or Services that it is attached to, and for which hosts. */

import { at } from '../../../kinds/definition.ts'
import type { ListenerSet } from '../../../kinds/gateway-api/listener-set.ts'
import type { ParentReference } from '../../../kinds/gateway-api/references.ts'
import { gatewayApiGroup } from '../../../kinds/index.ts'
import type { ObjectMeta, Resource } from '../../../kinds/resource.ts'
import type { At } from '../../../model/node.ts'
import type { Service } from '../../../model/service.ts'
import type { Condition } from '../../../model/standing.ts'
import { nearestWord } from '../../../util/edit-distance.ts'
import { kindName } from '../../../util/kind-name.ts'
import { commonHosts } from './hosts.ts'
import { gatewayOfSet } from './listener-sets.ts'
import { isServed, type Listener, routeKindsOf } from './listeners.ts'
import { isFrom } from './namespaces.ts'
import type { ApiResources, ApiRoute, HttpApiRoute } from './resources.ts'

export interface Attachment {
  /** As `Kind namespace/name`. */
  readonly parent: string
  /** Is the parent ours to speak for: a Gateway of a class of ours, or a Service that is there? */
  readonly isOurs: boolean
  /** Does no reference name it? */
  readonly isDefault?: true
  readonly accepted: Condition
  /** Of those to which it is attached, the ones that are served. */
  readonly listeners: readonly { readonly listener: Listener; readonly hosts: readonly string[] }[]
  /** Others to which it is attached: what has become of these is not the route's. */
  readonly unserved?: readonly Listener[]
  readonly service?: { readonly service: Service; readonly port?: number }
  /** Listeners where a route of another kind goes before it; none where it is not accepted for that. */
  readonly lost?: readonly { readonly listener: Listener; readonly rival: HttpApiRoute }[]
}

interface Context {
  readonly route: ApiRoute
  readonly resources: ApiResources
  readonly listeners: readonly Listener[]
}

/** One for each of the route's parents, in their order, and for each default Gateway that takes it beside those. */
export function attachmentsOf(context: Context): Attachment[] {
  const named = namedAttachments(context)
  return [...named, ...defaultAttachments(context, named)]
}

function namedAttachments(context: Context): Attachment[] {
  return (context.route.spec.parentRefs ?? []).map((ref, index) => {
    const place = at(context.route as unknown as Resource, `/spec/parentRefs/${index}`)
    const namespace = ref.namespace ?? context.route.metadata.namespace ?? ''
    const parent = { ...ref, namespace }
    const { group = gatewayApiGroup, kind = 'Gateway' } = ref
    if (group === gatewayApiGroup && (kind === 'Gateway' || kind === 'ListenerSet'))
      return toListeners(parent, place, context)
    if (group === '' && kind === 'Service') return toService(parent, place, context)
    return notOurs(
      parent,
      'InvalidKind',
      `a route is attached to Gateways, ListenerSets and Services, not to ${kindName({ group, kind })}`,
      place,
    )
  })
}

function defaultAttachments(context: Context, named: readonly Attachment[]): Attachment[] {
  const { route, resources } = context
  if (route.spec.useDefaultGateways !== 'All') return []
  const place = at(route as unknown as Resource, '/spec/useDefaultGateways')
  return resources.gateways
    .filter(({ spec }) => spec.defaultScope === 'All')
    .map(({ metadata: { name, namespace = '' } }) => toListeners({ name, namespace }, place, context))
    .filter(({ accepted: { status }, parent }) => status === 'True' && named.every(each => each.parent !== parent))
    .map(attachment => ({ ...attachment, isDefault: true as const }))
}

/** Is it a Service, by the name that an attachment has for its parent? */
export function isService(parent: string): boolean {
  return parent.startsWith('Service ')
}

type Parent = ParentReference & { readonly namespace: string }

function nameOf({ kind = 'Gateway', namespace, name }: Parent): string {
  return `${kind} ${namespace}/${name}`
}

function refused(parent: Parent, reason: string, message: string, place: At): Attachment {
  return {
    parent: nameOf(parent),
    isOurs: true,
    accepted: { type: 'Accepted', status: reason === 'Pending' ? 'Unknown' : 'False', reason, message, at: place },
    listeners: [],
  }
}

/** There is none, or it is somebody else's. */
function notOurs(...refusal: Parameters<typeof refused>): Attachment {
  return { ...refused(...refusal), isOurs: false }
}

function accepted(parent: Parent, place: At, rest: Partial<Attachment>): Attachment {
  const condition: Condition = { type: 'Accepted', status: 'True', reason: 'Accepted', at: place }
  return { parent: nameOf(parent), isOurs: true, accepted: condition, listeners: [], ...rest }
}

/** Most likely a slip, where one of nearly the same name is there. */
function notThere(parent: Parent, what: string, place: At, resources: ApiResources): Attachment {
  const missing = notOurs(parent, 'NoMatchingParent', `${what} is not declared`, place)
  const here = parentsOf(parent.kind, resources).filter(({ namespace = '' }) => namespace === parent.namespace)
  const nearest = nearestWord(
    parent.name,
    here.map(({ name }) => name),
  )
  return nearest === undefined ? missing : { ...missing, accepted: { ...missing.accepted, nearest } }
}

/** All that there are of a kind. */
function parentsOf(
  kind: string | undefined,
  resources: ApiResources,
): readonly Pick<ObjectMeta, 'name' | 'namespace'>[] {
  if (kind === 'Service') return [...resources.services.values()]
  const { gateways, listenerSets } = resources
  return (kind === 'ListenerSet' ? listenerSets : gateways).map(({ metadata }) => metadata)
}

function toListeners(parent: Parent, place: At, { route, resources, listeners }: Context): Attachment {
  const isParent = ({ name, namespace = '' }: { name: string; namespace?: string }) =>
    name === parent.name && namespace === parent.namespace
  const { kind = 'Gateway' } = parent
  const what = `${kind} "${parent.name}" in namespace "${parent.namespace}"`
  const set = kind === 'Gateway' ? undefined : resources.listenerSets.find(({ metadata }) => isParent(metadata))
  if (kind === 'ListenerSet' && set === undefined) return notThere(parent, what, place, resources)
  const gateway = gatewayFor(set, parent, resources)
  if (gateway === undefined) {
    if (set === undefined) return notThere(parent, what, place, resources)
    return notOurs(parent, 'NoMatchingParent', `the Gateway of ${what} is not declared`, place)
  }
  if (!isServed(gateway, resources.classes))
    return notOurs(
      parent,
      'Pending',
      `nobody here serves ${what}, of the class "${gateway.spec.gatewayClassName}"`,
      place,
    )
  const isNamed = ({ name, port }: { readonly name: string; readonly port?: number }) =>
    (parent.sectionName === undefined || parent.sectionName === name) &&
    (parent.port === undefined || parent.port === port)
  const named = listeners.filter(
    ({ owner, listener }) => owner.kind === kind && isParent(owner.metadata) && isNamed(listener),
  )
  if (named.length === 0 && set?.spec.listeners.some(isNamed))
    return refused(parent, 'NotAllowed', `the Gateway of ${what} takes none of its listeners`, place)
  if (named.length === 0) {
    const field = parent.sectionName === undefined ? 'port' : 'sectionName'
    return refused(parent, 'NoMatchingParent', `${what} has no such listener`, `${place}/${field}`)
  }
  const open = named.filter(listener => isAllowed(route, listener, resources))
  if (open.length === 0)
    return refused(parent, 'NotAllowedByListeners', `${what} lets no route of this kind and namespace attach`, place)
  const bound = open.flatMap(listener => {
    const hosts = commonHosts(hostnamesOf(route), listener.listener.hostname)
    return hosts.length === 0 ? [] : [{ listener, hosts }]
  })
  if (bound.length === 0) {
    const hosts = [...new Set(open.map(({ listener }) => listener.hostname))].join(', ')
    const hostnamesAt = at(route as unknown as Resource, '/spec/hostnames')
    return refused(
      parent,
      'NoMatchingListenerHostname',
      `${what} is for ${hosts}, and the route for none of it`,
      hostnamesAt,
    )
  }
  const unserved = bound.flatMap(({ listener }) => (listener.isAccepted ? [] : [listener]))
  return accepted(parent, place, {
    listeners: bound.filter(({ listener }) => listener.isAccepted),
    ...(unserved.length === 0 ? {} : { unserved }),
  })
}

/** The Gateway that is a parent, or that a set which is one adds to. */
function gatewayFor(set: ListenerSet | undefined, parent: Parent, { gateways }: ApiResources) {
  const wanted = set === undefined ? `${parent.namespace}/${parent.name}` : gatewayOfSet(set)
  return gateways.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === wanted)
}

/** Hosts that a route is for; undefined: any. */
export function hostnamesOf(route: ApiRoute): readonly string[] | undefined {
  return 'hostnames' in route.spec ? route.spec.hostnames : undefined
}

function isAllowed({ kind, metadata }: ApiRoute, { owner, listener }: Listener, { namespaces }: ApiResources): boolean {
  const { namespaces: from } = listener.allowedRoutes ?? {}
  const own = metadata.namespace ?? ''
  return (
    routeKindsOf(listener).includes(kind) && isFrom(from, { own, gateway: owner.metadata.namespace ?? '', namespaces })
  )
}

function toService(parent: Parent, place: At, { route, resources }: Context): Attachment {
  const service = resources.services.get(`${parent.namespace}/${parent.name}`)
  const what = `Service "${parent.name}" in namespace "${parent.namespace}"`
  if (service === undefined) return notThere(parent, what, place, resources)
  if (route.kind === 'UDPRoute') {
    const message = `no proxy takes in what callers of ${what} send by UDP: its route is attached to a Gateway`
    return refused(parent, 'UnsupportedValue', message, `${place}/kind`)
  }
  const named = service.ports.find(
    ({ name, number }) =>
      (parent.sectionName === undefined || name === parent.sectionName) &&
      (parent.port === undefined || number === parent.port),
  )
  if (named === undefined) return refused(parent, 'NoMatchingParent', `${what} has no such port`, place)
  const isOne = parent.port !== undefined || parent.sectionName !== undefined
  return accepted(parent, place, { service: { service, ...(isOne ? { port: named.number } : {}) } })
}
