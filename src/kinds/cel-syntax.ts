/** Whether a text is an expression of CEL, by its grammar alone: names and types are whoever evaluates it to judge. */

/** Literals, names, and signs, from the longest; behind a name that begins like a prefix of texts, the text goes first. */
const token = new RegExp(
  [
    String.raw`(?:[rR]?[bB]?|[bB][rR])(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')`,
    String.raw`0x[0-9a-fA-F]+u?|\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+u?|\.\d+(?:[eE][+-]?\d+)?`,
    '[_a-zA-Z][_a-zA-Z0-9]*',
    String.raw`\|\||&&|[<>=!]=|[-+*/%<>!?:.,()[\]{}]`,
  ].join('|'),
  'y',
)

/** Words that are no names. */
const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while in'.split(' '),
)

/** What is left to read; `at` goes on. */
interface Reader {
  readonly tokens: readonly string[]
  at: number
}

class SyntaxProblem extends Error {}

/** @returns what is wrong; undefined where it is an expression */
export function celProblem(text: string): string | undefined {
  try {
    const reader = { tokens: tokensOf(text), at: 0 }
    expression(reader)
    const rest = reader.tokens[reader.at]
    return rest === undefined ? undefined : `${rest} stands where the expression could end`
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message
    throw error
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  for (let index = 0; index < text.length; ) {
    const blank = /\s+|\/\/[^\n]*/y
    blank.lastIndex = index
    token.lastIndex = index
    const found = blank.exec(text)?.[0] ?? token.exec(text)?.[0]
    if (found === undefined) throw new SyntaxProblem(`nothing begins with ${text[index]}`)
    if (!/^\s|^\/\//.test(found)) tokens.push(found)
    index += found.length
  }
  return tokens
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

function expression(reader: Reader, depth = 0): void {
  if (depth > deepest) throw new SyntaxProblem('it is nested too deeply')
  operation(reader, depth)
  if (!accepts(reader, '?')) return
  operation(reader, depth)
  expect(reader, ':')
  expression(reader, depth + 1)
}

/** Precedence changes what an expression means, not whether it is one. */
function operation(reader: Reader, depth: number): void {
  do operand(reader, depth)
  while (accepts(reader, '||', '&&', '<', '<=', '>', '>=', '==', '!=', 'in', '+', '-', '*', '/', '%'))
}

function operand(reader: Reader, depth: number): void {
  while (accepts(reader, '!', '-'));
  primary(reader, depth)
  for (;;) {
    if (accepts(reader, '.')) {
      name(reader)
      if (accepts(reader, '(')) list(reader, ')', depth)
    } else if (accepts(reader, '[')) {
      expression(reader, depth + 1)
      expect(reader, ']')
    } else if (accepts(reader, '{')) fields(reader, depth)
    else return
  }
}

function primary(reader: Reader, depth: number): void {
  if (accepts(reader, '(')) {
    expression(reader, depth + 1)
    expect(reader, ')')
  } else if (accepts(reader, '[')) list(reader, ']', depth)
  else if (accepts(reader, '{')) fields(reader, depth)
  else if (/^[\d'"]|^\.\d|^[rRbB]{1,2}['"]/.test(reader.tokens[reader.at] ?? '')) reader.at += 1
  else {
    accepts(reader, '.')
    name(reader)
    if (accepts(reader, '(')) list(reader, ')', depth)
  }
}

function name(reader: Reader): void {
  const word = reader.tokens[reader.at] ?? ''
  if (!/^[_a-zA-Z]\w*$/.test(word) || reserved.has(word))
    throw new SyntaxProblem(`a value or a name is expected ${where(reader)}`)
  reader.at += 1
}

/** Up to the closing sign, with commas between; lists may have one more at the end. */
function list(reader: Reader, end: string, depth: number): void {
  while (!accepts(reader, end)) {
    expression(reader, depth + 1)
    if (accepts(reader, end)) return
    expect(reader, ',')
  }
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
