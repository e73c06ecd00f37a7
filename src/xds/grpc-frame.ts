import { grpcStatus, StreamRefused } from './grpc-status.ts'

/** One byte says whether the message is compressed, four its length. */
export const frameHeaderBytes = 5

/** The header of a message of so many bytes, uncompressed. */
export function frameHeader(length: number): Buffer {
  const header = Buffer.alloc(frameHeaderBytes)
  header.writeUInt32BE(length, 1)
  return header
}

/**
 * Cuts a byte stream into gRPC messages.
 *
 * A length beyond the limit is refused when its header is read, so that a peer can't make us buffer more.
 */
export class FrameReader {
  readonly #limit: number
  #chunks: Buffer[] = []
  #bytes = 0
  #wanted = frameHeaderBytes

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Takes the next bytes and yields each message that is complete.
   *
   * @throws StreamRefused where a message is too long or compressed
   */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes >= this.#wanted) {
      const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
      const end = frameHeaderBytes + this.#lengthOf(all)
      this.#wanted = end
      this.#chunks = [all]
      if (all.length < end) return
      const rest = all.subarray(end)
      this.#chunks = rest.length === 0 ? [] : [rest]
      this.#bytes = rest.length
      this.#wanted = frameHeaderBytes
      yield all.subarray(frameHeaderBytes, end)
    }
  }

  #lengthOf(frame: Buffer): number {
    if (frame[0] !== 0) throw new StreamRefused(grpcStatus.unimplemented, 'compressed messages are not supported')
    const length = frame.readUInt32BE(1)
    if (length <= this.#limit) return length
    throw new StreamRefused(
      grpcStatus.resourceExhausted,
      `a message of ${length} bytes is longer than the limit of ${this.#limit}`,
    )
  }
}
