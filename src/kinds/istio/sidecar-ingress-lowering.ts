import type { IngressPort, IngressTarget, Scope } from '../../model/scope.ts'
import type { Protocol } from '../../model/service.ts'
import { at } from '../definition.ts'
import type { Resource } from '../resource.ts'
import { lowerPool } from './destination-rule-lowering.ts'
import { lowerTls } from './gateway-lowering.ts'
import { spokenProtocol } from './service-entry-lowering.ts'
import type { IstioIngressListener, SidecarSpec } from './sidecar.ts'

/** What a Sidecar says of what comes in. */
export function lowerInbound(
  { ingress = [], inboundConnectionPool: pool }: SidecarSpec,
  resource: Resource,
): Pick<Scope, 'ingress' | 'inboundPool'> {
  const ports = ingress.flatMap((listener, index) => lowerListener(listener, at(resource, `/spec/ingress/${index}`)))
  return {
    ...(ingress.length === 0 ? {} : { ingress: ports }),
    ...(pool === undefined ? {} : { inboundPool: lowerPool(pool) }),
  }
}

function lowerListener(listener: IstioIngressListener, place: string): IngressPort[] {
  const { port, bind, captureMode, defaultEndpoint, tls, connectionPool } = listener
  const spoken = spokenProtocol(port.protocol)
  if (spoken === undefined || port.number === undefined) return []
  const target = defaultEndpoint === undefined ? undefined : lowerTarget(defaultEndpoint)
  return [
    {
      number: port.number,
      name: port.name ?? '',
      protocol: tls === undefined ? spoken : (endedProtocols[spoken] ?? spoken),
      isBound: captureMode === 'NONE',
      ...(bind === undefined || bind === '' ? {} : { bind }),
      ...(target === undefined ? {} : { target }),
      ...(tls === undefined ? {} : { tls: lowerTls(tls, `${place}/tls`) }),
      ...(connectionPool === undefined ? {} : { pool: lowerPool(connectionPool) }),
      at: place,
    },
  ]
}

/** What a port speaks once its TLS has been ended. */
const endedProtocols: Readonly<{ [protocol: string]: Protocol }> = { HTTPS: 'HTTP', TLS: 'TCP' }

/** `127.0.0.1:PORT`, `0.0.0.0:PORT` for the pod's own address, or `unix://PATH`. */
function lowerTarget(text: string): IngressTarget | undefined {
  if (text.startsWith('unix://')) return { kind: 'socket', path: text.slice('unix://'.length) }
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '')
  const port = Number(text.slice(colon + 1))
  if (!(port >= 1 && port <= 65_535)) return undefined
  return host === '0.0.0.0' || host === '::' ? { kind: 'own', port } : { kind: 'address', address: host, port }
}
