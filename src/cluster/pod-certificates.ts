/**
 * Kubernetes' pod certificates: the kubelet makes a pod's key and asks, in a PodCertificateRequest, for a certificate that
 * it puts beside the key into a volume. Alpha and off in 1.34, beta in 1.35.
 */
import { isObject } from '../util/is-object.ts'
import { isApiError } from './api-error.ts'
import type { ClusterClient } from './client.ts'
import type { ApiObject } from './reflector.ts'

export const podCertificateGroup = 'certificates.k8s.io'
export const podCertificatePlural = 'podcertificaterequests'
/** Whose certificates are ours to give. */
export const podSigner = 'meshwright.dev/workload'

/** What the API server takes as a certificate's life, s. */
export const podCertificateSeconds = { shortest: 3_600, longest: 7_862_400 } as const

/** Name of the volume, and where the proxy finds it. */
export const podKeyVolume = 'meshwright-identity'
const folder = '/var/run/secrets/identity.meshwright.dev'
const bundle = 'bundle.pem'
/** The file holds the key, then the certificate and what leads to a root. */
export const podKeyFiles = { folder, bundle: `${folder}/${bundle}` } as const

/** @param seconds the longest life of a certificate */
export function podCertificateVolume(seconds: number) {
  const source = {
    signerName: podSigner,
    keyType: 'ECDSAP256',
    maxExpirationSeconds: seconds,
    credentialBundlePath: bundle,
  }
  return { name: podKeyVolume, projected: { sources: [{ podCertificate: source }] } }
}

export interface PodCertificateRequest extends ApiObject {
  readonly spec?: {
    readonly signerName?: string
    readonly podName?: string
    readonly podUID?: string
    readonly serviceAccountName?: string
    readonly serviceAccountUID?: string
    readonly nodeName?: string
    readonly maxExpirationSeconds?: number
    /** SPKI, base64. The API server has seen that whoever asks has the private key. */
    readonly pkixPublicKey?: string
  }
  readonly status?: PodCertificateStatus
}

export interface PodCertificateStatus {
  readonly conditions?: readonly { readonly type: string; readonly reason?: string; readonly message?: string }[]
  readonly certificateChain?: string
  readonly notBefore?: string
  readonly notAfter?: string
  readonly beginRefreshAt?: string
}

/** Versions whose requests are understood, the newest first. */
const versions = ['v1beta1', 'v1alpha1'] as const

/** Group and version in which a cluster serves such requests; undefined: it does not. */
export async function podCertificateVersion(client: ClusterClient): Promise<string | undefined> {
  for (const version of versions) {
    const groupVersion = `${podCertificateGroup}/${version}`
    if ((await resourcesOf(client, groupVersion)).includes(podCertificatePlural)) return groupVersion
  }
  return undefined
}

async function resourcesOf(client: ClusterClient, groupVersion: string): Promise<unknown[]> {
  try {
    const answer = await client.call('GET', `/apis/${groupVersion}`)
    const resources = isObject(answer) && Array.isArray(answer['resources']) ? (answer['resources'] as unknown[]) : []
    return resources.map(resource => (isObject(resource) ? resource['name'] : undefined))
  } catch (error) {
    if (isApiError(error, 404)) return []
    throw error
  }
}

/** Why such requests are not served, and what to do: the same words wherever that is found. */
export const podCertificatesMissing = {
  fact: `identity.key is pod, and this cluster serves no ${podCertificatePlural}: its kubelets make no keys for pods`,
  remedy:
    'leave out identity.key=pod, or switch the feature PodCertificateRequest on for kube-apiserver and kubelets: Kubernetes 1.35 ' +
    `with --runtime-config=${podCertificateGroup}/v1beta1=true, 1.34 with v1alpha1`,
} as const
