import type { Command } from 'commander'
import type { ExitCode } from './main.ts'
import { typed } from './typed-command.ts'

/**
 * Makes a command. Its action hands its exit code to `finish`, and throws a Failure where it can't do its work.
 *
 * A new command is a file in commands/ that exports one of these, and a line in its table.
 */
export type CreateCommand = (finish: (code: ExitCode) => void) => Command

/** Examples below a command's help, one per line; written with `mesh`, shown as the user types it. */
export function examples(...lines: readonly (readonly [line: string, what: string])[]): string {
  const typable = lines.map(([line, what]) => [line.replaceAll(/\bmesh (?=[a-z])/g, `${typed} `), what] as const)
  const width = Math.max(...typable.map(([line]) => line.length))
  return `\nExamples:\n${typable.map(([line, what]) => `  $ ${line.padEnd(width)}  # ${what}`).join('\n')}\n`
}

/** For options that may be given several times: unlike commander's variadic ones they never swallow an argument. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}
