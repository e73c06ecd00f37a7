import type { Diagnostic, Severity } from './diagnostic.ts'
import type { Span } from './span.ts'

/**
 * Prints findings for programs. The shape is stable: fields are added, never renamed; a field without a value is null.
 *
 * Documented for users in docs/policies.md.
 */
export function renderJson(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Severity) => diagnostics.filter(found => found.severity === severity).length
  const report = {
    diagnostics: diagnostics.map(found => ({
      code: found.code,
      severity: found.severity,
      message: found.message,
      ...placeOf(found.span),
      subject: found.subject ?? null,
      help: found.help ?? null,
      notes: found.notes,
      related: found.related.map(({ span, message }) => ({ ...placeOf(span), message })),
    })),
    summary: { errors: count('error'), warnings: count('warning'), infos: count('info') },
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

function placeOf(span: Span | undefined): { readonly [field in keyof Span]: Span[field] | null } {
  const { file = null, line = null, column = null, endLine = null, endColumn = null } = span ?? {}
  return { file, line, column, endLine, endColumn }
}
