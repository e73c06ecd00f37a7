import { type Labels, selects } from './node.ts'

interface Labelled {
  readonly namespace: string
  readonly labels: Labels
}

/**
 * Finds what a selector picks in a namespace, by one of its labels: with thousands of rules, each must not look at all workloads.
 *
 * @returns a function that gives them in the order of `nodes`
 */
export function labelIndex<Of extends Labelled>(
  nodes: readonly Of[],
): (namespace: string, selector: Labels) => readonly Of[] {
  const found = new Map<string, Of[]>()
  const add = (key: string, node: Of) => {
    const known = found.get(key)
    if (known === undefined) found.set(key, [node])
    else known.push(node)
  }
  for (const node of nodes) {
    add(keyOf(node.namespace), node)
    for (const pair of Object.entries(node.labels)) add(keyOf(node.namespace, pair), node)
  }
  return (namespace, selector) => {
    const candidates = found.get(keyOf(namespace, Object.entries(selector)[0])) ?? []
    return candidates.filter(({ labels }) => selects(selector, labels))
  }
}

function keyOf(namespace: string, pair?: readonly [string, string]): string {
  return pair === undefined ? namespace : `${namespace} ${pair[0]}=${pair[1]}`
}
