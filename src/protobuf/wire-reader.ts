/** Wire types of the protobuf encoding that are in use; 3 and 4 (groups) never occur in proto3. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Thrown where bytes are no protobuf message: input from a peer, so callers turn it into a refusal. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/**
 * Reads protobuf's wire format from one buffer, without copying.
 *
 * Every read checks its bounds, because most of what is read comes from the network.
 */
export class WireReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  /** A varint's low 32 bits, unsigned; higher bits are read and dropped, as protobuf has it for 32-bit fields. */
  uint32(): number {
    const first = this.bytes[this.at]
    if (first !== undefined && first < 128 && this.at < this.end) {
      this.at++
      return first
    }
    return Number(this.uint64() & 0xffffffffn)
  }

  /** A varint of up to 64 bits, unsigned. */
  uint64(): bigint {
    let low = 0
    let value = 0n
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= this.end) throw new WireError('a varint is cut off')
      const byte = this.bytes[this.at++]!
      // The first 28 bits fit a plain number, and nearly every varint ends there.
      if (shift < 28) low |= (byte & 127) << shift
      else value |= BigInt(byte & 127) << BigInt(shift)
      if (byte < 128) return BigInt.asUintN(64, value | BigInt(low))
    }
    throw new WireError('a varint is longer than ten bytes')
  }

  /** A field's number and wire type. */
  tag(): { readonly field: number; readonly wire: number } {
    const tag = this.uint32()
    if (tag < 8) throw new WireError('a field has the number 0')
    return { field: tag >>> 3, wire: tag & 7 }
  }

  /** The length-delimited bytes at the cursor: a view, valid as long as the buffer is. */
  slice(): Uint8Array {
    const length = this.uint32()
    const start = this.at
    if (length > this.end - start) throw new WireError('a field is longer than its message')
    this.at = start + length
    return this.bytes.subarray(start, this.at)
  }

  /** The length-delimited text at the cursor; what is not UTF-8 becomes U+FFFD. */
  string(): string {
    const { buffer, byteOffset, length } = this.slice()
    return Buffer.from(buffer, byteOffset, length).toString('utf8')
  }

  /** A reader over the message at the cursor, which is skipped. */
  message(): WireReader {
    const length = this.uint32()
    const start = this.at
    if (length > this.end - start) throw new WireError('a message is longer than what it is in')
    this.at = start + length
    return new WireReader(this.bytes, start, this.at)
  }

  /** Bytes of fixed width, as a view on them. */
  fixed(width: 4 | 8): DataView {
    if (this.end - this.at < width) throw new WireError('a number is cut off')
    this.at += width
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at - width, width)
  }

  skip(wire: number): void {
    if (wire === wireType.varint) this.uint64()
    else if (wire === wireType.bytes) this.slice()
    else if (wire === wireType.fixed64) this.fixed(8)
    else if (wire === wireType.fixed32) this.fixed(4)
    else throw new WireError(`a field has the wire type ${wire}`)
  }
}
