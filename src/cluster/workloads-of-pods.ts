/**
 * What runs in a cluster, as workloads: pods with the same owner, labels, account and ports are one, however many there
 * are. So pods that come and go change no configuration but endpoints.
 */
import type { MetaMap, OwnerReference, Resource } from '../kinds/resource.ts'
import { canonicalJson } from '../phases/2-resolve/digest.ts'
import { memo } from '../util/memo.ts'
import { ownValue } from '../util/own-value.ts'
import type { PodObject } from './objects.ts'

export interface ObservedWorkload {
  readonly name: string
  readonly namespace: string
  readonly labels: MetaMap
  readonly serviceAccount: string
  readonly ports: readonly { readonly name?: string; readonly containerPort: number }[]
}

/** Labels that controllers put on pods to tell their generations apart, and that nobody selects by. */
const generationLabels = [
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/job-completion-index',
]

/**
 * By pod's key `namespace/name`: its workload.
 *
 * @param previous what this gave before: workloads that are equal stay the same objects
 */
export function workloadsOfPods(
  pods: ReadonlyMap<string, PodObject>,
  previous: ReadonlyMap<string, ObservedWorkload> = new Map(),
): ReadonlyMap<string, ObservedWorkload> {
  const before = new Map([...new Set(previous.values())].map(workload => [textOf(workload), workload]))
  const shapes = new Map<string, ObservedWorkload>()
  const taken = new Map<string, number>()
  const result = new Map<string, ObservedWorkload>()
  // By name, so that the same pods always give the same names.
  for (const [key, pod] of [...pods].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const shape = shapeOf(pod)
    const text = textOf(shape)
    let workload = shapes.get(text)
    if (workload === undefined) {
      // Two generations of one owner that differ in more than a hash are two workloads for as long as both run.
      const owner = `${shape.namespace}/${shape.name}`
      const count = (taken.get(owner) ?? 0) + 1
      taken.set(owner, count)
      const named = count === 1 ? shape : { ...shape, name: `${shape.name}.${count}` }
      workload = before.get(textOf(named)) ?? named
      shapes.set(text, workload)
    }
    result.set(key, workload)
  }
  return result
}

const textOf = memo((workload: ObservedWorkload) => canonicalJson(workload))

/** Found once for each pod as it is: thousands stay as they are while one comes. */
const shapeOf = memo(({ metadata, spec = {} }: PodObject): ObservedWorkload => {
  const labels = Object.entries(metadata.labels ?? {}).filter(([name]) => !generationLabels.includes(name))
  const containers = [
    ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
    ...(spec.containers ?? []),
  ]
  const ports = containers
    .flatMap(container => container.ports ?? [])
    .map(({ name, containerPort }) => ({ ...(name === undefined ? {} : { name }), containerPort }))
    .sort((a, b) => a.containerPort - b.containerPort)
  return {
    name: ownerName(metadata),
    namespace: metadata.namespace ?? 'default',
    labels: Object.fromEntries(labels),
    serviceAccount: spec.serviceAccountName ?? 'default',
    ports,
  }
})

/** What makes pods: a controller. */
export type Owner = Pick<OwnerReference, 'kind' | 'name'>

/** A pod that nobody owns is its own. */
function ownerName({ name, labels, ownerReferences }: PodObject['metadata']): string {
  const owner = controllerOf(ownerReferences)
  return owner === undefined ? name : workloadName(owner, labels)
}

export function controllerOf(references: readonly OwnerReference[] | undefined): Owner | undefined {
  return references?.find(({ controller }) => controller === true)
}

/**
 * The Deployment of a ReplicaSet, the CronJob of a Job, else the owner itself.
 *
 * @param labels of its pods
 */
export function workloadName({ kind, name }: Owner, labels: MetaMap | undefined): string {
  const hash = labels?.['pod-template-hash']
  if (kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`)) return name.slice(0, -hash.length - 1)
  return kind === 'Job' ? name.replace(/-\d{8,}$/, '') : name
}

/** What a pod is one of, as people name it: `Deployment` and `reviews-v1`. Undefined for a pod that nobody owns. */
export function workloadOf({ metadata: { labels, ownerReferences } }: PodObject): Owner | undefined {
  const owner = controllerOf(ownerReferences)
  if (owner === undefined) return undefined
  const name = workloadName(owner, labels)
  return { kind: name === owner.name ? owner.kind : (ownValue(above, owner.kind) ?? owner.kind), name }
}

/** What makes the controllers that make pods. */
const above: Readonly<{ [kind: string]: string }> = { ReplicaSet: 'Deployment', Job: 'CronJob' }

/** Of pods that tell workloads of one owner apart, more than these are not named. */
const namedPods = 2

/**
 * What workloads are called by people, by `namespace/name`: as their owners. While one owner has pods of different shapes, as in a
 * rollout, each of its workloads is told by its pods.
 */
export function shownNames(
  pods: ReadonlyMap<string, PodObject>,
  workloads: ReadonlyMap<string, ObservedWorkload>,
): ReadonlyMap<string, string> {
  const byOwner = Map.groupBy(pods, ([, { metadata }]) => `${metadata.namespace}/${ownerName(metadata)}`)
  const entries = [...byOwner.values()].flatMap(all => {
    const shapes = Map.groupBy(all, ([key]) => workloads.get(key))
    return [...shapes].flatMap(([workload, own]) => {
      if (workload === undefined) return []
      const names = own.map(([, { metadata }]) => metadata.name).sort()
      const some = [...names.slice(0, namedPods), ...(names.length > namedPods ? ['…'] : [])].join(', ')
      const owner = ownerName(own[0]![1].metadata)
      const shown = shapes.size === 1 ? owner : `${owner} (${names.length === 1 ? 'pod' : 'pods'} ${some})`
      return [[`${workload.namespace}/${workload.name}`, shown] as const]
    })
  })
  return new Map(entries)
}

/** A workload as a resource that the compiler lowers: what is not known of it is left out. */
export function workloadResource({ name, namespace, labels, serviceAccount, ports }: ObservedWorkload): Resource {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { serviceAccountName: serviceAccount, containers: [{ name: 'observed', image: 'observed', ports }] },
      },
    },
  }
}
