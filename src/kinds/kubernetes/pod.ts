import type { Contribution } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import { podRules } from './pod-rules.ts'
import { isMade, lowerPods, type PodSpec, type PodTemplate } from './pod-template.ts'

/** One pod by itself, which nobody starts again on another node. Fields beyond these are passed on as they are. */
export interface Pod {
  /** Group and version of the Kubernetes API: `v1`. */
  apiVersion: 'v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Pod'
  /** Name, namespace, labels and annotations; services select it by the labels. */
  metadata: ObjectMeta
  /** Its containers, and who it is. */
  spec: PodSpec
}

export function lowerPod(resource: Resource): Contribution {
  return isMade(resource) ? {} : lowerPods(resource, { template: templateOf(resource), pointer: '' })
}

/** What the API server demands of a Pod, as far as a mesh is concerned. */
export function podKindRules(resource: Resource): Iterable<RuleFinding> {
  return podRules(templateOf(resource), '')
}

/** A pod has what a template for it would have. */
function templateOf(resource: Resource): PodTemplate {
  const { metadata, spec } = resource as unknown as Pod
  return { metadata: metadata.labels === undefined ? {} : { labels: metadata.labels }, spec }
}
