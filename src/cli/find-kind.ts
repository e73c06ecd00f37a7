import { plural, shortNamesOf } from '../cluster/install/crds.ts'
import { optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import type { KindDefinition } from '../kinds/definition.ts'
import { nearName } from '../util/edit-distance.ts'

/**
 * The kind that a word means: its name, plural or short name in any case, with its group behind a dot or without.
 *
 * @throws Failure where none of the kinds is meant
 */
export function findKind(word: string, kinds: readonly KindDefinition[]): KindDefinition {
  const meant = word.toLowerCase()
  const found = kinds.find(definition => namesOf(definition).includes(meant))
  if (found !== undefined) return found
  const near = nearName(
    word,
    kinds.map(({ kind }) => kind),
  )
  const known = kinds.map(({ kind }) => kind).join(', ')
  const remedy = near === undefined ? `the kinds are ${known}` : `did you mean ${near}?`
  throw new Failure(optionInvalid({}, { option: `"${word}"`, problem: 'is no kind that is known', remedy }))
}

function namesOf(definition: KindDefinition): string[] {
  const { kind, apiVersions } = definition
  const names = [kind.toLowerCase(), plural(kind), ...shortNamesOf(definition)]
  const [group = '', version] = apiVersions[0].split('/')
  return version === undefined ? names : names.flatMap(name => [name, `${name}.${group}`])
}
