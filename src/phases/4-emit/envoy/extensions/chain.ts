/** Where in a chain of filters extensions stand (Istio's order). */
import type { ProxyExtension } from '../../../../model/proxy-extension.ts'
import type { Message } from '../envoy-resource.ts'
import { managerConfig } from '../http-connection-manager.ts'
import { listOf } from '../patches/subject.ts'
import { discovered } from './extension-config.ts'

/** From first to last; of the last nobody says a phase. */
const phases = ['AUTHN', 'AUTHZ', 'STATS', undefined] as const

/** By phase: the filters that stand before it. Services that are asked who may come in may make tokens: they go first. */
const before: Readonly<Record<ProxyExtension['carries'], readonly RegExp[]>> = {
  http: [
    /^envoy\.filters\.http\.(header_to_metadata|ext_authz)$/,
    /^envoy\.filters\.http\.(header_to_metadata|ext_authz|jwt_authn)$/,
    /^envoy\.filters\.http\.(header_to_metadata|ext_authz|jwt_authn|rbac)$/,
    /^envoy\.filters\.http\.(header_to_metadata|ext_authz|jwt_authn|rbac)$/,
  ],
  tcp: [
    /^envoy\.filters\.network\.ext_authz$/,
    /^envoy\.filters\.network\.ext_authz$/,
    /^envoy\.filters\.network\.(ext_authz|rbac)$/,
    /^envoy\.filters\.network\.(ext_authz|rbac)$/,
  ],
}

/** A chain with extensions in it; those that found a place are put into `used`. */
export function extendChain(chain: Message, extensions: readonly ProxyExtension[], used: Set<ProxyExtension>): Message {
  const filters = extendFilters(listOf(chain, 'filters'), extensions, 'tcp', used)
  return {
    ...chain,
    filters: filters.map(filter => {
      const config = managerConfig(filter)
      if (config === undefined) return filter
      const inner = extendFilters(listOf(config, 'http_filters'), extensions, 'http', used)
      return { ...filter, typed_config: { ...config, http_filters: inner } }
    }),
  }
}

function extendFilters(
  filters: readonly Message[],
  extensions: readonly ProxyExtension[],
  carries: ProxyExtension['carries'],
  used: Set<ProxyExtension>,
): readonly Message[] {
  const own = extensions.filter(extension => extension.carries === carries)
  for (const extension of own) used.add(extension)
  // From the last phase to the first, so that each place is where it is in the chain as it was.
  return phases.reduceRight<readonly Message[]>((chain, phase, index) => {
    const added = own.filter(extension => extension.phase === phase).map(discovered)
    const place = filters.findLastIndex(({ name }) => before[carries][index]!.test(`${name}`)) + 1
    return added.length === 0 ? chain : chain.toSpliced(place, 0, ...added)
  }, filters)
}
