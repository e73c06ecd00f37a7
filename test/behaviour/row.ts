/** One feature: what is written, what is asked, and what comes of it. */

/** Every service has an endpoint of each; what is written about subsets names these. */
export const versions = ['v1', 'v2', 'v3'] as const
export type Version = (typeof versions)[number]

export interface Row {
  /** As a title: `rewrites the matched prefix`. */
  readonly does: string
  /** The http rules of a VirtualService for the service; `HOST` stands for its name. */
  readonly http?: readonly object[]
  /** The http rules of a second one, which `DELEGATE` stands for. */
  readonly delegate?: readonly object[]
  /** A trafficPolicy for the service. */
  readonly policy?: object
  /** How the service's port is spoken to, as its appProtocol. Default: http. */
  readonly protocol?: string
  /** Through the gateway instead of the caller's own proxy. */
  readonly isEdge?: true
  readonly ask?: Ask
  readonly sees: Sees
}

export interface Ask {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<{ [name: string]: string }>
  readonly body?: string
  /** Asks so often. Default: once. */
  readonly times?: number
  /** Headers of each answer that are sent with what is asked next; `set-cookie` as cookies. */
  readonly returns?: readonly string[]
  /** All at once, instead of one after the other. */
  readonly atOnce?: true
}

/** What must be so; what is not named may be anything. */
export interface Sees {
  /** Of each answer. Default: 200. */
  readonly status?: number | Readonly<{ [status: number]: readonly [least: number, most: number] }>
  /** Of the answer; null: it is not there. */
  readonly headers?: Readonly<{ [name: string]: string | null }>
  /** The answer's body, where no application answers. */
  readonly body?: string
  /** Which versions are asked, each within its bounds; or the only one. */
  readonly servers?: Version | Readonly<{ [server: string]: readonly [least: number, most: number] }>
  /** All go to one endpoint, whichever. */
  readonly isOneServer?: true
  /** Connections that applications get them by. */
  readonly connections?: number
  /** What comes in at the application, of each request. */
  readonly upstream?: {
    readonly method?: string
    readonly url?: string
    readonly headers?: Readonly<{ [name: string]: string | null }>
  }
  /** How many requests come in at applications. Default: as many as were asked. */
  readonly attempts?: number | readonly [least: number, most: number]
  /** From asking to the answer, ms. */
  readonly takes?: readonly [least: number, most: number]
  /** The connection ends without an answer. */
  readonly nothing?: true
}
