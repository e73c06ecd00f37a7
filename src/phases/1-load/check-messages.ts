/** Turns what the type-checker's process found into findings. */
import {
  forbiddenGlobal,
  importDynamic,
  syntaxError,
  typeCheckFailed,
  typeError,
} from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { ownValue } from '../../util/own-value.ts'
import { type LineIndex, lineIndex, spanOf } from './line-index.ts'
import { resolveImport } from './resolve-import.ts'
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
  return forbiddenGlobal({ span }, { name, why: ownValue(forbiddenGlobals, name) ?? 'a mesh has not got it' })
}

const noExport = 'export the name from that module, or correct the import'
const noName = 'declare or import the name, or correct its spelling'

/** By TypeScript's code: what to do, where the general advice about types does not fit. */
const helps: Readonly<{ [code: number]: string }> = {
  1192: noExport,
  1205: 'write `export type { … }`: modules are compiled one by one, and types are gone by then',
  2304: noName,
  2305: noExport,
  2307: 'correct the path; imports stay within the mesh folder and name the extension .ts',
  2552: noName,
  2613: noExport,
  2614: noExport,
  2724: noExport,
  7022: 'write its type down; it cannot be inferred from itself',
}

function toDiagnostic(message: CheckMessage, linesOf: (file: string) => LineIndex): Diagnostic {
  const at = {
    span: message.file === undefined ? undefined : spanOf(linesOf(message.file), message.start, message.end),
    notes: [...message.chain, `TypeScript: TS${message.code}`],
    related: message.related.map(each => ({
      span: spanOf(linesOf(each.file), each.start, each.end),
      message: each.text,
    })),
    help: message.isSyntax ? undefined : helps[message.code],
  }
  const refusal = refusedImport(message)
  if (refusal !== undefined) return refusal({ span: at.span })
  const reason = message.text.replace(/\.$/, '')
  return message.isSyntax ? syntaxError(at, { reason }) : typeError(at, { reason })
}

/** TypeScript's code where it finds no module. */
const moduleMissing = 2307

/**
 * Why a module that TypeScript did not find is refused: an import of types, or one that nobody uses, never reaches the
 * bundler, which refuses all others.
 */
function refusedImport({ code, text, file }: CheckMessage) {
  const specifier = /^Cannot find module '(.+)' or its/.exec(text)?.[1]
  if (code !== moduleMissing || specifier === undefined || file === undefined) return undefined
  const resolved = resolveImport({
    specifier,
    importer: file,
    isDynamic: false,
    isRequire: false,
    hasAttributes: false,
    isPackage: () => false,
  })
  return resolved.kind === 'refused' ? resolved.finding : undefined
}

/**
 * Leaves one finding for one place: a refusal of ours is clearer than TypeScript's "cannot find" of the same words, and
 * TypeScript's account of a syntax error is more exact than the bundler's.
 */
export function withoutEchoes(checked: readonly Diagnostic[], built: readonly Diagnostic[]): readonly Diagnostic[] {
  const hasSyntax = checked.some(found => found.code === 'MW1010')
  const kept = built.filter(found => !(hasSyntax && found.code === 'MW1010') && !isSeenStatically(found, checked))
  const dynamic = checked.filter(found => found.code === 'MW1028')
  const isRefusedTwice = (found: Diagnostic) =>
    /^MW102[0-7]$/.test(found.code) && [...kept, ...dynamic].some(other => overlaps(found, other))
  const once = checked.filter(found => !isRefusedTwice(found))
  const ours = [...kept, ...once.filter(found => found.code !== 'MW1011')]
  return [...kept, ...once.filter(found => found.code !== 'MW1011' || !ours.some(other => isEcho(found, other)))]
}

/** TypeScript's codes for a name that a module does not export; a re-exported type is gone when modules are linked. */
const exportErrors = /TS(1192|1205|2305|2459|2613|2614|2724)$/

/** Whether the scan of the source has found already, with an exact range, what bundler or sandbox met. */
function isSeenStatically(found: Diagnostic, checked: readonly Diagnostic[]): boolean {
  if (found.code === 'MW1037') return checked.some(other => other.notes.some(note => exportErrors.test(note)))
  // What does not type-check went wrong when it ran, too.
  if (found.code === 'MW1031') return checked.some(other => other.code === 'MW1011' && isSameLine(found, other))
  if (found.code === 'MW1028') return checked.some(other => other.code === 'MW1028' && overlaps(found, other))
  return found.code === 'MW1030' && checked.some(other => other.code === 'MW1030' && other.message === found.message)
}

/** Whether a type error only says that something of ours did not work. */
function isEcho(found: Diagnostic, ours: Diagnostic): boolean {
  // An import that was refused: its names have no types.
  if (ours.code.startsWith('MW102') && isSameLine(ours, found)) return true
  // A circle of initialisers: TypeScript cannot infer their types either (TS7022).
  if (ours.code === 'MW1035' && found.notes.some(note => note.includes('TS7022'))) return true
  return overlaps(found, ours)
}

function isSameLine({ span: a }: Diagnostic, { span: b }: Diagnostic): boolean {
  return a !== undefined && b !== undefined && a.file === b.file && a.line === b.line
}

function overlaps(a: Diagnostic, b: Diagnostic): boolean {
  if (a.span === undefined || b.span === undefined || !isSameLine(a, b)) return false
  return a.span.column < b.span.endColumn && b.span.column < a.span.endColumn
}
