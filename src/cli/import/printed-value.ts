/** Plain data as TypeScript literals. */
import { isObject } from '../../util/is-object.ts'

/** What fits into this many columns stays on one line. */
const width = 100

/**
 * A value's literal.
 *
 * @param column how many columns stand before it on its line
 * @param indent how far its line is indented
 */
export function printedValue(value: unknown, column: number, indent: number): string {
  const line = onOneLine(value)
  if (line !== undefined && column + line.length < width) return line
  if (Array.isArray(value)) return printedItems(value, indent)
  if (isObject(value)) return printedBlock(Object.entries(value), indent)
  return printedLeaf(value)
}

/** An object's literal with a line for each member, whatever would fit. */
export function printedBlock(members: readonly (readonly [string, unknown])[], indent: number): string {
  const inner = indent + 2
  const lines = members.map(([name, value]) => {
    const start = `${' '.repeat(inner)}${printedName(name)}: `
    return `${start}${printedValue(value, start.length, inner)},\n`
  })
  return `{\n${lines.join('')}${' '.repeat(indent)}}`
}

/** Several arguments of a call that stands at a line's beginning, each on lines of its own. */
export function printedArguments(values: readonly unknown[]): string {
  const lines = values.map(value => `  ${printedValue(value, 2, 2)},\n`)
  return `\n${lines.join('')}`
}

function printedItems(items: readonly unknown[], indent: number): string {
  const inner = indent + 2
  const lines = items.map(item => `${' '.repeat(inner)}${printedValue(item, inner, inner)},\n`)
  return `[\n${lines.join('')}${' '.repeat(indent)}]`
}

/** Undefined for what fits on no line: given up at once, so that a large value is not printed once for each level. */
function onOneLine(value: unknown): string | undefined {
  if (Array.isArray(value))
    return joined(
      ['[', ']'],
      value.map(item => ['', item]),
    )
  if (!isObject(value)) return asLine(printedLeaf(value))
  const members = Object.entries(value).map(([name, member]) => [`${printedName(name)}: `, member] as const)
  return members.length === 0 ? '{}' : joined(['{ ', ' }'], members)
}

function joined(
  [open, close]: readonly [string, string],
  parts: readonly (readonly [head: string, value: unknown])[],
): string | undefined {
  let line = open
  for (const [n, [head, value]] of parts.entries()) {
    const text = onOneLine(value)
    if (text === undefined) return undefined
    line += `${n === 0 ? '' : ', '}${head}${text}`
    if (line.length >= width) return undefined
  }
  return line + close
}

function asLine(text: string): string | undefined {
  return text.includes('\n') || text.length >= width ? undefined : text
}

function printedLeaf(value: unknown): string {
  return typeof value === 'string' ? printedText(value) : (JSON.stringify(value) ?? 'null')
}

function printedName(name: string): string {
  // As a plain member it would be the object's prototype.
  if (name === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

/** Several lines are readable as a template alone, which would make each line end the same. */
function printedText(text: string): string {
  const isTemplate = text.trimEnd().includes('\n') && !/[^\P{C}\n\t]/u.test(text)
  return isTemplate ? `\`${text.replaceAll(/[\\`]|\$\{/g, '\\$&')}\`` : quoted(text)
}

function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1)
  const escaped = inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  return text.includes("'") && !text.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
