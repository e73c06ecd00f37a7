import { typed } from '../envoy-resource.ts'
import type { HttpFilter } from './filter.ts'
import { peerHeader } from './peer-name.ts'

/** Keeps the caller's name as dynamic metadata `mesh.peer`, for access logs and metrics, and takes the header away. */
export const peerRecord: HttpFilter = {
  name: 'envoy.filters.http.header_to_metadata',
  config: ({ direction }) =>
    direction !== 'inbound'
      ? undefined
      : typed('envoy.extensions.filters.http.header_to_metadata.v3.Config', {
          request_rules: [
            {
              header: peerHeader,
              on_header_present: { metadata_namespace: 'mesh', key: 'peer', type: 'STRING' },
              on_header_missing: { metadata_namespace: 'mesh', key: 'peer', value: 'unknown', type: 'STRING' },
              remove: true,
            },
          ],
        }),
}
