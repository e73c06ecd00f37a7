import { policies } from '../../policies/index.generated.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { compileCluster } from '../cluster/cluster-revision.ts'
import { type Description, describePod, describeService } from '../cluster/describe.ts'
import { actualInjection, listOf } from '../cluster/install/existing.ts'
import { readSettings } from '../cluster/mesh-settings.ts'
import type { EndpointSliceObject, PodObject, ServiceObject } from '../cluster/objects.ts'
import { observedServices } from '../cluster/observed-placement.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import { objectsOfKind } from '../cluster/served-version.ts'
import { shownNames, workloadsOfPods } from '../cluster/workloads-of-pods.ts'
import { objectMissing } from '../diagnostics/codes.generated.ts'
import { type Diagnostic, leftOut } from '../diagnostics/diagnostic.ts'
import { Failure } from '../diagnostics/failure.ts'
import { followedKinds, gatewayApiGroup } from '../kinds/index.ts'
import type { MetaMap } from '../kinds/resource.ts'
import type { Mesh } from '../model/mesh.ts'
import { nodeKey, resourceAt } from '../model/node.ts'
import { hostKey } from '../model/service.ts'
import type { Workload } from '../model/workload.ts'
import { runPolicies } from '../phases/3-check/run-policies.ts'
import { type ClusterFlags, clusterOf } from './cluster-flags.ts'
import type { ExitCode } from './main.ts'
import { installedValues } from './run-install.ts'
import { isColoured, painter } from './terminal.ts'

/** The options of `mesh describe` as they are typed. */
export interface DescribeFlags extends ClusterFlags {
  readonly systemNamespace: string
}

/**
 * Prints what applies to a pod or a service.
 *
 * @returns 1 where something looks wrong
 * @throws Failure where there is no such object, or no cluster
 */
export async function runDescribe(what: 'pod' | 'service', name: string, flags: DescribeFlags): Promise<ExitCode> {
  const { client, namespace } = clusterOf(flags)
  const values = await installedValues(client, flags.systemNamespace)
  const seen = await lookAtCluster(client)
  const key = `${namespace}/${name}`
  const { value: resolved, diagnostics } = compileCluster({
    services: seen.services.values(),
    namespaces: seen.namespaces,
    configs: seen.configs,
    workloads: [...new Set(seen.workloads.values())],
    domain: values.domain,
    systemNamespace: values.namespace,
  })
  const own = await client.find(`/api/v1/namespaces/${encodeURIComponent(namespace)}`)
  const leftOut = leftOutIn([namespace, ...resolved.mesh.rootNamespaces], diagnostics)
  const injection = await actualInjection(client, values)
  const namespaceLabels = (own?.metadata.labels ?? {}) as MetaMap
  const shown = shownNames(seen.pods, seen.workloads)
  // The Mesh tells generations of one owner apart by names that nobody has given.
  const named = (workload: Workload): Workload => ({
    ...workload,
    name: shown.get(nodeKey(workload)) ?? workload.name,
  })
  const mesh = { ...resolved.mesh, workloads: resolved.mesh.workloads.map(named) }
  const context = { resolved: { ...resolved, mesh }, values, injection, leftOut, namespaceLabels }
  const missing = () => new Failure(objectMissing({}, { kind: what, name, namespace }))
  if (what === 'pod') {
    const pod = seen.pods.get(key)
    const observed = seen.workloads.get(key)
    const workload = resolved.mesh.workloads.find(
      each => each.namespace === observed?.namespace && each.name === observed?.name,
    )
    if (pod === undefined || workload === undefined) throw missing()
    const node = seen.nodes.get(pod.spec?.nodeName ?? '')
    const where = node === undefined ? {} : { node }
    return print(withMistakes(describePod(pod, named(workload), { ...context, ...where }), resolved.mesh))
  }
  const object = seen.services.get(key)
  const service = resolved.mesh.services.find(each => each.namespace === namespace && each.name === name)
  if (service === undefined || (object === undefined && service.entry === undefined)) throw missing()
  const { endpoints } = observedServices({ ...seen, declared: resolved.mesh.services, domain: values.domain })
  const described = describeService(service, object, {
    ...context,
    endpoints: endpoints[hostKey(service)]?.length ?? 0,
  })
  return print(withMistakes(described, resolved.mesh))
}

/** With the mistakes that only a whole mesh shows, in objects that the description names: they may have been applied by hand. */
function withMistakes(description: Description, mesh: Mesh): Description {
  const named = description.sections.flatMap(({ lines }) => lines).join('\n')
  const grave = policies.filter(({ meta }) => meta.recommended === true && meta.severity === 'error')
  const mistakes = runPolicies(grave, mesh, {}).problems.flatMap(({ at, text, rule, help }) => {
    const object = resourceAt(at)
    return named.includes(object) ? [`${object}: ${text} [${rule}]${help === undefined ? '' : `; ${help}`}`] : []
  })
  return { ...description, warnings: [...description.warnings, ...new Set(mistakes)] }
}

/** Objects that are not served, where they might be about what is described. */
function leftOutIn(namespaces: readonly string[], diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.flatMap(finding => {
    const { severity, code, message, subject } = finding
    const isAbout =
      severity === 'error' &&
      subject !== undefined &&
      subject.kind !== 'Deployment' &&
      namespaces.includes(subject.namespace)
    return isAbout ? [`${leftOut(finding)} is left out: [${code}] ${message}`] : []
  })
}

async function lookAtCluster(client: ClusterClient) {
  const byKey = async <Kind extends ApiObject>(path: string) =>
    new Map(
      (await listOf(client, path)).map(object => [
        `${object.metadata.namespace}/${object.metadata.name}`,
        object as Kind,
      ]),
    )
  // Whoever may not read a kind that is not there is told that he may not, not that it is not there; groups anybody may see.
  const hasGatewayApi = (await client.find<object>(`/apis/${gatewayApiGroup}`)) !== undefined
  const read = followedKinds.filter(({ target }) => target === 'istio' || hasGatewayApi)
  const [services, pods, slices, namespaces, nodes, configs, settings] = await Promise.all([
    byKey<ServiceObject>('/api/v1/services'),
    byKey<PodObject>('/api/v1/pods'),
    byKey<EndpointSliceObject>('/apis/discovery.k8s.io/v1/endpointslices'),
    listOf(client, '/api/v1/namespaces'),
    listOf(client, '/api/v1/nodes'),
    Promise.all(read.map(definition => objectsOfKind(client, definition))),
    readSettings(client),
  ])
  return {
    services,
    pods,
    slices,
    namespaces,
    nodes: new Map(nodes.map(node => [node.metadata.name, node])),
    configs: [...settings, ...configs.flat()],
    workloads: workloadsOfPods(pods),
  }
}

function print({ sections, warnings }: Description): ExitCode {
  const paint = painter(isColoured(process.stdout))
  const shown = sections.filter(({ lines }) => lines.length > 0)
  process.stdout.write(
    shown.map(({ title, lines }) => `${paint(title, 'bold')}\n${lines.map(line => `  ${line}\n`).join('')}`).join(''),
  )
  if (warnings.length > 0)
    process.stdout.write(
      `${paint('What looks wrong', 'yellow')}\n${warnings.map(warning => `  ${warning}\n`).join('')}`,
    )
  return warnings.length > 0 ? 1 : 0
}
