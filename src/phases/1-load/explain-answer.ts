/** Turns what stopped an evaluation into a finding at the author's line. */
import {
  evaluationThrew,
  exportMissing,
  forbiddenGlobal,
  memoryLimit,
  outputLimit,
  recursionLimit,
  sandboxFailed,
  timeLimit,
  uninitialisedBinding,
} from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { At } from '../../diagnostics/message.ts'
import { startOf } from '../../diagnostics/span.ts'
import { ownValue } from '../../util/own-value.ts'
import type { ModuleGraph } from './bundle.ts'
import type { SandboxAnswer, SandboxLimits } from './evaluate.ts'
import { importCycle } from './import-cycle.ts'
import type { Places } from './places.ts'
import { forbiddenError, forbiddenGlobals } from './sandbox-prelude.ts'

export type FailedAnswer = Exclude<SandboxAnswer, { readonly kind: 'value' }>
type Thrown = Extract<SandboxAnswer, { readonly kind: 'thrown' }>

export interface AnswerContext {
  readonly entry: string
  readonly graph: ModuleGraph
  readonly places: Places
  readonly limits: SandboxLimits
}

export function explainAnswer(answer: FailedAnswer, context: AnswerContext): Diagnostic {
  const at: At = { span: startOf(context.entry) }
  switch (answer.kind) {
    case 'timed-out':
      return timeLimit(at, { limit: seconds(context.limits.timeMs) })
    case 'output-too-large':
      return outputLimit(at, { limit: megabytes(context.limits.outputBytes) })
    case 'crashed':
      return sandboxFailed(at, { reason: answer.message })
    case 'thrown':
      return explainThrown(answer, context)
  }
}

interface Place extends At {
  /** The file of the innermost frame. */
  readonly file: string
}

/** An ordered table of what QuickJS throws by itself; the last row is the author's own throw. */
const explanations: readonly ((thrown: Thrown, at: Place, context: AnswerContext) => Diagnostic | undefined)[] = [
  ({ name, message }, at) => {
    if (name !== forbiddenError) return undefined
    return forbiddenGlobal(at, { name: message, why: ownValue(forbiddenGlobals, message) ?? 'a mesh has not got it' })
  },
  ({ name, message }, at, { limits }) =>
    name === 'InternalError' && message === 'interrupted'
      ? timeLimit(at, { limit: seconds(limits.timeMs) })
      : undefined,
  ({ name, message }, at, { limits }) =>
    name === 'InternalError' && /^(out of memory|string too long)$/.test(message)
      ? memoryLimit(at, { limit: megabytes(limits.memoryBytes) })
      : undefined,
  ({ message }, at) =>
    /^(stack overflow|Maximum call stack size exceeded)$/.test(message) ? recursionLimit(at) : undefined,
  explainUninitialised,
  ({ name, message }, at) =>
    name === 'SyntaxError' && message.includes('export') ? exportMissing(at, { reason: message }) : undefined,
]

function explainThrown(thrown: Thrown, context: AnswerContext): Diagnostic {
  const [innermost, ...outer] = context.places.frames(thrown.stack)
  const span = innermost === undefined ? startOf(context.entry) : context.places.wordSpan(innermost)
  const notes = outer.slice(0, 50).map(frame => {
    const { file, line, column } = context.places.wordSpan(frame)
    return `called from ${file}:${line}:${column}`
  })
  // A recursion calls from the same place over and over; saying it once is enough.
  const at: Place = { span, notes: [...new Set(notes)].slice(0, 5), file: innermost?.file ?? context.entry }
  for (const explain of explanations) {
    const found = explain(thrown, at, context)
    if (found !== undefined) return found
  }
  const reason = [thrown.name === 'Error' ? '' : thrown.name, thrown.message].filter(part => part !== '').join(': ')
  // QuickJS keeps a stack for errors alone.
  const placeless = ['what was thrown is no Error, so its place is not known: write throw new Error(…)']
  return evaluationThrew(thrown.stack === '' ? { ...at, notes: placeless } : at, {
    reason: reason === '' ? 'the mesh threw an error' : reason,
  })
}

/** A cycle of imports is the usual cause; without one the binding is used above its own line. */
function explainUninitialised(thrown: Thrown, at: Place, context: AnswerContext): Diagnostic | undefined {
  const name = /^(?:Cannot access )?'?([\w$]+)'? (?:is not initialized|before initialization)$/.exec(
    thrown.message,
  )?.[1]
  if (thrown.name !== 'ReferenceError' || name === undefined) return undefined
  const cycle = importCycle(context.graph, at.file)
  const remedy =
    cycle === undefined
      ? 'move the use below the declaration'
      : `break the circle of imports ${cycle.join(' → ')}: move what both need into a module of its own`
  return uninitialisedBinding(at, { name, remedy })
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}
