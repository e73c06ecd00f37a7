/**
 * The HTTP filters, in the order in which requests pass them. A new filter is a file and a place in this list.
 */
import type { HttpRule } from '../../../../model/http-route.ts'
import type { Message } from '../envoy-resource.ts'
import { accessAllow, accessAudit, accessDeny } from './access.ts'
import { accessAskedFilters } from './access-asked.ts'
import { cors } from './cors.ts'
import { dynamicHosts } from './dynamic-hosts.ts'
import { fault } from './fault.ts'
import type { FilterContext, HttpFilter, HttpFilterGroup } from './filter.ts'
import { grpcWeb } from './grpc-web.ts'
import { meshAlpn } from './mesh-alpn.ts'
import { peerName } from './peer-name.ts'
import { peerRecord } from './peer-record.ts'
import { routeAuthorization } from './route-authorization.ts'
import { router } from './router.ts'
import { session } from './session.ts'
import { tokenAuthentication } from './token-authentication.ts'

const filters: readonly (HttpFilter | HttpFilterGroup)[] = [
  peerRecord,
  accessAskedFilters,
  tokenAuthentication,
  accessAudit,
  accessDeny,
  accessAllow,
  grpcWeb,
  meshAlpn,
  fault,
  cors,
  routeAuthorization,
  session,
  peerName,
  // Behind all that may say no: a name is looked up for a request that goes there.
  dynamicHosts,
  router,
]

/** The filter chain of one listener. */
export function httpFilters(context: FilterContext): Message[] {
  return filters.flatMap(filter => {
    if ('filters' in filter) return filter.filters(context)
    const config = filter.config(context)
    return config === undefined ? [] : [{ name: filter.name, typed_config: config }]
  })
}

/** What the filters do for one rule, by filter; undefined where nothing. */
export function perRouteFilters(rule: HttpRule): Message | undefined {
  const entries = filters.flatMap((filter): (readonly [string, unknown])[] => {
    if ('filters' in filter) return Object.entries(filter.perRoute?.(rule) ?? {})
    const config = filter.perRoute?.(rule)
    return config === undefined ? [] : [[filter.name, config]]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
