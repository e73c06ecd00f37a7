import { conditionUnmet, parentMisspelt } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Condition, Standing } from '../../model/standing.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { placeOf } from '../2-resolve/span-table.ts'
import { faultsInFiles, withSecretFaults } from './secret-faults.ts'
import { remedyFor } from './standing-remedies.ts'

/**
 * Says which conditions of the Gateway API's resources are not as they should be, at what makes them so.
 *
 * @param namespace of resources that say none
 */
export function unmetConditions({ mesh, spans, resources }: Resolved, namespace = 'default'): Diagnostic[] {
  const standings = withSecretFaults(mesh.standings ?? [], faultsInFiles(resources, namespace))
  const missing = backendsOfOurs(standings)
  const found = standings.flatMap(({ kind, name, conditions }) =>
    conditions.flatMap(condition => {
      const { at, type, reason, status, message, nearest } = condition
      // Of a filter that nobody knows its kind's own checks tell, and what comes of it.
      const isTold = missing.has(at + reason) || at.endsWith('/extensionRef')
      if (isMet(condition) || message === undefined || isTold) return []
      const place = placeOf(spans, at)
      if (nearest !== undefined)
        return [[at + reason, parentMisspelt(place, { kind, name, message, nearest })] as const]
      return [
        [
          at + reason,
          conditionUnmet(place, { kind, name, type, status, reason, message, remedy: remedyFor(condition) }),
        ] as const,
      ]
    }),
  )
  // A route's references are the same for all of its parents.
  return [...new Map(found).values()]
}

/** What the policy unknown-host tells: there it is an error, as a missing host of a VirtualService is, and can be accepted. */
function backendsOfOurs(standings: readonly Standing[]): ReadonlySet<string> {
  const conditions = standings.filter(({ isOurs }) => isOurs).flatMap(each => each.conditions)
  return new Set(conditions.flatMap(({ at, reason }) => (reason === 'BackendNotFound' ? [at + reason] : [])))
}

/** A client that is let in without a certificate is what the author asked for. */
function isMet({ type, status }: Condition): boolean {
  return type === 'InsecureFrontendValidationMode' || status === (type === 'Conflicted' ? 'False' : 'True')
}
