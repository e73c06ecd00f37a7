/** From a field as an API server writes it to a place in the author's resource. */

import { isObject } from '../util/is-object.ts'
import { ownValue } from '../util/own-value.ts'
import { pointerToken } from '../util/pointer-token.ts'

interface Token {
  readonly text: string
  /** In brackets: an index, a key of a map, or the fields by which an item of a list is told: `port=80,protocol="TCP"`. */
  readonly isBracketed: boolean
}

/**
 * `spec.http[0].route["a.b"]` and `.spec.ports[port=80,protocol="TCP"].name` as JSON pointers: `/spec/http/0/route/a.b`.
 *
 * @param object what the field is in: names may have dots, and items of lists are named by what they hold
 */
export function fieldPointer(field: string, object: unknown): string {
  const tokens = tokensOf(field)
  const path: string[] = []
  let value = object
  while (tokens.length > 0) {
    const name = nextName(tokens, value)
    path.push(name)
    value = isObject(value) || Array.isArray(value) ? (value as { readonly [key: string]: unknown })[name] : undefined
  }
  return path.map(name => `/${pointerToken(name)}`).join('')
}

function tokensOf(field: string): Token[] {
  const found = [...field.matchAll(/\[((?:"(?:[^"\\]|\\.)*"|[^"\]])*)\]|([^.[\]]+)/g)]
  return found.map(([, bracketed, plain]) =>
    bracketed === undefined
      ? { text: plain ?? '', isBracketed: false }
      : { text: bracketed.replace(/^"(.*)"$/, '$1'), isBracketed: true },
  )
}

/** Takes as many tokens as make the next name. */
function nextName(tokens: Token[], value: unknown): string {
  const { text, isBracketed } = tokens.shift()!
  if (isBracketed && Array.isArray(value) && text.includes('=')) return String(itemIndex(value, text))
  if (isBracketed || !isObject(value) || Object.hasOwn(value, text)) return text
  // A label's name has dots of its own.
  for (let count = 1; count <= tokens.length; count += 1) {
    const joined = [text, ...tokens.slice(0, count).map(token => token.text)].join('.')
    if (!Object.hasOwn(value, joined)) continue
    tokens.splice(0, count)
    return joined
  }
  return text
}

/** Which item has these fields; one that the author left out has its default, and is not held against it. */
function itemIndex(items: readonly unknown[], text: string): number {
  const wanted = [...text.matchAll(/([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(
    ([, name = '', json = '']) => [name, jsonOf(json)] as const,
  )
  return items.findIndex(item =>
    wanted.every(([name, value]) => {
      // Of a set, an item is told by itself.
      const own = name === '' ? item : isObject(item) ? ownValue(item, name) : undefined
      return own === value || (own === undefined && name !== '')
    }),
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
