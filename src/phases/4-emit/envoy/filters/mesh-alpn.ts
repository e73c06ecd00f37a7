import { typed } from '../envoy-resource.ts'
import { alpn } from '../mtls.ts'
import type { HttpFilter } from './filter.ts'

/**
 * Tells the callee's proxy that HTTP is inside, on ports whose protocol both sides detect: there, within mutual TLS, the
 * first bytes can't be looked at before it is known who takes them.
 */
export const meshAlpn: HttpFilter = {
  name: 'envoy.filters.http.set_filter_state',
  config: ({ direction, isDetected }) =>
    direction !== 'outbound' || isDetected !== true
      ? undefined
      : typed('envoy.extensions.filters.http.set_filter_state.v3.Config', {
          on_request_headers: [
            {
              // Envoy's own key for what a connection to an upstream offers.
              object_key: 'envoy.network.application_protocols',
              format_string: { text_format_source: { inline_string: alpn.http[1] } },
              shared_with_upstream: 'ONCE',
            },
          ],
        }),
}
