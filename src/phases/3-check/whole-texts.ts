/** Texts that hold half of a character: JSON and YAML can escape one, and neither Kubernetes nor Envoy takes it. */
import { badForm, type RuleFinding } from '../../kinds/rule-finding.ts'
import { isObject } from '../../util/is-object.ts'
import { pointerToken } from '../../util/pointer-token.ts'

/** One for each such text, and for each such key. */
export function* halfTexts(value: unknown, pointer = ''): Iterable<RuleFinding> {
  if (typeof value === 'string' && !value.isWellFormed()) yield half(pointer, value)
  if (!isObject(value) && !Array.isArray(value)) return
  for (const [key, member] of Object.entries(value)) {
    const place = `${pointer}/${pointerToken(key)}`
    if (key.isWellFormed()) yield* halfTexts(member, place)
    else yield { ...half(place, key), isName: true }
  }
}

function half(pointer: string, text: string): RuleFinding {
  return badForm(pointer, text.toWellFormed(), 'whole: it holds half of a character', 'write the character itself')
}
