import type { Contribution } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import { keptPodRules } from './pod-rules.ts'
import { type LabelSelector, lowerPods, type PodTemplate } from './pod-template.ts'

/** Pods that are kept running, each with a name and storage of its own: `db-0`, `db-1`. Fields beyond these are passed on as they are. */
export interface StatefulSet {
  /** Group and version of the Kubernetes API: `apps/v1`. */
  apiVersion: 'apps/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'StatefulSet'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace, and begins the pods’ names. */
  metadata: ObjectMeta
  /** How many pods, and what each is made of. */
  spec: StatefulSetSpec
}

export interface StatefulSetSpec {
  /**
   * Number of pods. Default: 1.
   * @minimum 0
   */
  replicas?: number
  /** Which pods are its own; its labels must be among the template’s. */
  selector: LabelSelector
  /** What each pod is made of. */
  template: PodTemplate
  /** The headless Service below whose name each pod has one of its own: `db-0.db`. Default: pods have no names of their own. */
  serviceName?: string
  /** Do pods come one after another, each once the one before is ready, or all at once? Default: `OrderedReady`. */
  podManagementPolicy?: 'OrderedReady' | 'Parallel'
  /** Storage that each pod is given, as PersistentVolumeClaims. Default: none. */
  volumeClaimTemplates?: VolumeClaimTemplate[]
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface VolumeClaimTemplate {
  /** What is asked for; passed on as it is. Default: nothing. */
  spec?: { [field: string]: unknown }
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export function lowerStatefulSet(resource: Resource): Contribution {
  const { template, replicas } = (resource as unknown as StatefulSet).spec
  return lowerPods(resource, { template, pointer: '/spec/template', replicas })
}

/** What the API server demands of a StatefulSet, as far as a mesh is concerned. */
export function statefulSetRules(resource: Resource): Iterable<RuleFinding> {
  return keptPodRules((resource as unknown as StatefulSet).spec)
}
