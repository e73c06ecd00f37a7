import { CommanderError } from 'commander'
import { Failure } from '../diagnostics/failure.ts'
import { renderText } from '../diagnostics/render-text.ts'
import type { ExitCode } from './main.ts'
import { isColoured } from './terminal.ts'

/** Prints what went wrong, for the user to mend; a stack trace only when asked for. */
export function explainError(error: unknown, isDebug: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Failure) {
    process.stderr.write(renderText(error.diagnostics, { isColoured: isColoured(process.stderr) }))
    if (isDebug) console.error(error.stack)
    return 2
  }
  const message = error instanceof Error ? error.message : String(error)
  console.error(
    isDebug && error instanceof Error
      ? error.stack
      : `error: ${message}\n  = help: this should not happen; \`--debug\` shows where it did`,
  )
  return 2
}
