import { accessAsked } from '../access-rules.ts'
import { httpAuthorization } from '../authorizers.ts'
import { typed } from '../envoy-resource.ts'
import type { HttpFilterGroup } from './filter.ts'

/**
 * Asks services whether requests may come in: for each, a filter that picks what it is asked about, and one that asks. Before
 * the filter for tokens, for they may make or change them.
 */
export const accessAskedFilters: HttpFilterGroup = {
  filters: ({ guard }) =>
    (guard?.authorizers ?? []).flatMap(authorizer => {
      const body = accessAsked(guard!.access, authorizer, { ...guard!, carries: 'http' })
      return [
        {
          name: 'envoy.filters.http.rbac',
          typed_config: typed('envoy.extensions.filters.http.rbac.v3.RBAC', body),
        },
        { name: 'envoy.filters.http.ext_authz', typed_config: httpAuthorization(authorizer) },
      ]
    }),
}
