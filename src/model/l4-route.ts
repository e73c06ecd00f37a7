import type { Destination } from './http-route.ts'
import type { At, Labels } from './node.ts'

/** Where connections, or datagrams, go that are not looked into: by server name where they are TLS, else by addresses and port. */
export interface L4Rule {
  /** Empty: every connection. */
  readonly matches: readonly L4Match[]
  readonly destinations: readonly Destination[]
  readonly at: At
}

/** Holds when all that it names hold. */
export interface L4Match {
  /** Server names of the TLS hello, which may begin with `*.`; empty: none is asked for. */
  readonly serverNames: readonly string[]
  /** Address ranges that the client must have called; empty: any. */
  readonly destinationSubnets: readonly string[]
  /** Address range that the client must come from. */
  readonly sourceSubnet?: string
  /** The listener's port. */
  readonly port?: number
  readonly sourceLabels: Labels
  readonly sourceNamespace?: string
  /** Absent: those of the routing. */
  readonly gateways?: readonly string[]
  readonly at: At
}
