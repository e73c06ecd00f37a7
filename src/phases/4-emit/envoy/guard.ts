/** What stands between a caller and a workload or gateway: policies, as one listener needs them. */
import type { AccessPolicy } from '../../../model/access-policy.ts'
import type { BoundPort } from './access-matchers.ts'
import { accessBody, actions } from './access-rules.ts'
import { type Message, typed } from './envoy-resource.ts'

export interface Guard {
  readonly trustDomain: string
  readonly access: readonly AccessPolicy[]
  /** Where the listener's own port is not the one that policies name. */
  readonly port?: BoundPort
}

/** The network filters that stand before a chain without HTTP. */
export function networkGuards(guard: Guard): Message[] {
  return actions.flatMap(action => {
    const body = accessBody(guard.access, action, { ...guard, carries: 'tcp' })
    if (body === undefined) return []
    const config = typed('envoy.extensions.filters.network.rbac.v3.RBAC', { stat_prefix: 'tcp.', ...body })
    return [{ name: 'envoy.filters.network.rbac', typed_config: config }]
  })
}
