import { accessBody, type actions } from '../access-rules.ts'
import { typed } from '../envoy-resource.ts'
import type { HttpFilter } from './filter.ts'

/** Holds requests against the access policies of one action. Behind the filter for tokens, whose claims it looks at. */
function access(action: (typeof actions)[number]): HttpFilter {
  return {
    name: 'envoy.filters.http.rbac',
    config: ({ guard }) => {
      const body = guard === undefined ? undefined : accessBody(guard.access, action, { ...guard, carries: 'http' })
      return body === undefined ? undefined : typed('envoy.extensions.filters.http.rbac.v3.RBAC', body)
    },
  }
}

/** Marks requests. */
export const accessAudit: HttpFilter = access('LOG')
/** Refuses requests. */
export const accessDeny: HttpFilter = access('DENY')
/** Refuses what is not allowed. */
export const accessAllow: HttpFilter = access('ALLOW')
