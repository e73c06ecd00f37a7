/**
 * Pods as the API server and people's files have them. Only what injection reads is named; everything else is carried
 * along as it is.
 */
import type { MetaMap, OwnerReference } from '../../kinds/resource.ts'

export interface Pod {
  readonly metadata?: PodMetadata
  readonly spec: PodSpec
  readonly [field: string]: unknown
}

export interface PodMetadata {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly labels?: MetaMap
  readonly annotations?: MetaMap
  readonly ownerReferences?: readonly OwnerReference[]
  readonly [field: string]: unknown
}

export interface PodSpec {
  readonly hostNetwork?: boolean
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly [field: string]: unknown
}

export interface Volume {
  readonly name: string
  readonly [field: string]: unknown
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[]
  /** `Always` on an init container: it runs beside the others (a native sidecar). */
  readonly restartPolicy?: string
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly startupProbe?: Probe
  readonly lifecycle?: { readonly postStart?: Action; readonly preStop?: Action; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** What is asked of a container: by a probe or by a hook of its life. */
export interface Action {
  readonly httpGet?: HttpGet
  readonly tcpSocket?: { readonly port: number | string; readonly host?: string }
  readonly grpc?: { readonly port: number; readonly service?: string }
  readonly [field: string]: unknown
}

export interface Probe extends Action {
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
}

export interface HttpGet {
  readonly path?: string
  readonly port: number | string
  readonly scheme?: string
  readonly host?: string
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[]
}
