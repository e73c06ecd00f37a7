import { conditionNoted, conditionUnmet, parentMisspelt, portUnavailable } from '../../diagnostics/codes.generated.ts'
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
  const found = standings.flatMap(standing =>
    standing.conditions.flatMap(condition => {
      const { at, reason } = condition
      // Of a filter that nobody knows its kind's own checks tell, and what comes of it.
      const isTold = missing.has(at + reason) || at.endsWith('/extensionRef')
      const finding = isTold ? undefined : findingOf(standing, condition, spans)
      return finding === undefined ? [] : [[at + reason, finding] as const]
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

function findingOf({ kind, name }: Standing, condition: Condition, spans: Resolved['spans']): Diagnostic | undefined {
  const { at, type, reason, status, message, nearest } = condition
  if (message === undefined) return undefined
  const place = placeOf(spans, at)
  const said = { kind, name, type, status, reason, message }
  if (isNoted(condition)) return conditionNoted(place, said)
  if (status === (type === 'Conflicted' ? 'False' : 'True')) return undefined
  if (nearest !== undefined) return parentMisspelt(place, { ...said, nearest })
  if (reason === 'PortUnavailable') return portUnavailable(place, said)
  return conditionUnmet(place, { ...said, remedy: remedyFor(condition) })
}

/** What is served as its author wrote it: a client that is let in without a certificate, hosts that two listeners have. */
function isNoted({ type }: Condition): boolean {
  return type === 'InsecureFrontendValidationMode' || type === 'OverlappingTLSConfig'
}
