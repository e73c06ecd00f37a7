/** Secrets of one stream: made for it alone, sent on it alone, and kept nowhere else. */
import type { Held } from './held.ts'
import type { XdsNode } from './node.ts'

/** A proxy asks for its secrets. */
export interface SecretRequest {
  readonly node: XdsNode
  /** By name: the versions that the proxy says it holds from an earlier stream. */
  readonly versions: ReadonlyMap<string, string>
  /**
   * Hands over all secrets as they are now, and again whenever one changes. One without a body stands for what the proxy
   * holds already.
   */
  readonly changed: (secrets: Held) => void
  /** Has the proxy accepted this version of one? True also of one that it does not ask for: it has no use for it. */
  readonly hasAccepted: (name: string, version: string) => boolean
}

/** What makes a stream's secrets, for as long as it is open. */
export interface SecretSource {
  /** Makes them anew: the proxy asks for one again that it was believed to hold. */
  renew(): void
  /** The stream has ended: keys are forgotten and nothing is called any more. */
  close(): void
}

/** Undefined: the proxy gets no secrets. */
export type OpenSecrets = (request: SecretRequest) => SecretSource | undefined
