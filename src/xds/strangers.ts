/**
 * Streams of which it is not known yet who opened them. They are counted apart from those of proxies, and by the address that
 * they come from: whoever opens thousands and says nothing takes no proxy's place.
 */
export class Strangers<Stream> {
  readonly #limit: number
  readonly #addresses = new Map<Stream, string>()
  readonly #counts = new Map<string, number>()

  /** @param limit of one address */
  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#addresses.size
  }

  /** @returns false where its address has too many already */
  add(stream: Stream, address: string): boolean {
    const count = this.#counts.get(address) ?? 0
    if (count >= this.#limit) return false
    this.#counts.set(address, count + 1)
    this.#addresses.set(stream, address)
    return true
  }

  /** It is known who opened it, or it has ended. Idempotent. */
  remove(stream: Stream): void {
    const address = this.#addresses.get(stream)
    if (address === undefined) return
    this.#addresses.delete(stream)
    const count = (this.#counts.get(address) ?? 1) - 1
    if (count === 0) this.#counts.delete(address)
    else this.#counts.set(address, count)
  }
}
