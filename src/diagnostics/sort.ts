import type { Diagnostic } from './diagnostic.ts'

/**
 * The order in which findings are shown: by file, line, column and code; those without a place first. Where a name or a
 * module's member does not exist, what came of its value is shown last: it may stand further up, and yet is no cause. No
 * finding twice.
 */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map(diagnostics.map(found => [identity(found), found]))
  const sorted = [...unique.values()].sort(compare)
  if (!sorted.some(isUnresolved)) return sorted
  return [...sorted.filter(found => !isOfAValue(found)), ...sorted.filter(isOfAValue)]
}

/** TypeScript's words for a name, or a member of a module, that is not there. */
const unresolvedNames = /^TypeScript: TS(1192|2304|2305|2307|2339|2551|2552|2614|2724)$/

function isUnresolved({ code, notes }: Diagnostic): boolean {
  return code === 'MW1011' && notes.some(note => unresolvedNames.test(note))
}

/** Was it found when the source was evaluated, or in what that gave? */
function isOfAValue({ code }: Diagnostic): boolean {
  return code === 'MW1031' || /^MW3[01]/.test(code)
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
