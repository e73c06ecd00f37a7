/**
 * Remembers which call, argument and key each value of a resource came from, so that every later finding can point at
 * the author's line. Runs inside the sandbox, where there is no source: it keeps the stack of each vocabulary call
 * (a *site*), and load turns sites into ranges.
 */
import { pointerToken } from '../util/pointer-token.ts'

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

/**
 * Begins a marked value: a list of this, the value, its site and its path. A list, and inside the tree, because that is
 * what QuickJS writes as JSON fastest; taking the marks off is left to the engine outside, which is thirty times as fast.
 * A NUL may stand in a filter's text, by itself: no author writes this.
 */
const mark = '\0@'

/** Marks `value` as written at a place; {@link untrace} takes the mark off again. What is undefined stays so. */
export function traced<T>(value: T, siteIndex: number, ...path: (string | number)[]): T {
  if (value === undefined) return value
  return [mark, value, siteIndex, ...path] as T
}

/**
 * Reads an author's options so that each value is marked with where it was written: `option('path')` is `options.path`,
 * whatever the field is called that it goes to.
 */
export function optionsAt<Options extends object>(
  options: Options,
  siteIndex: number,
  ...path: (string | number)[]
): <Name extends keyof Options & string>(name: Name) => Options[Name] {
  return name => traced(options[name], siteIndex, ...path, name)
}

/** A value without marks, and by JSON pointer where marked values were written. */
export interface Untraced {
  readonly value: unknown
  readonly traces: { readonly [pointer: string]: Trace }
}

interface Stripping {
  readonly traces: { [pointer: string]: Trace }
  readonly siteCount: number
}

/** Far deeper than any resource, and far from the end of the stack. */
const maxDepth = 1000

/**
 * Takes all marks off a tree that has left the sandbox as JSON; the tree itself is changed.
 *
 * @param siteCount how many sites there are
 * @returns undefined where a mark is none that `traced` makes, which only code that works against us brings about
 */
export function untrace(tree: unknown, siteCount: number): Untraced | undefined {
  const stripping: Stripping = { traces: {}, siteCount }
  const value = strip(tree, { pointer: '', depth: 0 }, stripping)
  return value === invalid ? undefined : { value, traces: stripping.traces }
}

const invalid = Symbol('invalid')

interface Position {
  readonly pointer: string
  readonly depth: number
}

function strip(node: unknown, at: Position, stripping: Stripping): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (at.depth > maxDepth) return invalid
  if (Array.isArray(node) && node[0] === mark) {
    const [, value, site, ...path] = node as unknown[]
    const trace = { site, path }
    if (!isTrace(trace, stripping.siteCount)) return invalid
    // Of several marks on one value the outermost holds.
    if (!Object.hasOwn(stripping.traces, at.pointer)) stripping.traces[at.pointer] = trace
    return strip(value, { ...at, depth: at.depth + 1 }, stripping)
  }
  const members = node as { [key: string]: unknown }
  for (const key of Object.keys(members)) {
    const member = members[key]
    if (typeof member !== 'object' || member === null) continue
    const inner = strip(member, { pointer: `${at.pointer}/${pointerToken(key)}`, depth: at.depth + 1 }, stripping)
    if (inner === invalid) return invalid
    members[key] = inner
  }
  return node
}

function isTrace(
  trace: { site: unknown; path: unknown[] },
  siteCount: number,
): trace is { site: number; path: (string | number)[] } {
  const { site, path } = trace
  if (!Number.isSafeInteger(site) || (site as number) < 0 || (site as number) >= siteCount) return false
  return path.every(step => typeof step === 'string' || (Number.isSafeInteger(step) && (step as number) >= 0))
}

/** A value that JSON can't say, and the place nearest to it. */
export interface Unplain {
  readonly what: string
  readonly trace: Trace | undefined
}

/** By `typeof`: what a resource can't hold. */
const unplainTypes: { readonly [type: string]: string } = {
  function: 'a function',
  symbol: 'a symbol',
  bigint: 'a bigint',
}

/** What JSON can't say in a tree. Runs inside the sandbox, before the tree becomes JSON, which would drop it silently. */
export function unplainIn(tree: unknown): Unplain[] {
  const found: Unplain[] = []
  lookFor({ found, above: [], keys: [] }, tree, undefined)
  return found
}

interface Looking {
  readonly found: Unplain[]
  /** The objects that hold the one that is looked at. */
  readonly above: unknown[]
  /** Keys from the last mark on. */
  readonly keys: string[]
}

function lookFor(looking: Looking, node: unknown, trace: Trace | undefined): void {
  if (typeof node !== 'object' || node === null) {
    const what = unplainTypes[typeof node]
    if (what !== undefined) looking.found.push({ what, trace: placeOf(trace, looking.keys) })
    return
  }
  if (looking.above.includes(node)) {
    looking.found.push({ what: 'an object that contains itself', trace: placeOf(trace, looking.keys) })
    return
  }
  looking.above.push(node)
  if (Array.isArray(node) && node[0] === mark) {
    const [, value, site, ...path] = node as [string, unknown, number, ...(string | number)[]]
    lookFor({ ...looking, keys: [] }, value, { site, path })
  } else {
    for (const key in node) {
      looking.keys.push(key)
      lookFor(looking, (node as { [key: string]: unknown })[key], trace)
      looking.keys.pop()
    }
  }
  looking.above.pop()
}

/** A call as a whole has no parts that could be pointed at. */
function placeOf(trace: Trace | undefined, keys: readonly string[]): Trace | undefined {
  return trace === undefined || trace.path.length === 0 ? trace : { ...trace, path: [...trace.path, ...keys] }
}
