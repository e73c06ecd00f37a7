import { invalidName, invalidNamespace } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { at } from '../../kinds/definition.ts'
import { kindOf } from '../../kinds/index.ts'
import { nameForm, narrowForm, suggestedName } from '../../kinds/object-name.ts'
import type { Resource } from '../../kinds/resource.ts'
import { type SpanTable, subjectOf } from './span-table.ts'

/** Names that Kubernetes would refuse (its own rules for object names). */
export function nameFindings(resource: Resource, spans: SpanTable): Diagnostic[] {
  const { name, namespace } = resource.metadata
  const form = nameForm(resource, kindOf(resource) !== undefined)
  const findings: Diagnostic[] = []
  if (!form.pattern.test(name)) {
    const params = { kind: resource.kind, name, form: form.what, suggestion: suggestedName(name) }
    findings.push(invalidName(placed(resource, spans, '/metadata/name'), params))
  }
  if (namespace !== undefined && !narrowForm('Namespace').pattern.test(namespace)) {
    findings.push(
      invalidNamespace(placed(resource, spans, '/metadata/namespace'), { kind: resource.kind, name, namespace }),
    )
  }
  return findings
}

function placed(resource: Resource, spans: SpanTable, pointer: string) {
  const span = spans.spanOf(at(resource, pointer))
  return { ...(span === undefined ? {} : { span }), subject: subjectOf(resource) }
}
