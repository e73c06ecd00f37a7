import { typed } from '../envoy-resource.ts'
import type { HttpFilter } from './filter.ts'

/** Turns gRPC-Web, which browsers speak, into gRPC. */
export const grpcWeb: HttpFilter = {
  name: 'envoy.filters.http.grpc_web',
  config: ({ isGrpcWeb }) => (isGrpcWeb ? typed('envoy.extensions.filters.http.grpc_web.v3.GrpcWeb') : undefined),
}
