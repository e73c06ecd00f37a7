import type { Retries } from '../../../model/http-route.ts'
import { compact, type Message, seconds } from './envoy-resource.ts'

/** istiod's conditions where none are named: the request surely did not reach an application. */
const defaultConditions = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes']

/** Avoid hosts that were tried already; look for another one up to five times (istiod's numbers). */
const otherHosts: Message = {
  host_selection_retry_max_attempts: '5',
  retry_host_predicate: [
    {
      name: 'envoy.retry_host_predicates.previous_hosts',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
      },
    },
  ],
}

const otherLocalities: Message = {
  retry_priority: {
    name: 'envoy.retry_priorities.previous_priorities',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
      update_frequency: 2,
    },
  },
}

/**
 * Envoy's retry policy.
 *
 * @param own ms for each try, where the route says it beside what holds for its retries
 * @param isHashed the same request must go to the same host: then it must not avoid the one it tried
 * @returns undefined where nothing is retried, and one attempt may take as long as all
 */
export function retryPolicy(
  retries: Retries | undefined,
  { isHashed, perTryTimeoutMs: own }: { readonly isHashed: boolean; readonly perTryTimeoutMs?: number | undefined },
): Message | undefined {
  const perTryMs = own ?? retries?.perTryTimeoutMs
  const perTry = perTryMs === undefined ? undefined : seconds(perTryMs)
  // A single attempt has its time, too.
  if (retries !== undefined && retries.attempts <= 0)
    return perTry === undefined ? undefined : { num_retries: 0, per_try_timeout: perTry }
  const named = retries?.retryOn ?? []
  const conditions = named.filter(condition => !isStatus(condition))
  const statuses = named.filter(isStatus).map(Number)
  const effective = named.length === 0 ? defaultConditions : conditions
  const all =
    statuses.length > 0 && !effective.includes('retriable-status-codes')
      ? [...effective, 'retriable-status-codes']
      : effective
  return compact({
    retry_on: all.join(','),
    num_retries: retries?.attempts ?? 2,
    ...(isHashed || retries?.retryIgnorePreviousHosts === false ? {} : otherHosts),
    ...(retries?.retryRemoteLocalities === true ? otherLocalities : {}),
    per_try_timeout: perTry,
    retriable_status_codes: statuses.length === 0 ? undefined : statuses,
    retry_back_off: retries?.backoffMs === undefined ? undefined : { base_interval: seconds(retries.backoffMs) },
  })
}

function isStatus(condition: string): boolean {
  return /^[1-5][0-9]{2}$/.test(condition)
}
