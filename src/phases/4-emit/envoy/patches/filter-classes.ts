/** Where in the chain of HTTP filters something stands that names no filter, but what it has to come after or before. */
import type { ProxyChange } from '../../../../model/proxy-patch.ts'
import type { Message } from '../envoy-resource.ts'

/** Names of the filters that find out who calls, and of those that decide what is allowed. */
const classes = {
  AUTHN: /^envoy\.filters\.http\.(header_to_metadata|jwt_authn)$/,
  AUTHZ: /^envoy\.filters\.http\.(header_to_metadata|jwt_authn|rbac|ext_authz)$/,
} as const

/** Index at which a filter of a class is put in: `STATS` is right before what ends the chain, for stock Envoy counts there. */
export function httpFilterPlace(items: readonly Message[], filterClass: ProxyChange['filterClass'] & {}): number {
  if (filterClass === 'STATS') return Math.max(0, items.length - 1)
  return items.findLastIndex(({ name }) => classes[filterClass].test(`${name}`)) + 1
}
