const prefix = '@request.auth.claims'

/** Is it meant to be the name of a claim, whether or not it is a good one? */
export function isClaimName(name: string): boolean {
  return name.toLowerCase().startsWith(prefix)
}

/** The way to a claim by such a name (`@request.auth.claims.a.b`, `@request.auth.claims[a][b]`); undefined for others. */
export function claimOf(name: string): readonly string[] | undefined {
  if (!isClaimName(name)) return undefined
  const rest = name.slice(prefix.length)
  const path = /^\[.+\]$/.test(rest)
    ? rest.slice(1, -1).split('][')
    : rest.startsWith('.')
      ? rest.slice(1).split('.')
      : []
  return path.length === 0 || path.includes('') ? undefined : path
}
