/** How large Envoy's RE2 makes an expression, at most: it refuses large ones in CEL, where nothing could be said about its limit. */
import type { RE2JS } from 're2js'

/** Envoy's limit for expressions within CEL; it has no setting for it. */
const largestInCel = 100

export function isTooLargeForCel(regex: RE2JS): boolean {
  const { inst } = regex.re2().prog as { readonly inst: readonly Instruction[] }
  return inst.reduce((size, each) => size + sizeOf(each), overhead) > largestInCel
}

/** One of RE2JS', which go letter by letter where RE2's go byte by byte. */
interface Instruction {
  readonly op: number
  /** Ranges, as pairs; a single letter stands for itself. */
  readonly runes: ArrayLike<number>
  readonly arg: number
}

/** What RE2 puts around each expression. */
const overhead = 4
/** Operations of RE2JS that are about letters. */
const ops = { letters: 8, letter: 9, any: 10, anyButNewline: 11 } as const
const last = 0x10ffff
/** All beyond ASCII, for which RE2 has a short way. */
const beyondAscii = 6

function sizeOf({ op, runes, arg }: Instruction): number {
  if (op === ops.any) return 1 + beyondAscii
  if (op === ops.anyButNewline) return 2 + beyondAscii
  if (op !== ops.letters && op !== ops.letter) return 1
  const isFolded = op === ops.letters && (arg & 1) === 1
  // Other cases of a letter, of which there are three at most, and some of ASCII's lie beyond it.
  if (runes.length === 1) return isFolded ? 4 * bytesOf(runes[0]!) : bytesOf(runes[0]!)
  let size = 0
  for (let index = 0; index < runes.length; index += 2) size += sizeOfRange(runes[index]!, runes[index + 1]!)
  return size
}

/** First letters whose UTF-8 has two bytes, three and four, and how many ways there are to write a range of such. */
const lengths = [
  { from: 0x80, to: 0x7ff, bytes: 2, most: 3 },
  { from: 0x800, to: 0xffff, bytes: 3, most: 5 },
  { from: 0x10000, to: last, bytes: 4, most: 7 },
] as const

function sizeOfRange(from: number, to: number): number {
  const ofAscii = from < 0x80 ? 1 : 0
  if (from <= 0x80 && to === last) return ofAscii + beyondAscii
  const others = lengths
    .map(each => ({ ...each, low: Math.max(from, each.from), high: Math.min(to, each.to) }))
    .filter(({ low, high }) => low <= high)
    // Letters that differ in their last byte alone are one range of bytes.
    .map(({ low, high, bytes, most }) => (low >> 6 === high >> 6 ? bytes : bytes * most))
  return others.reduce((sum, size) => sum + size, ofAscii)
}

function bytesOf(rune: number): number {
  return rune < 0x80 ? 1 : (lengths.find(({ to }) => rune <= to)?.bytes ?? 4)
}
