/** The few fields of Kubernetes' objects that the control plane reads. Everything may be absent: the server's word is JSON. */
import type { MetaMap } from '../kinds/resource.ts'
import type { Locality, ProxyPlacement } from '../model/placement.ts'
import { podKeyVolume, podSigner } from './pod-certificates.ts'
import type { ApiObject } from './reflector.ts'

export interface ServiceObject extends ApiObject {
  readonly spec?: {
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly selector?: MetaMap
    readonly ports?: readonly {
      readonly name?: string
      readonly port: number
      /** Default: TCP. */
      readonly protocol?: string
      readonly targetPort?: number | string
    }[]
  }
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] | null
    }
  }
}

export interface EndpointSliceObject extends ApiObject {
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[]
        readonly conditions?: { readonly ready?: boolean | null }
        readonly nodeName?: string | null
        readonly zone?: string | null
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
    readonly volumes?: readonly PodVolume[]
  }
  readonly status?: {
    readonly podIP?: string
    readonly podIPs?: readonly { readonly ip: string }[]
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly initContainerStatuses?: readonly {
      readonly name: string
      readonly started?: boolean
      readonly state?: { readonly running?: object }
    }[]
  }
}

export interface PodVolume {
  readonly name: string
  readonly projected?: {
    readonly sources?: readonly { readonly podCertificate?: { readonly signerName?: string } }[] | null
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
  const volumes = (spec.volumes ?? []).filter(isPodKey)
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
      ...(volumes.length === 0 ? {} : { volumes }),
    },
    status: {
      ...(status.podIP === undefined ? {} : { podIP: status.podIP }),
      ...(status.podIPs === undefined ? {} : { podIPs: status.podIPs.map(({ ip }) => ({ ip })) }),
      ...(status.phase === undefined ? {} : { phase: status.phase }),
      conditions: (status.conditions ?? []).filter(isReadiness).map(({ type, status: is }) => ({ type, status: is })),
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

/** A node as the control plane keeps it: what it is called, and where it stands. */
export function trimNode({ metadata: { name, labels, resourceVersion } }: ApiObject): ApiObject {
  const kept = Object.entries(labels ?? {}).filter(([label]) =>
    Object.values(localityLabels).some(own => own === label),
  )
  return {
    metadata: {
      name,
      labels: Object.fromEntries(kept),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  }
}

/** Kubernetes' labels for where a node stands, and Istio's for a part of a zone. */
const localityLabels = {
  region: 'topology.kubernetes.io/region',
  zone: 'topology.kubernetes.io/zone',
  subzone: 'topology.istio.io/subzone',
} as const

/** Where a node stands; undefined where it does not say. */
export function localityOf({ metadata: { labels = {} } }: ApiObject): Locality | undefined {
  const entries = Object.entries(localityLabels).flatMap(([level, label]) =>
    labels[label] === undefined ? [] : [[level, labels[label]] as const],
  )
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** Without who wrote which field: as long as all the rest, and read by nobody here. */
export function trimManagedFields(object: ApiObject): ApiObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Marks a pod as injected, with what was added. */
export const statusAnnotation = 'meshwright.dev/status'

/** Has a pod an address of IPv6? */
export function hasIpv6({ status = {} }: PodObject): boolean {
  return (status.podIPs ?? []).some(({ ip }) => ip.includes(':')) || status.podIP?.includes(':') === true
}

/** Keys of those pods, as one text. */
export function ipv6PodsOf(pods: ReadonlyMap<string, PodObject>): string {
  return [...pods].flatMap(([key, pod]) => (hasIpv6(pod) ? [key] : [])).join(' ')
}

/** Does the kubelet make the key of this pod's proxy? */
export function hasPodKey({ spec }: PodObject): boolean {
  return (spec?.volumes ?? []).some(isPodKey)
}

function isPodKey({ name, projected }: PodVolume): boolean {
  const sources = projected?.sources ?? []
  return name === podKeyVolume && sources.some(({ podCertificate }) => podCertificate?.signerName === podSigner)
}

/** Have all of a pod's containers ended, for good? Nothing runs in it any more, though it is still listed. */
export function hasEnded({ status = {} }: PodObject): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed'
}

/** Is a pod ready for traffic? One that is being deleted takes no new connections. */
export function isReady({ metadata, status = {} }: PodObject): boolean {
  const isStopping = typeof metadata.deletionTimestamp === 'string'
  return !isStopping && (status.conditions ?? []).some(each => isReadiness(each) && each.status === 'True')
}

function isReadiness({ type }: { readonly type: string }): boolean {
  return type === 'Ready'
}

/** Does a pod carry a proxy of ours? */
export function hasSidecar(pod: PodObject): boolean {
  return pod.metadata.annotations?.[statusAnnotation] !== undefined
}

/** Which of its questions for names a pod's proxy answers, as the pod was injected. */
export function dnsOf({ metadata }: PodObject): ProxyPlacement['dns'] {
  const text = metadata.annotations?.[statusAnnotation]
  if (text?.includes('"dns"') !== true) return undefined
  try {
    const { dns } = JSON.parse(text) as { readonly dns?: { readonly allocates?: unknown } }
    return dns === undefined ? undefined : { allocates: dns.allocates === true }
  } catch {
    // Somebody else's text: then nothing of ours is in the pod.
    return undefined
  }
}
