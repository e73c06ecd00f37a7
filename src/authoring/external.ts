import { commonForm, suggestedName } from '../kinds/object-name.ts'
import { declare } from './declaration.ts'
import { type Carries, declaredValue, type ExternalState, metadata, type PortState } from './internals.ts'
import type { PortProtocol } from './service.ts'
import { site, traced } from './trace.ts'
import { portPath } from './workload.ts'

/** One port, or several by name, and where the host is. */
export type ExternalOptions = ExternalParts & (ExternalOnePort | ExternalSeveralPorts)

export interface ExternalPortOptions {
  /** The port that callers name, 1–65535. */
  readonly port: number
  /** How it is spoken to. Default: TLS on port 443, else HTTP. */
  readonly protocol?: Exclude<PortProtocol, 'UDP'>
}

export interface ExternalOnePort extends ExternalPortOptions {
  readonly ports?: never
}

export interface ExternalSeveralPorts {
  /** Several ports, by name: numbers (443 for TLS, others for HTTP), or number and protocol. The first is the main one. */
  readonly ports: { readonly [name: string]: number | ExternalPortOptions }
  readonly port?: never
  readonly protocol?: never
}

export interface ExternalParts {
  /**
   * IP addresses of the host, or names that are looked up in place of its own. Default: its own name; of `*.domain`, wherever a
   * caller is going.
   */
  readonly at?: readonly string[]
}

/** A host outside of the mesh: what services of the mesh call. */
export interface External extends Carries<ExternalState> {
  readonly [externalTag]: true
}
declare const externalTag: unique symbol

/**
 * Declares a host outside of the mesh, so that services may call it: their proxies know it, and their environment has its
 * `<HOST>_URL`.
 *
 * Stands for an Istio ServiceEntry. On port 443 it is spoken to by TLS unless a protocol is given, which the application begins and
 * the proxy passes on; any other port is HTTP.
 *
 * @param host a DNS name, or `*.domain` for all names below one
 * @example
 * const payments = external('api.payments.example', { port: 443 })
 * export const shop = service('shop', { port: 8000, versions: { v1: { image: 'shop:1' } }, calls: [payments] })
 */
export function external(host: string, options: ExternalOptions): External {
  const at = site()
  const ports = portsOf(options)
  const name = nameFor(host)
  const resource = traced(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: metadata(traced(name, at, 0), undefined),
      spec: {
        hosts: [traced(host, at, 0)],
        ports: ports.map((port, index) =>
          traced({ name: port.name, number: port.number, protocol: port.protocol }, at, ...portPath(port, index)),
        ),
        ...whereabouts(host, options.at, at),
      },
    },
    at,
  )
  const declaration = declare({ word: 'external', name: host, site: at, uses: [], build: () => [resource] })
  // What is wrong with a host is said once, of its entry; who calls it goes on with a name that could be meant.
  const state: ExternalState = { kind: 'external', declaration, host: isHost.test(host) ? host : name, ports }
  return declaredValue(state) as External
}

const isHost = /^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.?$/i

/** A resource can't be named after every host that can be called. */
function nameFor(host: string): string {
  const plain = host.toLowerCase().replace(/^\*\./, 'any.').replace(/\.$/, '')
  return commonForm.pattern.test(plain) ? plain : suggestedName(plain)
}

function portsOf(options: ExternalOptions): PortState[] {
  if (options.ports === undefined) {
    const { port: number, protocol = usualProtocol(number) } = options
    return [{ name: protocol.toLowerCase(), number, protocol }]
  }
  return Object.entries(options.ports).map(([name, port]) => {
    const { port: number, protocol = usualProtocol(number) } = typeof port === 'number' ? { port } : port
    return { name, number, protocol }
  })
}

function usualProtocol(port: number): 'TLS' | 'HTTP' {
  return port === 443 ? 'TLS' : 'HTTP'
}

/** Letters that stand in no DNS name, or in no address. */
const ipAddress = /^[\d.]+$|:/

function whereabouts(host: string, addresses: readonly string[] | undefined, at: number): object {
  if (addresses === undefined) return { resolution: host.startsWith('*') ? 'NONE' : 'DNS' }
  const isFixed = addresses.every(address => ipAddress.test(address))
  return {
    resolution: isFixed ? 'STATIC' : 'DNS',
    endpoints: addresses.map((address, index) =>
      traced({ address: traced(address, at, 1, 'at', index) }, at, 1, 'at', index),
    ),
  }
}
