import { duration } from '../forms.ts'
import { missing, outdated, type RuleFinding, range } from '../rule-finding.ts'
import type { OutlierDetection } from './destination-rule.ts'

/** Istio's validation of OutlierDetection. */
export function* outlierRules(outlier: OutlierDetection | undefined, pointer: string): Iterable<RuleFinding> {
  if (outlier === undefined) return
  yield* duration(`${pointer}/interval`, outlier.interval)
  yield* duration(`${pointer}/baseEjectionTime`, outlier.baseEjectionTime)
  yield* range(`${pointer}/consecutiveErrors`, outlier.consecutiveErrors, { min: 0, max: 2_147_483_647 })
  if (outlier.consecutiveErrors !== undefined)
    yield outdated(
      `${pointer}/consecutiveErrors`,
      'errors are counted by their kind now',
      'write consecutive5xxErrors, or consecutiveGatewayErrors',
    )
  for (const field of ['maxEjectionPercent', 'minHealthPercent'] as const)
    yield* range(`${pointer}/${field}`, outlier[field], { min: 0, max: 100 })
  if (outlier.consecutiveLocalOriginFailures !== undefined && outlier.splitExternalLocalOriginErrors !== true)
    yield missing(`${pointer}/consecutiveLocalOriginFailures`, 'splitExternalLocalOriginErrors: true')
}
