/** What the API server demands of pods, as far as a mesh is concerned, whatever kind makes them. */
import { isDnsLabel, labels } from '../forms.ts'
import { badForm, missing, type RuleFinding, twice, unknownWord } from '../rule-finding.ts'
import type { Container, LabelSelector, PodTemplate } from './pod-template.ts'

/** Pods that are kept running: the selector picks them, and their containers are started again. */
export function* keptPodRules({
  selector,
  template,
}: {
  readonly selector: LabelSelector
  readonly template: PodTemplate
}): Iterable<RuleFinding> {
  const own = template.metadata?.labels ?? {}
  for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
    if (own[key] !== value)
      yield missing('/spec/template/metadata', `the label ${key}: ${value}, which the selector asks for`)
  yield* podRules(template, '/spec/template')
  const { restartPolicy = 'Always' } = template.spec
  if (restartPolicy !== 'Always')
    yield unknownWord(
      '/spec/template/spec/restartPolicy',
      restartPolicy,
      'what pods that are kept running can have',
      'write Always, or nothing: what is to run once is a Job',
    )
}

/** Pods that run until they have done their work: the API server's default is none for them. */
export function* finishingPodRules(template: PodTemplate, pointer: string): Iterable<RuleFinding> {
  yield* podRules(template, pointer)
  const { restartPolicy } = template.spec
  if (restartPolicy === undefined) yield missing(`${pointer}/spec`, 'restartPolicy: Never, or OnFailure')
  else if (restartPolicy === 'Always')
    yield unknownWord(
      `${pointer}/spec/restartPolicy`,
      restartPolicy,
      'what pods that come to an end can have',
      'write Never or OnFailure',
    )
}

/** @param pointer to the template; nothing for a pod by itself */
export function* podRules({ metadata, spec }: PodTemplate, pointer: string): Iterable<RuleFinding> {
  yield* labels(`${pointer}/metadata/labels`, metadata?.labels)
  const { initContainers = [], containers } = spec
  for (const [list, items] of Object.entries({ initContainers, containers }))
    for (const [index, container] of items.entries())
      yield* containerRules(container, `${pointer}/spec/${list}/${index}`)
  // Containers of both lists are told apart by name.
  const placeOf = (index: number) =>
    index < initContainers.length ? `initContainers/${index}` : `containers/${index - initContainers.length}`
  yield* twice(
    [...initContainers, ...containers].map(({ name }) => name),
    index => `${pointer}/spec/${placeOf(index)}/name`,
  )
}

function* containerRules({ name, env = [], ports = [] }: Container, pointer: string): Iterable<RuleFinding> {
  if (!isDnsLabel(name) || name !== name.toLowerCase())
    yield badForm(`${pointer}/name`, name, 'a DNS label', 'use lower-case letters, digits and hyphens')
  for (const [at, { name: variable }] of env.entries())
    if (variable === '' || variable.includes('='))
      yield badForm(`${pointer}/env/${at}/name`, variable, 'the name of a variable')
  yield* twice(
    ports.map(port => port.name),
    at => `${pointer}/ports/${at}/name`,
  )
}
