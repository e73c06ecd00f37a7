/** What hangs on Gateways and ListenerSets of ours that are left out for an error: it is said of it why it is not served. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { type Condition, type Standing, standingKey } from '../model/standing.ts'
import { type Ours, objectKey } from './gateway-api-owner.ts'
import type { ApiObject } from './reflector.ts'

/**
 * Standings of routes and ListenerSets whose parent is there, and left out: to the Mesh it is as if it were not declared.
 *
 * @param errors of objects that are left out
 */
export function withLeftOutParents(
  standings: readonly Standing[],
  {
    objects,
    errors,
    ours,
  }: { readonly objects: readonly ApiObject[]; readonly errors: readonly Diagnostic[]; readonly ours: Ours },
): readonly Standing[] {
  const wrong = new Set(errors.flatMap(({ subject }) => (subject === undefined ? [] : [standingKey(subject)])))
  const parents = new Set(
    objects.flatMap(object => {
      const key = objectKey(object)
      const isParent = object.kind === 'Gateway' || object.kind === 'ListenerSet'
      return isParent && wrong.has(key) && ours.has(object) ? [key] : []
    }),
  )
  if (parents.size === 0) return standings
  // A set without errors of a Gateway that has some is no more served than that.
  const sets = standings.filter(({ kind, parent }) => kind === 'ListenerSet' && parents.has(parent ?? ''))
  for (const set of sets) parents.add(standingKey(set))
  return standings.map(standing => {
    const { isOurs, parent = '' } = standing
    return isOurs || !parents.has(parent)
      ? standing
      : { ...standing, isOurs: true, conditions: refused(standing, wrong) }
  })
}

function refused({ kind, parent = '', conditions }: Standing, wrong: ReadonlySet<string>): Condition[] {
  const [parentKind, key = ''] = parent.split(' ')
  const [namespace, name] = key.split('/')
  const why = wrong.has(parent)
    ? 'has an error, which its own status tells'
    : 'is not accepted, as its own status tells'
  const message = `${parentKind} "${name}" in namespace "${namespace}" ${why}`
  const isSet = kind === 'ListenerSet'
  const said = conditions.map((condition): Condition => {
    if (condition.type !== 'Accepted') return condition
    return { ...condition, status: 'False', reason: isSet ? 'ParentNotAccepted' : 'NoMatchingParent', message }
  })
  const [{ at } = { at: '' }] = conditions
  return isSet ? [...said, { type: 'Programmed', status: 'False', reason: 'ParentNotProgrammed', at }] : said
}
