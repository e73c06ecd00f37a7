/** Objects that tests put into an API server. */
import { randomBytes } from 'node:crypto'
import type { ClusterClient } from '../../src/cluster/client.ts'
import type { ApiObject } from '../../src/cluster/reflector.ts'

/** A namespace of a test's own, with the account that pods run as. @returns its name */
export async function makeNamespace(
  admin: ClusterClient,
  labels: Readonly<{ [name: string]: string }> = {},
  name = `test-${randomBytes(4).toString('hex')}`,
): Promise<string> {
  await admin.call('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
  })
  await makeAccount(admin, name, 'default')
  return name
}

/** A controller of the cluster's would make `default`; there is none here. */
export function makeAccount(admin: ClusterClient, namespace: string, name: string): Promise<unknown> {
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }
  return admin.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { body })
}

/** A definition of a kind; without a schema it holds whatever it is given. */
export function crd(
  name: string,
  kind: string,
  schema: object = { 'x-kubernetes-preserve-unknown-fields': true },
  version = 'v1',
) {
  const [plural = '', ...group] = name.split('.')
  const openAPIV3Schema = { type: 'object', ...schema }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group: group.join('.'),
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}

export type PodInfo = { readonly name: string; readonly namespace: string; readonly uid: string }

/** A pod that nothing will run. */
export async function makePod(
  admin: ClusterClient,
  namespace: string,
  name: string,
  more: {
    readonly account?: string
    readonly labels?: object
    readonly annotations?: object
    readonly ownerReferences?: readonly object[]
    readonly spec?: object
  } = {},
): Promise<PodInfo> {
  const { account = 'default', labels = {}, annotations = {}, ownerReferences = [], spec = {} } = more
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels, annotations, ownerReferences },
    spec: { serviceAccountName: account, containers: [{ name: 'app', image: 'app' }], ...spec },
  }
  const made = (await admin.call('POST', `/api/v1/namespaces/${namespace}/pods`, { body })) as ApiObject
  return { name, namespace, uid: made.metadata.uid! }
}

/** A token as the kubelet would fetch it for a pod. */
export async function podToken(
  admin: ClusterClient,
  { namespace, name, uid }: PodInfo,
  { account = 'default', audience = 'mesh' }: { readonly account?: string; readonly audience?: string } = {},
): Promise<string> {
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name, uid }
  return accountToken(admin, namespace, account, { audience, boundObjectRef })
}

/** A token of an account: bound to an object, or to none. */
export async function accountToken(
  admin: ClusterClient,
  namespace: string,
  account: string,
  { audience, boundObjectRef }: { readonly audience?: string; readonly boundObjectRef?: object } = {},
): Promise<string> {
  const spec = {
    expirationSeconds: 600,
    ...(audience === undefined ? {} : { audiences: [audience] }),
    ...(boundObjectRef === undefined ? {} : { boundObjectRef }),
  }
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
  const answer = (await admin.call('POST', path, { body })) as { readonly status: { readonly token: string } }
  return answer.status.token
}

/** A policy of the cluster's: this namespace takes no ConfigMap. */
export async function forbidConfigMaps(admin: ClusterClient, namespace: string): Promise<void> {
  const group = '/apis/admissionregistration.k8s.io/v1'
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
  await admin.call('POST', `${group}/validatingadmissionpolicies`, {
    body: {
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: namespace },
      spec: {
        matchConstraints: { resourceRules: [rule], namespaceSelector },
        validations: [{ expression: 'false', message: 'nothing is taken here' }],
      },
    },
  })
  await admin.call('POST', `${group}/validatingadmissionpolicybindings`, {
    body: {
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: namespace },
      spec: { policyName: namespace, validationActions: ['Deny'] },
    },
  })
}
