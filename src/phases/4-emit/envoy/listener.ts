import { type Message, socketAddress, typed } from './envoy-resource.ts'
import { listenerName } from './names.ts'

/** What all our listeners have in common. */
export function listenerBase(
  listen: { readonly address: string; readonly port: number },
  direction: 'INBOUND' | 'OUTBOUND',
): Message {
  return {
    name: listenerName(listen),
    address: socketAddress(listen),
    traffic_direction: direction,
    // With SO_REUSEPORT two proxies on one machine could both bind an address, and the kernel would share out connections.
    enable_reuse_port: false,
  }
}

export const httpInspector: Message = {
  name: 'envoy.filters.listener.http_inspector',
  typed_config: typed('envoy.extensions.filters.listener.http_inspector.v3.HttpInspector'),
}

export const tlsInspector: Message = {
  name: 'envoy.filters.listener.tls_inspector',
  typed_config: typed('envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'),
}

/**
 * Tells HTTP from other bytes. Servers that speak first would wait for ever for a client's first bytes: after the
 * timeout the connection goes on as TCP.
 */
export const detection: Message = {
  listener_filters: [httpInspector],
  listener_filters_timeout: '5s',
  continue_on_listener_filters_timeout: true,
}

/** Matches what the inspector took for HTTP. */
export const isDetectedHttp: Message = { application_protocols: ['http/1.0', 'http/1.1', 'h2c'] }
