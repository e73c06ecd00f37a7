import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair } from 'yaml'

type Path = readonly (string | number)[]

/** Sources of merge keys may have sources of their own; no author nests them deeper. */
const maxMerges = 20

/**
 * The nodes on the way to a path's value, from the root on, as far as there are any. Aliases stand for what they name, and
 * a member that a merge key (`<<`) brings is found where it is written.
 */
export function nodesAlong(document: Document, path: Path): readonly unknown[] {
  const nodes: unknown[] = [resolved(document, document.contents)]
  for (const step of path) {
    const parent = nodes.at(-1)
    const child = isSeq(parent) ? parent.items[Number(step)] : memberOf(document, parent, step)?.value
    if (!isNode(child)) break
    nodes.push(resolved(document, child))
  }
  return nodes
}

/** The name of the member at a path; undefined where the path ends in no mapping. */
export function keyAt(document: Document, path: Path): unknown {
  const parents = nodesAlong(document, path.slice(0, -1))
  return parents.length === path.length ? memberOf(document, parents.at(-1), path.at(-1)!)?.key : undefined
}

function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

/** A mapping's own members go before merged ones, and of several sources the first one wins. */
function memberOf(document: Document, map: unknown, name: string | number, merges = 0): Pair | undefined {
  if (!isMap(map)) return undefined
  const own = map.items.find(({ key }) => isScalar(key) && String(key.value) === String(name))
  if (own !== undefined || merges === maxMerges) return own
  for (const pair of map.items.filter(isMerge)) {
    const source = resolved(document, pair.value)
    for (const each of isSeq(source) ? source.items : [source]) {
      const found = memberOf(document, resolved(document, each), name, merges + 1)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** The parser gives merge keys a symbol for a value: one in quotes is a name like any other. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol'
}
