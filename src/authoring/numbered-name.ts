/** By namespace and name: how many there are. */
const counts = new Map<string, number>()

/** A name for what its author gave none: the same for the first, with a number from the second on. */
export function numbered(base: string, namespace = ''): string {
  const key = `${namespace}/${base}`
  const count = (counts.get(key) ?? 0) + 1
  counts.set(key, count)
  return count === 1 ? base : `${base}-${count}`
}
