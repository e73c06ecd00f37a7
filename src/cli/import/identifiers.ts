import type { Resource } from '../../kinds/resource.ts'

/** What a module may not declare, or what another name in an imported module stands for. */
const taken: ReadonlySet<string> = new Set(
  (
    'arguments as async await break case catch class const continue debugger default delete do else enum eval export ' +
    'extends false finally for from function get if implements import in instanceof interface let new null of package ' +
    'private protected public return set static super switch this throw true try type typeof undefined var void while ' +
    'with yield NaN Infinity gatewayApi istio kubernetes mtls'
  ).split(' '),
)

/**
 * A readable name for each resource of one module: a Service is called what it is called, all others with their kind
 * (`reviewsVirtualService`); of two that would have one name, the later is told by its namespace or a number.
 */
export function identifiers(resources: readonly Pick<Resource, 'kind' | 'metadata'>[]): readonly string[] {
  const used = new Set<string>()
  return resources.map(({ kind, metadata }) => {
    const words = wordsOf(metadata.name)
    const plain = named(words)
    const withKind = endsWithKind(words, kind) ? plain : named([...words, kind])
    const first = kind === 'Service' && !taken.has(plain) && isFree(plain) ? plain : withKind
    const inNamespace = named([...wordsOf(metadata.namespace ?? ''), ...wordsOf(metadata.name), kind])
    const name =
      [first, withKind, inNamespace].find(each => !used.has(each) && !taken.has(each)) ?? numbered(inNamespace, used)
    used.add(name)
    return name
  })
}

/** Globals that the sandbox withholds would be hidden by such a name: allowed, and confusing. */
function isFree(name: string): boolean {
  return !(name in globalThis)
}

function numbered(name: string, used: ReadonlySet<string>): string {
  for (let number = 2; ; number += 1) if (!used.has(`${name}${number}`)) return `${name}${number}`
}

function wordsOf(text: string): string[] {
  return text.split(/[^A-Za-z0-9]+/).filter(word => word !== '')
}

function endsWithKind(words: readonly string[], kind: string): boolean {
  return words.join('').toLowerCase().endsWith(kind.toLowerCase())
}

function named(words: readonly string[]): string {
  const [first = 'unnamed', ...others] = words
  const joined = lowerFirst(first) + others.map(word => word[0]!.toUpperCase() + word.slice(1)).join('')
  return /^\d/.test(joined) ? `_${joined}` : joined
}

function lowerFirst(word: string): string {
  return word[0]!.toLowerCase() + word.slice(1)
}
