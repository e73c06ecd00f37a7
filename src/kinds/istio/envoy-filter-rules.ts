import { readWritten } from '../../protobuf/canonical.ts'
import { regex } from '../http-forms.ts'
import type { Resource } from '../resource.ts'
import { cannotServe, conflict, missing, noEffect, outdated, port, type RuleFinding } from '../rule-finding.ts'
import type {
  EnvoyConfigPatch,
  EnvoyFilter,
  EnvoyFilterMatch,
  EnvoyFilterSpec,
  EnvoyObjectMatch,
  EnvoyPatch,
} from './envoy-filter.ts'
import { type FilterPlace, nameSince, patchedTypes } from './envoy-messages.ts'
import { labelSelectorRules, referencesRules } from './policy-target.ts'

type Objects = EnvoyConfigPatch['applyTo']

/** Istio's validation of EnvoyFilter. */
export function* envoyFilterRules(resource: Resource): Iterable<RuleFinding> {
  const { spec = {} } = resource as unknown as EnvoyFilter
  yield* aboutWhom(spec)
  for (const [index, change] of (spec.configPatches ?? []).entries()) {
    const pointer = `/spec/configPatches/${index}`
    const applyTo = change.applyTo === 'INVALID' ? undefined : change.applyTo
    if (applyTo === undefined) yield missing(pointer, 'applyTo')
    else yield* objectRules(applyTo, `${pointer}/applyTo`)
    if (change.match !== undefined) yield* matchRules(change.match, `${pointer}/match`, applyTo)
    if (change.patch === undefined) yield missing(pointer, 'patch')
    else yield* patchRules(change.patch, `${pointer}/patch`, applyTo)
  }
}

function* aboutWhom(spec: EnvoyFilterSpec): Iterable<RuleFinding> {
  if (spec.workloadSelector !== undefined && spec.targetRefs !== undefined)
    yield conflict('/spec/targetRefs', 'workloadSelector')
  yield* labelSelectorRules(spec.workloadSelector)
  yield* referencesRules(spec)
}

function* objectRules(applyTo: NonNullable<Objects>, pointer: string): Iterable<RuleFinding> {
  if (applyTo === 'BOOTSTRAP') yield cannotServe(pointer, 'a proxy has started before anything of the mesh reaches it')
}

/** By what is changed: the one part of a match that can find it. Others find all, or none. */
const finders: { readonly [applyTo in NonNullable<Objects>]?: 'listener' | 'routeConfiguration' | 'cluster' } = {
  LISTENER: 'listener',
  FILTER_CHAIN: 'listener',
  NETWORK_FILTER: 'listener',
  HTTP_FILTER: 'listener',
  LISTENER_FILTER: 'listener',
  ROUTE_CONFIGURATION: 'routeConfiguration',
  VIRTUAL_HOST: 'routeConfiguration',
  HTTP_ROUTE: 'routeConfiguration',
  CLUSTER: 'cluster',
}

const finderNames = ['listener', 'routeConfiguration', 'cluster', 'waypoint'] as const

function* matchRules(match: EnvoyObjectMatch, pointer: string, applyTo: Objects): Iterable<RuleFinding> {
  const given = finderNames.filter(name => match[name] !== undefined)
  for (const name of given.slice(1)) yield conflict(`${pointer}/${name}`, given[0]!)
  yield* regex(`${pointer}/proxy/proxyVersion`, match.proxy?.proxyVersion)
  const isWaypoint = match.context === 'WAYPOINT'
  if (isWaypoint) yield cannotServe(`${pointer}/context`, 'there are no waypoints here')
  if (isWaypoint && match.waypoint === undefined) yield missing(pointer, 'waypoint')
  if (!isWaypoint && match.waypoint !== undefined)
    yield conflict(`${pointer}/waypoint`, `context: ${match.context ?? 'ANY'}`)
  yield* port(`${pointer}/waypoint/portNumber`, match.waypoint?.portNumber)
  const finder = applyTo === undefined || isWaypoint ? undefined : finders[applyTo]
  const [only, ...others] = given
  if (finder !== undefined && only !== undefined && ![finder, 'waypoint'].includes(only) && others.length === 0)
    yield conflict(`${pointer}/${only}`, `applyTo: ${applyTo}, which is found by ${finder}`)
  if (match.listener?.portName !== undefined)
    yield noEffect(`${pointer}/listener/portName`, 'Istio does not look at it: name the port by portNumber')
  yield* nameRules(`${pointer}/listener/listenerFilter`, match.listener?.listenerFilter, 'listener')
  const filter = match.listener?.filterChain?.filter
  if (filter !== undefined) yield* filterRules(filter, `${pointer}/listener/filterChain/filter`, applyTo)
}

/** The filter that holds HTTP filters, by its full name or that of long ago. */
const connectionManager = /^envoy\.(.*\.)?http_connection_manager$/

function* filterRules(filter: EnvoyFilterMatch, pointer: string, applyTo: Objects): Iterable<RuleFinding> {
  const { name = '', subFilter } = filter
  if (applyTo === 'LISTENER' || applyTo === 'FILTER_CHAIN')
    yield noEffect(pointer, `filters are not looked at where a ${applyTo} is changed`)
  if (name === '') yield missing(pointer, 'a name')
  yield* nameRules(`${pointer}/name`, name, 'network')
  if (subFilter === undefined) return
  if (applyTo !== 'HTTP_FILTER') yield conflict(`${pointer}/subFilter`, `applyTo: ${applyTo ?? 'INVALID'}`)
  if (name !== '' && !connectionManager.test(name))
    yield conflict(`${pointer}/subFilter`, `the filter ${name}: only the HTTP connection manager holds others`)
  if ((subFilter.name ?? '') === '') yield missing(`${pointer}/subFilter`, 'a name')
  yield* nameRules(`${pointer}/subFilter/name`, subFilter.name, 'http')
}

function* nameRules(pointer: string, name: string | undefined, place: FilterPlace): Iterable<RuleFinding> {
  const since = nameSince(place, name)
  if (since !== undefined) yield outdated(pointer, 'Envoy has given its filters other names', `write ${since}`)
}

/** What is a filter, and where it stands. */
const filters: { readonly [applyTo in NonNullable<Objects>]?: FilterPlace } = {
  NETWORK_FILTER: 'network',
  HTTP_FILTER: 'http',
  LISTENER_FILTER: 'listener',
}

/** By what is changed: the operations that do nothing to it. */
const idle: { readonly [applyTo in NonNullable<Objects>]?: RegExp } = {
  LISTENER: /^(INSERT_|REPLACE)/,
  FILTER_CHAIN: /^(INSERT_|REPLACE)/,
  CLUSTER: /^(INSERT_|REPLACE)/,
  VIRTUAL_HOST: /^INSERT_/,
  ROUTE_CONFIGURATION: /^(ADD|REMOVE|INSERT_|REPLACE)/,
  HTTP_ROUTE: /^REPLACE/,
  // Nobody has any but those that are added.
  EXTENSION_CONFIG: /^(?!ADD$)/,
}

/** What others know by its name, and Envoy takes with one alone. */
const named: readonly Objects[] = ['CLUSTER', 'LISTENER', 'VIRTUAL_HOST', 'EXTENSION_CONFIG']

/** Those that bring a whole object, and not parts of one that is there. */
const whole = /^(ADD|INSERT_\w+|REPLACE)$/

function* patchRules({ operation, value }: EnvoyPatch, pointer: string, applyTo: Objects): Iterable<RuleFinding> {
  if (operation === undefined || operation === 'INVALID') yield missing(pointer, 'an operation')
  else if (operation !== 'REMOVE' && value === undefined) yield missing(pointer, 'a value')
  else if (applyTo !== undefined && idle[applyTo]?.test(operation) === true)
    yield noEffect(`${pointer}/operation`, `nothing of the kind ${applyTo} is changed by ${operation}`)
  if (value !== undefined && operation !== 'REMOVE')
    yield* valueRules(value, `${pointer}/value`, { applyTo, operation })
  const place = applyTo === undefined ? undefined : filters[applyTo]
  const isNamed = named.includes(applyTo) ? operation === 'ADD' : place !== undefined && whole.test(`${operation}`)
  if (isNamed && value !== undefined && !value['name']) yield missing(`${pointer}/value`, 'a name')
  if (place === undefined) return
  const name = value?.['name']
  if (typeof name === 'string') yield* nameRules(`${pointer}/value/name`, name, place)
}

/** Is the value the message that it should be? By the descriptors of Envoy itself. */
function* valueRules(
  value: unknown,
  pointer: string,
  { applyTo, operation = 'INVALID' }: { readonly applyTo: Objects; readonly operation: EnvoyPatch['operation'] },
): Iterable<RuleFinding> {
  const message = (patchedTypes as { readonly [object: string]: string | undefined })[applyTo ?? '']
  if (message === undefined) return
  for (const { pointer: within, reason, kind, meant } of readWritten(message, value).problems) {
    const place = `${pointer}${within}`
    const help = meant === undefined ? {} : { help: `did you mean "${meant}"?` }
    if (kind === 'unknown-field') yield { ...noEffect(place, reason), isName: true, ...help }
    else if (kind === undefined) yield { slug: 'message-invalid', pointer: place, params: { reason, message }, ...help }
    else if (whole.test(operation)) yield noEffect(place, reason)
  }
}
