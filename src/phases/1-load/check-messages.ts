/** Turns what the type-checker's process found into findings. */
import {
  forbiddenGlobal,
  importDynamic,
  syntaxError,
  typeCheckFailed,
  typeError,
} from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { type LineIndex, lineIndex, spanOf } from './line-index.ts'
import { forbiddenGlobals } from './sandbox-prelude.ts'
import type { CheckMessage, CheckOutcome } from './typecheck.ts'

/** Findings of a check, without those that a clearer one of the sandbox's own stands for. */
export function checkFindings(outcome: CheckOutcome, sources: ReadonlyMap<string, string>): readonly Diagnostic[] {
  if (outcome.kind === 'failed') return [typeCheckFailed({}, { reason: outcome.reason })]
  const lines = new Map<string, LineIndex>()
  const linesOf = (file: string) => {
    const known = lines.get(file) ?? lineIndex(file, sources.get(file) ?? '')
    lines.set(file, known)
    return known
  }
  const forbidden = Object.entries(outcome.answer.syntax).flatMap(([file, { forbidden: uses }]) =>
    uses.map(use => forbiddenUse(use.name, spanOf(linesOf(file), use.start, use.end))),
  )
  return [...forbidden, ...outcome.answer.messages.map(message => toDiagnostic(message, linesOf))]
}

function forbiddenUse(name: string, span: ReturnType<typeof spanOf>): Diagnostic {
  if (name === 'import()') return importDynamic({ span })
  return forbiddenGlobal({ span }, { name, why: forbiddenGlobals[name] ?? 'a mesh has not got it' })
}

function toDiagnostic(message: CheckMessage, linesOf: (file: string) => LineIndex): Diagnostic {
  const at = {
    span: message.file === undefined ? undefined : spanOf(linesOf(message.file), message.start, message.end),
    notes: [...message.chain, `TypeScript: TS${message.code}`],
    related: message.related.map(each => ({
      span: spanOf(linesOf(each.file), each.start, each.end),
      message: each.text,
    })),
  }
  const reason = message.text.replace(/\.$/, '')
  return message.isSyntax ? syntaxError(at, { reason }) : typeError(at, { reason })
}

/**
 * Leaves one finding for one place: a refusal of ours is clearer than TypeScript's "cannot find" of the same words, and
 * TypeScript's account of a syntax error is more exact than the bundler's.
 */
export function withoutEchoes(checked: readonly Diagnostic[], built: readonly Diagnostic[]): readonly Diagnostic[] {
  const hasSyntax = checked.some(found => found.code === 'MW1010')
  const kept = built.filter(found => !(hasSyntax && found.code === 'MW1010') && !isSeenStatically(found, checked))
  const ours = [...kept, ...checked.filter(found => found.code !== 'MW1011')]
  return [...kept, ...checked.filter(found => found.code !== 'MW1011' || !ours.some(other => isEcho(found, other)))]
}

/** Whether the scan of the source has found already, with an exact range, what bundler or sandbox met. */
function isSeenStatically(found: Diagnostic, checked: readonly Diagnostic[]): boolean {
  if (found.code === 'MW1028') return checked.some(other => other.code === 'MW1028' && overlaps(found, other))
  return found.code === 'MW1030' && checked.some(other => other.code === 'MW1030' && other.message === found.message)
}

/** Whether a type error only says that something of ours did not work. */
function isEcho(found: Diagnostic, ours: Diagnostic): boolean {
  // An import that was refused: its names have no types.
  if (ours.code.startsWith('MW102') && ours.span?.file === found.span?.file && ours.span?.line === found.span?.line)
    return true
  // A circle of initialisers: TypeScript cannot infer their types either (TS7022).
  if (ours.code === 'MW1035' && found.notes.some(note => note.includes('TS7022'))) return true
  return overlaps(found, ours)
}

function overlaps(a: Diagnostic, b: Diagnostic): boolean {
  if (a.span === undefined || b.span === undefined || a.span.file !== b.span.file) return false
  if (a.span.line !== b.span.line) return false
  return a.span.column < b.span.endColumn && b.span.column < a.span.endColumn
}
