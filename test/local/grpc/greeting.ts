/** One call, `Greet`, of a service of gRPC's, whose messages are texts as they are. */
import type { ServiceDefinition } from '@grpc/grpc-js'

const text = {
  requestStream: false as const,
  responseStream: false as const,
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
}

export const greeting = {
  greet: { path: '/test.Greeting/Greet', ...text },
} satisfies ServiceDefinition
