import { dynamicHostFilter } from '../dynamic-hosts.ts'
import type { HttpFilter } from './filter.ts'

/** Looks up the host that a request is for, where only its domain is declared. */
export const dynamicHosts: HttpFilter = {
  name: 'envoy.filters.http.dynamic_forward_proxy',
  config: ({ looksUpHosts }) => (looksUpHosts === true ? dynamicHostFilter : undefined),
}
