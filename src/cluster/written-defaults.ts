/** What an API server has written into an object for want of an author's word: left out, it would write it again. */
import type { Resource } from '../kinds/resource.ts'
import { canonicalJson } from '../phases/2-resolve/digest.ts'
import { isObject } from '../util/is-object.ts'

type Fields = { readonly [name: string]: unknown }
/** A value that means what none means, or how one is told by what stands beside it. */
type Default = string | number | boolean | object | ((value: unknown, beside: Fields) => boolean)
/** Paths of fields: `[]` is each item of a list. */
type Defaults = readonly (readonly [path: string, value: Default])[]

const always = () => true
const probe = (of: string): Defaults => [
  [`${of}.failureThreshold`, 3],
  [`${of}.periodSeconds`, 10],
  [`${of}.successThreshold`, 1],
  [`${of}.timeoutSeconds`, 1],
  [`${of}.httpGet.scheme`, 'HTTP'],
  [`${of}.grpc.service`, ''],
]
/** Of an image without a tag the newest is meant. */
const pullPolicy: Default = (value, { image }) => {
  const last = String(image).split('/').at(-1)!
  const isNewest = !last.includes('@') && (!last.includes(':') || last.endsWith(':latest'))
  return value === (isNewest ? 'Always' : 'IfNotPresent')
}
const container = (of: string): Defaults => [
  [`${of}.imagePullPolicy`, pullPolicy],
  [`${of}.terminationMessagePath`, '/dev/termination-log'],
  [`${of}.terminationMessagePolicy`, 'File'],
  [`${of}.resources`, {}],
  [`${of}.ports[].protocol`, 'TCP'],
  [`${of}.env[].valueFrom.fieldRef.apiVersion`, 'v1'],
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap(name => probe(`${of}.${name}`)),
]
const podTemplate = (of: string): Defaults => [
  [`${of}.metadata.creationTimestamp`, always],
  ...['containers[]', 'initContainers[]'].flatMap(list => container(`${of}.spec.${list}`)),
  [`${of}.spec.dnsPolicy`, 'ClusterFirst'],
  [`${of}.spec.restartPolicy`, 'Always'],
  [`${of}.spec.schedulerName`, 'default-scheduler'],
  [`${of}.spec.securityContext`, {}],
  [`${of}.spec.terminationGracePeriodSeconds`, 30],
  // The old name of the account, beside the new one.
  [`${of}.spec.serviceAccount`, (value, { serviceAccountName }) => value === serviceAccountName],
  ...['configMap', 'secret', 'projected', 'downwardAPI'].map(
    source => [`${of}.spec.volumes[].${source}.defaultMode`, 420] as const,
  ),
]
const parents: Defaults = [
  ['spec.parentRefs[].group', 'gateway.networking.k8s.io'],
  ['spec.parentRefs[].kind', 'Gateway'],
]
const backends: Defaults = ['backendRefs[]', 'filters[].requestMirror.backendRef'].flatMap(
  (of): Defaults => [
    [`spec.rules[].${of}.group`, ''],
    [`spec.rules[].${of}.kind`, 'Service'],
    [`spec.rules[].${of}.weight`, 1],
  ],
)
const httpMatches: Defaults = [
  ['spec.rules[].matches', [{ path: { type: 'PathPrefix', value: '/' } }]],
  ['spec.rules[].matches[].path.type', 'PathPrefix'],
  ['spec.rules[].matches[].headers[].type', 'Exact'],
  ['spec.rules[].matches[].queryParams[].type', 'Exact'],
  ['spec.rules[].filters[].requestRedirect.statusCode', 302],
]
const rolling = { maxSurge: '25%', maxUnavailable: '25%' }

/** By `kind.group`. */
const defaultsOf: { readonly [kind: string]: Defaults } = {
  'Namespace.': [['spec', { finalizers: ['kubernetes'] }]],
  'ServiceAccount.': [['secrets', always]],
  'Service.': [
    ['spec.ports[].targetPort', (value, { port }) => value === port],
    ['spec.ports[].protocol', 'TCP'],
    ['spec.type', 'ClusterIP'],
    ['spec.sessionAffinity', 'None'],
    ['spec.internalTrafficPolicy', 'Cluster'],
    ['spec.externalTrafficPolicy', 'Cluster'],
    ['spec.allocateLoadBalancerNodePorts', true],
    ['spec.healthCheckNodePort', always],
    ['spec.ipFamilies', always],
    ['spec.ipFamilyPolicy', 'SingleStack'],
    ['spec.clusterIPs', (value, { clusterIP }) => canonicalJson(value) === canonicalJson([clusterIP])],
  ],
  'Deployment.apps': [
    ['spec.replicas', 1],
    ['spec.progressDeadlineSeconds', 600],
    ['spec.revisionHistoryLimit', 10],
    ['spec.strategy', { type: 'RollingUpdate', rollingUpdate: rolling }],
    ...podTemplate('spec.template'),
  ],
  'StatefulSet.apps': [
    ['spec.replicas', 1],
    ['spec.revisionHistoryLimit', 10],
    ['spec.podManagementPolicy', 'OrderedReady'],
    ['spec.updateStrategy', { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }],
    ['spec.persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Retain', whenScaled: 'Retain' }],
    ...podTemplate('spec.template'),
  ],
  'DaemonSet.apps': [
    ['spec.revisionHistoryLimit', 10],
    ['spec.updateStrategy', { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }],
    ...podTemplate('spec.template'),
  ],
  'CronJob.batch': [
    ['spec.concurrencyPolicy', 'Allow'],
    ['spec.suspend', false],
    ['spec.successfulJobsHistoryLimit', 3],
    ['spec.failedJobsHistoryLimit', 1],
    ['spec.jobTemplate.metadata', { creationTimestamp: null }],
    ['spec.jobTemplate.metadata', {}],
    ...podTemplate('spec.jobTemplate.spec.template'),
    ['spec.jobTemplate.spec.template.metadata', {}],
  ],
  'Gateway.gateway.networking.k8s.io': [
    ['spec.listeners[].allowedRoutes', { namespaces: { from: 'Same' } }],
    ['spec.listeners[].tls.mode', 'Terminate'],
    ['spec.listeners[].tls.certificateRefs[].group', ''],
    ['spec.listeners[].tls.certificateRefs[].kind', 'Secret'],
  ],
  'HTTPRoute.gateway.networking.k8s.io': [...parents, ...backends, ...httpMatches],
  'GRPCRoute.gateway.networking.k8s.io': [
    ...parents,
    ...backends,
    ['spec.rules[].matches[].method.type', 'Exact'],
    ['spec.rules[].matches[].headers[].type', 'Exact'],
  ],
  ...Object.fromEntries(
    ['TLSRoute', 'TCPRoute', 'UDPRoute'].map(kind => [`${kind}.gateway.networking.k8s.io`, [...parents, ...backends]]),
  ),
}

/** What controllers note down in whatever they look after. */
const notes: Defaults = [
  ['metadata.annotations.deployment\\.kubernetes\\.io/revision', always],
  ['metadata.annotations.deprecated\\.daemonset\\.template\\.generation', always],
  ['metadata.labels.kubernetes\\.io/metadata\\.name', always],
]

/** The object without them. */
export function withoutDefaults(resource: Resource): Resource {
  const [group = ''] = resource.apiVersion.includes('/') ? resource.apiVersion.split('/') : []
  const all = [...allocated(resource), ...(defaultsOf[`${resource.kind}.${group}`] ?? []), ...notes]
  return all.reduce((object, [path, value]) => without(object, segments(path), value) as Resource, resource)
}

/** Addresses and ports that were given out, unless somebody asked for them: then they are among what he manages. */
function allocated({ kind, metadata }: Resource): Defaults {
  if (kind !== 'Service') return []
  const managed = JSON.stringify((metadata as { readonly managedFields?: unknown })['managedFields'] ?? [])
  const defaults: Defaults = [
    ['spec.clusterIPs', (_, { clusterIP }) => clusterIP !== 'None'],
    ['spec.clusterIP', value => value !== 'None'],
    ['spec.ports[].nodePort', always],
  ]
  return defaults.filter(([path]) => !managed.includes(`"f:${path.split('.').at(-1)}"`))
}

function segments(path: string): string[] {
  return path
    .replaceAll('[]', '.[]')
    .split(/(?<!\\)\./)
    .map(name => name.replaceAll('\\.', '.'))
}

function without(value: unknown, [name, ...rest]: readonly string[], fallback: Default): unknown {
  if (name === '[]') return Array.isArray(value) ? value.map(item => without(item, rest, fallback)) : value
  if (name === undefined || !isObject(value) || !Object.hasOwn(value, name)) return value
  const { [name]: own, ...others } = value
  if (rest.length === 0) {
    const isDefault =
      typeof fallback === 'function' ? fallback(own, others) : canonicalJson(own) === canonicalJson(fallback)
    return isDefault ? others : value
  }
  const left = without(own, rest, fallback)
  if (left === own) return value
  // What held nothing else was not there either, where it is metadata's.
  const isEmptied = isObject(left) && Object.keys(left).length === 0 && (name === 'annotations' || name === 'labels')
  return isEmptied ? others : { ...value, [name]: left }
}
