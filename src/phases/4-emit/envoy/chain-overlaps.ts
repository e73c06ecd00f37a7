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
  const taken = new Set<string>()
  const left = chains.flatMap(chain => remaining(chain, taken))
  return left.length === chains.length && left.every((chain, index) => chain === chains[index]) ? chains : left
}

function remaining(chain: Message, taken: Set<string>): readonly Message[] {
  const match = (chain['filter_chain_match'] ?? {}) as Message
  const others = JSON.stringify(Object.entries(match).filter(([field]) => !lists.includes(field as List)))
  const wanted = lists.map(list => distinct(match[list] as readonly unknown[] | undefined))
  const parts = free(wanted, others, taken)
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

/** What of the combinations nobody has taken, as few products of lists; all of it is taken then. */
function free(wanted: readonly (readonly string[])[], key: string, taken: Set<string>): 'all' | string[][][] {
  const [items, ...more] = wanted
  if (items === undefined) {
    if (taken.has(key)) return []
    taken.add(key)
    return 'all'
  }
  const byRest = new Map<string, { readonly items: string[]; readonly rest: 'all' | string[][][] }>()
  for (const item of items) {
    const rest = free(more, `${key} ${item}`, taken)
    const known = byRest.get(JSON.stringify(rest))
    if (known === undefined) byRest.set(JSON.stringify(rest), { items: [item], rest })
    else known.items.push(item)
  }
  const groups = [...byRest.values()]
  if (groups.length === 1 && groups[0]!.rest === 'all') return 'all'
  const whole = more.map(list => [...list])
  return groups.flatMap(({ items: some, rest }) => (rest === 'all' ? [whole] : rest).map(part => [some, ...part]))
}

function fieldsOf(part: readonly (readonly string[])[]): Message {
  const items = (of: readonly string[]) => of.filter(text => text !== '').map(text => JSON.parse(text) as unknown)
  return Object.fromEntries(
    lists
      .map((list, index) => [list, items(part[index]!)] as const)
      .map(([list, of]) => [list, of.length === 0 ? undefined : of]),
  )
}
