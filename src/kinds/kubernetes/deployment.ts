import type { Contribution } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import { keptPodRules } from './pod-rules.ts'
import { type LabelSelector, lowerPods, type PodTemplate } from './pod-template.ts'

/** Pods that are kept running. Fields beyond these are passed on as they are. */
export interface Deployment {
  /** Group and version of the Kubernetes API: `apps/v1`. */
  apiVersion: 'apps/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Deployment'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** How many pods, and what each is made of. */
  spec: DeploymentSpec
}

export interface DeploymentSpec {
  /**
   * Number of pods; locally, of processes. Default: 1.
   * @minimum 0
   */
  replicas?: number
  /** Which pods are its own; its labels must be among the template’s. */
  selector: LabelSelector
  /** What each pod is made of. */
  template: PodTemplate
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export function lowerDeployment(resource: Resource): Contribution {
  const { template, replicas } = (resource as unknown as Deployment).spec
  return lowerPods(resource, { template, pointer: '/spec/template', replicas })
}

/** What the API server demands of a Deployment, as far as a mesh is concerned. */
export function deploymentRules(resource: Resource): Iterable<RuleFinding> {
  return keptPodRules((resource as unknown as Deployment).spec)
}
