import { diagnosticBySlug } from '../../diagnostics/by-slug.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { at } from '../../kinds/definition.ts'
import type { Resource } from '../../kinds/resource.ts'
import type { KindCheck } from '../../kinds/rule-finding.ts'
import { memo } from '../../util/memo.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { placeOf, subjectOf } from '../2-resolve/span-table.ts'
import { fieldName } from './field-path.ts'
import { halfTexts } from './whole-texts.ts'

/** By resource: what its kind's semantic checks found. What has not changed is not judged again. */
const findingsOf = memo((check: KindCheck, resource: Resource) => [...check(resource)])

/** What the semantic checks of each kind find, at the author's lines. */
export function checkRules({ resources, spans }: Resolved): Diagnostic[] {
  return resources.flatMap(({ resource, definition, mayHaveHalves }) => {
    const own = definition?.check === undefined ? [] : findingsOf(definition.check, resource)
    const found = mayHaveHalves ? [...own, ...halfTexts(resource)] : own
    return found.flatMap(({ slug, pointer, isName, help, params }) => {
      const place = at(resource, pointer)
      const where = { ...placeOf(spans, place, isName ? 'key' : 'value'), subject: subjectOf(resource), help }
      const { kind, metadata } = resource
      const all = { ...params, kind, name: metadata.name, field: fieldName(where.pointer, spans.optionOf(place)) }
      return diagnosticBySlug(slug, where, all) ?? []
    })
  })
}
