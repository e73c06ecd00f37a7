import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/span.ts'
import type { Mesh } from '../model/mesh.ts'
import type { At } from '../model/node.ts'
import type { Placement, ProxyPlacement } from '../model/placement.ts'
import type { Inspection } from './control.ts'
import type { StateFolder } from './state/state-folder.ts'

/** A revision with the places where it runs: what the proxies shall be configured with. */
export interface Served {
  readonly revision: string
  /** Counts the revisions that the instance has handed out: an earlier one that comes back is a push of its own. */
  readonly push: number
  readonly mesh: Mesh
  readonly placement: Placement
  /** The author's line that a place of the Mesh comes from. */
  readonly spanOf: (place: At) => Span | undefined
}

/** How far one proxy has come. */
export interface ProxyDelivery {
  readonly isConnected: boolean
  /** Has it accepted all that the current push gives it? */
  readonly isAccepted: boolean
  /** When its configuration last changed and was accepted, ms since the epoch. */
  readonly acceptedAt?: number
  /** From the push to the last acceptance, ms; absent before the first. */
  readonly tookMs?: number
  /** The revision that it last took something from. */
  readonly revision?: string
  /** The push that this came with. */
  readonly push?: number
  /** Why it refuses the current revision. */
  readonly rejection?: Diagnostic
}

/** Where a proxy's admin interface listens. */
export interface AdminSocket {
  readonly kind: 'socket'
  readonly path: string
}

/**
 * How configuration gets to the proxies of an instance: what the instance asks of a control plane, and nothing more.
 */
export interface Delivery {
  /** What the proxy's Envoy starts with, as JSON. Equal for equal proxies: a change restarts the Envoy. */
  bootstrap(served: Served, proxy: ProxyPlacement, admin: AdminSocket): unknown
  /** Hands out a revision from now on. */
  deliver(served: Served): void
  /**
   * The revision stays and its source has moved: what is found from now on names the new lines, and what stands refused is
   * told again with its own. Pushes nothing.
   */
  relocate(spanOf: Served['spanOf']): void
  /** What each proxy was sent, for `mesh proxies`. */
  readonly inspection: Inspection
  /** By `name.namespace`. */
  proxyOf(name: string): ProxyDelivery
  close(): Promise<void>
}

/** What a delivery is made with. */
export interface DeliveryContext {
  readonly state: StateFolder
  /** Called after each change of what `proxyOf` tells. */
  readonly changed: () => void
  /** Called when something fails that is not the mesh's fault; it is tried again. */
  readonly failed: (error: Error) => void
  /** Called when a proxy refuses what it was sent. */
  readonly rejected: (why: Diagnostic) => void
}
