/** Whether a text is an expression of CEL, by its grammar alone: names and types are whoever evaluates it to judge. */

/** Literals, names, and signs, from the longest; behind a name that begins like a prefix of texts, the text goes first. */
const token = new RegExp(
  [
    String.raw`[bB]?[rR]?(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')`,
    String.raw`0x[0-9a-fA-F]+u?|\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+u?|\.\d+(?:[eE][+-]?\d+)?`,
    '[_a-zA-Z][_a-zA-Z0-9]*',
    String.raw`\|\||&&|[<>=!]=|[-+*/%<>!?:.,()[\]{}]`,
  ].join('|'),
  'y',
)

/** Words that are no names, not even of fields. */
const words = new Set(['in', 'true', 'false', 'null'])

/** Words that are no names. */
const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while in'.split(' '),
)

/** A function that is called, in the words of the expression. */
export interface CelCall {
  /** What it is called on; empty: nothing. */
  readonly target: string
  readonly name: string
  /** Tokens of each argument. */
  readonly args: readonly (readonly string[])[]
}

/** What an expression makes use of, beside values and operators. */
export interface CelUses {
  readonly calls: readonly CelCall[]
  /** Types of messages that it makes. */
  readonly messages: readonly string[]
  /** What it begins with, of all that it looks at: `request` of `request.path`. */
  readonly roots: readonly string[]
}

/** What is left to read; `at` goes on. */
interface Reader {
  readonly tokens: readonly string[]
  readonly calls: CelCall[]
  readonly messages: string[]
  readonly roots: string[]
  at: number
}

class SyntaxProblem extends Error {}

/** @returns what is wrong; undefined where it is an expression */
export function celProblem(text: string): string | undefined {
  const read = readCel(text)
  return 'problem' in read ? read.problem : undefined
}

/** What an expression makes use of; or what is wrong, where it is none. */
export function readCel(text: string): CelUses | { readonly problem: string } {
  try {
    const reader: Reader = { tokens: tokensOf(text), calls: [], messages: [], roots: [], at: 0 }
    expression(reader)
    const rest = reader.tokens[reader.at]
    return rest === undefined ? reader : { problem: `${rest} stands where the expression could end` }
  } catch (error) {
    if (error instanceof SyntaxProblem) return { problem: error.message }
    throw error
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  for (let index = 0; index < text.length; ) {
    const blank = /[ \t\n\f\r]+|\/\/[^\n]*/y
    blank.lastIndex = index
    token.lastIndex = index
    const found = blank.exec(text)?.[0] ?? token.exec(text)?.[0]
    if (found === undefined) throw new SyntaxProblem(`nothing begins with ${text[index]}`)
    if (!/^\s|^\/\//.test(found)) tokens.push(checkedLiteral(found, tokens.at(-1)))
    index += found.length
  }
  return tokens
}

/** A token, if it is a literal that means something. */
function checkedLiteral(found: string, before: string | undefined): string {
  const problem = /^\d/.test(found) ? numberProblem(found, before === '-') : textProblem(found)
  if (problem !== undefined) throw new SyntaxProblem(problem)
  return found
}

/** Integers have 64 bits. */
function numberProblem(found: string, isNegative: boolean): string | undefined {
  if (!/^(0x[0-9a-fA-F]+|\d+)u?$/.test(found)) return undefined
  const isUnsigned = found.endsWith('u')
  const most = isUnsigned ? 2n ** 64n - 1n : 2n ** 63n - (isNegative ? 0n : 1n)
  return BigInt(found.replace('u', '')) <= most ? undefined : `${found} is too large`
}

const escapes = /\\([abfnrtv\\?"'`]|[xX][0-9a-fA-F]{2}|[0-3][0-7]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})?/g

/** What stands behind a backslash must be known; in raw texts it is itself. */
function textProblem(found: string): string | undefined {
  const [, prefix] = /^([rRbB]*)["']/.exec(found) ?? []
  if (prefix === undefined || /r/i.test(prefix)) return undefined
  for (const [all, what] of found.matchAll(escapes)) {
    if (what === undefined) return `a backslash stands before nothing that it could mean in ${found}`
    const letter = /^[uU]/.test(what) ? Number.parseInt(what.slice(1), 16) : 0
    const isNone = letter > 0x10ffff || (letter >= 0xd800 && letter < 0xe000)
    if (isNone || (/^[uU]/.test(what) && prefix !== '')) return `${all} is no letter of ${found}`
  }
  return undefined
}

function accepts(reader: Reader, ...words: readonly string[]): boolean {
  const isThere = words.includes(reader.tokens[reader.at] ?? '')
  if (isThere) reader.at += 1
  return isThere
}

function expect(reader: Reader, word: string): void {
  if (!accepts(reader, word)) throw new SyntaxProblem(`${word} is expected ${where(reader)}`)
}

function where({ tokens, at }: Reader): string {
  return tokens[at] === undefined ? 'at the end' : `before ${tokens[at]}`
}

/** Nothing that a person writes is as deep, and a proxy takes nothing deeper. */
const deepest = 100

/** @returns whether it is a field of something, and nothing more: what `has` can be asked for */
function expression(reader: Reader, depth = 0): boolean {
  if (depth > deepest) throw new SyntaxProblem('it is nested too deeply')
  const isField = operation(reader, depth)
  if (!accepts(reader, '?')) return isField
  operation(reader, depth)
  expect(reader, ':')
  expression(reader, depth + 1)
  return false
}

/** Precedence changes what an expression means, not whether it is one. */
function operation(reader: Reader, depth: number): boolean {
  const isField = operand(reader, depth)
  let isAlone = true
  while (accepts(reader, '||', '&&', '<', '<=', '>', '>=', '==', '!=', 'in', '+', '-', '*', '/', '%')) {
    operand(reader, depth)
    isAlone = false
  }
  return isAlone && isField
}

function operand(reader: Reader, depth: number): boolean {
  const begin = reader.at
  while (accepts(reader, '!', '-'));
  const start = reader.at
  let isField = primary(reader, depth)
  for (;;) {
    const end = reader.at
    if (accepts(reader, '.')) {
      const word = name(reader, words)
      isField = !accepts(reader, '(')
      if (!isField) call(reader, { target: textOf(reader, start, end), name: word }, depth)
    } else if (accepts(reader, '[')) {
      expression(reader, depth + 1)
      expect(reader, ']')
      isField = false
    } else if (accepts(reader, '{')) {
      reader.messages.push(textOf(reader, start, end))
      fields(reader, depth)
      isField = false
    } else return isField && start === begin
  }
}

function primary(reader: Reader, depth: number): boolean {
  if (accepts(reader, '(')) {
    const isField = expression(reader, depth + 1)
    expect(reader, ')')
    return isField
  }
  if (accepts(reader, '[')) list(reader, ']', depth)
  else if (accepts(reader, '{')) fields(reader, depth)
  else if (/^[\d'"]|^\.\d|^[rRbB]{1,2}['"]/.test(reader.tokens[reader.at] ?? '')) reader.at += 1
  else {
    accepts(reader, '.')
    const word = name(reader)
    if (accepts(reader, '(')) call(reader, { target: '', name: word }, depth)
    else if (!words.has(word)) reader.roots.push(word)
  }
  return false
}

function name(reader: Reader, others = reserved): string {
  const word = reader.tokens[reader.at] ?? ''
  if (!/^[_a-zA-Z]\w*$/.test(word) || others.has(word))
    throw new SyntaxProblem(`a value or a name is expected ${where(reader)}`)
  reader.at += 1
  return word
}

function textOf({ tokens }: Reader, start: number, end: number): string {
  return tokens.slice(start, end).join('')
}

function call(reader: Reader, called: Omit<CelCall, 'args'>, depth: number): void {
  const args = list(reader, ')', depth)
  if (called.target === '' && called.name === 'has' && (args.length !== 1 || !args[0]!.isField))
    throw new SyntaxProblem('has is asked for a field, as in has(a.b)')
  reader.calls.push({ ...called, args: args.map(({ tokens }) => tokens) })
}

interface Item {
  readonly tokens: readonly string[]
  readonly isField: boolean
}

/** Up to the closing sign, with commas between; lists may have one more at the end. */
function list(reader: Reader, end: string, depth: number): Item[] {
  const items: Item[] = []
  while (!accepts(reader, end)) {
    const start = reader.at
    const isField = expression(reader, depth + 1)
    items.push({ tokens: reader.tokens.slice(start, reader.at), isField })
    if (accepts(reader, end)) break
    expect(reader, ',')
  }
  return items
}

function fields(reader: Reader, depth: number): void {
  while (!accepts(reader, '}')) {
    expression(reader, depth + 1)
    expect(reader, ':')
    expression(reader, depth + 1)
    if (accepts(reader, '}')) return
    expect(reader, ',')
  }
}
