/** What references must be beyond their shapes. */
import { conflict, hardlyMeant, missing, noEffect, type RuleFinding } from '../rule-finding.ts'
import type { HTTPRouteFilter } from './http-filters.ts'
import type { BackendObjectReference, ParentReference } from './references.ts'

export function* backendRules(pointer: string, ref: BackendObjectReference): Iterable<RuleFinding> {
  const { group = '', kind = 'Service', port } = ref
  if (group === '' && kind === 'Service' && port === undefined) yield missing(pointer, 'port')
  if (group === 'gateway.networking.x-k8s.io' && kind === 'XBackend' && port !== undefined)
    yield conflict(`${pointer}/port`, 'an XBackend, which has its port itself')
}

/**
 * Weights of a rule that leave nobody to send to.
 *
 * @param lost what becomes of what comes then
 */
export function* backendWeights(
  pointer: string,
  refs: readonly { readonly weight?: number }[],
  lost: string,
): Iterable<RuleFinding> {
  if (refs.length === 0 || refs.some(({ weight = 1 }) => weight > 0)) return
  const others = refs.length === 1 ? 'no other backend is there' : 'so are those of all other backends'
  yield hardlyMeant(
    `${pointer}/backendRefs/0/weight`,
    `is 0, and ${others}: ${lost}`,
    'give a backend a weight, or leave weights out: each is 1 then',
  )
}

/** Who has neither a backend nor an answer for a rule leaves it without any; of filters that nobody knows their own finding tells. */
export function* answerRules(
  pointer: string,
  {
    backendRefs = [],
    filters = [],
  }: { readonly backendRefs?: readonly object[]; readonly filters?: readonly Pick<HTTPRouteFilter, 'type'>[] },
  lost: string,
): Iterable<RuleFinding> {
  const isAnswered = filters.some(({ type }) => type === 'RequestRedirect' || type === 'ExtensionRef')
  if (backendRefs.length === 0 && !isAnswered)
    yield hardlyMeant(pointer, `has no backend: ${lost}`, 'name a backend, or delete the rule')
}

/** A parent that stands several times has another listener, or port, each time. */
export function* parentRules(
  pointer: string,
  refs: readonly ParentReference[] = [],
  namespace: string,
): Iterable<RuleFinding> {
  const parent = (ref: ParentReference) =>
    JSON.stringify([
      ref.group ?? 'gateway.networking.k8s.io',
      ref.kind ?? 'Gateway',
      ref.namespace ?? namespace,
      ref.name,
    ])
  for (const [index, ref] of refs.entries()) {
    const before = refs.slice(0, index).filter(other => parent(other) === parent(ref))
    if (before.some(({ sectionName, port }) => sectionName === ref.sectionName && port === ref.port))
      yield { slug: 'value-twice', pointer: `${pointer}/${index}`, params: { value: ref.name } }
    else if (before.some(({ sectionName }) => (sectionName === undefined) !== (ref.sectionName === undefined)))
      yield missing(`${pointer}/${index}`, 'sectionName, here and where the same parent stands before')
    else if (before.some(({ port }) => (port === undefined) !== (ref.port === undefined)))
      yield missing(`${pointer}/${index}`, 'port, here and where the same parent stands before')
  }
}

/** Hosts are compared with those of a listener; a Service has its own. Of a default Gateway nobody knows yet. */
export function* hostnameRules({ parentRefs = [], hostnames = [], useDefaultGateways }: Hosted): Iterable<RuleFinding> {
  const isOfServices =
    parentRefs.length > 0 && parentRefs.every(({ group, kind }) => group === '' && kind === 'Service')
  if (hostnames.length > 0 && isOfServices && useDefaultGateways !== 'All')
    yield noEffect('/spec/hostnames', 'the route is for all calls of its Services, by whatever name')
}

interface Hosted {
  readonly parentRefs?: readonly ParentReference[]
  readonly hostnames?: readonly string[]
  readonly useDefaultGateways?: 'All' | 'None'
}
