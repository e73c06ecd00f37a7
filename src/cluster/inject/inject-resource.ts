/** Injection of whatever holds pods: what `mesh inject` does to files. */
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'
import { ownValue } from '../../util/own-value.ts'
import type { PodNamespace } from './decide.ts'
import { type Injection, type InjectionSettings, injectPod } from './inject-pod.ts'
import type { Pod } from './pod.ts'

/** By kind: where a resource has its pod, as names of fields. */
const podsAt: Readonly<{ [kind: string]: readonly string[] }> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/** Is a resource of this kind a pod, or does it make pods? */
export function holdsPod(kind: string): boolean {
  return Object.hasOwn(podsAt, kind)
}

/** JSON pointer to the pod in a resource of a kind. */
export function podPointer(kind: string): string {
  return (ownValue(podsAt, kind) ?? []).map(name => `/${name}`).join('')
}

/** @returns undefined where the resource holds no pod, or one without containers */
export function injectResource(
  resource: Resource,
  namespace: PodNamespace,
  settings: InjectionSettings,
): (Omit<Injection, 'pod'> & { readonly resource: Resource }) | undefined {
  const path = ownValue(podsAt, resource.kind)
  const pod = path === undefined ? undefined : valueAt(resource, path)
  if (path === undefined || !isPod(pod)) return undefined
  const { kind, metadata } = resource
  // By it pods of a template are named to others; a pod names its owner itself.
  const isNamed = kind !== 'Pod' && typeof metadata?.name === 'string'
  const owner = isNamed ? { kind, name: metadata.name } : undefined
  const { pod: injected, ...rest } = injectPod(pod, namespace, settings, owner)
  return { ...rest, resource: withValue(resource, path, injected) as Resource }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)
}

function withValue(value: unknown, [name, ...rest]: readonly string[], leaf: unknown): unknown {
  if (name === undefined) return leaf
  const object = isObject(value) ? value : {}
  return { ...object, [name]: withValue(object[name], rest, leaf) }
}

/** Enough of a pod to add to: everything else in it is carried along as it is. */
export function isPod(value: unknown): value is Pod {
  if (!isObject(value) || !isObject(value['spec'])) return false
  const { containers, initContainers, volumes } = value['spec']
  const areContainers = (list: unknown) =>
    Array.isArray(list) && list.every(item => isObject(item) && typeof item['name'] === 'string')
  const isAbsentOr = (list: unknown, test: (list: unknown) => boolean) =>
    list === undefined || list === null || test(list)
  return areContainers(containers) && isAbsentOr(initContainers, areContainers) && isAbsentOr(volumes, Array.isArray)
}
