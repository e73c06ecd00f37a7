/** The gRPC status codes that we answer with, by https://grpc.github.io/grpc/core/md_doc_statuscodes.html. */
export const grpcStatus = {
  ok: 0,
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

export type GrpcCode = (typeof grpcStatus)[keyof typeof grpcStatus]

/** Why a stream ends. Thrown while a request is handled; ends that stream and no other. */
export class StreamRefused extends Error {
  override readonly name = 'StreamRefused'
  readonly code: GrpcCode

  constructor(code: GrpcCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The header form of a message: percent-encoded where it isn't printable ASCII, and short. */
export function grpcMessage(message: string): string {
  return encodeURIComponent(message.slice(0, 500).toWellFormed()).replace(
    /%(20|2[1-9A-F]|3[A-F]|40|5[BD]|7[CE])/g,
    code => decodeURIComponent(code),
  )
}
