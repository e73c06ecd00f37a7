import { codes } from './codes.generated.ts'
import type { MessageText } from './message.ts'

/**
 * The long explanation of a code, as `mesh explain` prints it.
 *
 * @param code in any case, or a message's slug
 * @returns undefined for a code that never was; policies explain themselves elsewhere
 */
export function explain(code: string): string | undefined {
  const table: Readonly<{ [code: string]: MessageText }> = codes
  const found = Object.entries(table).find(([id, { slug }]) => id === code.toUpperCase() || slug === code)
  if (found === undefined) return undefined
  const [id, { slug, severity, text, help, explanation }] = found
  const example = (line: string) => line.replaceAll(/%(\w+)%/g, '<$1>')
  // Some texts are wholly another's, TypeScript's or an API server's: then there is nothing of ours to show.
  const shown = [text, ...(help === undefined ? [] : [`help: ${help}`])].filter(line => !/^(help: )?%\w+%$/.test(line))
  return [`${id} ${slug} (${severity})`, ...shown.flatMap(line => ['', example(line)]), '', explanation, ''].join('\n')
}
