import type { Labels } from './node.ts'

/**
 * Where the proxies of a mesh run: the state that a snapshot depends on beside the revision. On one machine an
 * allocator makes it; in a cluster it is observed.
 */
export interface Placement {
  /** By `proxyName`. */
  readonly proxies: Readonly<{ [name: string]: ProxyPlacement }>
}

export interface Address {
  readonly address: string
  readonly port: number
}

export interface ProxyPlacement {
  readonly name: string
  readonly namespace: string
  readonly kind: 'sidecar' | 'router'
  /** The workload whose traffic it carries; absent for gateways. */
  readonly workload?: string
  /** Labels that a proxy names itself, where no workload of the mesh is known for it. */
  readonly labels?: Labels
  /** The proxy's own address. */
  readonly address: string
  /** Ports that it takes in for its workload. */
  readonly inbound: readonly Inbound[]
  /** Listeners of its own for what its workload calls. */
  readonly outbound: readonly Outbound[]
  /** Where a gateway's ports are really bound: by the server's port number. */
  readonly servers: readonly { readonly port: number; readonly listen: Address }[]
}

/** `name.namespace`: how a proxy is called wherever it is spoken of. */
export function proxyName({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `${name}.${namespace}`
}

export interface Inbound {
  /** The container's port, which services' targetPort leads to. */
  readonly port: number
  /** Where Envoy listens: what endpoints of the workload name. */
  readonly listen: Address
  /** Where the application listens: its `$PORT`. */
  readonly app: Address
}

export interface Outbound {
  /** The service that is called; absent: every service of the port, told apart by the host that the application names. */
  readonly host?: string
  readonly port: number
  readonly listen: Address
}
