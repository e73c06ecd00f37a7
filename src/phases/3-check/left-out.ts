/** What is left of resources of which each stands for itself: what is wrong is left out, and all else holds. */
import { type Diagnostic, subjectKey } from '../../diagnostics/diagnostic.ts'
import { gatewayApiGroup } from '../../kinds/index.ts'
import { isObject } from '../../util/is-object.ts'
import type { LoadedResource } from '../1-load/loaded.ts'
import { countedAsAuthored } from './mend.ts'

/** Kinds whose rules are left out one by one, as the specification wants it (PartiallyInvalid, "Dropped Rule"). */
const ruleByRule: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute'])

/**
 * Of objects of a cluster, those without errors, and routes without the rules that have some.
 *
 * @returns the findings, too: of each error in a rule that is left out alone, which one that is
 */
export function withoutErrors(
  resources: readonly LoadedResource[],
  found: readonly Diagnostic[],
): { readonly resources: readonly LoadedResource[]; readonly diagnostics: readonly Diagnostic[] } {
  const wrong = Map.groupBy(
    found.filter(({ severity, subject }) => severity === 'error' && subject !== undefined),
    ({ subject }) => subjectKey(subject!),
  )
  if (wrong.size === 0) return { resources, diagnostics: found }
  const leavesOut = new Map<Diagnostic, string>()
  const left = resources.flatMap(item => {
    const { kind, metadata } = item.resource
    // Objects of a cluster name their namespace, where their kind has any.
    const errors = wrong.get(subjectKey({ kind, namespace: metadata.namespace ?? '', name: metadata.name }))
    if (errors === undefined) return [item]
    const parts = new Map(errors.map(error => [error, ruleIn(error.pointer)] as const))
    const dropped = new Set(parts.values())
    // What does not fit its schema is gone already, and the rules after it count as their author wrote them.
    const kept = rulesOf(item).flatMap((_, index) => (dropped.has(authoredRule(item, index)) ? [] : [index]))
    if (dropped.has(undefined) || kept.length === 0) return []
    for (const [error, index] of parts) leavesOut.set(error, `/spec/rules/${index}`)
    return [withRules(item, kept)]
  })
  const diagnostics = found.map(each => {
    const part = leavesOut.get(each)
    return part === undefined ? each : { ...each, leavesOut: part }
  })
  return { resources: left, diagnostics }
}

function rulesOf({ resource: { apiVersion, kind, spec } }: LoadedResource): readonly unknown[] {
  const isOne = ruleByRule.has(kind) && apiVersion.startsWith(`${gatewayApiGroup}/`)
  return isOne && isObject(spec) && Array.isArray(spec['rules']) ? spec['rules'] : []
}

/** The rule that an error is about, from 0; undefined where it is about more than one. */
function ruleIn(pointer = ''): number | undefined {
  const index = /^\/spec\/rules\/(\d+)(?:\/|$)/.exec(pointer)?.[1]
  return index === undefined ? undefined : Number(index)
}

function authoredRule({ authoredPointer }: LoadedResource, index: number): number | undefined {
  const pointer = `/spec/rules/${index}`
  return ruleIn(authoredPointer?.(pointer) ?? pointer)
}

/** @param kept of its rules, from 0 */
function withRules(item: LoadedResource, kept: readonly number[]): LoadedResource {
  const { resource } = item
  const rules = rulesOf(item)
  const spec = { ...(isObject(resource['spec']) ? resource['spec'] : {}), rules: kept.map(index => rules[index]) }
  const own = (pointer: string) =>
    pointer.replace(/^\/spec\/rules\/(\d+)/, (_, index) => `/spec/rules/${kept[Number(index)]}`)
  return {
    ...countedAsAuthored({ ...item, resource: { ...resource, spec } }, own),
    authoredPointer: pointer => item.authoredPointer?.(own(pointer)) ?? own(pointer),
  }
}
