/** What all kinds that run pods share: what a pod is made of, and what it means to a mesh. */
import type { Container as MeshContainer, EnvVar as MeshEnvVar, Workload } from '../../model/workload.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import type { Resource } from '../resource.ts'

export interface LabelSelector {
  /** Labels that whatever is meant must have, all of them. Default: none, which means all. */
  matchLabels?: { [label: string]: string }
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface PodTemplate {
  /** Labels and annotations of the pods. Default: none. */
  metadata?: PodMeta
  /** Containers of each pod, and who it is. */
  spec: PodSpec
}

export interface PodMeta {
  /** What services and subsets select the pods by. Default: none. */
  labels?: { [label: string]: string }
  /** Notes for tools; nothing selects by them. Default: none. */
  annotations?: { [name: string]: string }
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface PodSpec {
  /** The service account that the pods act as. Default: `default`. */
  serviceAccountName?: string
  /** Containers that run before the others, one after another; those with `restartPolicy: Always` go on beside them. Default: none. */
  initContainers?: Container[]
  /**
   * At least one; the first is the application’s, and only a cluster runs the others.
   * @minItems 1
   */
  containers: Container[]
  /** When a container that has ended is started again. Default: `Always`; Jobs need one of the others. */
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface Container {
  /** A DNS label in lower case, unique within the pod. */
  name: string
  /** Image that a cluster runs. Default: none, for workloads that only run locally. */
  image?: string
  /** Program and its first arguments. Default: what the image says. */
  command?: string[]
  /** Further arguments. Default: what the image says. */
  args?: string[]
  /** Variables of the program’s environment. Default: none but the system’s. */
  env?: EnvVar[]
  /** Ports that the program listens on. Default: none are declared. */
  ports?: ContainerPort[]
  /** How to tell that the container may be sent requests. Default: once it has started. */
  readinessProbe?: Probe
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface EnvVar {
  /** Name of the variable, without `=`. */
  name: string
  /** Its value, as it is. Default: empty. */
  value?: string
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface ContainerPort {
  /** What a service’s `targetPort` may call it by; at most 15 lower-case letters, digits and hyphens. Default: none. */
  name?: string
  /**
   * The port, 1–65535.
   * @minimum 1
   * @maximum 65535
   */
  containerPort: number
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface Probe {
  /** Ready when a GET is answered with 200–399. Default: another kind of probe. */
  httpGet?: HttpGetAction
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface HttpGetAction {
  /** Path to ask for. Default: `/`. */
  path?: string
  /** The container’s port, by number or name. */
  port: number | string
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

/** The pods of a resource. */
export interface Pods {
  readonly template: PodTemplate
  /** JSON pointer to the template in the resource; of a pod by itself, which is its own: nothing. */
  readonly pointer: string
  /** How many are meant to run at once. Default: 1. */
  readonly replicas?: number | undefined
}

/** Was it made by what is a workload itself, and stands beside that in what was read from a cluster? */
export function isMade({ metadata }: Resource): boolean {
  return metadata.ownerReferences?.some(({ controller }) => controller === true) === true
}

/** The workload that pods are, whatever makes them: it is called what makes them is called. */
export function lowerPods(resource: Resource, { template, pointer, replicas = 1 }: Pods): Contribution {
  const { metadata, spec } = template
  const workload: Workload = {
    ...nodeOf(resource),
    labels: metadata?.labels ?? {},
    serviceAccount: spec.serviceAccountName ?? 'default',
    replicas,
    ...((spec.restartPolicy ?? 'Always') === 'Always' ? {} : { runsOnce: true }),
    ...lowerBypass(template),
    container: {
      ...lowerContainer(spec.containers[0]!, at(resource, `${pointer}/spec/containers/0`)),
      ports: lowerPorts(spec),
    },
  }
  return { workloads: [workload] }
}

/**
 * What a pod says of its proxy by Istio's labels and annotations. Which ports are left out by a list of others depends on who reads it:
 * it may be any.
 */
function lowerBypass({ metadata = {}, spec }: PodTemplate): Pick<Workload, 'pastProxy'> {
  const { labels = {}, annotations = {} } = metadata
  const asks = injectNames.map(name => labels[name] ?? annotations[name]).find(value => value !== undefined)
  const included = annotations[`${trafficPrefix}includeInboundPorts`] ?? '*'
  if (asks === 'false' || spec['hostNetwork'] === true || included.trim() !== '*') return { pastProxy: 'any' }
  const excluded = annotations[`${trafficPrefix}excludeInboundPorts`]
  return excluded === undefined ? {} : { pastProxy: excluded.split(',').map(Number) }
}

const injectNames = ['meshwright.dev/inject', 'sidecar.istio.io/inject']
const trafficPrefix = 'traffic.sidecar.istio.io/'

/** A Service may lead to any container of a pod that goes on running. */
function lowerPorts({ containers, initContainers = [] }: PodSpec): MeshContainer['ports'] {
  const beside = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...containers, ...beside].flatMap(({ ports = [] }) =>
    ports.map(({ name, containerPort }) => ({ number: containerPort, ...(name === undefined ? {} : { name }) })),
  )
}

/** The first container is the application's: others are helpers, which only a cluster runs. */
function lowerContainer(container: Container, place: string): Omit<MeshContainer, 'ports'> {
  const command = [...(container.command ?? []), ...(container.args ?? [])]
  const health = lowerProbe(container)
  return {
    ...(container.image === undefined ? {} : { image: container.image }),
    ...(container.command === undefined ? {} : { command }),
    env: (container.env ?? []).map((variable, index) => lowerEnv(variable, `${place}/env/${index}`)),
    ...(health === undefined ? {} : { health }),
  }
}

function lowerEnv(variable: EnvVar, place: string): MeshEnvVar {
  return { name: variable.name, ...(variable.value === undefined ? {} : { value: variable.value }), at: place }
}

function lowerProbe(container: Container): MeshContainer['health'] {
  const get = container.readinessProbe?.httpGet
  if (get === undefined) return undefined
  const port =
    typeof get.port === 'number'
      ? get.port
      : container.ports?.find(candidate => candidate.name === get.port)?.containerPort
  return port === undefined ? undefined : { path: get.path ?? '/', port }
}
