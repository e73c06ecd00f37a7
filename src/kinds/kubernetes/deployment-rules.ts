import { isDnsLabel, labels } from '../forms.ts'
import type { Resource } from '../resource.ts'
import { badForm, missing, type RuleFinding, twice } from '../rule-finding.ts'
import type { Deployment } from './deployment.ts'

/** What the API server demands of a Deployment, as far as a mesh is concerned. */
export function* deploymentRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as Deployment
  const { template } = spec
  const own = template.metadata?.labels ?? {}
  for (const [key, value] of Object.entries(spec.selector.matchLabels ?? {}))
    if (own[key] !== value)
      yield missing('/spec/template/metadata', `the label ${key}: ${value}, which the selector asks for`)
  yield* labels('/spec/template/metadata/labels', own)
  const { containers } = template.spec
  for (const [index, container] of containers.entries()) {
    const pointer = `/spec/template/spec/containers/${index}`
    if (!isDnsLabel(container.name) || container.name !== container.name.toLowerCase())
      yield badForm(`${pointer}/name`, container.name, 'a DNS label', 'use lower-case letters, digits and hyphens')
    for (const [at, { name }] of (container.env ?? []).entries())
      if (name === '' || name.includes('=')) yield badForm(`${pointer}/env/${at}/name`, name, 'the name of a variable')
    yield* twice(
      (container.ports ?? []).map(({ name }) => name),
      at => `${pointer}/ports/${at}/name`,
    )
  }
  yield* twice(
    containers.map(({ name }) => name),
    index => `/spec/template/spec/containers/${index}/name`,
  )
}
