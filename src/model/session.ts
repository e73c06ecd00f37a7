/** What a session is known by: the endpoint that had its first request has the others, too, for as long as it is there. */
export type Session =
  | {
      readonly kind: 'cookie'
      readonly name: string
      readonly path: string
      /** ms; absent: until the browser ends. */
      readonly ttlMs?: number
    }
  | { readonly kind: 'header'; readonly name: string }
