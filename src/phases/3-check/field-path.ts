import { pointerTokens } from '../1-load/pointer.ts'

/** A JSON pointer as an author reads it: `/spec/http/0/match/0/headers/end-user` is `spec.http[0].match[0].headers["end-user"]`. */
export function fieldPath(pointer: string): string {
  const path = pointerTokens(pointer)
    .map(token =>
      /^\d+$/.test(token) ? `[${token}]` : /^[A-Za-z_]\w*$/.test(token) ? `.${token}` : `[${JSON.stringify(token)}]`,
    )
    .join('')
  return path === '' ? 'it' : path.replace(/^\./, '')
}
