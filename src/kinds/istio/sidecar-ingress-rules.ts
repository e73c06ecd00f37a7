import { isIP } from 'node:net'
import { isAnyAddress } from '../../model/scope.ts'
import { badForm, cannotServe, conflict, missing, noEffect, port, type RuleFinding, twice } from '../rule-finding.ts'
import { connectionPoolRules } from './connection-pool-rules.ts'
import type { ConnectionPoolSettings } from './destination-rule.ts'
import type { ServerTLSSettings } from './gateway.ts'
import { protocolRules, protocols } from './protocols.ts'
import { hashRules } from './server-tls-rules.ts'
import { spokenProtocol } from './service-entry-lowering.ts'
import type { IstioIngressListener, SidecarPort } from './sidecar.ts'

/** To which all that comes in is redirected (Istio's). */
const proxyPort = 15_006

/** Why there is no socket for all addresses. */
export const redirectedAnyway =
  'where traffic is redirected, all addresses are those of redirected connections; name one address with bind'

/** Of the ports that a sidecar takes in. */
export function* ingressRules(listeners: readonly IstioIngressListener[]): Iterable<RuleFinding> {
  for (const [index, listener] of listeners.entries()) {
    const { defaultEndpoint, port: own, bind, tls, connectionPool } = listener
    if (own.number === undefined) yield missing(`/spec/ingress/${index}/port`, 'a number')
    yield* port(`/spec/ingress/${index}/port/number`, own.number)
    if (own.number === proxyPort)
      yield noEffect(`/spec/ingress/${index}/port/number`, 'where traffic is redirected, the port is the proxy’s own')
    yield* spokenRules(own, `/spec/ingress/${index}/port`)
    if (bind !== undefined && bind !== '' && isIP(bind) === 0)
      yield badForm(`/spec/ingress/${index}/bind`, bind, 'an IP address')
    if (listener.captureMode === 'NONE' && isAnyAddress(bind === '' ? undefined : bind))
      yield noEffect(`/spec/ingress/${index}/captureMode`, redirectedAnyway)
    if (listener.captureMode === 'NONE' && defaultEndpoint === undefined)
      yield missing(`/spec/ingress/${index}`, 'defaultEndpoint, for the proxy has the port itself')
    const pointer = `/spec/ingress/${index}/defaultEndpoint`
    const form = /^((127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\]):\d{1,5}|unix:\/\/[/@].+)$/
    if (defaultEndpoint !== undefined && !form.test(defaultEndpoint))
      yield badForm(pointer, defaultEndpoint, 'an endpoint of the workload', 'write 127.0.0.1:PORT or unix:///path')
    else yield* port(pointer, portOf(defaultEndpoint))
    if (tls !== undefined) {
      if (!/^(HTTPS|TLS)$/i.test(own.protocol ?? ''))
        yield conflict(`/spec/ingress/${index}/tls`, 'a protocol without TLS: make it HTTPS or TLS')
      yield* ingressTlsRules(tls, `/spec/ingress/${index}/tls`)
    }
    yield* inboundPoolRules(connectionPool, `/spec/ingress/${index}/connectionPool`)
    if (connectionPool?.http !== undefined && !mayCarryHttp(listener))
      yield noEffect(`/spec/ingress/${index}/connectionPool/http`, `on a port of ${own.protocol} nobody sees requests`)
  }
  yield* twice(
    listeners.map(({ port }) => port.number),
    index => `/spec/ingress/${index}/port/number`,
  )
}

/** None of a socket. */
function portOf(endpoint = 'unix://'): number | undefined {
  return endpoint.startsWith('unix://') ? undefined : Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
}

/** Where nothing is said, the first bytes tell; of HTTPS requests are seen where TLS ends. */
function mayCarryHttp({ port: { protocol = '' }, tls }: IstioIngressListener): boolean {
  const family = protocols.get(protocol.toUpperCase())
  return family === undefined || family === 'http' || (tls !== undefined && protocol.toUpperCase() === 'HTTPS')
}

/** A sidecar reads certificates from its own disk, and ends TLS for clients outside of the mesh alone. */
function* ingressTlsRules(tls: ServerTLSSettings, pointer: string): Iterable<RuleFinding> {
  for (const field of [
    'httpsRedirect',
    'credentialName',
    'credentialNames',
    'caCertCredentialName',
    'tlsCertificates',
    'subjectAltNames',
  ] as const)
    if (tls[field] !== undefined) yield conflict(`${pointer}/${field}`, 'a sidecar: only gateways know it')
  const { mode = 'PASSTHROUGH' } = tls
  if (!endingModes.has(mode)) yield conflict(`${pointer}/mode`, 'a sidecar: use SIMPLE, MUTUAL or OPTIONAL_MUTUAL')
  else yield* fileRules(tls, pointer)
  yield* hashRules(tls, pointer)
  if (tls.insecureSkipVerify !== undefined)
    yield cannotServe(`${pointer}/insecureSkipVerify`, 'a certificate that nobody vouches for says nothing')
}

const endingModes: ReadonlySet<string> = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'])

function* fileRules(tls: ServerTLSSettings, pointer: string): Iterable<RuleFinding> {
  const needed = tls.mode === 'SIMPLE' ? certificateFields : [...certificateFields, 'caCertificates' as const]
  // Where they are named in a way that sidecars do not know, that is said already.
  if ((tls.credentialName ?? tls.credentialNames ?? tls.tlsCertificates) !== undefined) return
  for (const field of needed) if ((tls[field] ?? '') === '') yield missing(pointer, field)
}

const certificateFields = ['serverCertificate', 'privateKey'] as const

function* spokenRules({ protocol, targetPort }: SidecarPort, pointer: string): Iterable<RuleFinding> {
  if (targetPort !== undefined)
    yield conflict(`${pointer}/targetPort`, 'a sidecar: defaultEndpoint says where it leads')
  if (protocol === undefined || protocol === '') return
  yield* protocolRules(`${pointer}/protocol`, protocol)
  if (protocols.has(protocol.toUpperCase()) && spokenProtocol(protocol) === undefined)
    yield cannotServe(`${pointer}/protocol`, 'no workload takes it in through its sidecar')
}

/** Limits of what comes in: how the application is spoken to is not among them. */
export function* inboundPoolRules(pool: ConnectionPoolSettings | undefined, pointer: string): Iterable<RuleFinding> {
  yield* connectionPoolRules(pool, pointer)
  for (const field of ['h2UpgradePolicy', 'useClientProtocol'] as const)
    if (pool?.http?.[field] !== undefined)
      yield noEffect(`${pointer}/http/${field}`, 'the port’s protocol says how the application is spoken to')
}
