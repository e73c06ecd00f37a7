/**
 * Envoy refuses a whole listener where two of its filter chains match one connection equally well. Rules of several authors may ask for
 * just that: the first has the connection, and of the others what is left.
 */
import { compact, type Message } from './envoy-resource.ts'

/** The lists of a match of which each combination of items is a match of its own. */
const lists = ['server_names', 'prefix_ranges', 'source_prefix_ranges', 'application_protocols'] as const

type List = (typeof lists)[number]

/**
 * The chains without what an earlier one matches.
 *
 * @param chains in the order in which they hold
 */
export function withoutOverlaps(chains: readonly Message[]): readonly Message[] {
  const taken = new Map<string, Taken>()
  const left = chains.flatMap(chain => remaining(chain, taken))
  return left.length === chains.length && left.every((chain, index) => chain === chains[index]) ? chains : left
}

function remaining(chain: Message, taken: Map<string, Taken>): readonly Message[] {
  const match = (chain['filter_chain_match'] ?? {}) as Message
  const others = JSON.stringify(Object.entries(match).filter(([field]) => !lists.includes(field as List)))
  const wanted = lists.map(list => distinct(match[list] as readonly unknown[] | undefined))
  const alike = taken.get(others) ?? nothingTaken(1)
  taken.set(others, alike)
  const parts = take(wanted, alike)
  const hasTwice = lists.some(
    (list, index) => wanted[index]!.length < ((match[list] ?? []) as readonly unknown[]).length,
  )
  if (parts === 'all')
    return hasTwice ? [{ ...chain, filter_chain_match: compact({ ...match, ...fieldsOf(wanted) }) }] : [chain]
  return parts.map(part => ({ ...chain, filter_chain_match: compact({ ...match, ...fieldsOf(part) }) }))
}

/** A list that is absent stands for anything, which is a match like others. */
function distinct(items: readonly unknown[] | undefined): readonly string[] {
  return items === undefined || items.length === 0 ? [''] : [...new Set(items.map(item => JSON.stringify(item)))]
}

/**
 * Which combinations are taken: by item of the first list, what is taken of the others. Items of which the same is taken share it, so
 * that long lists cost their sum and not their product.
 */
interface Taken {
  readonly byItem: Map<string, Taken>
  /** Behind the last list: is it? */
  isWhole: boolean
  /** How many items it is shared by. */
  sharers: number
}

function nothingTaken(sharers: number): Taken {
  return { byItem: new Map(), isWhole: false, sharers }
}

type Free = 'all' | readonly (readonly (readonly string[])[])[]

/** What of the combinations nobody has taken, as few products of lists; all of it is taken then. */
function take(wanted: readonly (readonly string[])[], taken: Taken): Free {
  const [items, ...more] = wanted
  if (items === undefined) {
    if (taken.isWhole) return []
    taken.isWhole = true
    return 'all'
  }
  const freeOf = new Map<string, Free>()
  for (const [known, sharing] of Map.groupBy(items, item => taken.byItem.get(item))) {
    const own = ownOf(known, sharing.length)
    const free = take(more, own)
    for (const item of sharing) {
      taken.byItem.set(item, own)
      freeOf.set(item, free)
    }
  }
  const groups = [...Map.groupBy(items, item => keyOf(freeOf.get(item)!)).values()]
  const whole = more.map(list => [...list])
  if (groups.length === 1 && freeOf.get(items[0]!) === 'all') return 'all'
  return groups.flatMap(some => {
    const free = freeOf.get(some[0]!)!
    return (free === 'all' ? [whole] : free).map(part => [some, ...part])
  })
}

/** What is taken of the others of some items, apart from what is taken of those that it is shared with. */
function ownOf(known: Taken | undefined, sharers: number): Taken {
  if (known === undefined) return nothingTaken(sharers)
  if (known.sharers === sharers) return known
  known.sharers -= sharers
  for (const inner of known.byItem.values()) inner.sharers += 1
  return { ...known, byItem: new Map(known.byItem), sharers }
}

const keys = new WeakMap<Exclude<Free, 'all'>, string>()

/** Written once for all items that have it in common. */
function keyOf(free: Free): string {
  if (free === 'all') return free
  const key = keys.get(free) ?? JSON.stringify(free)
  keys.set(free, key)
  return key
}

function fieldsOf(part: readonly (readonly string[])[]): Message {
  const items = (of: readonly string[]) => of.filter(text => text !== '').map(text => JSON.parse(text) as unknown)
  return Object.fromEntries(
    lists
      .map((list, index) => [list, items(part[index]!)] as const)
      .map(([list, of]) => [list, of.length === 0 ? undefined : of]),
  )
}
