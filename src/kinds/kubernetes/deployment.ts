import type { Container as MeshContainer, EnvVar as MeshEnvVar, Workload } from '../../model/workload.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'

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

export interface LabelSelector {
  /** Labels that a pod must have, all of them. */
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
  /**
   * At least one; the first is the application’s, and only a cluster runs the others.
   * @minItems 1
   */
  containers: Container[]
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

export function lowerDeployment(resource: Resource): Contribution {
  const spec = (resource as unknown as Deployment).spec
  const workload: Workload = {
    ...nodeOf(resource),
    labels: spec.template.metadata?.labels ?? {},
    serviceAccount: spec.template.spec.serviceAccountName ?? 'default',
    replicas: spec.replicas ?? 1,
    container: lowerContainer(spec.template.spec.containers[0]!, at(resource, '/spec/template/spec/containers/0')),
  }
  return { workloads: [workload] }
}

/** The first container is the application's: others are helpers, which only a cluster runs. */
function lowerContainer(container: Container, place: string): MeshContainer {
  const command = [...(container.command ?? []), ...(container.args ?? [])]
  const health = lowerProbe(container)
  return {
    ...(container.image === undefined ? {} : { image: container.image }),
    ...(container.command === undefined ? {} : { command }),
    env: (container.env ?? []).map((variable, index) => lowerEnv(variable, `${place}/env/${index}`)),
    ports: (container.ports ?? []).map(port => ({
      number: port.containerPort,
      ...(port.name === undefined ? {} : { name: port.name }),
    })),
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
