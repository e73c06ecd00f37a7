/** Backends that routes name: whether they are there, and may be named. */

import { at } from '../../../kinds/definition.ts'
import type { HTTPRouteFilter } from '../../../kinds/gateway-api/http-filters.ts'
import type { BackendObjectReference } from '../../../kinds/gateway-api/references.ts'
import { gatewayApiGroup } from '../../../kinds/index.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Destination } from '../../../model/http-route.ts'
import type { Condition } from '../../../model/standing.ts'
import { nearestWord } from '../../../util/edit-distance.ts'
import { kindName } from '../../../util/kind-name.ts'
import { type BackendProblem, protocolProblem } from './backend-protocols.ts'
import { isGranted } from './grants.ts'
import type { ApiResources, ApiRoute, Referrer } from './resources.ts'

export interface RouteContext<Route extends Referrer = ApiRoute> {
  readonly route: Route
  readonly resources: ApiResources
  /** Is it about calls to a Service that is its parent? Nothing is opened to anybody by it, so no grant is needed (GEP-1294). */
  readonly isOfMesh?: boolean
}

/** A backend as the Mesh has it; what can't be used is marked. */
export function destinationFor(
  ref: BackendObjectReference,
  pointer: string,
  context: RouteContext<Referrer>,
): Destination {
  const { route, resources } = context
  const { name, namespace = route.metadata.namespace ?? '', port } = ref
  return {
    host: `${name}.${namespace}.svc.${resources.domain}`,
    ...(port === undefined ? {} : { port }),
    weight: 100,
    ...(problemOf(ref, context) === undefined ? {} : { isMissing: true }),
    at: at(route as unknown as Resource, pointer),
  }
}

/** What is in the way of sending requests there. */
export function problemOf(
  ref: BackendObjectReference,
  { route, resources, isOfMesh = false }: RouteContext<Referrer>,
): BackendProblem | undefined {
  const own = route.metadata.namespace ?? ''
  const { group = '', kind = 'Service', name, namespace = own, port } = ref
  if (group !== '' || kind !== 'Service')
    return {
      reason: 'InvalidKind',
      message: `what comes is sent to Services, not to ${kindName({ group, kind })} "${name}"`,
    }
  const from = { group: gatewayApiGroup, kind: route.kind, namespace: own }
  if (!isOfMesh && !isGranted({ from, to: { group, kind, namespace, name } }, resources.grants)) {
    const message = `no ReferenceGrant in namespace "${namespace}" lets ${route.kind}s of "${own}" name Service "${name}"`
    return { reason: 'RefNotPermitted', message }
  }
  const service = resources.services.get(`${namespace}/${name}`)
  const named = `Service "${name}" in namespace "${namespace}"`
  if (service === undefined && resources.otherNames.has(`${namespace}/${name}`))
    return { reason: 'BackendNotFound', message: `${named} is of type ExternalName, to which no route leads` }
  if (service === undefined)
    return { reason: 'BackendNotFound', message: `${named} is not declared${meant(name, namespace, resources)}` }
  const isForDatagrams = route.kind === 'UDPRoute'
  const ports = isForDatagrams ? service.datagramPorts : service.ports
  if (isForDatagrams && ports?.some(({ number }) => number === port) === true) return undefined
  const found = service.ports.find(({ number }) => number === port)
  if (!isForDatagrams && found !== undefined) return protocolProblem(route.kind, { service, port: found }, resources)
  if (port === undefined) return { reason: 'BackendNotFound', message: `no port of ${named} is named` }
  const others = (ports ?? []).map(({ number }) => number).sort((a, b) => a - b)
  const known = others.length === 0 ? '' : `, only ${others.join(', ')}`
  return {
    reason: 'BackendNotFound',
    message: `${named} has no port ${port}${isForDatagrams ? ' for UDP' : ''}${known}`,
  }
}

/** Among more, comparing each would take longer than a reader needs to find it. */
const mostCompared = 300

/** The Service of the same namespace that was most likely meant. */
function meant(name: string, namespace: string, { services }: ApiResources): string {
  const beside = [...services.values()].filter(service => service.namespace === namespace).map(service => service.name)
  const nearest = beside.length > mostCompared ? undefined : nearestWord(name, beside)
  return nearest === undefined ? '' : `: did you mean "${nearest}"?`
}

/** Of all that a route names, the first that can't be used makes the condition; there is one for each. */
export function referencesOf(context: RouteContext): Condition[] {
  const { route } = context
  const resource = route as unknown as Resource
  const found = namedBackends(route).flatMap(({ ref, pointer }): Condition[] => {
    const problem = problemOf(ref, context)
    return problem === undefined
      ? []
      : [{ type: 'ResolvedRefs', status: 'False', ...problem, at: at(resource, pointer) }]
  })
  const unknown = unknownFilters(route).map(
    ({ group, kind, pointer }): Condition => ({
      ...{ type: 'ResolvedRefs', status: 'False', reason: 'InvalidKind', at: at(resource, pointer) },
      message: `no filter of the kind ${kind} of ${group} is known here`,
    }),
  )
  return found.length + unknown.length > 0
    ? [...found, ...unknown]
    : [{ type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', at: at(resource, '/spec') }]
}

/** What rules of all kinds of routes have in common. */
interface WrittenRule {
  readonly backendRefs?: readonly (BackendObjectReference & { readonly filters?: readonly WrittenFilter[] })[]
  readonly filters?: readonly WrittenFilter[]
}

type WrittenFilter = Pick<HTTPRouteFilter, 'requestMirror' | 'externalAuth' | 'extensionRef'>

/** Fields of filters that name a backend. */
const naming = ['requestMirror', 'externalAuth'] as const

function rulesOf({ spec }: ApiRoute) {
  const rules = (spec.rules ?? []) as readonly WrittenRule[]
  return rules.map(({ backendRefs = [], filters = [] }, index) => {
    const pointer = `/spec/rules/${index}`
    const refs = backendRefs.map((ref, number) => ({ ref, pointer: `${pointer}/backendRefs/${number}` }))
    return { refs, filters: placed(filters, pointer) }
  })
}

function placed(filters: readonly WrittenFilter[] = [], pointer: string) {
  return filters.map((filter, index) => ({ filter, pointer: `${pointer}/filters/${index}` }))
}

/** Filters of somebody else: requests that they are for get an error. */
function unknownFilters(route: ApiRoute) {
  const all = rulesOf(route).flatMap(({ refs, filters }) => [
    ...filters,
    ...refs.flatMap(({ ref, pointer }) => placed(ref.filters, pointer)),
  ])
  return all.flatMap(({ filter: { extensionRef }, pointer }) =>
    extensionRef === undefined ? [] : [{ ...extensionRef, pointer: `${pointer}/extensionRef` }],
  )
}

/** All that a route names, and where. */
export function namedBackends(route: ApiRoute) {
  return rulesOf(route).flatMap(({ refs, filters }) => [
    ...refs.flatMap(({ ref, pointer }) => [
      { ref, pointer },
      // A mirror at one of several backends is not brought to Envoy.
      ...namedBy(placed(ref.filters, pointer), refs.length === 1 ? naming : ['externalAuth']),
    ]),
    ...namedBy(filters, naming),
  ])
}

function namedBy(filters: ReturnType<typeof placed>, fields: readonly (typeof naming)[number][]) {
  return filters.flatMap(({ filter, pointer }) =>
    fields.flatMap(field => {
      const ref = filter[field]?.backendRef
      return ref === undefined ? [] : [{ ref, pointer: `${pointer}/${field}/backendRef` }]
    }),
  )
}
