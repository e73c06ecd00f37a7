import type { Container as MeshContainer, EnvVar as MeshEnvVar, Workload } from '../../model/workload.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'

/** Pods that are kept running. Fields beyond these are passed on as they are. */
export interface Deployment {
  apiVersion: 'apps/v1'
  kind: 'Deployment'
  metadata: ObjectMeta
  spec: DeploymentSpec
}

export interface DeploymentSpec {
  /**
   * Default: 1.
   * @minimum 0
   */
  replicas?: number
  selector: LabelSelector
  template: PodTemplate
  [field: string]: unknown
}

export interface LabelSelector {
  matchLabels?: { [label: string]: string }
  [field: string]: unknown
}

export interface PodTemplate {
  metadata?: PodMeta
  spec: PodSpec
}

export interface PodMeta {
  labels?: { [label: string]: string }
  annotations?: { [name: string]: string }
  [field: string]: unknown
}

export interface PodSpec {
  /** Default: `default`. */
  serviceAccountName?: string
  /** @minItems 1 */
  containers: Container[]
  [field: string]: unknown
}

export interface Container {
  name: string
  image?: string
  /** Program and its first arguments. */
  command?: string[]
  /** Further arguments. */
  args?: string[]
  env?: EnvVar[]
  ports?: ContainerPort[]
  readinessProbe?: Probe
  [field: string]: unknown
}

export interface EnvVar {
  name: string
  value?: string
  [field: string]: unknown
}

export interface ContainerPort {
  name?: string
  /**
   * @minimum 1
   * @maximum 65535
   */
  containerPort: number
  [field: string]: unknown
}

export interface Probe {
  httpGet?: HttpGetAction
  [field: string]: unknown
}

export interface HttpGetAction {
  path?: string
  port: number | string
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
