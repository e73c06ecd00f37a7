/** The reference tokens of a JSON pointer (RFC 6901), unescaped: keys and indexes as texts. */
export function pointerTokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}
