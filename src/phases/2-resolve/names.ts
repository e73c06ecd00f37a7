import { invalidName, invalidNamespace } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { at } from '../../kinds/definition.ts'
import type { Resource } from '../../kinds/resource.ts'
import { type SpanTable, subjectOf } from './span-table.ts'

/** A DNS label: RFC 1123, as Kubernetes reads it. */
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** A Service's name also begins with a letter (RFC 1035). */
const serviceLabel = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/
/** A DNS subdomain: labels joined by dots, 253 characters at most. */
const dnsSubdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const forms: { readonly [kind: string]: { readonly pattern: RegExp; readonly what: string } } = {
  Namespace: { pattern: dnsLabel, what: 'a DNS label' },
  Service: { pattern: serviceLabel, what: 'a DNS label that begins with a letter' },
  Gateway: { pattern: dnsLabel, what: 'a DNS label' },
}
const otherForm = { pattern: dnsSubdomain, what: 'a DNS subdomain' }

/** Names that Kubernetes would refuse (its own rules for object names). */
export function nameFindings(resource: Resource, spans: SpanTable): Diagnostic[] {
  const { name, namespace } = resource.metadata
  const form = forms[resource.kind] ?? otherForm
  const findings: Diagnostic[] = []
  if (!form.pattern.test(name)) {
    const params = { kind: resource.kind, name, form: form.what, suggestion: suggestion(name) }
    findings.push(invalidName(placed(resource, spans, '/metadata/name'), params))
  }
  if (namespace !== undefined && !dnsLabel.test(namespace)) {
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

/** The nearest valid name: lower case, hyphens for what is not allowed. */
function suggestion(name: string): string {
  const cleaned = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63)
  return cleaned === '' ? 'my-service' : /^[0-9]/.test(cleaned) ? `s-${cleaned}` : cleaned
}
