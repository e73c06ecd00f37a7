import { applyAll, type ChangeEntry } from '../cluster/apply.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { installedIn, installManager, lookAround } from '../cluster/install/existing.ts'
import { manifests } from '../cluster/install/manifests.ts'
import { agentName, hasPodKeys, type InstallValues, servesProxies, withBudgets } from '../cluster/install/values.ts'
import { isImageMissing, waitReady } from '../cluster/install/wait-ready.ts'
import { podCertificatesMissing, podCertificateVersion } from '../cluster/pod-certificates.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import { type RemovalEntry, removeAll } from '../cluster/remove.ts'
import { commandFailed, serverRejected } from '../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Failure } from '../diagnostics/failure.ts'
import { type Resource, resourceKey } from '../kinds/resource.ts'
import { toYaml } from '../phases/4-emit/resource-files.ts'
import { counted } from '../util/counted.ts'
import { type ClusterFlags, clusterOf } from './cluster-flags.ts'
import { readValues, type ValueFlags } from './install-values.ts'
import type { ExitCode } from './main.ts'
import { assertNoneLeft, type Leaving, whoIsLeft } from './served-proxies.ts'

/** The options of `mesh install` as they are typed. */
export interface InstallFlags extends ValueFlags, Pick<ClusterFlags, 'kubeconfig' | 'context'> {
  readonly dryRun?: true
  /** Also where proxies that run are left without anybody who serves them. */
  readonly force?: true
  readonly output?: 'yaml'
  readonly wait: string
}

/**
 * Installs, or brings an installation to what the options say; printing YAML asks no cluster.
 *
 * @throws Failure where there is no cluster, it refuses something, or what was installed does not come up in time
 */
export async function runInstall(flags: InstallFlags): Promise<ExitCode> {
  const values = readValues(flags)
  if (flags.output === 'yaml') {
    process.stdout.write(manifests(values).map(toYaml).join('---\n'))
    return 0
  }
  const { client } = clusterOf(flags)
  return install(client, values, flags)
}

async function install(client: ClusterClient, values: InstallValues, flags: InstallFlags): Promise<ExitCode> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  if (hasPodKeys(values) && (await podCertificateVersion(client)) === undefined) {
    const { fact, remedy } = podCertificatesMissing
    throw new Failure(commandFailed({}, { what: fact, remedy }))
  }
  const all = manifests(values)
  const { foreignDefinitions, hasForeignNamespace, istioInjector } = await lookAround(client, all)
  if (foreignDefinitions.size > 0)
    say(
      `${counted(foreignDefinitions.size, 'definition')} of another manager left alone: ${[...foreignDefinitions].join(', ')}`,
    )
  if (istioInjector === undefined && !servesProxies(values))
    say('no Istio injects in this cluster: with target istio, pods get no proxy from anybody until it does')
  if (istioInjector !== undefined && values.istioLabels) {
    say(`Istio injects here (${istioInjector}): its labels are left to it, ours is meshwright.dev/injection=enabled`)
    return install(client, { ...values, istioLabels: false }, flags)
  }
  if (!servesProxies(values) && flags.force !== true) await askForForce(client, leavingToIstio(values), flags)
  const wanted = all.filter(
    ({ kind, metadata }) => !foreignDefinitions.has(metadata.name) && !(kind === 'Namespace' && hasForeignNamespace),
  )
  const entries = await applyAll(client, wanted, {
    namespace: values.namespace,
    fieldManager: installManager,
    force: true,
    dryRun: flags.dryRun === true,
    onEntry: entry => {
      if (entry.action !== 'failed' && entry.action !== 'unchanged')
        say(`${describe(entry.resource)} ${entry.action}${flags.dryRun ? ' (dry run)' : ''}`)
    },
  })
  const failures = entries.flatMap(entry => failureOf(entry))
  if (failures.length > 0) throw new Failure(...failures)
  const changed = entries.filter(({ action }) => action !== 'unchanged').length
  if (flags.dryRun === true) {
    say(`${changed} of ${entries.length} resources would change`)
    return 0
  }
  await removeOthersParts(client, values, say)
  const reasons = await waitReady(client, wanted, { timeoutMs: Number(flags.wait) * 1000, onProgress: say })
  if (reasons.length > 0) {
    throw new Failure(commandFailed({}, whyNot(reasons, values.namespace)))
  }
  say(`Meshwright runs in ${values.namespace} (${changed} of ${entries.length} resources changed)`)
  if (!servesProxies(values))
    say('proxies are left to istiod: what is applied is checked, and nothing is injected or served')
  return 0
}

/** @throws Failure where somebody is served; a dry run says so and goes on */
async function askForForce(client: ClusterClient, leaving: Leaving, { dryRun }: InstallFlags): Promise<void> {
  if (dryRun !== true) return assertNoneLeft(client, leaving)
  const what = await whoIsLeft(client, leaving)
  if (what !== undefined) process.stderr.write(`without --dry-run this needs --force: ${what}\n`)
}

/** What becomes of proxies of ours where they are istiod's from now on. */
function leavingToIstio({ namespace }: InstallValues): Leaving {
  return {
    namespace,
    hasGateway: true,
    whatFollows: within =>
      `with target istio nobody serves them any more, its gateway goes, and calls between them fail ${within}, when their certificates end`,
    remedy:
      'take the label off their namespaces and restart what runs there (kubectl rollout restart), ' +
      'and route around the gateway; or go on all the same with --force',
  }
}

function whyNot(reasons: readonly string[], namespace: string): { readonly what: string; readonly remedy: string } {
  const what = `not everything runs yet: ${reasons.join('; ')}`
  if (!reasons.some(isImageMissing))
    return { what, remedy: `mend that and call it again, or look closer: kubectl -n ${namespace} describe pods` }
  const remedy =
    'build the images where the cluster finds them, and name them with --set images.agent=…, images.init=…: ' +
    'docs/how-to/cluster.md has the commands'
  return { what, remedy }
}

/**
 * What serves proxies goes where proxies are istiod's from now on. An injector that nobody answers for would keep pods from
 * being made. A budget for several replicas goes where there is one.
 */
async function removeOthersParts(
  client: ClusterClient,
  values: InstallValues,
  say: (line: string) => void,
): Promise<void> {
  const kept = new Set(manifests(values).map(resourceKey))
  const before = manifests(withBudgets({ ...values, target: 'envoy' })).filter(
    resource =>
      !kept.has(resourceKey(resource)) &&
      resource.kind !== 'CustomResourceDefinition' &&
      (!servesProxies(values) || resource.kind === 'PodDisruptionBudget'),
  )
  const { namespace } = values
  const onEntry = ({ resource, action }: RemovalEntry) => {
    if (action !== 'deleted') return
    const why = servesProxies(values) ? 'one replica alone could never be moved' : "proxies are istiod's"
    say(`${describe(resource)} deleted: ${why}`)
  }
  const entries = await removeAll(client, before, { namespace, onEntry })
  const failures = entries.flatMap(entry => failureOf(entry))
  if (failures.length > 0) throw new Failure(...failures)
}

function describe({ kind, metadata }: Resource): string {
  return `${kind} ${metadata.name}`
}

/** By status, and kind where that matters. */
const remedies: Readonly<{ [what: string]: string }> = {
  terminating: 'an earlier installation is being deleted: call it again in a while',
  '403': 'installing needs the rights of a cluster administrator',
  '404 Certificate': 'install cert-manager first, or leave out identity.authority=cert-manager',
}

function failureOf({ resource, error }: Pick<ChangeEntry, 'resource' | 'error'>): Diagnostic[] {
  if (error === undefined) return []
  const remedy =
    remedies[/being terminated/.test(error.message) ? 'terminating' : `${error.status} ${resource.kind}`] ??
    remedies[error.status] ??
    'change what the API server names'
  return [serverRejected({}, { kind: resource.kind, name: resource.metadata.name, reason: error.message, remedy })]
}

/** The options of `mesh upgrade` as they are typed. */
export interface UpgradeFlags extends Omit<InstallFlags, 'profile' | 'output'> {
  readonly profile?: string
  readonly systemNamespace: string
}

/**
 * Installs again with the values that the installation has, and what the options change.
 *
 * @throws Failure where there is no installation, and as `runInstall`
 */
export async function runUpgrade(flags: UpgradeFlags): Promise<ExitCode> {
  const { client } = clusterOf(flags)
  const current = await installedValues(client, flags.systemNamespace)
  const values = readValues({ ...flags, profile: flags.profile ?? current })
  return install(client, values, { ...flags, profile: '' })
}

/** @throws Failure where there is none */
export async function installedValues(client: ClusterClient, namespace: string): Promise<InstallValues> {
  try {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${agentName}`
    return installedIn((await client.call('GET', path)) as ApiObject)
  } catch (error) {
    const what = `there is no installation in ${namespace}: ${error instanceof Error ? error.message : error}`
    throw new Failure(
      commandFailed(
        {},
        { what, remedy: 'install it with `mesh install`, or name its namespace with --system-namespace' },
      ),
    )
  }
}
