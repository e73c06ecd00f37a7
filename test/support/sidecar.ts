import { typeUrl } from '../../src/xds/snapshot.ts'
import { type ClientTarget, type Received, XdsClient } from './xds-client.ts'

export interface SidecarOptions {
  readonly nodeId: string
  /** Shown as its credentials. */
  readonly token?: string
  /** Routes that its listeners name. */
  readonly routes?: readonly string[]
  /** Does it ask for its certificate and for the roots? */
  readonly wantsSecrets?: boolean
  /** What an earlier stream has left it with: it comes back, and asks for all of that at once as Envoy does. */
  readonly held?: Held
  /** Called for each response, once it has been taken and acknowledged. */
  readonly onResponse?: (response: Received) => void
}

/** By type URL and name: the version that it holds. */
export type Held = ReadonlyMap<string, ReadonlyMap<string, string>>

const secretNames = ['default', 'ROOTCA']

/** A delta stream that behaves as an Envoy's does, for tests and load: it asks for what it is told of, and accepts all. */
export class Sidecar {
  readonly client: XdsClient
  readonly #held = new Map<string, Map<string, string>>()
  readonly #options: SidecarOptions
  readonly #asksFor = new Set<string>()

  constructor(target: ClientTarget, options: SidecarOptions) {
    this.#options = options
    const { token } = options
    this.client = new XdsClient(target, 'delta', token === undefined ? {} : { authorization: `Bearer ${token}` })
    this.client.onResponse = response => this.#receive(response)
    for (const [type, versions] of options.held ?? []) this.#held.set(type, new Map(versions))
    const { nodeId } = options
    this.client.send({ typeUrl: typeUrl.cluster, nodeId, initialVersions: this.#versions(typeUrl.cluster) })
    if (options.held !== undefined) this.#askFor(typeUrl.endpoint, this.#outbound())
    this.client.send({ typeUrl: typeUrl.listener, initialVersions: this.#versions(typeUrl.listener) })
    if (options.held !== undefined) {
      this.#askFor(typeUrl.route, options.routes ?? [])
      this.#askForSecrets()
    }
  }

  /** Which versions it holds; what was removed is held no more. */
  get held(): Held {
    return this.#held
  }

  count(type: string): number {
    return this.#held.get(type)?.size ?? 0
  }

  /** It has clusters with their endpoints, listeners, routes and, if it wants any, secrets. */
  get isComplete(): boolean {
    const { routes = [], wantsSecrets } = this.#options
    return (
      this.count(typeUrl.cluster) > 0 &&
      this.count(typeUrl.endpoint) === this.#outbound().length &&
      this.count(typeUrl.listener) > 0 &&
      this.count(typeUrl.route) === routes.length &&
      (wantsSecrets !== true || this.count(typeUrl.secret) === secretNames.length)
    )
  }

  #outbound(): string[] {
    return [...(this.#held.get(typeUrl.cluster)?.keys() ?? [])].filter(name => name.startsWith('outbound'))
  }

  #versions(type: string): { readonly [name: string]: string } {
    return Object.fromEntries(this.#held.get(type) ?? [])
  }

  /** For what it has not asked for yet, saying what it holds of that. */
  #askFor(type: string, names: readonly string[]): void {
    const fresh = names.filter(name => !this.#asksFor.has(`${type} ${name}`))
    for (const name of fresh) this.#asksFor.add(`${type} ${name}`)
    const held = Object.entries(this.#versions(type)).filter(([name]) => fresh.includes(name))
    if (fresh.length > 0) this.client.send({ typeUrl: type, names: fresh, initialVersions: Object.fromEntries(held) })
  }

  #askNoMore(type: string, names: readonly string[]): void {
    const known = names.filter(name => this.#asksFor.delete(`${type} ${name}`))
    for (const name of known) this.#held.get(type)?.delete(name)
    if (known.length > 0) this.client.send({ typeUrl: type, unsubscribe: known })
  }

  #askForSecrets(): void {
    if (this.#options.wantsSecrets === true) this.#askFor(typeUrl.secret, secretNames)
  }

  #receive(response: Received): void {
    const { typeUrl: type, resources, removed } = response
    const held = this.#held.get(type) ?? new Map<string, string>()
    this.#held.set(type, held)
    for (const { name, version } of resources) held.set(name, version)
    for (const name of removed) held.delete(name)
    this.client.ack(response)
    if (type === typeUrl.cluster) {
      this.#askForSecrets()
      this.#askFor(typeUrl.endpoint, this.#outbound())
      this.#askNoMore(typeUrl.endpoint, removed)
    }
    if (type === typeUrl.listener) this.#askFor(typeUrl.route, this.#options.routes ?? [])
    this.#options.onResponse?.(response)
  }
}
