/** The text of a MeshConfig, held against the schema of its type. */
import { cannotServe, noEffect, schemaViolation, withoutEffect } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Subject } from '../../diagnostics/diagnostic.ts'
import { isOfIstio, reasonElsewhere } from '../../kinds/istio/mesh-config-elsewhere.ts'
import { meshConfigKey, meshConfigOf } from '../../kinds/istio/mesh-config-text.ts'
import type { Resource } from '../../kinds/resource.ts'
import type { LoadedResource } from '../1-load/loaded.ts'
import { explainViolation } from './explain-violation.ts'
import { fieldName } from './field-path.ts'
import { countedAsAuthored, mendedText } from './mend.ts'
import { withoutNulls } from './nulls.ts'
import { type Violation, validators } from './validators/index.generated.js'

export interface CheckedText {
  /** With a text that fits, or that was made to by leaving out what does not. */
  readonly item: LoadedResource
  readonly diagnostics: readonly Diagnostic[]
  /** Pointers of what was left out, in the author's resource. */
  readonly cut: readonly string[]
}

/**
 * Istio's own text may say much that proxies are not told here: that is said, and no mistake. A field that Istio does not know either is
 * a slip, most often.
 */
export function checkConfigText(item: LoadedResource, subject: Subject): CheckedText {
  const text = meshConfigOf(item.resource)
  const validator = validators.get('MeshConfig')!
  const { validate, schema } = validator
  if (text === undefined || text.problem !== undefined || validate(text.config))
    return { item, diagnostics: [], cut: [] }
  const config = withoutNulls(text.config, validate.errors ?? [], validator)
  if (config !== text.config) return checkConfigText({ ...item, resource: withText(item.resource, config) }, subject)
  const violations = [...(validate.errors ?? [])]
  const diagnostics = violations.map(violation => {
    const { pointer: within, part, problem, remedy } = explainViolation(violation, text.config, schema)
    const pointer = `/data/${meshConfigKey}${within}`
    const { kind, name } = subject
    const field = fieldName(pointer, item.optionAt?.(pointer))
    const place = { span: item.spanAt(pointer, part), subject }
    if (!isUnknown(violation)) return schemaViolation(place, { kind, name, field, problem, remedy })
    const meant = remedy.startsWith('did you mean') ? `: ${remedy}` : ''
    const [object, own] = [violation.instancePath, `${violation.params['additionalProperty']}`]
    if (isOfIstio(object, own) ?? meant === '') {
      const { reason, isForEnvoy } = reasonElsewhere(object, own)
      return (isForEnvoy ? cannotServe : withoutEffect)(place, { kind, name, field, reason })
    }
    return noEffect(place, { kind, name, field, reason: `there is no such setting${meant}` })
  })
  if (violations.every(isUnknown)) return { item, diagnostics, cut: [] }
  const root = `/data/${meshConfigKey}`
  const mended = mendedText(text.config, validate)
  const resource = withText(item.resource, mended?.value ?? {})
  if (mended === undefined) return { item: { ...item, resource }, diagnostics, cut: [root] }
  const authored = (pointer: string) =>
    pointer.startsWith(`${root}/`) ? root + mended.authoredPointer(pointer.slice(root.length)) : pointer
  const cut = mended.cut.map(pointer => root + pointer)
  return { item: countedAsAuthored({ ...item, resource }, authored), diagnostics, cut }
}

function withText(resource: Resource, config: object): Resource {
  return { ...resource, data: { ...(resource['data'] as object), [meshConfigKey]: JSON.stringify(config) } }
}

function isUnknown({ keyword }: Violation): boolean {
  return keyword === 'additionalProperties'
}
