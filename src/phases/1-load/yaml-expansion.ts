import { isAlias, isCollection, isNode, isPair } from 'yaml'

/** How many values the aliases of one document may stand for: far above what people write, far below what fills a memory. */
export const maxAliased = 100_000

/** Looking an alias up takes time by how many there are, however little it stands for. */
const leastCost = 20

/** Do the aliases of a document stand for too much, as a few lines can for billions of values ("billion laughs")? */
export function expandsTooFar(contents: unknown): boolean {
  const sizes = new Map<string, number>()
  let aliased = 0
  /** Of a value with all that its aliases stand for. */
  const sizeOf = (node: unknown): number => {
    if (isAlias(node)) {
      // Without a size it names nothing, or what it stands in: both are said elsewhere.
      const size = sizes.get(node.source) ?? 1
      aliased += Math.max(size, leastCost)
      return size
    }
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value)
    const size = 1 + (isCollection(node) ? node.items.reduce<number>((sum, item) => sum + sizeOf(item), 0) : 0)
    if (isNode(node) && 'anchor' in node && typeof node.anchor === 'string') sizes.set(node.anchor, size)
    return size
  }
  sizeOf(contents)
  return aliased > maxAliased
}
