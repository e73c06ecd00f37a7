import type { Contribution } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import { finishingPodRules } from './pod-rules.ts'
import { isMade, lowerPods, type PodTemplate } from './pod-template.ts'

/** Pods that run until their work is done. Fields beyond these are passed on as they are. */
export interface Job {
  /** Group and version of the Kubernetes API: `batch/v1`. */
  apiVersion: 'batch/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Job'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** How often it has to succeed, and what each pod is made of. */
  spec: JobSpec
}

export interface JobSpec {
  /** What each pod is made of; its `restartPolicy` has to be `Never` or `OnFailure`. */
  template: PodTemplate
  /**
   * How many pods run at once. Default: 1.
   * @minimum 0
   */
  parallelism?: number
  /**
   * How many pods have to succeed. Default: as many as run at once.
   * @minimum 0
   */
  completions?: number
  /**
   * How often pods may fail before the Job has failed. Default: 6.
   * @minimum 0
   */
  backoffLimit?: number
  /**
   * Time that it has before it has failed, in seconds, at least 1. Default: unlimited.
   * @minimum 1
   */
  activeDeadlineSeconds?: number
  /**
   * Time after which an ended Job is deleted, in seconds. Default: it is kept.
   * @minimum 0
   */
  ttlSecondsAfterFinished?: number
  /** Is it to wait, without pods? Default: false. */
  suspend?: boolean
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export function lowerJob(resource: Resource): Contribution {
  if (isMade(resource)) return {}
  const { template, parallelism } = (resource as unknown as Job).spec
  return lowerPods(resource, { template, pointer: '/spec/template', replicas: parallelism })
}

/** What the API server demands of a Job, as far as a mesh is concerned. */
export function jobRules(resource: Resource): Iterable<RuleFinding> {
  return finishingPodRules((resource as unknown as Job).spec.template, '/spec/template')
}
