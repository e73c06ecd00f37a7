/** Which namespaces see what does not say it: as it is set for the mesh. */
import type { Node } from '../../model/node.ts'

/** Something that only some namespaces may see. */
export interface Exported extends Node {
  readonly exportTo?: readonly string[]
}

const filled = new WeakMap<Exported, Exported>()

/**
 * With the mesh's default where a node says nothing.
 *
 * @param exportTo absent: all namespaces, which is what a node means that says nothing
 * @returns the same objects for as long as node and default stay the same
 */
export function withExports<Of extends Exported>(
  nodes: readonly Of[],
  exportTo: readonly string[] | undefined,
): readonly Of[] {
  if (exportTo === undefined) return nodes
  return nodes.map(node => {
    if (node.exportTo !== undefined) return node
    const known = filled.get(node)
    if (known?.exportTo?.join() === exportTo.join()) return known as Of
    const made = { ...node, exportTo }
    filled.set(node, made)
    return made
  })
}
