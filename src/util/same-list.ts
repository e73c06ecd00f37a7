interface Entry {
  readonly next: WeakMap<object, Entry>
  list?: readonly object[]
}

const root: Entry = { next: new WeakMap() }

/** Equal lists of the same objects are one object, for as long as those live: what is remembered by a list is found again. */
export function sameList<Item extends object>(items: readonly Item[]): readonly Item[] {
  let entry = root
  for (const item of items) {
    const next = entry.next.get(item) ?? { next: new WeakMap() }
    entry.next.set(item, next)
    entry = next
  }
  entry.list ??= items
  return entry.list as readonly Item[]
}
