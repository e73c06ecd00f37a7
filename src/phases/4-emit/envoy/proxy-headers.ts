/** Which headers proxies add, where the mesh says it: each change leaves a message alone that it is not about. */
import type { HeaderSettings, WideSettings } from '../../../model/mesh-settings.ts'
import { compact, isOf, type Message, typed } from './envoy-resource.ts'

/** A message as the mesh's headers have it. */
export function withHeaders(message: Message, { headers }: WideSettings): Message {
  if (headers === undefined) return message
  if (isOf(message, 'HttpConnectionManager')) return connectionManager(message, headers)
  if (isOf(message, 'Router')) return headers.isWithoutDebug ? { ...message, suppress_envoy_headers: true } : message
  if (isOf(message, 'HttpProtocolOptions')) return headers.keepsCase ? upstreamOptions(message) : message
  if (message['include_request_attempt_count'] === undefined || !headers.isWithoutAttempt) return message
  return compact({ ...message, include_request_attempt_count: undefined })
}

function connectionManager(message: Message, headers: HeaderSettings): Message {
  const { isWithoutId, keepsCase, server } = headers
  const own = message['http_protocol_options'] as Message | undefined
  return compact({
    ...message,
    ...(server === undefined ? {} : serverHeader(server)),
    ...(isOfCallers(message) ? callersCerts(message, headers) : {}),
    ...(isWithoutId ? { generate_request_id: false } : {}),
    ...(keepsCase ? { http_protocol_options: { ...own, ...keptCase } } : {}),
  })
}

function serverHeader(server: NonNullable<HeaderSettings['server']>): Message {
  if (server === 'application') return { server_name: undefined, server_header_transformation: 'PASS_THROUGH' }
  return { server_name: server.name }
}

/** Does a sidecar take in what others call its application for? Gateways have settings of their own. */
function isOfCallers({ server_name, use_remote_address }: Message): boolean {
  return server_name !== undefined && use_remote_address !== true
}

/** Envoy itself takes the header away where no certificate was shown, but for ALWAYS_FORWARD_ONLY. */
function callersCerts(message: Message, { clientCerts, certDetails }: HeaderSettings): Message {
  const details = message['set_current_client_cert_details']
  return {
    ...(clientCerts === undefined ? {} : { forward_client_cert_details: clientCerts }),
    ...(certDetails === undefined || details === undefined
      ? {}
      : { set_current_client_cert_details: Object.fromEntries(Object.entries(certDetails).filter(([, is]) => is)) }),
  }
}

const keptCase = {
  header_key_format: {
    stateful_formatter: {
      name: 'preserve_case',
      typed_config: typed('envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig', {}),
    },
  },
} as const

const httpChoices = ['explicit_http_config', 'use_downstream_protocol_config', 'auto_config'] as const

/** Where an upstream may be spoken to by HTTP/1.1, whichever way that is decided. */
function upstreamOptions(message: Message): Message {
  const changed = httpChoices.flatMap(choice => {
    const config = message[choice] as Message | undefined
    const http1 = config?.['http_protocol_options'] as Message | undefined
    return http1 === undefined ? [] : [[choice, { ...config, http_protocol_options: { ...http1, ...keptCase } }]]
  })
  return changed.length === 0 ? message : { ...message, ...Object.fromEntries(changed) }
}

const optionsType = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** A cluster that says nothing of HTTP speaks HTTP/1.1, and says so where names of headers keep their case. */
export function withKeptCase(cluster: Message, { headers }: WideSettings): Message {
  if (headers?.keepsCase !== true) return cluster
  const options = (cluster['typed_extension_protocol_options'] ?? {}) as Message
  if (options[optionsType] !== undefined) return cluster
  const http1 = typed(optionsType, { explicit_http_config: { http_protocol_options: keptCase } })
  return { ...cluster, typed_extension_protocol_options: { ...options, [optionsType]: http1 } }
}
