/** What applies to one pod or service of a cluster, and what looks wrong: gathered from the Mesh that the control plane has. */

import type { Mesh } from '../model/mesh.ts'
import { type Labels, labelText, nodeKey, resourceAt, selects } from '../model/node.ts'
import { effectiveMtls, mtlsOn } from '../model/peer-policy.ts'
import { isAbout } from '../model/policy-target.ts'
import type { Service } from '../model/service.ts'
import { containerPort, type Workload } from '../model/workload.ts'
import type { Resolved } from '../phases/2-resolve/resolve.ts'
import { scopeFor } from '../phases/4-emit/envoy/index.ts'
import { counted } from '../util/counted.ts'
import { ownValue } from '../util/own-value.ts'
import { policySections, type Section } from './describe-policies.ts'
import { type PodProxy, type ProxyContext, proxyOf } from './describe-proxy.ts'
import { type DescribedSubset, routesOfService, routesOfWorkload, subsetsOf } from './describe-routes.ts'
import { proxyContainer } from './inject/decide.ts'
import { agentName, type InstallValues } from './install/values.ts'
import { localityOf, type PodObject, type ServiceObject } from './objects.ts'
import type { ApiObject } from './reflector.ts'
import { controllerOf } from './workloads-of-pods.ts'

export interface Description {
  readonly sections: readonly Section[]
  /** What looks wrong, each with what to do. */
  readonly warnings: readonly string[]
}

export interface DescribeContext extends ProxyContext {
  readonly resolved: Resolved
  readonly values: InstallValues
  /** What is not served, and might be about what is described. */
  readonly leftOut: readonly string[]
  /** Where the pod runs, if it does. */
  readonly node?: ApiObject
}

/** @param workload the workload that the pod is one of */
export function describePod(pod: PodObject, workload: Workload, context: DescribeContext): Description {
  const { mesh } = context.resolved
  const proxy = proxyOf(pod, context)
  const services = mesh.services.filter(service => picks(service, workload))
  const mtls = effectiveMtls({ policies: mesh.peerPolicies, rootNamespaces: mesh.rootNamespaces }, workload)
  const scope = scopeFor(mesh, workload)
  const warnings = [
    ...context.leftOut,
    ...proxyWarnings(pod, context),
    ...(services.length === 0 && !isOfJob(pod) ? ['no Service selects it: nobody reaches it by a name'] : []),
    ...services.flatMap(service => servicePorts(service, workload).flatMap(({ warning }) => warning ?? [])),
    ...(proxy.kind === 'none' && mtls.mode === 'STRICT'
      ? ['its callers would have to use mutual TLS, which it has no proxy for']
      : []),
    ...(proxy.kind === 'none' && hasPolicies(workload, mesh)
      ? [`policies about it are enforced by nobody: it has no proxy${remedyText(proxy)}`]
      : []),
  ]
  const sections: Section[] = [
    {
      title: `Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
      lines: [
        `workload ${workload.name}, account ${workload.serviceAccount}`,
        proxy.line,
        ...placeLines(context),
        ...identityLines(proxy, workload, mesh),
      ],
    },
    {
      title: 'Ports',
      lines: services.flatMap(service =>
        servicePorts(service, workload).map(
          ({ line, port }) => `${line}, mutual TLS ${mtlsText[proxy.kind] ?? mtlsOn(mtls, port ?? 0)}`,
        ),
      ),
    },
    ...policySections([workload], mesh),
    ...routesOfWorkload(services, workload, mesh),
    {
      title: 'Calls',
      lines: [
        scope === undefined
          ? 'everybody'
          : `${scope.egress.map(({ namespace, host }) => `${namespace}/${host}`).join(', ')} (${resourceAt(scope.at)})`,
      ],
    },
  ]
  return { sections, warnings }
}

/** What is said of a port's mutual TLS where PeerAuthentications don't say it. */
const mtlsText: Readonly<Record<PodProxy['kind'], string | undefined>> = {
  injected: undefined,
  own: 'as its Gateways say',
  foreign: 'as its own proxy has it',
  none: 'none: it has no proxy',
}

function remedyText({ why, remedy }: PodProxy): string {
  return remedy === undefined ? `, for ${why}` : `; ${remedy}`
}

/** Of a proxy that the mesh gives one, or would: another mesh's has its own, and who can have no proxy has none. */
function identityLines(
  { kind, remedy }: PodProxy,
  { namespace, serviceAccount }: Workload,
  { domain }: Mesh,
): string[] {
  if (kind === 'foreign' || (kind === 'none' && remedy === undefined)) return []
  const identity = `identity spiffe://${domain}/ns/${namespace}/sa/${serviceAccount}`
  return [kind === 'none' ? `${identity}, once it has its proxy` : identity]
}

/** It does its work and ends: nobody is to call it. */
function isOfJob({ metadata }: PodObject): boolean {
  return controllerOf(metadata.ownerReferences)?.kind === 'Job'
}

/** A proxy without its first configuration is not ready, and a native sidecar holds up what comes after it. */
function proxyWarnings({ status = {} }: PodObject, { values }: DescribeContext): string[] {
  const proxy = status.initContainerStatuses?.find(({ name }) => name === proxyContainer)
  return proxy?.state?.running === undefined || proxy.started === true
    ? []
    : [
        `its proxy waits for its first configuration from ${agentName} in ${values.namespace}, and the application waits for the proxy: mesh status --cluster says how the control plane is`,
      ]
}

/**
 * @param object of Kubernetes'; undefined for a host that is declared
 * @param context with how many of its pods are ready
 */
export function describeService(
  service: Service,
  object: ServiceObject | undefined,
  context: DescribeContext & { readonly endpoints: number },
): Description {
  const { mesh } = context.resolved
  const workloads = mesh.workloads.filter(workload => picks(service, workload))
  const machines = mesh.machines.filter(machine => picks(service, machine))
  const declared = service.entry?.endpoints ?? []
  const endpoints = context.endpoints + machines.length + declared.length
  const subsets = subsetsOf(service, [...workloads, ...machines, ...declared], mesh)
  const sections: Section[] = [
    {
      title: `Service ${nodeKey(service)}`,
      lines: [
        `host ${service.host}`,
        ...whereLines(service, object),
        ...(isFound(service) ? [counted(endpoints, 'ready endpoint')] : []),
      ],
    },
    {
      title: 'Ports',
      lines: [...service.ports, ...(service.datagramPorts ?? []).map(port => ({ ...port, protocol: 'UDP' }))].map(
        ({ number, name, protocol, targetPort }) => `${number} ${name} → ${targetPort}, ${protocol}`,
      ),
    },
    { title: 'Workloads', lines: workloads.map(({ name, labels }) => `${name} (${labelText(labels)})`) },
    {
      title: 'Machines',
      lines: machines.map(({ name, labels, address }) => `${name} (${labelText(labels)}) at ${address}`),
    },
    {
      title: 'Subsets',
      lines: subsets.map(({ name, labels, count }) => `${name}: ${labelText(labels)}, workloads: ${count}`),
    },
    ...(workloads.length === 0 ? [] : policySections(workloads, mesh)),
    ...routesOfService(service, mesh),
  ]
  const picked = workloads.length + machines.length
  const own = serviceWarnings(service, { subsets, picked, endpoints })
  return { sections, warnings: [...context.leftOut, ...own] }
}

/** Does the mesh know where a service is? Others are looked up by each proxy, or known to their callers alone. */
function isFound({ entry, selector }: Service): boolean {
  return entry === undefined || entry.resolution === 'STATIC' || Object.keys(selector).length > 0
}

const resolutions = {
  NONE: 'found where its callers find it',
  STATIC: 'found at fixed addresses',
  DNS: 'found by DNS, at all addresses of its names',
  DNS_ROUND_ROBIN: 'found by DNS, at one address of its name',
  DYNAMIC_DNS: 'found by DNS, at an address of the name that is asked for',
} as const

function whereLines({ entry, exportTo = ['*'] }: Service, object: ServiceObject | undefined): string[] {
  const addresses = entry?.addresses ?? object?.spec?.clusterIPs ?? []
  const known = `addresses ${addresses.join(', ') || 'none'}`
  if (entry === undefined) return [known]
  const seen = exportTo.map(namespace => ownValue({ '*': 'all namespaces', '.': 'its own' }, namespace) ?? namespace)
  return [
    entry.isExternal ? 'outside of the mesh: no mutual TLS' : 'part of the mesh',
    resolutions[entry.resolution],
    known,
    `seen from ${seen.join(', ') || 'nowhere'}`,
  ]
}

function serviceWarnings(
  service: Service,
  found: {
    readonly subsets: readonly DescribedSubset[]
    /** Workloads and machines that it selects. */
    readonly picked: number
    readonly endpoints: number
  },
): string[] {
  const empty = found.subsets.filter(({ count }) => count === 0)
  const guessed = service.ports.filter(({ declared }) => !declared)
  return [
    ...(found.picked === 0 && (service.entry === undefined || Object.keys(service.selector).length > 0)
      ? ['no pod is selected: look at the selector and at the labels of pods']
      : []),
    ...(found.endpoints === 0 && isFound(service) ? ['it has no ready endpoint: requests are answered with 503'] : []),
    ...empty.map(({ name }) => `subset ${name} picks no workload: requests to it are answered with 503`),
    ...guessed.map(
      ({ number }) =>
        `port ${number} does not say its protocol: ${service.entry === undefined ? 'name it http, grpc, tcp, …' : 'set its protocol'}`,
    ),
  ]
}

function picks(
  { namespace, selector }: Service,
  workload: { readonly namespace: string; readonly labels: Labels },
): boolean {
  return namespace === workload.namespace && Object.keys(selector).length > 0 && selects(selector, workload.labels)
}

function servicePorts(
  service: Service,
  workload: Workload,
): { readonly line: string; readonly port: number | undefined; readonly warning?: string }[] {
  return service.ports.map(({ number, targetPort, protocol, declared }) => {
    const port = containerPort(workload, targetPort)
    const line = `${port ?? targetPort} ${protocol}${declared ? '' : ' (guessed)'}, as ${service.host}:${number}`
    const warning =
      port === undefined
        ? `port ${number} of ${service.name} leads to ${targetPort}, which no container names`
        : undefined
    return { line, port, ...(warning === undefined ? {} : { warning }) }
  })
}

function hasPolicies(workload: Workload, { accessPolicies, tokenPolicies, rootNamespaces }: Mesh): boolean {
  return [...accessPolicies, ...tokenPolicies].some(policy => isAbout(policy, workload, rootNamespaces))
}

function placeLines({ node }: DescribeContext): string[] {
  if (node === undefined) return []
  const { region, zone, subzone } = localityOf(node) ?? {}
  const place = [region, zone, subzone].filter(level => level !== undefined).join('/')
  return [`node ${node.metadata.name}${place === '' ? ', which does not say where it stands' : ` in ${place}`}`]
}
