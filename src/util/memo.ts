/**
 * Remembers a pure function's results by the identity of its arguments, for as long as all of them live.
 *
 * This is what lets 500 like proxies share one computation: they hold the same objects. Each argument but the last
 * makes a map of its own: what differs most goes last.
 */
export function memo<Args extends readonly object[], Result>(
  compute: (...args: Args) => Result,
): (...args: Args) => Result {
  const root: WeakMap<object, unknown> = new WeakMap()
  // Not those of a call: `list.map(memo(…))` hands over an index and the list, too.
  const lastIndex = compute.length - 1
  return (...args) => {
    let level = root
    for (let index = 0; index < lastIndex; index++) {
      let next = level.get(args[index]!) as WeakMap<object, unknown> | undefined
      if (next === undefined) {
        next = new WeakMap()
        level.set(args[index]!, next)
      }
      level = next
    }
    const last = args[lastIndex]!
    // Boxed, because undefined is a result too.
    let box = level.get(last) as { readonly result: Result } | undefined
    if (box === undefined) {
      box = { result: compute(...args) }
      level.set(last, box)
    }
    return box.result
  }
}
