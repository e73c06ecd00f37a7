import { hash } from 'node:crypto'
import { type Resource, resourceKey } from '../../kinds/resource.ts'
import { memo } from '../../util/memo.ts'

export interface DigestedResource {
  readonly key: string
  /** SHA-256 of the canonical JSON, hex. */
  readonly digest: string
  readonly resource: Resource
  /** May a text in it hold half of a character? */
  readonly mayHaveHalves?: true
}

/** Kept with the resource: one that is loaded again unchanged is not read through again. */
export const digestResource = memo((resource: Resource): DigestedResource => {
  const text = canonicalJson(resource)
  // JSON escapes them, and no other letters so.
  const halves = /\\ud[89a-f]/.test(text) ? { mayHaveHalves: true as const } : {}
  return { key: resourceKey(resource), digest: hash('sha256', text), resource, ...halves }
})

/** One digest over many resources, which must be sorted by key. */
export function digestOf(resources: readonly DigestedResource[]): string {
  return hash('sha256', resources.map(({ key, digest }) => `${key} ${digest}\n`).join(''))
}

/** JSON with sorted keys and no white space: equal values give equal text (the idea of RFC 8785). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
}
