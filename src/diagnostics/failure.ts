import type { Diagnostic } from './diagnostic.ts'

/**
 * A command cannot go on, for a reason that the user can mend.
 *
 * Thrown by code that does IO on a command's behalf, and printed as its diagnostics, without a stack trace. Findings
 * about what a user wrote are returned, never thrown.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly diagnostics: readonly Diagnostic[]

  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(diagnostic => diagnostic.message).join('\n'))
    this.diagnostics = diagnostics
  }
}
