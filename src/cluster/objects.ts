/** The few fields of Kubernetes' objects that the control plane reads. Everything may be absent: the server's word is JSON. */
import type { MetaMap } from '../kinds/resource.ts'
import type { ApiObject } from './reflector.ts'

export interface ServiceObject extends ApiObject {
  readonly spec?: {
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly selector?: MetaMap
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly targetPort?: number | string }[]
  }
}

export interface EndpointSliceObject extends ApiObject {
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[]
        readonly conditions?: { readonly ready?: boolean | null }
        readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly namespace?: string }
      }[]
    | null
  readonly ports?: readonly { readonly name?: string | null; readonly port?: number | null }[] | null
}

export interface PodObject extends ApiObject {
  readonly spec?: {
    readonly serviceAccountName?: string
    readonly nodeName?: string
    readonly hostNetwork?: boolean
    readonly containers?: readonly PodContainer[]
    readonly initContainers?: readonly PodContainer[]
  }
  readonly status?: {
    readonly podIP?: string
    readonly phase?: string
    readonly initContainerStatuses?: readonly {
      readonly name: string
      readonly started?: boolean
      readonly state?: { readonly running?: object }
    }[]
  }
}

export interface PodContainer {
  readonly name: string
  readonly restartPolicy?: string
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
}

/** A pod as the control plane keeps it: a cluster has many, and most of each is nobody's business here. */
export function trimPod(object: ApiObject): ApiObject {
  const { metadata, spec = {}, status = {} } = object as PodObject
  const container = ({ name, restartPolicy, ports }: PodContainer) => ({
    name,
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
    ...(ports === undefined ? {} : { ports }),
  })
  const { name, namespace, labels, annotations, ownerReferences, uid, resourceVersion, deletionTimestamp } = metadata
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations?.[statusAnnotation] === undefined
        ? {}
        : { annotations: { [statusAnnotation]: annotations[statusAnnotation] } }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec: {
      ...(spec.serviceAccountName === undefined ? {} : { serviceAccountName: spec.serviceAccountName }),
      ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
      ...(spec.hostNetwork === undefined ? {} : { hostNetwork: spec.hostNetwork }),
      containers: (spec.containers ?? []).map(container),
      initContainers: (spec.initContainers ?? []).map(container),
    },
    status: {
      ...(status.podIP === undefined ? {} : { podIP: status.podIP }),
      ...(status.phase === undefined ? {} : { phase: status.phase }),
    },
  }
}

/** A service account as the control plane keeps it: that it is there, and which one. */
export function trimAccount({ metadata }: ApiObject): ApiObject {
  const { name, namespace, uid, resourceVersion } = metadata
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  }
}

/** Without who wrote which field: as long as all the rest, and read by nobody here. */
export function trimManagedFields(object: ApiObject): ApiObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Marks a pod as injected, with what was added. */
export const statusAnnotation = 'meshwright.dev/status'

/** Does a pod carry a proxy of ours? */
export function hasSidecar(pod: PodObject): boolean {
  return pod.metadata.annotations?.[statusAnnotation] !== undefined
}
