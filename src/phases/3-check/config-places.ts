import { type Span, startOf } from '../../diagnostics/span.ts'

/** Where things stand in mesh.config.ts, whose value comes out of the sandbox as plain data. */
export interface ConfigPlaces {
  /** The first place at which this text stands as a key or a string; the file's start where it is computed. */
  readonly spanOf: (text: string) => Span
}

const file = 'mesh.config.ts'

export function configPlaces(source: string | undefined): ConfigPlaces {
  const lines = source?.split('\n') ?? []
  return {
    spanOf(text) {
      for (const [index, line] of lines.entries()) {
        const column = quotedOrKey(line, text)
        if (column >= 0)
          return { file, line: index + 1, column: column + 1, endLine: index + 1, endColumn: column + 1 + text.length }
      }
      return startOf(file)
    },
  }
}

/** Index of `text` in the line where it is a whole string or key. */
function quotedOrKey(line: string, text: string): number {
  for (const [before, after] of [
    ["'", "'"],
    ['"', '"'],
    ['`', '`'],
    [' ', ':'],
  ] as const) {
    const index = line.indexOf(before + text + after)
    if (index >= 0) return index + before.length
  }
  return -1
}
