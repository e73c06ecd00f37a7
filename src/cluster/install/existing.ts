/** What is in a cluster already, and must be gone around. */
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'
import { isApiError } from '../api-error.ts'
import type { ClusterClient } from '../client.ts'
import type { InjectionSettings } from '../inject/inject-pod.ts'
import { listMachines, type Machine, mayComeBack } from '../machines.ts'
import { hasEnded, hasSidecar, type PodObject } from '../objects.ts'
import type { ApiObject } from '../reflector.ts'
import { gatewayName } from './access.ts'
import { agentName, type InstallValues, injectionSettings, mergedValues, servesProxies } from './values.ts'

/** Who owns what `mesh install` writes. */
export const installManager = 'mesh-install'

export interface Existing {
  /** The control plane's namespace was there before, for something else: it is used, and never deleted. */
  readonly hasForeignNamespace: boolean
  /** Definitions that another manager has made: never touched. */
  readonly foreignDefinitions: ReadonlySet<string>
  /** Name of an injector of Istio's; undefined where there is none. */
  readonly istioInjector?: string
}

/** What is there besides the resources that an installation has or would have. */
export async function lookAround(client: ClusterClient, resources: readonly Resource[]): Promise<Existing> {
  const named = (kind: string) => resources.filter(each => each.kind === kind).map(({ metadata }) => metadata.name)
  const definitions = named('CustomResourceDefinition')
  const namespaces = await listOf(client, '/api/v1/namespaces')
  const found = await listOf(client, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
  const foreign = found.filter(definition => definitions.includes(definition.metadata.name) && isForeign(definition))
  const injector = (await listOf(client, webhooksPath)).find(isIstioInjector)
  return {
    hasForeignNamespace: namespaces.some(
      ({ metadata }) => named('Namespace').includes(metadata.name) && !isLabelledOurs(metadata),
    ),
    foreignDefinitions: new Set(foreign.map(({ metadata }) => metadata.name)),
    ...(injector === undefined ? {} : { istioInjector: injector.metadata.name }),
  }
}

/** Whom an installation serves now. */
export interface Served {
  /** Those that it has injected, and its gateway's. */
  readonly pods: readonly PodObject[]
  /** Machines outside that have joined, and may come back. */
  readonly machines: readonly Machine[]
  /** Life of their certificates, s; undefined where the installation's values can't be read. */
  readonly ttlSeconds?: number
}

/** Whose proxies an installation serves: nobody's where it serves none, or is not there. */
export async function servedBy(client: ClusterClient, namespace: string): Promise<Served> {
  const configMap = await client.find(`/api/v1/namespaces/${namespace}/configmaps/${agentName}`)
  const values = configMap === undefined ? undefined : readable(configMap)
  // What can't be read may well run.
  if (configMap === undefined || (values !== undefined && !servesProxies(values))) return { pods: [], machines: [] }
  const pods = (await listOf(client, '/api/v1/pods')) as PodObject[]
  const { byNode } = await listMachines(client, namespace)
  return {
    pods: pods.filter(
      pod =>
        pod.metadata.deletionTimestamp === undefined &&
        !hasEnded(pod) &&
        (hasSidecar(pod) || isOwnGateway(pod.metadata, namespace)),
    ),
    machines: [...byNode.values()].map(({ machine }) => machine).filter(machine => mayComeBack(machine)),
    ...(values === undefined ? {} : { ttlSeconds: values.certificates.ttlSeconds }),
  }
}

/** Is this a pod of the gateway that an installation brings? */
export function isOwnGateway({ labels, namespace: own }: ApiObject['metadata'], namespace: string): boolean {
  return labels?.['app'] === gatewayName && own === namespace
}

function readable(configMap: ApiObject): InstallValues | undefined {
  try {
    return installedIn(configMap)
  } catch {
    return undefined
  }
}

/** @throws SyntaxError where they can't be read */
export function installedIn(configMap: ApiObject): InstallValues {
  const { data } = configMap as ApiObject & { readonly data?: { readonly [key: string]: string } }
  return mergedValues(JSON.parse(data?.['values.json'] ?? ''))
}

const webhooksPath = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

/**
 * As the webhook acts now: Istio's labels are left to an injector of Istio's, also to one that came after the installation. As the
 * installation says where webhooks may not be looked at.
 */
export async function actualInjection(client: ClusterClient, values: InstallValues): Promise<InjectionSettings> {
  const settings = injectionSettings(values)
  try {
    const hasInjector = (await listOf(client, webhooksPath)).some(isIstioInjector)
    return { ...settings, readsIstioLabels: settings.readsIstioLabels && !hasInjector }
  } catch (error) {
    if (isApiError(error, 403)) return settings
    throw error
  }
}

/** Is this one of Istio's injectors: for a revision, a tag, or the default one? */
export function isIstioInjector({ metadata, ...configuration }: ApiObject): boolean {
  const hooks = Array.isArray(configuration['webhooks']) ? (configuration['webhooks'] as unknown[]) : []
  return (
    metadata.labels?.['app'] === 'sidecar-injector' ||
    hooks.some(hook => isObject(hook) && String(hook['name']).endsWith('sidecar-injector.istio.io'))
  )
}

export function isLabelledOurs({ labels }: ApiObject['metadata']): boolean {
  return labels?.['app.kubernetes.io/managed-by'] === 'meshwright'
}

/** Is a definition not ours, or not ours alone any more: has somebody else written what it says? */
function isForeign({ metadata }: ApiObject): boolean {
  if (!isLabelledOurs(metadata)) return true
  return (metadata.managedFields ?? []).some(
    ({ manager, subresource, fieldsV1 }) =>
      manager !== installManager && subresource === undefined && isObject(fieldsV1) && 'f:spec' in fieldsV1,
  )
}

/** Objects of a collection; none where its kind is not installed. */
export async function listOf(client: ClusterClient, path: string): Promise<ApiObject[]> {
  try {
    const list = await client.call('GET', path)
    const items = isObject(list) && Array.isArray(list['items']) ? list['items'] : []
    return items.filter((item): item is ApiObject => isObject(item) && isObject(item['metadata']))
  } catch (error) {
    if (isApiError(error, 404)) return []
    throw error
  }
}
