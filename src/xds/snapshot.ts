/**
 * One proxy's configuration as the xDS server sees it: bytes and names, no Mesh.
 *
 * Maps and resources are shared by all proxies that need the same, and compared by identity first: never mutate one
 * after handing it over.
 */
export interface Snapshot {
  /** Digest of the revision that this snapshot was made from. */
  readonly revision: string
  /**
   * Which push this snapshot belongs to: one number for all that is handed out at once, another for the next time, also
   * where that goes back to an earlier revision.
   */
  readonly push: number
  /** By type URL, then by resource name. A type without resources may be absent. */
  readonly types: Readonly<Record<string, ResourceMap>>
}

export type ResourceMap = ReadonlyMap<string, EncodedResource>

export interface EncodedResource {
  readonly name: string
  /** Content hash of `body`: equal bytes have equal versions, on any replica and after any restart. */
  readonly version: string
  /** The resource as a serialized google.protobuf.Any. */
  readonly body: Uint8Array
  /**
   * Names of other resources that this one needs, by type URL: a cluster's EDS service name, a listener's route
   * configurations, a route's clusters. Drives make-before-break and what counts as synced.
   */
  readonly needs: Readonly<Record<string, readonly string[]>>
  /** What the resource was made from (`VirtualService/ns/name#/spec/http/0`), most specific first. Not in the bytes. */
  readonly from: readonly string[]
}

export const typeUrl = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoint: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
  extension: 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
} as const
