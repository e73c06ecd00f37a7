import { pointerTokens } from '../1-load/pointer.ts'

type Path = readonly (string | number)[]

/** A JSON pointer as an author reads it: `/spec/http/0/match/0/headers/end-user` is `spec.http[0].match[0].headers["end-user"]`. */
export function fieldPath(pointer: string): string {
  return pathText(pointerTokens(pointer))
}

/**
 * A field for a message: the option that the author wrote, and behind it where that goes.
 *
 * @param option as `LoadedResource.optionAt` gives it; without one the field's own name says it
 */
export function fieldName(pointer: string, option: Path | undefined): string {
  return option === undefined ? fieldPath(pointer) : `${pathText(option)} (${fieldPath(pointer)})`
}

function pathText(path: Path): string {
  const text = path
    .map(String)
    .map(token =>
      /^\d+$/.test(token) ? `[${token}]` : /^[A-Za-z_]\w*$/.test(token) ? `.${token}` : `[${JSON.stringify(token)}]`,
    )
    .join('')
  return text === '' ? 'it' : text.replace(/^\./, '')
}
