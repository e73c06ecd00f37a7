import type { At, Labels, Node } from './node.ts'

/** Whom a workload calls: what its proxy is configured for (an Istio Sidecar or `calls`). */
export interface Scope extends Node {
  /** Picks workloads of its namespace; absent: all of them that no other scope picks. */
  readonly selector?: Labels
  readonly egress: readonly EgressHost[]
  /** Absent: as it is for the whole mesh. */
  readonly unknownHosts?: UnknownHosts
}

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
  readonly at: At
}
