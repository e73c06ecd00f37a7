import type { Resource } from '../../kinds/resource.ts'
import { pointerToken } from '../../util/pointer-token.ts'
import type { LoadedResource } from '../1-load/loaded.ts'
import { pointerTokens } from '../1-load/pointer.ts'
import type { Validator, Violation } from './validators/index.generated.js'

/** Each round takes something out, so this is only reached by a resource of which nothing would be left. */
const maxRounds = 20

/** A value without what does not fit its schema. */
export interface Mended<Value> {
  readonly value: Value
  /** Pointers of what was taken out or filled in, in the value as it was. */
  readonly cut: readonly string[]
  /** From a pointer in the value as it is to that in the value as it was: lists have become shorter. */
  readonly authoredPointer: (pointer: string) => string
}

/**
 * The resource without the values that do not fit its schema. What its spec lacks is filled in, where it can be: without that the
 * whole spec would go, and all that is wrong in it would be found only after the first thing has been mended.
 *
 * @returns undefined where what remains would be no object of its kind
 */
export function mended(resource: Resource, validate: Validator['validate']): Mended<Resource> | undefined {
  return withoutMisfits(resource, validate, { isNeeded: isVital, fill: fillSpec })
}

/** The same of what a text says: nothing of it is vital but that it is something. */
export function mendedText<Value extends object>(
  value: Value,
  validate: Validator['validate'],
): Mended<Value> | undefined {
  return withoutMisfits(value, validate, { isNeeded: tokens => tokens.length === 0, fill: () => [] })
}

/** The resource, whose places are found as its author counts. */
export function countedAsAuthored(
  { spanAt, optionAt, ...item }: LoadedResource,
  authoredPointer: (pointer: string) => string,
): LoadedResource {
  return {
    ...item,
    spanAt: (pointer, part) => spanAt(authoredPointer(pointer), part),
    ...(optionAt === undefined ? {} : { optionAt: (pointer: string) => optionAt(authoredPointer(pointer)) }),
    authoredPointer,
  }
}

/** Of each list the indexes at which what it holds once stood. */
type Indexes = WeakMap<object, number[]>

interface MendOptions {
  readonly isNeeded: (tokens: readonly string[]) => boolean
  /** Fills in what is lacking. @returns pointers of it */
  readonly fill: (copy: object, validate: Validator['validate']) => string[]
}

function withoutMisfits<Value extends object>(
  value: Value,
  validate: Validator['validate'],
  { isNeeded, fill }: MendOptions,
): Mended<Value> | undefined {
  const indexes: Indexes = new WeakMap()
  const copy = copyOf(value, indexes) as Value
  const cut = fill(copy, validate)
  const authoredPointer = (pointer: string) => authored(copy, pointerTokens(pointer), indexes)
  for (let round = 0; round < maxRounds; round += 1) {
    if (validate(copy)) return { value: copy, cut, authoredPointer }
    const wrong = outermost((validate.errors ?? []).map(tokensOf))
    if (wrong.some(isNeeded)) return undefined
    cut.push(...wrong.map(tokens => authored(copy, tokens, indexes)))
    // Last first: taking an item out of a list moves those behind it.
    for (const tokens of wrong.toReversed()) remove(copy, tokens, indexes)
  }
  return undefined
}

/** What a field may hold that is not there: a host, hosts, or nothing in particular. RFC 6761 gives `invalid` to nobody. */
const fillings = ['missing.invalid', ['missing.invalid'], [], {}] as const

/** Fills in what `spec` itself lacks and one of the fillings fits. */
function fillSpec(copy: object, validate: Validator['validate']): string[] {
  const spec = memberOf(copy, 'spec')
  if (validate(copy) || typeof spec !== 'object' || spec === null) return []
  const lacking = (validate.errors ?? []).flatMap(({ keyword, instancePath, params }) => {
    const name = params['missingProperty']
    return keyword === 'required' && instancePath === '/spec' && typeof name === 'string' ? [name] : []
  })
  return lacking
    .map(name => ({ name, pointer: pointerOf(['spec', name]) }))
    .flatMap(({ name, pointer }) => {
      for (const filling of fillings) {
        Object.assign(spec, { [name]: structuredClone(filling) })
        validate(copy)
        if (!(validate.errors ?? []).some(({ instancePath }) => `${instancePath}/`.startsWith(`${pointer}/`)))
          return [pointer]
      }
      delete (spec as { [key: string]: unknown })[name]
      return []
    })
}

/** A copy in which nothing stands in two places, as values of YAML's aliases do: what is taken out of one stays in the other. */
function copyOf(value: unknown, indexes: Indexes): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member, indexes)]))
  const items = value.map(item => copyOf(item, indexes))
  indexes.set(items, [...items.keys()])
  return items
}

/** Each once, in the order of lists' items, without those within another: they go with it. */
function outermost(paths: readonly (readonly string[])[]): (readonly string[])[] {
  const byText = new Map(paths.map(tokens => [pointerOf(tokens), tokens]))
  const outer = [...byText.values()].filter(
    tokens => !tokens.some((_, length) => byText.has(pointerOf(tokens.slice(0, length)))),
  )
  return outer.sort(byPlace)
}

function byPlace(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((token, at) => token !== b[at])
  const [left = '', right = ''] = [a[index], b[index]]
  return Number(left) - Number(right) || (left < right ? -1 : 1)
}

function pointerOf(tokens: readonly string[]): string {
  return tokens.map(token => `/${pointerToken(token)}`).join('')
}

/** The pointer that these tokens once were. */
function authored(root: unknown, tokens: readonly string[], indexes: Indexes): string {
  let at = root
  const once = tokens.map(token => {
    const list = Array.isArray(at) ? indexes.get(at) : undefined
    at = memberOf(at, token)
    return String(list?.[Number(token)] ?? token)
  })
  return pointerOf(once)
}

/** Without these nobody could refer to the resource, so nothing is lost by leaving it out. */
function isVital(tokens: readonly string[]): boolean {
  return tokens.length === 0 || ['metadata', 'metadata/name', 'metadata/namespace'].includes(tokens.join('/'))
}

function tokensOf({ instancePath, params }: Violation): string[] {
  const tokens = pointerTokens(instancePath)
  return typeof params['additionalProperty'] === 'string' ? [...tokens, params['additionalProperty']] : tokens
}

function remove(root: unknown, tokens: readonly string[], indexes: Indexes): void {
  const last = tokens.at(-1)!
  const parent = tokens.slice(0, -1).reduce<unknown>(memberOf, root)
  if (Array.isArray(parent)) {
    parent.splice(Number(last), 1)
    indexes.get(parent)?.splice(Number(last), 1)
  } else if (typeof parent === 'object' && parent !== null) delete (parent as { [key: string]: unknown })[last]
}

/** What a value has under a key of its own. */
export function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as { readonly [key: string]: unknown })[key]
}
