import type { Contribution } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import { keptPodRules } from './pod-rules.ts'
import { type LabelSelector, lowerPods, type PodTemplate } from './pod-template.ts'

/** A pod on each node. Fields beyond these are passed on as they are. */
export interface DaemonSet {
  /** Group and version of the Kubernetes API: `apps/v1`. */
  apiVersion: 'apps/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'DaemonSet'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** What each pod is made of; its nodeSelector and tolerations say on which nodes there is one. */
  spec: DaemonSetSpec
}

export interface DaemonSetSpec {
  /** Which pods are its own; its labels must be among the template’s. */
  selector: LabelSelector
  /** What each pod is made of. */
  template: PodTemplate
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export function lowerDaemonSet(resource: Resource): Contribution {
  const { template } = (resource as unknown as DaemonSet).spec
  return lowerPods(resource, { template, pointer: '/spec/template' })
}

/** What the API server demands of a DaemonSet, as far as a mesh is concerned. */
export function daemonSetRules(resource: Resource): Iterable<RuleFinding> {
  return keptPodRules((resource as unknown as DaemonSet).spec)
}
