import type { At, Labels, Node } from './node.ts'

/** Whom a workload calls: what its proxy is configured for (an Istio Sidecar or `calls`). */
export interface Scope extends Node {
  /** Picks workloads of its namespace; absent: all of them that no other scope picks. */
  readonly selector?: Labels
  readonly egress: readonly EgressHost[]
}

export interface EgressHost {
  /** `*` any, `~` none, otherwise a namespace. */
  readonly namespace: string
  /** A host, a wildcard (`*.svc`), or `*`. */
  readonly host: string
  readonly at: At
}
