import { isDnsLabel, isFqdn, isIpAddress, isWildcardDomain, labels } from '../forms.ts'
import type { Resource } from '../resource.ts'
import {
  badForm,
  cannotServe,
  conflict,
  missing,
  noEffect,
  port,
  type RuleFinding,
  twice,
  withoutEffect,
} from '../rule-finding.ts'
import type { Gateway, Server } from './gateway.ts'
import { protocolRules, protocols, unserved } from './protocols.ts'
import { serverTlsRules } from './server-tls-rules.ts'

/** Istio's validation of Gateway, and what Envoy takes of it. */
export function* gatewayRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as Gateway
  const servers = spec.servers ?? []
  if (servers.length === 0) yield missing('/spec', 'a server')
  // Istio looks at none of it; but no pod has what is no label, and Envoy takes no text that is none.
  yield* labels('/spec/selector', spec.selector)
  for (const [index, server] of servers.entries()) yield* serverRules(server, `/spec/servers/${index}`)
  yield* twice(
    servers.map(server => server.port.name),
    index => `/spec/servers/${index}/port/name`,
  )
}

function* serverRules(server: Server, pointer: string): Iterable<RuleFinding> {
  const { hosts, tls } = server
  const bind = server.bind?.replace(/^unix:\/\//, '')
  const protocol = server.port.protocol.toUpperCase()
  const family = protocols.get(protocol)
  yield* protocolRules(`${pointer}/port/protocol`, server.port.protocol)
  if (bind?.startsWith('/') !== true && bind?.startsWith('@') !== true)
    yield* port(`${pointer}/port/number`, server.port.number)
  if (server.port.name === '') yield missing(`${pointer}/port`, 'a name')
  if (server.port.targetPort !== undefined)
    yield conflict(`${pointer}/port/targetPort`, 'a gateway: routes say where it leads to')
  if (hosts.length === 0) yield missing(pointer, 'a host')
  for (const [index, host] of hosts.entries()) yield* hostRules(host, `${pointer}/hosts/${index}`)
  yield* twice(
    hosts.map(host => host.toLowerCase()),
    index => `${pointer}/hosts/${index}`,
  )
  const isSocket = bind !== undefined && /^(@.+|\/.*[^/])$/.test(bind)
  if (bind !== undefined && !isIpAddress(bind) && !isSocket)
    yield badForm(`${pointer}/bind`, bind, 'an IP address or the path of a socket')
  if (family === 'tls' && tls === undefined) yield missing(pointer, 'tls')
  if (tls !== undefined) yield* tlsBesideProtocol(server, family, `${pointer}/tls`)
  const reason = unserved.get(protocol)
  if (reason !== undefined) yield cannotServe(`${pointer}/port/protocol`, reason)
  if (server.defaultEndpoint !== undefined)
    yield withoutEffect(`${pointer}/defaultEndpoint`, 'routes alone say where a gateway leads to, in Istio, too')
  if (isSocket)
    yield withoutEffect(`${pointer}/bind`, 'the gateway listens on its ports, for clients come over a network')
}

function* tlsBesideProtocol(
  { tls }: Server,
  family: 'http' | 'tls' | 'other' | undefined,
  pointer: string,
): Iterable<RuleFinding> {
  const isBare = tls?.mode === undefined || tls.mode === 'PASSTHROUGH'
  if (family === 'http' && !isBare) yield conflict(`${pointer}/mode`, 'a protocol in plain text: make it HTTPS')
  if (family === 'other') yield conflict(pointer, 'a protocol that knows no TLS')
  if (family !== 'http' && tls?.httpsRedirect === true)
    yield noEffect(`${pointer}/httpsRedirect`, 'only requests in plain HTTP can be redirected')
  if (family === 'tls' && tls !== undefined) yield* serverTlsRules(tls, pointer)
}

/** `namespace/host`, where the namespace may be `*` or `.`; short names would mean something else in each namespace. */
function* hostRules(text: string, pointer: string): Iterable<RuleFinding> {
  const slash = text.indexOf('/')
  const namespace = slash < 0 ? undefined : text.slice(0, slash)
  const host = text.slice(slash + 1)
  if (namespace !== undefined && namespace !== '*' && namespace !== '.' && !isDnsLabel(namespace))
    yield badForm(pointer, text, 'namespace/host', 'name a namespace, "." for its own, or "*" for all')
  const isWhole = !host.startsWith('*') || host === '*' || host.startsWith('*.')
  const isLong = isFqdn(host) ? host.includes('.') : isWildcardDomain(host) || isIpAddress(host)
  if (!isWhole || !isLong) yield badForm(pointer, text, 'a host', 'write a full DNS name, "*.domain" or "*"')
}
