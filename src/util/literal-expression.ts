/** The text as an expression (RE2's, JavaScript's) that matches it and nothing else. */
export function literalExpression(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}
