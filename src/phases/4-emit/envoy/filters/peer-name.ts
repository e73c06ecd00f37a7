import { typed } from '../envoy-resource.ts'
import type { HttpFilter } from './filter.ts'

/** The header in which a proxy tells the next one whose request it carries. */
export const peerHeader = 'x-meshwright-peer'

/**
 * Names the calling workload to the callee's proxy, replacing what a client may have put there. For telemetry only:
 * anyone can write a header, so nothing may be authorized by it.
 */
export const peerName: HttpFilter = {
  name: 'envoy.filters.http.header_mutation',
  config: ({ direction, peer }) =>
    direction === 'inbound'
      ? undefined
      : typed('envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', {
          mutations: {
            request_mutations: [
              { append: { header: { key: peerHeader, value: peer }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' } },
            ],
          },
        }),
}
