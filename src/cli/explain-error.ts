import { CommanderError } from 'commander'
import { Failure } from '../diagnostics/failure.ts'
import { renderText } from '../diagnostics/render-text.ts'
import { reportSaid } from './detached.ts'
import type { ExitCode } from './main.ts'
import { plainOptions } from './print-findings.ts'

/** Prints what went wrong, for the user to mend; a stack trace only when asked for. */
export function explainError(error: unknown, isDebug: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const text = textOf(error, isDebug)
  process.stderr.write(text)
  reportSaid(text)
  return 2
}

function textOf(error: unknown, isDebug: boolean): string {
  const stack = isDebug && error instanceof Error ? `${error.stack}\n` : ''
  if (error instanceof Failure) return renderText(error.diagnostics, plainOptions(process.stderr)) + stack
  const message = error instanceof Error ? error.message : String(error)
  return stack || `error: ${message}\n  = help: this should not happen; \`--debug\` shows where it did\n`
}
