// Every field of an EnvoyFilter: where in Envoy's configuration a change is made, and how.
import { gatewayApi, istio, service } from 'meshwright'
import { run } from './workloads.ts'

export const press = service('press', { port: 8080, versions: { v1: run } })
export const reader = service('reader', { port: 8080, versions: { v1: run }, calls: [press] })
export const kiosk = gatewayApi.gateway({
  metadata: { name: 'kiosk' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8083, protocol: 'HTTP' }] },
})

const manager = 'envoy.filters.network.http_connection_manager'
const pressHost = 'press.shop.svc.cluster.local'
const lua = (code: string) => ({
  name: 'example.lua',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
    default_source_code: { inline_string: code },
  },
})

export const changes = istio.envoyFilter({
  metadata: { name: 'reader' },
  spec: {
    workloadSelector: { labels: { app: 'reader' } },
    priority: 10,
    configPatches: [
      {
        applyTo: 'HTTP_FILTER',
        match: {
          context: 'SIDECAR_INBOUND',
          proxy: { proxyVersion: '^1[.].*', metadata: { NAMESPACE: 'shop' } },
          listener: {
            portNumber: 8080,
            filterChain: { filter: { name: manager, subFilter: { name: 'envoy.filters.http.router' } } },
          },
        },
        patch: { operation: 'INSERT_BEFORE', value: lua('function envoy_on_request(handle) end') },
      },
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'SIDECAR_INBOUND', listener: { filterChain: { filter: { name: manager } } } },
        patch: { operation: 'INSERT_FIRST', value: { ...lua('function envoy_on_request(handle) end'), name: 'first' } },
      },
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'SIDECAR_OUTBOUND', listener: { filterChain: { filter: { name: manager } } } },
        patch: { operation: 'ADD', filterClass: 'AUTHZ', value: lua('function envoy_on_response(handle) end') },
      },
      {
        applyTo: 'CLUSTER',
        match: { context: 'SIDECAR_OUTBOUND', cluster: { service: pressHost, portNumber: 8080, subset: 'v1' } },
        patch: { operation: 'MERGE', value: { connect_timeout: '1.5s' } },
      },
      {
        applyTo: 'CLUSTER',
        match: { context: 'SIDECAR_OUTBOUND', cluster: { name: `outbound|8080||${pressHost}` } },
        patch: { operation: 'MERGE', value: { per_connection_buffer_limit_bytes: 65_536 } },
      },
      {
        applyTo: 'VIRTUAL_HOST',
        match: {
          context: 'SIDECAR_OUTBOUND',
          routeConfiguration: { name: '8080', portNumber: 8080, vhost: { name: `${pressHost}:8080` } },
        },
        patch: { operation: 'MERGE', value: { request_headers_to_remove: ['x-debug'] } },
      },
      {
        applyTo: 'VIRTUAL_HOST',
        match: { context: 'SIDECAR_OUTBOUND', routeConfiguration: { vhost: { domainName: pressHost } } },
        patch: { operation: 'MERGE', value: { response_headers_to_remove: ['server'] } },
      },
      {
        applyTo: 'HTTP_ROUTE',
        match: {
          context: 'SIDECAR_INBOUND',
          routeConfiguration: { vhost: { route: { name: 'default', action: 'ROUTE' } } },
        },
        patch: { operation: 'MERGE', value: { route: { idle_timeout: '9s' } } },
      },
    ],
  },
})

/** Made after that one, for its number is higher: the filter that comes first is this one's. */
export const laterChanges = istio.envoyFilter({
  metadata: { name: 'reader-later' },
  spec: {
    workloadSelector: { labels: { app: 'reader' } },
    priority: 20,
    configPatches: [
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'SIDECAR_INBOUND', listener: { filterChain: { filter: { name: manager } } } },
        patch: {
          operation: 'INSERT_FIRST',
          value: { ...lua('function envoy_on_request(handle) return end'), name: 'later' },
        },
      },
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'SIDECAR_INBOUND', listener: { filterChain: { filter: { name: manager } } } },
        patch: {
          operation: 'INSERT_FIRST',
          value: { ...lua('function envoy_on_response(handle) return end'), name: 'last' },
        },
      },
    ],
  },
})

export const stand = istio.gateway({
  metadata: { name: 'stand' },
  spec: {
    selector: { istio: 'stand' },
    servers: [
      { port: { number: 8084, name: 'web', protocol: 'HTTP' }, hosts: ['*'] },
      {
        port: { number: 8484, name: 'secure', protocol: 'HTTPS' },
        hosts: ['stand.shop.example'],
        tls: { mode: 'SIMPLE', serverCertificate: 'tls/cert.pem', privateKey: 'tls/key.pem' },
      },
    ],
  },
})

const buffers = (bytes: number) => ({
  operation: 'MERGE' as const,
  value: { per_connection_buffer_limit_bytes: bytes },
})
const slowHandshake = { operation: 'MERGE' as const, value: { transport_socket_connect_timeout: '3s' } }

export const standChanges = istio.envoyFilter({
  metadata: { name: 'stand' },
  spec: {
    workloadSelector: { labels: { istio: 'stand' } },
    configPatches: [
      { applyTo: 'LISTENER', match: { context: 'GATEWAY', listener: { name: '0.0.0.0_8484' } }, patch: buffers(8_192) },
      {
        applyTo: 'FILTER_CHAIN',
        match: { context: 'GATEWAY', listener: { filterChain: { sni: 'stand.shop.example' } } },
        patch: slowHandshake,
      },
      {
        applyTo: 'LISTENER_FILTER',
        match: { context: 'GATEWAY', listener: { listenerFilter: 'envoy.filters.listener.tls_inspector' } },
        patch: {
          operation: 'INSERT_BEFORE',
          value: {
            name: 'example.proxy_protocol',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol',
            },
          },
        },
      },
      {
        applyTo: 'ROUTE_CONFIGURATION',
        match: { context: 'GATEWAY', routeConfiguration: { gateway: 'shop/stand', portName: 'web' } },
        patch: { operation: 'MERGE', value: { response_headers_to_remove: ['server'] } },
      },
    ],
  },
})

export const inboundChains = istio.envoyFilter({
  metadata: { name: 'press' },
  spec: {
    workloadSelector: { labels: { app: 'press' } },
    configPatches: [
      {
        applyTo: 'FILTER_CHAIN',
        match: {
          context: 'SIDECAR_INBOUND',
          listener: {
            filterChain: { transportProtocol: 'tls', applicationProtocols: 'istio-http/1.1', destinationPort: 8080 },
          },
        },
        patch: slowHandshake,
      },
      {
        applyTo: 'FILTER_CHAIN',
        match: { context: 'SIDECAR_INBOUND', listener: { filterChain: { name: '0.0.0.0_8080' } } },
        patch: slowHandshake,
      },
    ],
  },
})

export const gatewayChanges = istio.envoyFilter({
  metadata: { name: 'kiosk' },
  spec: {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'kiosk' }],
    configPatches: [
      {
        applyTo: 'LISTENER',
        match: { context: 'GATEWAY' },
        patch: { operation: 'MERGE', value: { per_connection_buffer_limit_bytes: 32_768 } },
      },
    ],
  },
})
