/** A service that MeshConfig names. */
export interface ProviderService {
  readonly host: string
  /** Absent: whichever has the host. */
  readonly namespace?: string
  readonly port: number
}
