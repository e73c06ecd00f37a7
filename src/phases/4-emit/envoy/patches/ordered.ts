/** Changes to a list whose order counts: filters, virtual hosts, routes. */
import type { ProxyChange } from '../../../../model/proxy-patch.ts'
import { mergeMessages } from '../../../../protobuf/merge.ts'
import type { Message } from '../envoy-resource.ts'

/** What changes have made of something. */
export interface Patched<Value> {
  readonly value: Value
  /** Those that found what they look for. */
  readonly applied: readonly ProxyChange[]
}

export interface OrderedList {
  /** Full name of the messages' type. */
  readonly type: string
  readonly items: readonly Message[]
  /** Does a change look for this item? Absent for one that looks for none: it is about all. */
  readonly finds: (change: ProxyChange) => ((item: Message) => boolean) | undefined
  /** Does its last item have to stay the last one, as what ends a chain of filters? */
  readonly endsWithLast?: boolean
  /** Where something is added for which a change names no place but a class of filters. */
  readonly placeOf?: (items: readonly Message[], filterClass: ProxyChange['filterClass'] & {}) => number
}

/** Applies each change after the other; one that finds nothing does nothing (Istio's rule). */
export function patchOrdered(list: OrderedList, changes: readonly ProxyChange[]): Patched<readonly Message[]> {
  const applied: ProxyChange[] = []
  let items = list.items
  for (const change of changes) {
    const next = patchOnce({ ...list, items }, change)
    if (next === undefined) continue
    applied.push(change)
    items = next
  }
  return { value: items, applied }
}

/** Undefined where there is nothing for the change to do. */
function patchOnce(list: OrderedList, change: ProxyChange): readonly Message[] | undefined {
  const { items } = list
  const finds = list.finds(change)
  const found = finds === undefined ? -1 : items.findIndex(finds)
  const value = change.value as Message | undefined
  switch (change.operation) {
    case 'REMOVE':
      return kept(items, item => finds !== undefined && !finds(item))
    case 'MERGE':
    case 'MERGE_AND_REPLACE_LIST':
      return replaced(items, finds ?? (() => true), item => mergedInto(list.type, item, change))
    case 'REPLACE':
      return found < 0 ? undefined : items.with(found, value!)
    case 'INSERT_FIRST':
      return [value!, ...items]
    case 'INSERT_BEFORE':
      return finds !== undefined && found < 0 ? undefined : items.toSpliced(Math.max(found, 0), 0, value!)
    case 'INSERT_AFTER':
      if (finds === undefined) return added(list, value!)
      return found < 0 ? undefined : items.toSpliced(found + 1, 0, value!)
    case 'ADD':
      return added(list, value!, change.filterClass)
  }
}

function kept(items: readonly Message[], stays: (item: Message) => boolean): readonly Message[] | undefined {
  const rest = items.filter(stays)
  return rest.length === items.length ? undefined : rest
}

function replaced(
  items: readonly Message[],
  isMeant: (item: Message) => boolean,
  by: (item: Message) => Message,
): readonly Message[] | undefined {
  return items.some(isMeant) ? items.map(item => (isMeant(item) ? by(item) : item)) : undefined
}

function added(
  { items, endsWithLast, placeOf }: OrderedList,
  value: Message,
  filterClass?: ProxyChange['filterClass'],
): readonly Message[] {
  const end = endsWithLast === true ? Math.max(0, items.length - 1) : items.length
  const index = filterClass === undefined || placeOf === undefined ? end : placeOf(items, filterClass)
  return items.toSpliced(index, 0, value)
}

/** An object with a change's value merged into it; its name stays, for others know it by that. */
export function mergedInto(type: string, item: Message, { value = {}, operation }: ProxyChange): Message {
  const merged = mergeMessages(type, item, value, { replacesLists: operation === 'MERGE_AND_REPLACE_LIST' })
  return item['name'] === undefined ? merged : { ...merged, name: item['name'] }
}
