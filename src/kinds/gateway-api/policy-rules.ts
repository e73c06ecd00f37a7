/** What BackendTLSPolicies and ListenerSets must be beyond their shapes. */
import type { Resource } from '../resource.ts'
import { conflict, missing, type RuleFinding, withoutEffect } from '../rule-finding.ts'
import type { BackendTLSPolicy } from './backend-tls-policy.ts'
import { listenersRules } from './gateway-rules.ts'
import type { ListenerSet } from './listener-set.ts'

export function* backendTLSPolicyRules(resource: Resource): Iterable<RuleFinding> {
  const { targetRefs, validation, options } = (resource as unknown as BackendTLSPolicy).spec
  for (const [index, ref] of targetRefs.entries()) {
    const before = targetRefs
      .slice(0, index)
      .filter(({ group, kind, name }) => group === ref.group && kind === ref.kind && name === ref.name)
    if (before.some(({ sectionName }) => sectionName === ref.sectionName))
      yield { slug: 'value-twice', pointer: `/spec/targetRefs/${index}`, params: { value: ref.name } }
    else if (before.some(({ sectionName }) => (sectionName === undefined) !== (ref.sectionName === undefined)))
      yield missing(`/spec/targetRefs/${index}`, 'sectionName, here and where the same target stands before')
  }
  if (options !== undefined) yield withoutEffect('/spec/options', 'Meshwright has no settings of its own there')
  const { caCertificateRefs, wellKnownCACertificates, subjectAltNames = [] } = validation
  if (caCertificateRefs === undefined && wellKnownCACertificates === undefined)
    yield missing('/spec/validation', 'caCertificateRefs or wellKnownCACertificates')
  if (caCertificateRefs !== undefined && wellKnownCACertificates !== undefined)
    yield conflict('/spec/validation/wellKnownCACertificates', 'caCertificateRefs')
  for (const [index, name] of subjectAltNames.entries())
    for (const [type, field] of [
      ['Hostname', 'hostname'],
      ['URI', 'uri'],
    ] as const) {
      const place = `/spec/validation/subjectAltNames/${index}`
      if (name[field] === undefined && name.type === type) yield missing(place, field)
      if (name[field] !== undefined && name.type !== type) yield conflict(`${place}/${field}`, `the type ${name.type}`)
    }
}

export function listenerSetRules(resource: Resource): Iterable<RuleFinding> {
  return listenersRules((resource as unknown as ListenerSet).spec.listeners)
}
