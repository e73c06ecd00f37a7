/**
 * A place in a resource: `VirtualService/shop/reviews#/spec/http/0`. Not a position in a file: that is looked up in
 * the side table of spans, so that positions never reach an output or a digest.
 */
export type At = string

/** A place: what a name may hold that is none, and is told so, doesn't end the resource's part of it. */
export function placeIn(resource: string, pointer = ''): At {
  return `${/[#%]/.test(resource) ? resource.replaceAll('%', '%25').replaceAll('#', '%23') : resource}#${pointer}`
}

/** The resource that a place is in: `VirtualService/shop/reviews`. */
export function resourceAt(place: At): string {
  const [resource = ''] = place.split('#', 1)
  return resource.includes('%') ? resource.replaceAll('%23', '#').replaceAll('%25', '%') : resource
}

/** The name of the resource that a place is in: parts of several may have been made one. */
export function nameAt(place: At): string {
  return resourceAt(place).split('/').slice(2).join('/')
}

export type Labels = Readonly<{ [key: string]: string }>

/** Labels for people: `app=web, version=v1`. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
}

/** Labels as a key: the same, in whatever order they are written. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => compare(a, b)))
}

/** What every noun of the Mesh has. */
export interface Node {
  readonly name: string
  readonly namespace: string
  readonly at: At
  /** When it was made, as a cluster says it. Absent: nobody knows. */
  readonly createdAt?: string
}

/**
 * Of several that say different things of the same, the first holds: the oldest, so that nobody takes over what another has said
 * before, and then by namespace and name (Istio's order). By code unit, not by locale: the same on any machine.
 */
export function byPrecedence(a: Node, b: Node): number {
  return (
    compare(a.createdAt ?? unknownAge, b.createdAt ?? unknownAge) ||
    compare(a.namespace, b.namespace) ||
    compare(a.name, b.name)
  )
}

/** After any date. */
const unknownAge = '~'

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** `shop/reviews`: unique among nouns of one type. */
export function nodeKey(node: { readonly namespace: string; readonly name: string }): string {
  return `${node.namespace}/${node.name}`
}

/** Does a label selector match these labels? An empty selector matches everything, as in Kubernetes. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}
