/** The Gateway API's definitions in a test's API server, and what its objects need there. */
import { applyAll } from '../../src/cluster/apply.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { definitionOf, gatewayApiKinds, plural } from '../../src/cluster/install/crds.ts'
import { eventually } from '../support/xds-server.ts'

/** As `mesh crds --gateway-api` prints them; resolves once all are served. */
export async function applyGatewayApi(admin: ClusterClient): Promise<void> {
  const entries = await applyAll(admin, gatewayApiKinds.map(definitionOf), {
    namespace: 'default',
    fieldManager: 'test',
  })
  const failed = entries.find(({ action }) => action === 'failed')
  if (failed !== undefined) throw failed.error ?? new Error(`${failed.resource.metadata.name} failed`)
  for (const { kind, apiVersions } of gatewayApiKinds)
    for (const apiVersion of apiVersions)
      await eventually(`${apiVersion} ${kind} is served`, () => admin.find(`/apis/${apiVersion}/${plural(kind)}`))
}

/** Path of a kind's objects, in a namespace or of the whole cluster. */
export function gatewayApiPath(kind: string, namespace?: string): string {
  return `/apis/${versionOf(kind)}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural(kind)}`
}

function versionOf(kind: string): string {
  return gatewayApiKinds.find(each => each.kind === kind)!.apiVersions[0]
}

/** Makes an object, in a namespace or for the whole cluster. */
export function postGatewayApi(
  admin: ClusterClient,
  object: { readonly kind: string; readonly namespace?: string; readonly name: string; readonly spec: object },
): Promise<unknown> {
  const { kind, namespace, name, spec } = object
  const body = { apiVersion: versionOf(kind), kind, metadata: { name }, spec }
  return admin.call('POST', gatewayApiPath(kind, namespace), { body })
}

/** Lets the control plane read Secrets of a namespace, as it tells people to. */
export async function letSecretsBeRead(admin: ClusterClient, namespace: string, system: string): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
  await admin.call('POST', `${rbac}/roles`, {
    body: {
      metadata: { name: 'mesh-secrets' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }],
    },
  })
  await admin.call('POST', `${rbac}/rolebindings`, {
    body: {
      metadata: { name: 'mesh-secrets' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'mesh-secrets' },
      subjects: [{ kind: 'ServiceAccount', name: 'mesh-agent', namespace: system }],
    },
  })
}
