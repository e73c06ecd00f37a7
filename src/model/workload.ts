import type { At, Labels, Node } from './node.ts'

/** Something that runs: one version of a service, of which there may be several replicas. */
export interface Workload extends Node {
  /** Labels of its pods: services select by them, subsets tell versions apart by them. */
  readonly labels: Labels
  /** Name of the service account that it runs as; `default` where none is named. */
  readonly serviceAccount: string
  readonly replicas: number
  /** It comes to an end by itself, and then nobody starts it again. */
  readonly runsOnce?: true
  /** Ports at which calls may reach it past its proxy in a cluster, as it says itself; `any` where it says that it has none. Absent: none. */
  readonly pastProxy?: 'any' | readonly number[]
  readonly container: Container
}

export interface Container {
  readonly image?: string
  /** Program and arguments, relative to the mesh's folder on one machine; absent: only the image knows. */
  readonly command?: readonly string[]
  readonly env: readonly EnvVar[]
  /** Those of helpers beside it, too. */
  readonly ports: readonly ContainerPort[]
  /** HTTP path and port that answer 200 once the workload is ready. */
  readonly health?: { readonly path: string; readonly port: number }
}

export interface EnvVar {
  readonly name: string
  /** Absent where the value comes from elsewhere (a Secret, a field), which only a cluster can resolve. */
  readonly value?: string
  readonly at: At
}

export interface ContainerPort {
  readonly name?: string
  readonly number: number
}

/**
 * Number of the container's port that a service port leads to.
 *
 * @returns undefined where `targetPort` is a name that no port of the container has
 */
export function containerPort(workload: Workload, targetPort: number | string): number | undefined {
  if (typeof targetPort === 'number') return targetPort
  return workload.container.ports.find(port => port.name === targetPort)?.number
}

/** May calls to one of its ports reach it past its proxy? */
export function mayPassProxy({ pastProxy = [] }: Workload, port: number): boolean {
  return pastProxy === 'any' || pastProxy.includes(port)
}
