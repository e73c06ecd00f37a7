import type { EncodedResource } from './snapshot.ts'

/** A resource as a client holds it: with bytes if it is from us and from this stream. */
export type HeldResource = { readonly version: string } & Partial<EncodedResource>

/** By name: what a client holds of one type, by all that we know. Shared and never mutated. */
export type Held = ReadonlyMap<string, HeldResource>

export const nothingHeld: Held = new Map()

/** What the client holds can't be known: it differs from every version, so the next content is sent for sure. */
export const unsureVersion = '?'

/** The client was told that there is no such resource. */
export const absent: HeldResource = { version: '' }

/** The same without some names; the same object where it has none of them. */
export function without(held: Held, names: Iterable<string>): Held {
  let copy: Map<string, HeldResource> | undefined
  for (const name of names) {
    if (!held.has(name)) continue
    copy ??= new Map(held)
    copy.delete(name)
  }
  return copy ?? held
}

/** The same, where some names may or may not have been taken up. Bytes are kept for sets that have to be sent whole. */
export function unsure(held: Held, names: Iterable<string>, lastGood: Held): Held {
  const copy = new Map(held)
  for (const name of names) copy.set(name, { ...lastGood.get(name), version: unsureVersion })
  return copy
}
