/**
 * Where each value of a text begins that holds several JSON objects with nothing but white space between them, as jq
 * and kubectl print them; undefined where the text is something else.
 */
export function jsonStarts(text: string): readonly number[] | undefined {
  const starts: number[] = []
  let depth = 0
  // A string as a whole, or a brace: what strings hold opens and closes nothing.
  for (const { 0: token, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/gs)) {
    if (token === '{' && depth === 0) starts.push(index)
    if (token === '{') depth += 1
    else if (token === '}') depth -= 1
  }
  const isJson =
    starts.length > 1 && starts.every((start, n) => canParse(text.slice(n === 0 ? 0 : start, starts[n + 1])))
  return isJson ? starts : undefined
}

function canParse(text: string): boolean {
  return parsedJson(text) !== undefined
}

/** The value of a JSON text; undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON, or nested deeper than the parser's stack.
    return undefined
  }
}
