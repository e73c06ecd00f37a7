/** Where a proxy fetches something by HTTP. */
export interface RemotePlace {
  readonly uri: string
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}
