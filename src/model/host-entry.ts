import type { HostEndpoint } from './machine.ts'

/** What is said of a service that is declared by its host, and is none of Kubernetes' (a ServiceEntry). */
export interface HostEntry {
  /** Is it no part of the mesh? Then it is never spoken to by mutual TLS of the mesh. */
  readonly isExternal: boolean
  readonly resolution: HostResolution
  /** IP addresses and ranges (CIDR) by which callers reach it. */
  readonly addresses: readonly string[]
  /** Where it is; beside these, whatever the service selects. */
  readonly endpoints: readonly HostEndpoint[]
  /** The same by port, where several declarations each name a part of the ports. Absent: all ports are at all endpoints. */
  readonly endpointsAt?: ReadonlyMap<number, readonly HostEndpoint[]>
  /** Names of which its certificates must carry one; empty: those of the endpoints' accounts. */
  readonly subjectAltNames: readonly string[]
}

/** How the endpoints of a declared host are found. */
export type HostResolution =
  /** Wherever the caller was going. */
  | 'NONE'
  /** At the addresses of the endpoints. */
  | 'STATIC'
  /** At all addresses that the names of the endpoints, or else the host's, have. */
  | 'DNS'
  /** At the address that the one name has when a connection is made. */
  | 'DNS_ROUND_ROBIN'
  /** Of a domain: at an address of the name that is asked for. */
  | 'DYNAMIC_DNS'

/** Does a host stand for all names below a domain? */
export function isWildcard(host: string): boolean {
  return host.startsWith('*')
}

/** Does a host with an optional leading wildcard cover another host? */
export function hostCovers(pattern: string, host: string): boolean {
  if (pattern === '*') return true
  return pattern.startsWith('*')
    ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
    : pattern === host
}
