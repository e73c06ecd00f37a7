import { isNode, parseDocument, type Scalar } from 'yaml'
import type { Part } from './loaded.ts'
import { keyAt, nodesAlong } from './yaml-path.ts'

/**
 * Where, in a block of text (`|`) that is YAML itself, the value at a path within it stands, or its name.
 *
 * @param where with the source of the document that the block is in
 * @returns offsets in that source; undefined where the text has no such value, or is written in another way
 */
export function rangeWithin(
  block: Scalar,
  path: readonly (string | number)[],
  where: { readonly source: string; readonly part: Part | undefined },
): readonly [start: number, end: number] | undefined {
  const { source, part } = where
  if (block.type !== 'BLOCK_LITERAL' || typeof block.value !== 'string' || !block.range) return undefined
  const document = parseDocument(block.value)
  const name = part === 'key' ? keyAt(document, path) : undefined
  const node = [...nodesAlong(document, path), name].findLast(each => isNode(each) && each.range)
  const range = isNode(node) ? node.range : undefined
  if (document.errors.length > 0 || !range) return undefined
  const first = source.indexOf('\n', block.range[0]) + 1
  const lines = source.slice(first, block.range[1]).split('\n')
  const indent = /^ */.exec(lines.find(line => line.trim() !== '') ?? '')![0].length
  const offsetOf = (within: number) => {
    const before = (block.value as string).slice(0, within).split('\n')
    const above = lines.slice(0, before.length - 1).reduce((sum, line) => sum + line.length + 1, 0)
    return first + above + indent + before.at(-1)!.length
  }
  return [offsetOf(range[0]), offsetOf(Math.max(range[0], trimmed(block.value, range[1])))]
}

/** Collections end behind their last line break; what a reader sees ends before it. */
function trimmed(text: string, end: number): number {
  return text.slice(0, end).trimEnd().length
}
