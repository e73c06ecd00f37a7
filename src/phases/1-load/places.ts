import { SourceMap, type SourceMapPayload } from 'node:module'
import type { Trace } from '../../authoring/trace.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { ModuleGraph } from './bundle.ts'
import { type LineIndex, lineIndex, offsetOf, spanOf } from './line-index.ts'
import { userModulePrefix } from './sandbox-entry.ts'
import { columnBefore } from './split-statements.ts'
import { type CallSyntax, callAt, descend, type FileSyntax } from './syntax.ts'

/** One frame of a stack in the author's own code. */
export interface UserFrame {
  readonly file: string
  /** Offset in the source. */
  readonly offset: number
  /** The function that the frame is in; empty at the top of a module. */
  readonly within: string
  /** The function that was called there, where the stack knows it. */
  readonly callee: string
}

/** Finds the author's place of what the sandbox knows as stacks and traces. */
export interface Places {
  /** Frames of the author's code, innermost first. */
  readonly frames: (stack: string) => readonly UserFrame[]
  /** The whole call at a frame, or the word there. */
  readonly frameSpan: (frame: UserFrame) => Span
  /** The word at a frame: the place of an error rather than of a call. */
  readonly wordSpan: (frame: UserFrame) => Span
  /** The range of a trace, or of the nearest value around it; undefined where the stack names no user code. */
  readonly traceSpan: (sites: readonly string[], trace: Trace) => Span | undefined
}

export interface PlacesOptions {
  readonly graph: ModuleGraph
  readonly sources: ReadonlyMap<string, string>
  /** Empty where the type-checker gave no answer: places are then words instead of ranges. */
  readonly syntax: Readonly<{ [file: string]: FileSyntax }>
}

interface Placing extends PlacesOptions {
  readonly maps: Map<string, SourceMap>
  readonly lines: Map<string, LineIndex>
  readonly calls: Map<string, readonly [UserFrame, CallSyntax | undefined] | undefined>
}

export function createPlaces(options: PlacesOptions): Places {
  const placing: Placing = { ...options, maps: new Map(), lines: new Map(), calls: new Map() }
  return {
    frames: stack => userFrames(placing, stack),
    frameSpan: frame => {
      const call = callOf(placing, frame)
      return call === undefined ? wordSpan(placing, frame) : spanOf(linesOf(placing, frame.file), call.start, call.end)
    },
    wordSpan: frame => wordSpan(placing, frame),
    traceSpan: (sites, trace) => traceSpan(placing, sites, trace),
  }
}

function traceSpan(placing: Placing, sites: readonly string[], trace: Trace): Span | undefined {
  const stack = sites[trace.site]
  if (stack === undefined) return undefined
  if (!placing.calls.has(stack)) placing.calls.set(stack, innermostCall(placing, stack))
  const found = placing.calls.get(stack)
  if (found === undefined) return undefined
  const [frame, call] = found
  if (call === undefined) return wordSpan(placing, frame)
  const [argument, ...path] = trace.path
  const syntax = placing.syntax[frame.file]
  const arg = typeof argument === 'number' ? call.args[argument] : undefined
  if (arg === undefined || syntax === undefined) return spanOf(linesOf(placing, frame.file), call.start, call.end)
  const value = descend(syntax, arg, path)
  return spanOf(linesOf(placing, frame.file), value.start, value.end)
}

function innermostCall(placing: Placing, stack: string): readonly [UserFrame, CallSyntax | undefined] | undefined {
  const [frame] = userFrames(placing, stack)
  return frame === undefined ? undefined : [frame, callOf(placing, frame)]
}

function callOf(placing: Placing, frame: UserFrame): CallSyntax | undefined {
  const syntax = placing.syntax[frame.file]
  return syntax === undefined ? undefined : callAt(syntax, frame.offset, frame.callee)
}

/** QuickJS writes `    at name (module:line:column)`, innermost first; native functions have no position. */
const frameLine = /^\s*at (.*?) \((.*):(\d+):(\d+)\)\s*$/

function userFrames(placing: Placing, stack: string): readonly UserFrame[] {
  const frames: UserFrame[] = []
  let callee = ''
  for (const text of stack.split('\n')) {
    const [, name = '', module = '', line = '', column = ''] = frameLine.exec(text) ?? []
    const within = name.startsWith('<') ? '' : name
    const file = module.startsWith(userModulePrefix) ? module.slice(userModulePrefix.length) : undefined
    const at = file === undefined ? undefined : original(placing, file, Number(line), Number(column))
    if (file !== undefined && at !== undefined) frames.push({ file, offset: at, within, callee })
    if (within !== '') callee = within
  }
  return frames
}

/** From a position in a compiled module to an offset in its source. */
function original(placing: Placing, file: string, line: number, column: number): number | undefined {
  const map = mapOf(placing, file)
  const module = placing.graph.user.get(file)
  const written = module === undefined ? undefined : columnBefore(module, line, column)
  if (written === undefined) return undefined
  const entry = map?.findEntry(line - 1, written - 1)
  if (entry === undefined || !('originalLine' in entry)) return undefined
  return offsetOf(linesOf(placing, file), entry.originalLine + 1, entry.originalColumn + 1)
}

function mapOf(placing: Placing, file: string): SourceMap | undefined {
  const known = placing.maps.get(file)
  const module = placing.graph.user.get(file)
  if (known !== undefined || module === undefined) return known
  const map = new SourceMap(JSON.parse(module.map) as SourceMapPayload)
  placing.maps.set(file, map)
  return map
}

function linesOf(placing: Placing, file: string): LineIndex {
  const known = placing.lines.get(file)
  if (known !== undefined) return known
  const index = lineIndex(file, placing.sources.get(file) ?? '')
  placing.lines.set(file, index)
  return index
}

function wordSpan(placing: Placing, frame: UserFrame): Span {
  const rest = (placing.sources.get(frame.file) ?? '').slice(frame.offset, frame.offset + 200)
  const word = /^[\w$]+/.exec(rest)?.[0].length ?? 1
  return spanOf(linesOf(placing, frame.file), frame.offset, frame.offset + word)
}
