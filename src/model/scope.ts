import type { ServerTls } from './gateway.ts'
import type { At, Labels, Node } from './node.ts'
import type { Protocol } from './service.ts'
import type { ConnectionPool } from './traffic-policy.ts'

/** Whom a workload calls: what its proxy is configured for (an Istio Sidecar or `calls`). */
export interface Scope extends Node {
  /** Picks workloads of its namespace; absent: all of them that no other scope picks, and of a root namespace the whole mesh's. */
  readonly selector?: Labels
  readonly egress: readonly EgressHost[]
  /** Absent: none. */
  readonly listeners?: readonly EgressListener[]
  /** Absent: as it is for the whole mesh. */
  readonly unknownHosts?: UnknownHosts
  /** Ports that its workloads take in, in place of those that services lead to; absent: those. */
  readonly ingress?: readonly IngressPort[]
  /** Limits of what comes in where a port says none itself. Absent: none. */
  readonly inboundPool?: ConnectionPool
}

/** A port that a workload takes in. */
export interface IngressPort {
  readonly number: number
  readonly name: string
  readonly protocol: Protocol
  /** Has the proxy a socket for it, though connections are redirected? */
  readonly isBound: boolean
  /** Address that it has then, or wherever nothing is redirected. Absent: the proxy's own. */
  readonly bind?: string
  /** Where the application listens. Absent: where connections were going. */
  readonly target?: IngressTarget
  /** Ends TLS of clients that are none of the mesh. Absent: those speak plain text. */
  readonly tls?: ServerTls
  readonly pool?: ConnectionPool
  readonly at: At
}

/** Is it no address in particular? Where connections are redirected, such are taken: sockets need one of their own. */
export function isAnyAddress(bind: string | undefined): boolean {
  return bind === undefined || bind === '0.0.0.0' || bind === '::'
}

export type IngressTarget =
  | { readonly kind: 'address'; readonly address: string; readonly port: number }
  /** Of Unix; one that begins with `@` is no file. */
  | { readonly kind: 'socket'; readonly path: string }
  /** A port at the address that connections were going to. */
  | { readonly kind: 'own'; readonly port: number }

/** What becomes of calls to hosts that nobody declared. */
export type UnknownHosts =
  /** They go on to where they were going, as far as anybody knows. */
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused' }
  /** They go to one service. */
  | {
      readonly kind: 'proxied'
      readonly host: string
      readonly port: number
      readonly subset?: string
      readonly at: At
    }

/** Where nothing is said. */
export const passedHosts: UnknownHosts = { kind: 'passed' }
export const refusedHosts: UnknownHosts = { kind: 'refused' }

export interface EgressHost {
  /** `*` any, `~` none, otherwise a namespace. */
  readonly namespace: string
  /** A host, a wildcard (`*.svc`), or `*`. */
  readonly host: string
  /** Is it the namespace of whoever calls? */
  readonly isOwn?: true
  /** The one port of it that may be called; absent: all that no other host's `port` is. */
  readonly port?: number
  readonly at: At
}

/** An address at which workloads find what they call, beside those of the services themselves. */
export interface EgressListener {
  /** The one port that it stands for; absent: all that no other listener stands for. */
  readonly port?: number
  readonly bind?: string
  /** Has the proxy a socket for it, though connections are redirected? */
  readonly isBound: boolean
  /** Hosts that are found there alone, by all their ports; absent: those of the scope. */
  readonly apart?: EgressApart
  readonly at: At
}

export interface EgressApart {
  readonly hosts: readonly EgressHost[]
  /** Requests, told apart by the host and port that they name, or connections to the first of the hosts that takes any. */
  readonly carries: 'http' | 'tcp'
  /** Path of a Unix socket in place of an address; one that begins with `@` is no file. */
  readonly socket?: string
}
