import type { RouteAuthorizer } from '../../../../model/http-route.ts'
import { httpAsking } from '../authorizers.ts'
import { type Message, typed } from '../envoy-resource.ts'
import type { HttpFilterGroup } from './filter.ts'

/** Services that routes ask: one filter for each, which only those routes switch on. */
export const routeAuthorization: HttpFilterGroup = {
  filters: ({ asked }) =>
    (asked?.authorizers ?? []).map(authorizer => ({
      name: authorizer.name,
      disabled: true,
      typed_config: httpAsking(authorizer),
    })),
  perRoute: ({ authorizers = [] }) => switchedOn(authorizers),
}

/** Any settings of its own for a route switch a filter on. */
export function switchedOn(authorizers: readonly RouteAuthorizer[]): Message {
  const on = typed('envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute', { check_settings: {} })
  return Object.fromEntries(authorizers.map(({ name }) => [name, on]))
}
