/** What is wrong with a cluster, before an installation and after it: an ordered table of checks, each with its remedy. */

import { Failure } from '../diagnostics/failure.ts'
import { followedKinds, gatewayApiGroup } from '../kinds/index.ts'
import { counted } from '../util/counted.ts'
import { isObject } from '../util/is-object.ts'
import type { AgentReport } from './agent-report.ts'
import { ApiPaths } from './api-paths.ts'
import type { ClusterClient } from './client.ts'
import { decide } from './inject/decide.ts'
import { trustConfigMap } from './inject/inject-pod.ts'
import { customResourceDefinitions } from './install/crds.ts'
import { actualInjection, listOf, lookAround } from './install/existing.ts'
import { manifests } from './install/manifests.ts'
import { agentName, hasPodKeys, type InstallValues, servesProxies } from './install/values.ts'
import { type DeploymentObject, whyNotReady } from './install/wait-ready.ts'
import { hasEnded, hasSidecar, type PodObject } from './objects.ts'
import { podCertificatesMissing, podCertificateVersion } from './pod-certificates.ts'
import { verifyWebhook } from './verify-webhooks.ts'

/** One thing that was looked at. */
export interface Verified {
  readonly what: string
  /** `bad` keeps something from working; `note` is good to know. */
  readonly state: 'good' | 'note' | 'bad'
  readonly fact: string
  readonly remedy?: string
}

export interface VerifyContext {
  readonly client: ClusterClient
  readonly values: InstallValues
  /** Is there an installation? */
  readonly isInstalled: boolean
  /** What the agent's replicas tell. @throws where they can't be asked */
  readonly replicas: () => Promise<readonly AgentReport[]>
  /** The roots that they have, PEM. @throws as `replicas` */
  readonly roots: () => Promise<string>
}

interface Check {
  readonly what: string
  /** Before: also where nothing is installed. */
  readonly when: 'always' | 'before' | 'after'
  /** Only where proxies are ours. */
  readonly isForProxies?: true
  readonly run: (context: VerifyContext) => Promise<readonly Omit<Verified, 'what'>[]>
}

/** Native sidecars are on by default from here on. */
const oldestMinor = 29
/** An authority that ends sooner is worth a word, ms. */
const soonMs = 30 * 86_400_000

const checks: readonly Check[] = [
  { what: 'Kubernetes version', when: 'always', run: version },
  { what: 'rights to install', when: 'before', run: rights },
  { what: 'other meshes', when: 'always', run: others },
  { what: 'keys of pods', when: 'always', isForProxies: true, run: podKeys },
  { what: 'control plane', when: 'after', run: controlPlane },
  { what: 'deployments', when: 'after', run: deployments },
  {
    what: 'injection webhook',
    when: 'after',
    isForProxies: true,
    run: context => verifyWebhook(context, 'injection'),
  },
  { what: 'validation webhook', when: 'after', run: context => verifyWebhook(context, 'validation') },
  { what: 'Gateway API', when: 'after', isForProxies: true, run: gatewayApi },
  { what: 'trust bundles', when: 'after', isForProxies: true, run: trust },
  { what: 'pods without proxy', when: 'after', isForProxies: true, run: uninjected },
]

/** Looks at everything; a check that can't look says so and does not end the others. */
export async function verifyCluster(context: VerifyContext): Promise<Verified[]> {
  const wanted = checks.filter(
    ({ when, isForProxies }) =>
      (when === 'always' || (when === 'after') === context.isInstalled) &&
      (isForProxies !== true || servesProxies(context.values)),
  )
  const results = await Promise.all(
    wanted.map(async ({ what, run }) => {
      try {
        return (await run(context)).map(result => ({ what, ...result }))
      } catch (error) {
        const fact = `it can't be looked at: ${error instanceof Error ? error.message : error}`
        const help = error instanceof Failure ? error.diagnostics[0]?.help : undefined
        const remedy = help ?? 'look whether the API server answers, and whether you may read this'
        return [{ what, state: 'bad' as const, fact, remedy }]
      }
    }),
  )
  return results.flat()
}

const good = (fact: string) => [{ state: 'good' as const, fact }]

async function version({ client }: VerifyContext) {
  const answer = await client.call('GET', '/version')
  const { gitVersion = '', minor = '' } = isObject(answer) ? answer : {}
  if (Number.parseInt(String(minor), 10) >= oldestMinor) return good(String(gitVersion))
  const fact = `${gitVersion} is older than 1.${oldestMinor}: proxies are native sidecars, which it does not know`
  return [{ state: 'bad' as const, fact, remedy: 'upgrade the cluster' }]
}

const neededRights = [
  ['apiextensions.k8s.io', 'customresourcedefinitions'],
  ['rbac.authorization.k8s.io', 'clusterroles'],
  ['admissionregistration.k8s.io', 'mutatingwebhookconfigurations'],
  ['', 'namespaces'],
] as const

async function rights({ client }: VerifyContext) {
  const answers = await Promise.all(
    neededRights.map(async ([group, resource]) => {
      const spec = { resourceAttributes: { group, resource, verb: 'create' } }
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec }
      const answer = await client.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body })
      const status = isObject(answer) && isObject(answer['status']) ? answer['status'] : {}
      return status['allowed'] === true ? [] : [resource]
    }),
  )
  const missing = answers.flat()
  if (missing.length === 0) return good('you may make all that an installation needs')
  const fact = `you may not make ${missing.join(', ')}`
  return [{ state: 'bad' as const, fact, remedy: 'install with the rights of a cluster administrator' }]
}

async function others({ client, values, isInstalled }: VerifyContext) {
  const { foreignDefinitions, istioInjector } = await lookAround(client, customResourceDefinitions())
  // Where Istio came later, our webhook is asked about its labels still, and would be waited for.
  const isAsked = isInstalled && servesProxies(values) && values.istioLabels
  const notes = [
    ...(foreignDefinitions.size === 0
      ? []
      : [{ fact: `${counted(foreignDefinitions.size, 'definition')} of another manager: never touched` }]),
    ...(isInstalled && istioInjector === undefined && !servesProxies(values)
      ? [
          {
            fact: 'no Istio injects here, and target is istio: pods get no proxy from anybody',
            remedy: 'install Istio, or let proxies be ours: `mesh upgrade --target envoy`',
          },
        ]
      : []),
    ...(istioInjector === undefined
      ? []
      : [
          {
            fact: `Istio injects here (${istioInjector}): its labels are left to it`,
            ...(isAsked ? { remedy: 'take them out of our webhook, too: `mesh upgrade`' } : {}),
          },
        ]),
  ]
  return notes.length === 0 ? good('none') : notes.map(note => ({ state: 'note' as const, ...note }))
}

/** Said only where it matters: pods may have keys of their own nearly nowhere yet. */
async function podKeys({ client, values }: VerifyContext) {
  if (!hasPodKeys(values)) return []
  const version = await podCertificateVersion(client)
  if (version === undefined) return [{ state: 'bad' as const, ...podCertificatesMissing }]
  return good(`made by kubelets, asked for by ${version}`)
}

async function controlPlane({ replicas, values }: VerifyContext) {
  const found = await replicas()
  const served = found.reduce((sum, { proxies }) => sum + proxies, 0)
  const revisions = new Set(found.map(({ revision }) => revision))
  const ends = Math.min(...found.map(({ authority }) => authority.notAfter))
  const findings = new Set(found.flatMap(replica => replica.findings))
  return [
    ...good(
      servesProxies(values)
        ? `${counted(found.length, 'replica')}, ${counted(served, 'proxy', 'proxies')}`
        : `${counted(found.length, 'replica')}, beside Istio: proxies are istiod's`,
    ),
    ...(found.some(({ isWriter }) => isWriter)
      ? []
      : [
          {
            state: 'bad' as const,
            fact: 'no replica holds the Lease: nobody writes trust bundles',
            remedy: 'wait half a minute; then look at its log',
          },
        ]),
    ...(revisions.size > 1
      ? [{ state: 'note' as const, fact: 'replicas serve different revisions', remedy: 'that passes within a second' }]
      : []),
    ...(ends - Date.now() < soonMs
      ? [
          {
            state: 'bad' as const,
            fact: `the authority ends on ${new Date(ends).toISOString().slice(0, 10)}`,
            remedy: 'replace it: docs/security.md says how',
          },
        ]
      : []),
    ...[...findings].map(fact => ({
      state: 'bad' as const,
      fact,
      remedy: 'mend the object: what has errors is not served',
    })),
  ]
}

/** Nobody has to have it; whoever has it may lack the kinds that are experimental. */
async function gatewayApi({ client }: VerifyContext) {
  const group = await client.find<object>(`/apis/${gatewayApiGroup}`)
  if (group === undefined) return good('not defined here: nothing is read of it')
  const read = followedKinds.filter(({ apiVersions }) => apiVersions[0].startsWith(`${gatewayApiGroup}/`))
  const paths = new ApiPaths(client)
  const found = await Promise.all(read.map(({ kind, apiVersions }) => paths.firstServed(apiVersions, kind)))
  const missing = read.flatMap(({ kind }, index) => (found[index] === undefined ? [kind] : []))
  if (missing.length === 0) return good(`${counted(read.length, 'kind')} are read`)
  const fact = `not defined here in a version that is read: ${missing.join(', ')}`
  const remedy = `where you want it: mesh crds --gateway-api ${missing.join(' ')} | kubectl apply --server-side -f -`
  return [{ state: 'note' as const, fact, remedy }]
}

/** What an installation runs: all of it, some of it, or nothing. */
async function deployments({ client, values }: VerifyContext) {
  const wanted = manifests(values).filter(({ kind }) => kind === 'Deployment')
  return Promise.all(wanted.map(({ metadata: { name } }) => deploymentState(client, values.namespace, name)))
}

async function deploymentState(
  client: ClusterClient,
  namespace: string,
  name: string,
): Promise<Omit<Verified, 'what'>> {
  const found = await client.find<DeploymentObject>(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`)
  if (found === undefined)
    return { state: 'bad', fact: `${name} is not there`, remedy: 'install again with `mesh install`' }
  const [ready, all] = [found.status?.availableReplicas ?? 0, found.spec?.replicas ?? 1]
  const fact = `${name}: ${ready} of ${counted(all, 'replica')} ready`
  if (ready >= all && all > 0) return { state: 'good', fact }
  if (all === 0) return { state: 'bad', fact, remedy: `kubectl -n ${namespace} scale deployment ${name} --replicas=1` }
  const why = (await whyNotReady(client, { name, namespace })).join('; ')
  const remedy = `look closer: kubectl -n ${namespace} describe pods -l app=${name}`
  return { state: ready === 0 ? 'bad' : 'note', fact: `${fact}: ${why}`, remedy }
}

async function trust({ client }: VerifyContext) {
  const namespaces = await listOf(client, '/api/v1/namespaces')
  const bundles = await listOf(client, `/api/v1/configmaps?fieldSelector=metadata.name%3D${trustConfigMap}`)
  const having = new Set(bundles.map(({ metadata }) => metadata.namespace))
  const lacking = namespaces
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined && !having.has(metadata.name))
    .map(({ metadata }) => metadata.name)
  if (lacking.length === 0) return good(`in all of ${counted(namespaces.length, 'namespace')}`)
  const fact = `missing in ${lacking.join(', ')}: pods with a proxy can't start there`
  return [{ state: 'bad' as const, fact, remedy: `look at the log of ${agentName}` }]
}

async function uninjected({ client, values }: VerifyContext) {
  const [namespaces, pods] = await Promise.all([listOf(client, '/api/v1/namespaces'), listOf(client, '/api/v1/pods')])
  const labels = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]))
  const settings = await actualInjection(client, values)
  const older = (pods as PodObject[]).filter(pod => {
    const name = pod.metadata.namespace ?? 'default'
    const subject = { ...pod, spec: { ...pod.spec, containers: pod.spec?.containers ?? [] } } as Parameters<
      typeof decide
    >[0]
    return (
      pod.metadata.deletionTimestamp === undefined &&
      !hasEnded(pod) &&
      !hasSidecar(pod) &&
      decide(subject, { ...settings, namespace: { name, labels: labels.get(name) ?? {} } }).isInjected
    )
  })
  if (older.length === 0) return good('none that should have one')
  const some = older.slice(0, 5).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  const fact = `${counted(older.length, 'pod')} without the proxy that they should have: ${some.join(', ')}${older.length > 5 ? ', …' : ''}`
  return [{ state: 'note' as const, fact, remedy: 'restart what made them: kubectl rollout restart' }]
}
