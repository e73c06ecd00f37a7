import type { Contribution } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import { badForm, type RuleFinding } from '../rule-finding.ts'
import type { JobSpec } from './job.ts'
import { finishingPodRules } from './pod-rules.ts'
import { lowerPods, type PodMeta } from './pod-template.ts'

/** A Job at certain times. Fields beyond these are passed on as they are. */
export interface CronJob {
  /** Group and version of the Kubernetes API: `batch/v1`. */
  apiVersion: 'batch/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'CronJob'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace, and has at most 52 characters. */
  metadata: ObjectMeta
  /** When, and what then. */
  spec: CronJobSpec
}

export interface CronJobSpec {
  /** Minute, hour, day of the month, month and day of the week, as in cron, or a word like `@daily`. */
  schedule: string
  /** The Job that is made each time. */
  jobTemplate: JobTemplate
  /** Time zone of the schedule, as `Europe/Berlin`. Default: that of the cluster’s controller manager. */
  timeZone?: string
  /** What happens where the Job before still runs: `Allow` both, `Forbid` the new one, `Replace` the old one. Default: `Allow`. */
  concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace'
  /** Are no more Jobs to be made? Default: false. */
  suspend?: boolean
  /**
   * How late a Job may still be made, in seconds. Default: unlimited.
   * @minimum 0
   */
  startingDeadlineSeconds?: number
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface JobTemplate {
  /** Labels and annotations of the Jobs. Default: none. */
  metadata?: PodMeta
  /** What each Job is. */
  spec: JobSpec
}

const pointer = '/spec/jobTemplate/spec/template'

export function lowerCronJob(resource: Resource): Contribution {
  const { template, parallelism } = (resource as unknown as CronJob).spec.jobTemplate.spec
  return lowerPods(resource, { template, pointer, replicas: parallelism })
}

/** Of so many characters, Jobs' names still have room for the time. */
const longestName = 52

/** What the API server demands of a CronJob, as far as a mesh is concerned. */
export function* cronJobRules(resource: Resource): Iterable<RuleFinding> {
  const { metadata, spec } = resource as unknown as CronJob
  if (metadata.name.length > longestName)
    yield badForm('/metadata/name', metadata.name, `a name of at most ${longestName} characters`, 'shorten it')
  if (!isSchedule(spec.schedule))
    yield badForm(
      '/spec/schedule',
      spec.schedule,
      'a schedule',
      'write five fields like "0 3 * * 1", or a word like @daily; the zone is said by timeZone',
    )
  yield* finishingPodRules(spec.jobTemplate.spec.template, pointer)
}

/** By its form: which numbers a field takes is for the API server to say. */
function isSchedule(text: string): boolean {
  return (
    /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every [0-9hms.]+)$/.test(text) ||
    /^[0-9A-Za-z*?/,-]+( +[0-9A-Za-z*?/,-]+){4}$/.test(text.trim())
  )
}
