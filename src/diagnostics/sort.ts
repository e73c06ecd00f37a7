import type { Diagnostic } from './diagnostic.ts'

/** The order in which findings are shown: by file, line, column and code; those without a place first. No finding twice. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map(diagnostics.map(found => [identity(found), found]))
  return [...unique.values()].sort(compare)
}

function compare(a: Diagnostic, b: Diagnostic): number {
  return (
    text(a.span?.file ?? '', b.span?.file ?? '') ||
    (a.span?.line ?? 0) - (b.span?.line ?? 0) ||
    (a.span?.column ?? 0) - (b.span?.column ?? 0) ||
    text(a.code, b.code) ||
    text(a.message, b.message)
  )
}

/** By code units, never by locale: the order must be the same on any machine. */
function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function identity(found: Diagnostic): string {
  const { span } = found
  const place = span === undefined ? '' : `${span.file}:${span.line}:${span.column}:${span.endLine}:${span.endColumn}`
  return `${place}|${found.code}|${found.message}`
}
