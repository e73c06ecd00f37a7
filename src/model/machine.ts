import type { Labels, Node } from './node.ts'
import type { Locality } from './placement.ts'

/** A place outside of pods where something answers. */
export interface HostEndpoint {
  /** IP address, DNS name, or `unix:///path`. */
  readonly address: string
  /** By the name of a service's port, the port that answers here; others answer where the service says. */
  readonly ports: Readonly<{ [portName: string]: number }>
  readonly labels: Labels
  /** Absent: unknown. */
  readonly locality?: Locality
  /** Its share of the requests, at least 1. */
  readonly weight: number
  /** Account of its namespace that its certificate is for. */
  readonly serviceAccount: string
  /** Does somebody say that it has a certificate of the mesh? Absent: nobody does. */
  readonly hasIdentity?: true
}

/** Something that runs outside of pods and that services select by its labels (a WorkloadEntry). */
export interface Machine extends Node, HostEndpoint {}
