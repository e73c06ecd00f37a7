import { issuedSecret, ownSecret } from '../cluster/authority-secret.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { trustConfigMap } from '../cluster/inject/inject-pod.ts'
import { plural } from '../cluster/install/crds.ts'
import { isLabelledOurs, listOf, lookAround } from '../cluster/install/existing.ts'
import { manifests } from '../cluster/install/manifests.ts'
import { agentName, type InstallValues, profiles, validatorName, withBudgets } from '../cluster/install/values.ts'
import { machinesSecret } from '../cluster/machines.ts'
import { removeAll } from '../cluster/remove.ts'
import { objectsOfKind } from '../cluster/served-version.ts'
import { commandFailed, serverRejected } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { kinds } from '../kinds/index.ts'
import type { Resource } from '../kinds/resource.ts'
import { counted } from '../util/counted.ts'
import { type ClusterFlags, clusterOf } from './cluster-flags.ts'
import type { ExitCode } from './main.ts'
import { installedValues } from './run-install.ts'
import { assertNoneLeft, type Leaving } from './served-proxies.ts'

/** The options of `mesh uninstall` as they are typed. */
export interface UninstallFlags extends Pick<ClusterFlags, 'kubeconfig' | 'context'> {
  readonly purge?: true
  /** Also where proxies that run are left without anybody who serves them. */
  readonly force?: true
  readonly systemNamespace: string
}

/** What an installation keeps for the next one, unless it is purged. */
const keptKinds = ['CustomResourceDefinition', 'Namespace']

/**
 * Takes the control plane out of a cluster; definitions, and with them everybody's resources, only where asked to.
 *
 * @throws Failure where there is no installation, proxies would be left alone, or purging would delete resources of the mesh
 */
export async function runUninstall(flags: UninstallFlags): Promise<ExitCode> {
  const { client } = clusterOf(flags)
  const values = await valuesToRemove(client, flags)
  if (flags.force !== true) await assertNoneLeft(client, leaving(values))
  const all = manifests(withBudgets(values))
  const { foreignDefinitions: foreign, hasForeignNamespace } = await lookAround(client, all)
  const wanted = all.filter(
    ({ kind, metadata }) =>
      !foreign.has(metadata.name) &&
      !(kind === 'Namespace' && hasForeignNamespace) &&
      (flags.purge === true || !keptKinds.includes(kind)),
  )
  await assertNoResources(client, wanted)
  const say = (line: string) => process.stderr.write(`${line}\n`)
  // A lease that nobody can give back would keep the next installation waiting for its end.
  const lease = ownObject('coordination.k8s.io/v1', 'Lease', agentName, values.namespace)
  const written = flags.purge ? [...ownSecrets(values.namespace), ...(await trustBundles(client))] : []
  const entries = await removeAll(client, [...wanted, lease, ...written], {
    namespace: values.namespace,
    onEntry: ({ resource, action }) => {
      if (action === 'deleted') say(`${resource.kind} ${resource.metadata.name} deleted`)
    },
  })
  const failures = entries.flatMap(({ resource, error }) =>
    error === undefined
      ? []
      : [
          serverRejected(
            {},
            {
              kind: resource.kind,
              name: resource.metadata.name,
              reason: error.message,
              remedy: 'ask for the right to delete it',
            },
          ),
        ],
  )
  if (failures.length > 0) throw new Failure(...failures)
  say(
    flags.purge
      ? `nothing of Meshwright is left${foreign.size === 0 ? '' : `; not touched: ${counted(foreign.size, 'definition')} of another manager`}`
      : 'the control plane is gone; proxies that run go on with what they have, until their certificates end. Definitions, certificates and trust bundles stay: --purge takes them too',
  )
  return 0
}

/** What becomes of proxies that run where nobody serves them. That the installation's own gateway goes is what was asked for. */
function leaving({ namespace }: InstallValues): Leaving {
  return {
    namespace,
    hasGateway: false,
    whatFollows: within =>
      `nobody serves them any more, and calls between them fail ${within}, when their certificates end`,
    remedy:
      'take the label off their namespaces and restart what runs there (kubectl rollout restart); ' +
      'or go on all the same with --force',
  }
}

/** What an uninstall without --purge has left can be purged later, as what any installation leaves. */
async function valuesToRemove(client: ClusterClient, flags: UninstallFlags): Promise<InstallValues> {
  const { systemNamespace, purge } = flags
  try {
    return await installedValues(client, systemNamespace)
  } catch (error) {
    if (purge !== true || !(await isLeftOver(client, systemNamespace))) throw error
    return { ...profiles['default']!, namespace: systemNamespace }
  }
}

/** Definitions may belong to an installation elsewhere, and a namespace to somebody who has nothing to do with us. */
async function isLeftOver(client: ClusterClient, namespace: string): Promise<boolean> {
  const configurations = await listOf(client, '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations')
  if (configurations.some(({ metadata }) => metadata.name === validatorName)) return false
  const namespaces = await listOf(client, '/api/v1/namespaces')
  const its = namespaces.find(({ metadata }) => metadata.name === namespace)
  return its === undefined || isLabelledOurs(its.metadata)
}

/** Deleting a definition deletes every object of its kind, whoever wrote it. */
async function assertNoResources(client: ClusterClient, wanted: readonly Resource[]): Promise<void> {
  const goes = new Set(
    wanted.filter(({ kind }) => kind === 'CustomResourceDefinition').map(({ metadata }) => metadata.name),
  )
  const left: string[] = []
  for (const definition of kinds.filter(({ target }) => target === 'istio')) {
    const { kind, apiVersions } = definition
    if (!goes.has(`${plural(kind)}.${apiVersions[0].split('/')[0]}`)) continue
    const objects = await objectsOfKind(client, definition)
    left.push(...objects.map(({ metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`))
  }
  if (left.length === 0) return
  const some = left.length > 5 ? `${left.slice(0, 5).join(', ')} and ${left.length - 5} more` : left.join(', ')
  const what = `purging would delete resources of the mesh: ${some}`
  throw new Failure(commandFailed({}, { what, remedy: 'delete them yourself first, or leave out --purge' }))
}

/** What the control plane has written in its namespace, which may stay for others. */
function ownSecrets(namespace: string): Resource[] {
  return [ownSecret, issuedSecret, machinesSecret].map(name => ownObject('v1', 'Secret', name, namespace))
}

function ownObject(apiVersion: string, kind: string, name: string, namespace: string): Resource {
  return { apiVersion, kind, metadata: { name, namespace } }
}

async function trustBundles(client: ClusterClient): Promise<Resource[]> {
  const found = await listOf(client, `/api/v1/configmaps?fieldSelector=metadata.name%3D${trustConfigMap}`)
  return found.map(({ metadata: { name, namespace = 'default' } }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
  }))
}
