/**
 * A place in a resource: `VirtualService/shop/reviews#/spec/http/0`. Not a position in a file: that is looked up in
 * the side table of spans, so that positions never reach an output or a digest.
 */
export type At = string

export type Labels = Readonly<{ [key: string]: string }>

/** What every noun of the Mesh has. */
export interface Node {
  readonly name: string
  readonly namespace: string
  readonly at: At
}

/** `shop/reviews`: unique among nouns of one type. */
export function nodeKey(node: { readonly namespace: string; readonly name: string }): string {
  return `${node.namespace}/${node.name}`
}

/** Does a label selector match these labels? An empty selector matches everything, as in Kubernetes. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}
