import type { ObjectMeta } from '../../../kinds/resource.ts'

/** Of several that want the same, the oldest goes first, then the first by name (the Gateway API's rule); who was never in a cluster has no age. */
export function oldestFirst<Of>(items: readonly Of[], metadataOf: (item: Of) => ObjectMeta): Of[] {
  const key = (item: Of) => {
    const { creationTimestamp, namespace, name } = metadataOf(item)
    return `${creationTimestamp ?? ''} ${namespace}/${name}`
  }
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
