import { duration } from '../forms.ts'
import { conflict, missing, type RuleFinding, range, remedyAmong, unknownWord } from '../rule-finding.ts'
import type { HTTPRetry } from './virtual-service.ts'

/** Envoy's x-envoy-retry-on and x-envoy-retry-grpc-on, as Istio lets them through. */
const conditions: readonly string[] = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'envoy-ratelimited',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]

/** When and how often a rule tries again. */
export function* retryRules(retries: HTTPRetry | undefined, pointer: string): Iterable<RuleFinding> {
  if (retries === undefined) return
  yield* range(`${pointer}/attempts`, retries.attempts, { min: 0, max: 4_294_967_295 })
  for (const field of ['perTryTimeout', 'retryOn', 'retryRemoteLocalities'] as const) {
    if (retries[field] === undefined) continue
    if (retries.attempts === 0) yield conflict(`${pointer}/${field}`, 'attempts: 0, which switches retries off')
    // Istio's API tells a number that is not said from none as little as protobuf does.
    if (retries.attempts === undefined)
      yield missing(`${pointer}/${field}`, 'attempts, which are 0 where nothing is said')
  }
  for (const condition of (retries.retryOn ?? '').split(',').map(text => text.trim())) {
    if (condition !== '' && !conditions.includes(condition) && !/^[1-5]\d\d$/.test(condition))
      yield unknownWord(
        `${pointer}/retryOn`,
        condition,
        'a retry condition',
        remedyAmong(condition, conditions, `use an HTTP status or ${conditions.join(', ')}`),
      )
  }
  yield* duration(`${pointer}/perTryTimeout`, retries.perTryTimeout)
  yield* duration(`${pointer}/backoff`, retries.backoff)
}
