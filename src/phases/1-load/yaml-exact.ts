import { isCollection, isScalar, type Node, visit } from 'yaml'

/** A value of YAML that JSON can't hold, and so no Kubernetes object. */
export type Inexact =
  | { readonly kind: 'number'; readonly node: Node; readonly text: string }
  | { readonly kind: 'tag'; readonly node: Node; readonly tag: string }

/** Might a text have such values? Most have nothing that looks like one, and are never walked. */
export function mayBeInexact(text: string): boolean {
  return suspicious.test(text)
}

const suspicious = /\d{16}|0x[\da-f]{14}|e[-+]?\d{3}|\.(?:inf|nan)|!/i

/** What would be another value once it is written again: numbers beyond what 64 bits hold, and what tags make of texts. */
export function inexactIn(node: unknown): readonly Inexact[] {
  const found: Inexact[] = []
  visit(node as Node, (_, part) => {
    if (isScalar(part) && typeof part.value === 'number' && !isKept(part.value, part.source ?? ''))
      found.push({ kind: 'number', node: part, text: part.source ?? String(part.value) })
    const isForeign = isScalar(part) && typeof part.value === 'object' && part.value !== null
    if (isForeign || (isCollection(part) && foreignCollections.has(part.tag ?? '')))
      found.push({ kind: 'tag', node: part as Node, tag: (part.tag ?? '').replace(prefix, '!!') })
  })
  return found
}

const prefix = 'tag:yaml.org,2002:'

const foreignCollections: ReadonlySet<string> = new Set(['set', 'omap', 'pairs'].map(name => prefix + name))

/** Whole numbers are kept digit by digit; of others the nearest that there is, which is what everybody reads. */
function isKept(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false
  // Smaller than the smallest.
  if (value === 0 && /^[-+]?[\d.]*[1-9]/.test(source)) return false
  const [, sign, digits = ''] = /^([-+]?)(0x[\da-f]+|0o[0-7]+|[\d_]+)$/i.exec(source) ?? []
  if (digits === '' || Number.isSafeInteger(value)) return true
  const plain = digits.replaceAll('_', '')
  const whole = BigInt(/^0[0-7]+$/.test(plain) ? `0o${plain.slice(1)}` : plain)
  return BigInt(value) === (sign === '-' ? -whole : whole)
}
