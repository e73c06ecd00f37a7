/**
 * Remembers which call, argument and key each value of a resource came from, so that every later finding can point at
 * the author's line. Runs inside the sandbox, where there is no source: it keeps the stack of each vocabulary call
 * (a *site*), and load turns sites into ranges.
 */

/** The place of a value: a call, the index of its argument, and the keys from there on. */
export interface Trace {
  /** Index into the sites of this evaluation. */
  readonly site: number
  /** First the argument's index, then keys and indexes within it. Empty: the call as a whole. */
  readonly path: readonly (string | number)[]
}

const sites: string[] = []

/** Records the caller of a vocabulary function; call it first thing in each, directly. */
export function site(): number {
  return sites.push(new Error().stack ?? '') - 1
}

/** All sites so far, as raw stacks. */
export function recordedSites(): readonly string[] {
  return sites
}

class Traced {
  readonly value: unknown
  readonly trace: Trace
  constructor(value: unknown, trace: Trace) {
    this.value = value
    this.trace = trace
  }
}

/** Marks `value` as written at `trace`; {@link untrace} takes the mark off again. What is undefined stays so. */
export function traced<T>(value: T, siteIndex: number, ...path: (string | number)[]): T {
  if (value === undefined) return value
  return new Traced(value, { site: siteIndex, path }) as T
}

/** A value that JSON can't say, and the place nearest to it. */
export interface Unplain {
  readonly what: string
  readonly trace: Trace | undefined
}

export interface Untraced {
  /** The plain tree, without undefined members and without what is no plain data. */
  readonly value: unknown
  /** By JSON pointer: where marked values were written. */
  readonly traces: { readonly [pointer: string]: Trace }
  readonly unplain: readonly Unplain[]
}

interface Stripping {
  readonly traces: { [pointer: string]: Trace }
  readonly unplain: Unplain[]
  /** The objects that hold the one that is being stripped. */
  readonly above: object[]
}

/** By `typeof`: what a resource can't hold. */
const unplainTypes: { readonly [type: string]: string } = {
  function: 'a function',
  symbol: 'a symbol',
  bigint: 'a bigint',
}

/** Takes all marks off a tree. */
export function untrace(tree: unknown): Untraced {
  const stripping: Stripping = { traces: {}, unplain: [], above: [] }
  const value = strip(tree, '', stripping)
  return { value, traces: stripping.traces, unplain: stripping.unplain }
}

function strip(node: unknown, pointer: string, stripping: Stripping): unknown {
  const { traces, above } = stripping
  if (node instanceof Traced) {
    if (!(pointer in traces)) traces[pointer] = node.trace
    return strip(node.value, pointer, stripping)
  }
  if (typeof node !== 'object' || node === null) {
    const what = unplainTypes[typeof node]
    return what === undefined ? node : refuse(what, pointer, stripping)
  }
  if (above.includes(node)) return refuse('an object that contains itself', pointer, stripping)
  above.push(node)
  const plain = Array.isArray(node)
    ? node.map((item, index) => strip(item, `${pointer}/${index}`, stripping))
    : stripMembers(node, pointer, stripping)
  above.pop()
  return plain
}

function stripMembers(node: object, pointer: string, stripping: Stripping): object {
  const plain: { [key: string]: unknown } = {}
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined) continue
    plain[key] = strip(value, `${pointer}/${escapePointer(key)}`, stripping)
  }
  return plain
}

/** Notes a value that is no plain data, at the nearest place above it that is known; nothing stands in its stead. */
function refuse(what: string, pointer: string, { traces, unplain }: Stripping): undefined {
  let known = pointer
  while (known !== '' && !Object.hasOwn(traces, known)) known = known.slice(0, known.lastIndexOf('/'))
  const trace = traces[known]
  const keys = pointer.slice(known.length).split('/').slice(1)
  const rest = keys.map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  // A call as a whole has no parts that could be pointed at.
  const isCall = trace === undefined || trace.path.length === 0
  unplain.push({ what, trace: isCall ? trace : { ...trace, path: [...trace.path, ...rest] } })
}

/** Escapes one reference token of a JSON pointer (RFC 6901). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
