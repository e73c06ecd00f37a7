import { isIP } from 'node:net'

/** A range of addresses. */
export interface AddressBlock {
  readonly address: string
  /** How many leading bits all of them share. */
  readonly length: number
}

/**
 * Reads an IP address or CIDR, whose bits beyond the prefix are cleared: what means the same is the same text.
 *
 * @returns undefined where the text is neither
 */
export function addressBlock(text: string): AddressBlock | undefined {
  const [address = '', prefix] = text.split('/')
  const version = isIP(address)
  if (version === 0) return undefined
  const [bits, width] = version === 4 ? [32, 8] : [128, 16]
  const length = prefix === undefined ? bits : Number(prefix)
  const parts = version === 4 ? address.split('.').map(Number) : groupsOf(address)
  const masked = parts.map((part, index) => {
    const kept = Math.min(Math.max(length - index * width, 0), width)
    return part - (part % 2 ** (width - kept))
  })
  const joined = version === 4 ? masked.join('.') : masked.map(part => part.toString(16)).join(':')
  return { address: joined, length }
}

/** The eight numbers of an address of IPv6. */
function groupsOf(address: string): number[] {
  // The last four bytes may be written as IPv4 writes them.
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.slice(0, 4).map(Number) as [number, number, number, number]
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = '', tail] = plain.split('::')
  const read = (text: string) => (text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16)))
  const [first, last] = [read(head), read(tail ?? '')]
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}
