/** Asks for certificates of pods as kubelets do, whose part the tests play. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { ClusterClient } from '../../src/cluster/client.ts'
import {
  type PodCertificateRequest,
  type PodCertificateStatus,
  podCertificateVolume,
  podSigner,
} from '../../src/cluster/pod-certificates.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'
import { eventually } from '../support/xds-server.ts'
import { makePod, type PodInfo } from './objects.ts'

const node = 'node-1'

export interface Asked {
  readonly signerName?: string
  readonly serviceAccountName?: string
  readonly podUID?: string
  readonly maxExpirationSeconds?: number
  readonly keys?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
}

export const newKeys = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve })

/** Path of a namespace's requests. */
export const certificateRequests = (namespace: string) =>
  `/apis/certificates.k8s.io/v1alpha1/namespaces/${namespace}/podcertificaterequests`

/** An injected pod whose key a kubelet makes. */
export function makePodWithKey(
  admin: ClusterClient,
  namespace: string,
  { name, account }: { readonly name: string; readonly account: string },
): Promise<PodInfo> {
  return makePod(admin, namespace, name, {
    account,
    annotations: { 'meshwright.dev/status': '{}' },
    spec: { nodeName: node, volumes: [podCertificateVolume(86_400)] },
  })
}

/** Asks as the kubelet of the pod's node does. @returns the request's path */
export async function askForCertificate(admin: ClusterClient, pod: PodInfo, asked: Asked = {}): Promise<string> {
  const { keys = newKeys(), podUID = pod.uid, serviceAccountName = 'web', ...more } = asked
  const path = `/api/v1/namespaces/${pod.namespace}/serviceaccounts/${serviceAccountName}`
  const account = (await admin.call('GET', path)) as ApiObject
  const body = {
    apiVersion: 'certificates.k8s.io/v1alpha1',
    kind: 'PodCertificateRequest',
    metadata: { generateName: 'req-' },
    spec: {
      signerName: podSigner,
      podName: pod.name,
      podUID,
      serviceAccountName,
      serviceAccountUID: account.metadata.uid,
      nodeName: node,
      nodeUID: '6c2e5b4e-9d52-4b3c-8f4f-b4c2c3f7a001',
      maxExpirationSeconds: 86_400,
      pkixPublicKey: keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      proofOfPossession: sign('sha256', Buffer.from(podUID), keys.privateKey).toString('base64'),
      ...more,
    },
  }
  const requests = certificateRequests(pod.namespace)
  const made = (await admin.call('POST', requests, { body })) as ApiObject
  return `${requests}/${made.metadata.name}`
}

/** What a request was answered, once it was; the cluster takes no second answer. */
export function answerOf(admin: ClusterClient, path: string, ms?: number): Promise<PodCertificateStatus> {
  return eventually(
    'an answer',
    async () => {
      const { status } = (await admin.call('GET', path)) as PodCertificateRequest
      return (status?.conditions ?? []).length > 0 ? status : undefined
    },
    ms,
  )
}
