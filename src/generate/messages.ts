/** Makes src/diagnostics/codes.generated.ts from the Markdown in src/diagnostics/messages/. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A message as it stands in Markdown. */
export interface ParsedMessage {
  readonly code: string
  readonly slug: string
  readonly retired: boolean
  readonly severity: string
  readonly text: string
  readonly help?: string
  readonly explanation: string
}

const heading = /^## (MW\d{4}) ([a-z][a-z0-9-]*)( \(retired\))?$/
const severityLine = /^> (error|warning|info): (.+)$/
const helpLine = /^help: (.+)$/

/**
 * Parses one file of messages.
 *
 * @throws Error naming the file and line where the format is broken: this is a build tool, its input is ours
 */
export function parseMessages(file: string, markdown: string): ParsedMessage[] {
  const lines = markdown.split('\n')
  const starts = lines.flatMap((line, index) => (line.startsWith('## ') ? [index] : []))
  return starts.map((start, nth) => parseOne(file, lines, start, starts[nth + 1] ?? lines.length))
}

function parseOne(file: string, lines: readonly string[], start: number, end: number): ParsedMessage {
  const fail = (why: string) => new Error(`${file}:${start + 1}: ${why}`)
  const [, code, slug, retired] = heading.exec(lines[start] ?? '') ?? []
  if (code === undefined || slug === undefined) throw fail('a heading must read "## MW1234 some-slug"')
  const body = lines.slice(start + 1, end)
  const textAt = body.findIndex(line => severityLine.test(line))
  const [, severity, text] = severityLine.exec(body[textAt] ?? '') ?? []
  if (severity === undefined || text === undefined)
    throw fail(`${code} needs a line "> error: text" (or warning, info)`)
  const helpAt = body.findIndex(line => helpLine.test(line))
  const help = helpLine.exec(body[helpAt] ?? '')?.[1]
  const explanation = body
    .filter((_, index) => index !== textAt && index !== helpAt)
    .join('\n')
    .trim()
  if (explanation === '') throw fail(`${code} has no explanation`)
  return {
    code,
    slug,
    retired: retired !== undefined,
    severity,
    text,
    ...(help === undefined ? {} : { help }),
    explanation,
  }
}

/**
 * Generates the module.
 *
 * @throws Error for a code or slug that stands twice
 */
export function generateMessages(root: string): string {
  const folder = join(root, 'src/diagnostics/messages')
  const files = readdirSync(folder).filter(name => name.endsWith('.md'))
  const messages = files.flatMap(name => parseMessages(name, readFileSync(join(folder, name), 'utf8')))
  messages.sort((a, b) => (a.code < b.code ? -1 : 1))
  for (const key of ['code', 'slug'] as const) rejectTwice(messages.map(message => message[key]))
  const live = messages.filter(message => !message.retired)
  return [
    '// Generated from messages/*.md by `npm run generate`: edit those.',
    "import type { Diagnostic } from './diagnostic.ts'",
    "import { type At, buildDiagnostic, type MessageText } from './message.ts'",
    '',
    'export const codes = {',
    ...live.map(({ code, retired: _, ...message }) => `  ${code}: ${JSON.stringify(message)},`),
    '} as const satisfies { readonly [code: string]: MessageText }',
    ...live.flatMap(functionOf),
    '',
  ].join('\n')
}

function functionOf(message: ParsedMessage): string[] {
  const names = [...`${message.text} ${message.help ?? ''}`.matchAll(/%(\w+)%/g)].map(match => match[1])
  const fields = [...new Set(names)].map(name => `readonly ${name}: string | number`).join('; ')
  const name = message.slug.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const params = fields === '' ? 'params: Readonly<{ [name: string]: never }> = {}' : `params: { ${fields} }`
  return [
    '',
    `/** ${message.severity}: ${message.text.replaceAll('*/', '* /')} */`,
    `export function ${name}(at: At, ${params}): Diagnostic {`,
    `  return buildDiagnostic('${message.code}', codes.${message.code}, at, params)`,
    '}',
  ]
}

function rejectTwice(values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined)
    throw new Error(`"${twice}" stands twice in src/diagnostics/messages; codes are never reused`)
}
