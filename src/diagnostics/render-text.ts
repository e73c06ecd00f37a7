import type { Diagnostic, Severity } from './diagnostic.ts'
import type { Span } from './span.ts'

export interface TextOptions {
  /** Sources by file, as in the spans: where a file is missing, its findings have no code frame. */
  readonly sources?: ReadonlyMap<string, string>
  /** Put before each file: the mesh's folder as the user named it. Default: nothing. */
  readonly folder?: string
  /** ANSI colours. Default false: the caller knows whether it writes to a terminal. */
  readonly isColoured?: boolean
  /** What the reader types for `mesh`, where a help names a command of ours in backticks. Default: mesh. */
  readonly command?: string
  /** How many findings waivers took out: said at the end of a whole report. */
  readonly waived?: number
}

/** SGR parameters (ECMA-48). */
const colours: Readonly<{ [severity in Severity]: string }> = { error: '1;31', warning: '1;33', info: '1;36' }
const gutterColour = '34'
const boldColour = '1'

/** The longest line that is printed whole; minified sources have lines of megabytes. */
const maxWidth = 160

interface Rendering extends TextOptions {
  readonly paint: (text: string, colour: string) => string
}

/** Prints findings for people: message, place, code frame, notes, help. One blank line between two. */
export function renderText(diagnostics: readonly Diagnostic[], options: TextOptions = {}): string {
  const paint = options.isColoured
    ? (text: string, sgr: string) => `\u001b[${sgr}m${text}\u001b[0m`
    : (text: string) => text
  const rendering: Rendering = { ...options, paint }
  return diagnostics.map(found => `${renderOne(rendering, found).join('\n')}\n`).join('\n')
}

/** The last line of a report: `2 errors, 1 warning`. */
export function renderSummary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Severity) => diagnostics.filter(found => found.severity === severity).length
  const parts = [
    [count('error'), 'error'],
    [count('warning'), 'warning'],
    [count('info'), 'info'],
  ] as const
  const named = parts
    .filter(([number]) => number > 0)
    .map(([number, name]) => `${number} ${name}${plural(number, name)}`)
  return named.length === 0 ? 'no findings' : named.join(', ')
}

function plural(number: number, name: string): string {
  return number === 1 || name === 'info' ? '' : 's'
}

function renderOne(rendering: Rendering, found: Diagnostic): string[] {
  const { paint } = rendering
  const head = `${paint(`${found.severity}[${found.code}]`, colours[found.severity])}${paint(`: ${printable(found.message)}`, boldColour)}`
  const { span } = found
  const lines = [head]
  const frame = span === undefined ? [] : renderFrame(rendering, found, span)
  const width = span === undefined ? 0 : String(span.endLine).length
  if (span !== undefined) lines.push(`${' '.repeat(width)}${paint('-->', gutterColour)} ${placeOf(rendering, span)}`)
  lines.push(...frame)
  const trailer = (name: string, text: string) => {
    const indent = `${' '.repeat(width)} ${paint('=', gutterColour)} `
    const [first = '', ...rest] = printable(text, '\n').split('\n')
    lines.push(`${indent}${paint(name, boldColour)}: ${first}`, ...rest.map(line => `${' '.repeat(width + 3)}${line}`))
  }
  for (const related of found.related) trailer('see', `${placeOf(rendering, related.span)} ${related.message}`)
  for (const note of found.notes) trailer('note', note)
  if (found.help !== undefined)
    trailer('help', found.help.replaceAll(/`mesh (?=[a-z-])/g, `\`${rendering.command ?? 'mesh'} `))
  return lines
}

function placeOf({ folder }: Rendering, span: Span): string {
  const file =
    folder === undefined || folder === '' || folder === '.' ? span.file : `${folder.replace(/\/$/, '')}/${span.file}`
  return `${printable(file)}:${span.line}:${span.column}`
}

function renderFrame(rendering: Rendering, found: Diagnostic, span: Span): string[] {
  const source = rendering.sources?.get(span.file)
  const lines = source?.split('\n')
  const first = lines?.[span.line - 1]?.replace(/\r$/, '')
  if (lines === undefined || first === undefined) return []
  const { paint } = rendering
  const width = String(span.endLine).length
  const gutter = (line: string) => paint(`${line.padStart(width)} |`, gutterColour)
  const { text, shift } = windowOf(first, span)
  const label = found.label === undefined ? '' : ` ${found.label}`
  const isOneLine = span.endLine === span.line
  const end = isOneLine ? span.endColumn - shift : text.length + 1
  const carets = caretsOf(text, span.column - shift, Math.min(end, text.length + 1))
  const mark = `${gutter('')} ${paint(`${carets}${isOneLine ? label : ''}`, colours[found.severity])}`
  const frame = [`${gutter(String(span.line))} ${printable(text, '\t')}`, mark]
  return isOneLine ? frame : [...frame, ...lastLine(lines, span, gutter, label)]
}

/** How much of a long line stands before what is meant. */
const lead = 40

/** The part of a line that holds where a range begins, and how far to the left it is drawn. */
function windowOf(line: string, { column }: Span): { readonly text: string; readonly shift: number } {
  if (line.length <= maxWidth) return { text: line, shift: 0 }
  const isNear = column <= maxWidth - lead
  const from = isNear ? 0 : Math.max(0, Math.min(column - 1 - lead, line.length - maxWidth))
  const to = from + maxWidth
  const text = `${from > 0 ? '…' : ''}${line.slice(from, to)}${to < line.length ? '…' : ''}`
  return { text, shift: from > 0 ? from - 1 : 0 }
}

/** Of a range over several lines the first and the last show where it begins and ends. */
function lastLine(lines: readonly string[], span: Span, gutter: (line: string) => string, label: string): string[] {
  const text = (lines[span.endLine - 1] ?? '').slice(0, maxWidth).replace(/\r$/, '')
  const between = span.endLine - span.line > 1 ? [gutter('…')] : []
  return [
    ...between,
    `${gutter(String(span.endLine))} ${printable(text, '\t')}`,
    ...(label === '' ? [] : [`${gutter('')}${label}`]),
  ]
}

/** Tabs before the mark are kept, so that the carets stand below it however wide a terminal draws them. */
function caretsOf(text: string, column: number, endColumn: number): string {
  const before = text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')
  return before + '^'.repeat(Math.max(1, endColumn - column))
}

/** Control characters of untrusted sources must not reach a terminal, which would obey them. */
function printable(text: string, allowed = ''): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, character =>
    allowed.includes(character) ? character : '\ufffd',
  )
}
