import type { ModuleGraph } from './bundle.ts'

/** A shortest circle of imports from a module back to itself, its first member repeated at the end. */
export function importCycle(graph: ModuleGraph, file: string): readonly string[] | undefined {
  const from = new Map<string, string>()
  const pending = [file]
  for (let current = pending.shift(); current !== undefined; current = pending.shift()) {
    for (const target of Object.values(graph.user.get(current)?.imports ?? {})) {
      if (target === file) return [...pathTo(from, current, file), file]
      if (!graph.user.has(target) || from.has(target)) continue
      from.set(target, current)
      pending.push(target)
    }
  }
  return undefined
}

function pathTo(from: ReadonlyMap<string, string>, last: string, first: string): string[] {
  const path = [last]
  for (let at = last; at !== first; ) {
    at = from.get(at)!
    path.unshift(at)
  }
  return path
}
