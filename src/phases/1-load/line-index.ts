import type { Span } from '../../diagnostics/span.ts'

/** Turns offsets of one text into lines and columns and back; both count UTF-16 code units. */
export interface LineIndex {
  readonly file: string
  /** Offset of each line's first character. */
  readonly starts: readonly number[]
  readonly text: string
}

export function lineIndex(file: string, text: string): LineIndex {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return { file, starts, text }
}

/** The range from one offset to another, end exclusive. */
export function spanOf(index: LineIndex, start: number, end: number): Span {
  const from = position(index, start)
  const to = position(index, Math.max(start, end))
  return { file: index.file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column }
}

/** Offset of a line and column that count from 1; clamped to the text. */
export function offsetOf(index: LineIndex, line: number, column: number): number {
  const start = index.starts[line - 1] ?? index.text.length
  return Math.min(start + column - 1, index.text.length)
}

function position(index: LineIndex, offset: number): { line: number; column: number } {
  const clamped = Math.min(Math.max(offset, 0), index.text.length)
  let low = 0
  let high = index.starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (index.starts[middle]! <= clamped) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: clamped - index.starts[low]! + 1 }
}
