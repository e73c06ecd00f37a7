/** Whom a policy of Istio's is about: by labels, or by naming what it hangs on. Shared by the kinds of security. */
import type { PolicyTarget, Targeted } from '../../model/policy-target.ts'
import { ownValue } from '../../util/own-value.ts'
import { at } from '../definition.ts'
import type { Resource } from '../resource.ts'
import { badForm, cannotServe, conflict, noEffect, type RuleFinding, token, unknownWord } from '../rule-finding.ts'
import type { WorkloadSelector } from './peer-authentication.ts'
import type { SidecarWorkloadSelector } from './sidecar.ts'

export interface PolicyTargetReference {
  /**
   * API group: `gateway.networking.k8s.io` for a Gateway. Default: Kubernetes’ core group.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  group?: string
  /**
   * `Gateway`, `GatewayClass`, `Service` or `ServiceEntry`. Only gateways are compiled to Envoy.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   */
  kind: string
  /**
   * Its name.
   * @minLength 1
   * @maxLength 253
   */
  name: string
  /** Refused: a policy hangs on what is in its own namespace. */
  namespace?: string
}

/** The three ways in which a spec may say whom it is about. */
interface TargetFields {
  readonly selector?: WorkloadSelector
  readonly targetRef?: PolicyTargetReference
  readonly targetRefs?: readonly PolicyTargetReference[]
}

/** As a model's noun has it. */
export function lowerTarget(spec: TargetFields, resource: Resource): Targeted {
  const labels = spec.selector?.matchLabels
  const targetOf = ({ kind, name }: PolicyTargetReference, place: string): PolicyTarget => ({
    kind,
    name,
    at: at(resource, place),
  })
  const targets = [
    ...(spec.targetRef === undefined ? [] : [targetOf(spec.targetRef, '/spec/targetRef')]),
    ...(spec.targetRefs ?? []).map((reference, index) => targetOf(reference, `/spec/targetRefs/${index}`)),
  ]
  return {
    ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { selector: labels }),
    ...(targets.length === 0 ? {} : { targets }),
  }
}

/** Kinds that a policy may hang on, with their groups. */
const referable: Readonly<{ [kind: string]: string }> = {
  Gateway: 'gateway.networking.k8s.io',
  GatewayClass: 'gateway.networking.k8s.io',
  Service: '',
  ServiceEntry: 'networking.istio.io',
}

export function* targetRules(spec: TargetFields): Iterable<RuleFinding> {
  const given = (['selector', 'targetRef', 'targetRefs'] as const).filter(field => spec[field] !== undefined)
  for (const field of given.slice(1)) yield conflict(`/spec/${field}`, given[0]!)
  yield* selectorRules(spec.selector)
  yield* referencesRules(spec)
}

/** What a policy hangs on, where nothing but references can say it. */
export function* referencesRules({
  targetRef,
  targetRefs = [],
}: Omit<TargetFields, 'selector'>): Iterable<RuleFinding> {
  if (targetRef !== undefined) yield* referenceRules(targetRef, '/spec/targetRef')
  for (const [index, reference] of targetRefs.entries()) yield* referenceRules(reference, `/spec/targetRefs/${index}`)
}

/** A selector by `matchLabels`. */
export function* selectorRules(
  selector: WorkloadSelector | undefined,
  pointer = '/spec/selector',
): Iterable<RuleFinding> {
  if (selector !== undefined) yield* selectedLabels(selector.matchLabels ?? {}, pointer, 'matchLabels')
}

/** A selector by `labels`, as Sidecar and EnvoyFilter have it. */
export function* labelSelectorRules(
  selector: SidecarWorkloadSelector | undefined,
  pointer = '/spec/workloadSelector',
): Iterable<RuleFinding> {
  if (selector !== undefined) yield* selectedLabels(selector.labels ?? {}, pointer, 'labels')
}

function* selectedLabels(
  labels: { readonly [key: string]: string },
  pointer: string,
  field: string,
): Iterable<RuleFinding> {
  if (Object.keys(labels).length === 0) yield noEffect(pointer, 'without labels it selects every workload')
  for (const [key, value] of Object.entries(labels)) {
    const place = `${pointer}/${field}/${token(key)}`
    if (key === '' || key.includes('*'))
      yield badForm(place, key, 'the key of a label', 'name the label: there are no wildcards')
    if (value.includes('*')) yield badForm(place, value, 'a label value', 'write it out: there are no wildcards')
  }
}

function* referenceRules(reference: PolicyTargetReference, pointer: string): Iterable<RuleFinding> {
  const { kind, group = '', namespace = '' } = reference
  if (ownValue(referable, kind) !== group)
    yield unknownWord(
      `${pointer}/kind`,
      group === '' ? kind : `${group}/${kind}`,
      'something that a policy can hang on',
      'name a Gateway or GatewayClass of gateway.networking.k8s.io, a Service, or a ServiceEntry of networking.istio.io',
    )
  else if (kind !== 'Gateway')
    yield cannotServe(`${pointer}/kind`, 'policies on it are for waypoints, which are not configured here')
  if (namespace !== '') yield conflict(`${pointer}/namespace`, 'the policy’s own, which is the only one')
}

export const dryRunAnnotation = 'istio.io/dry-run'
export const dryRunPlace = `/metadata/annotations/${token(dryRunAnnotation)}`

/** Is a policy only tried, not enforced? Undefined where the annotation says neither. */
export function dryRunOf(annotations: { readonly [key: string]: string } | undefined): boolean | undefined {
  const text = annotations?.[dryRunAnnotation]
  if (text === undefined) return false
  // Go's strconv.ParseBool, by which Istio reads it.
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true
  return /^(0|f|F|false|FALSE|False)$/.test(text) ? false : undefined
}

/** Refused on kinds that know no trial. */
export function* noDryRun(annotations: { readonly [key: string]: string } | undefined): Iterable<RuleFinding> {
  if (annotations?.[dryRunAnnotation] !== undefined)
    yield conflict(dryRunPlace, 'this kind: only authorization policies can be tried out')
}
