/**
 * Makes each statement of a large module a small function of its own.
 *
 * For the line of a stack's frame QuickJS counts through a table of the whole function, from its start. A module's
 * statements are one function, so that a stack, which every word of the vocabulary takes, costs as much as the module is
 * long: ten thousand statements took twenty seconds. In a function of its own a statement costs what it is long itself.
 */

/** Code, and where something was put in that the author did not write. Lines and columns count from 1. */
export interface SplitCode {
  readonly code: string
  /** By line: the column before which {@link before} was put. */
  readonly opened: ReadonlyMap<number, number>
  /** By line: the column from which on {@link after} stands. */
  readonly closed: ReadonlyMap<number, number>
}

const before = '(() => ('
const after = '))()'
/** Below this many lines a module is run as it is: there is nothing to gain. */
const fewLines = 1000

/** How a statement of esbuild's output begins whose value is computed: a constant's, or a call for its effect. */
const computed = [/^(?:export )?const [\w$]+ = (?=[\w$]+[.(]|[[{])/, /^(?=[\w$]+[.(])/]
/** What means something else within a function, or gives its name to one. */
const special = /^(?:async|class|function|import|new|super)\b/

/**
 * Splits what esbuild has written: its form is what makes statements easy to find. Each begins in the first column, where
 * nothing else does but closing brackets.
 */
export function splitStatements(code: string): SplitCode {
  const lines = code.split('\n')
  const opened = new Map<number, number>()
  const closed = new Map<number, number>()
  // A template goes on over lines where one has half of it; what stands on those is no code.
  const isPlain = !lines.some(line => line.split('`').length % 2 === 0 || line.includes('${`'))
  if (lines.length <= fewLines || !isPlain) return { code, opened, closed }
  let start = 0
  for (let end = 1; end <= lines.length; end += 1) {
    const next = lines[end]
    if (next !== undefined && !/^[\w$/(]/.test(next)) continue
    // The module's end is an empty line.
    const last = next === undefined && lines[end - 1] === '' ? end - 2 : end - 1
    const head = headOf(lines.slice(start, last + 1))
    if (head !== undefined) {
      opened.set(start + 1, head.length + 1)
      lines[start] = `${head}${before}${lines[start]!.slice(head.length)}`
      closed.set(last + 1, lines[last]!.length)
      lines[last] = `${lines[last]!.slice(0, -1)}${after};`
    }
    start = end
  }
  return { code: lines.join('\n'), opened, closed }
}

/** What stands before the expression of a statement that can be wrapped. */
function headOf(lines: readonly string[]): string | undefined {
  const first = lines[0] ?? ''
  const head = computed.map(form => form.exec(first)?.[0]).find(found => found !== undefined)
  if (head === undefined || special.test(first.slice(head.length))) return undefined
  return isOneExpression(lines.join('\n').slice(head.length)) ? head : undefined
}

/** The column that a column of split code was before; undefined where the author has written nothing. */
export function columnBefore(split: SplitCode, line: number, column: number): number | undefined {
  if (column >= (split.closed.get(line) ?? Number.POSITIVE_INFINITY)) return undefined
  return column - (column > (split.opened.get(line) ?? Number.POSITIVE_INFINITY) ? before.length : 0)
}

/**
 * Is this one expression with its semicolon, for certain? Texts are passed over; a slash may begin a regular expression,
 * in which anything may stand, and a backtick a template: such a statement stays as it is.
 */
function isOneExpression(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!
    if (character === '"' || character === "'") {
      at = endOfText(text, at, character)
      if (at < 0) return false
    } else if ('([{'.includes(character)) depth += 1
    else if (')]}'.includes(character)) depth -= 1
    else if (character === '`' || character === '/') return false
    // `const a = f(), b = g()` and two statements on one line.
    else if (depth === 0 && (character === ',' || character === ';')) return at === text.length - 1 && character === ';'
  }
  return false
}

function endOfText(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === quote) return at
  }
  return -1
}
