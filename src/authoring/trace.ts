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

/**
 * Takes all marks off a tree.
 *
 * @returns the plain tree (without undefined members) and, by JSON pointer, where marked values were written
 */
export function untrace(tree: unknown): { readonly value: unknown; readonly traces: { [pointer: string]: Trace } } {
  const traces: { [pointer: string]: Trace } = {}
  return { value: strip(tree, '', traces), traces }
}

function strip(node: unknown, pointer: string, traces: { [pointer: string]: Trace }): unknown {
  if (node instanceof Traced) {
    if (!(pointer in traces)) traces[pointer] = node.trace
    return strip(node.value, pointer, traces)
  }
  if (Array.isArray(node)) return node.map((item, index) => strip(item, `${pointer}/${index}`, traces))
  if (typeof node !== 'object' || node === null) return node
  const plain: { [key: string]: unknown } = {}
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined) continue
    plain[key] = strip(value, `${pointer}/${escapePointer(key)}`, traces)
  }
  return plain
}

/** Escapes one reference token of a JSON pointer (RFC 6901). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
