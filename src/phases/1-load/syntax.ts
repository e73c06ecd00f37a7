/**
 * What load keeps of a module's syntax: where each call, argument, key and element stands.
 *
 * Plain JSON, because it is extracted in the type-checker's process and used in this one. All positions are offsets in
 * UTF-16 code units; ends are exclusive.
 */
import { memo } from '../../util/memo.ts'

/** A value as written. Literals know the ranges of their parts. */
export interface ValueSyntax {
  readonly start: number
  readonly end: number
  /** The name of a constant of the same module whose initialiser says more. */
  readonly ref?: string
  /** Elements of an array literal, up to the first spread. */
  readonly items?: readonly ValueSyntax[]
  /** Members of an object literal by key; later ones win, as at run time. */
  readonly keys?: Readonly<{ [key: string]: ValueSyntax }>
  /** What is spread into an object literal: looked at where a key is not written out. */
  readonly spreads?: readonly ValueSyntax[]
}

export interface CallSyntax {
  /** Start of the last name of the callee (`c` in `a.b(1).c(2)`), where stacks point. */
  readonly key: number
  readonly name: string
  readonly start: number
  /** Where the arguments begin, after the opening parenthesis. */
  readonly open: number
  readonly end: number
  readonly args: readonly ValueSyntax[]
}

/** A return statement whose value is a call: QuickJS reports such a call at the word `return`. */
export interface ReturnSyntax {
  readonly start: number
  /** Starts of keys of the calls that may be the returned one (several behind `?:`, `&&`, `||`, `??`). */
  readonly keys: readonly number[]
}

/** A use of something that a mesh has not got. */
export interface ForbiddenSyntax {
  readonly name: string
  readonly start: number
  readonly end: number
}

export interface FileSyntax {
  readonly calls: readonly CallSyntax[]
  readonly returns: readonly ReturnSyntax[]
  readonly consts: Readonly<{ [name: string]: ValueSyntax }>
  readonly forbidden: readonly ForbiddenSyntax[]
}

/** How many constants may refer to one another before following them stops. */
const maxHops = 8

/** The call that a stack position stands for: `offset` is where the source map puts the frame. */
export function callAt(file: FileSyntax, offset: number, calleeName: string): CallSyntax | undefined {
  const exact = callsByKey(file).get(offset)
  if (exact !== undefined) return exact
  const returned = file.returns.find(statement => statement.start === offset)
  if (returned !== undefined) return returnedCall(file, returned, calleeName)
  const around = file.calls.filter(call => call.start <= offset && offset < call.open)
  return smallest(around)
}

/** Thousands of sites look up calls of one file, so each file is indexed once. */
const callsByKey = memo((file: FileSyntax) => new Map(file.calls.map(call => [call.key, call])))

function returnedCall(file: FileSyntax, statement: ReturnSyntax, calleeName: string): CallSyntax | undefined {
  const calls = file.calls.filter(call => statement.keys.includes(call.key))
  const named = calls.filter(call => call.name === calleeName)
  // Two branches that call the same function look alike on the stack: then only the statement is known.
  const candidates = named.length > 0 ? named : calls
  return candidates.length === 1 ? candidates[0] : undefined
}

function smallest(calls: readonly CallSyntax[]): CallSyntax | undefined {
  return calls.toSorted((a, b) => a.open - a.start - (b.open - b.start))[0]
}

/** Goes down from a value by keys and indexes as far as the source says; the nearest enclosing value otherwise. */
export function descend(file: FileSyntax, value: ValueSyntax, path: readonly (string | number)[]): ValueSyntax {
  let current = value
  for (const key of path) {
    const next = member(file, current, String(key), maxHops)
    if (next === undefined) return current
    current = next
  }
  return current
}

function member(file: FileSyntax, value: ValueSyntax, key: string, hops: number): ValueSyntax | undefined {
  if (hops === 0) return undefined
  if (value.items !== undefined) return value.items[Number(key)]
  if (value.keys !== undefined && Object.hasOwn(value.keys, key)) return value.keys[key]
  for (const spread of value.spreads ?? []) {
    const found = member(file, spread, key, hops - 1)
    if (found !== undefined) return found
  }
  const target = value.ref !== undefined && Object.hasOwn(file.consts, value.ref) ? file.consts[value.ref] : undefined
  return target === undefined ? undefined : member(file, target, key, hops - 1)
}
