import { setTimeout as sleep } from 'node:timers/promises'
import { inspectPaths } from '../agent/agent-inspection.ts'
import { AgentClient, AgentUnreachable } from '../cluster/agent-client.ts'
import { AuthorityUnusable } from '../cluster/authority-secret.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { listOf } from '../cluster/install/existing.ts'
import { hasPodKeys, type InstallValues, sourceOf } from '../cluster/install/values.ts'
import { listMachines, machineNode, mayComeBack } from '../cluster/machines.ts'
import { hasEnded, hasPodKey, hasSidecar, type PodObject } from '../cluster/objects.ts'
import {
  advanceRotation,
  type OwnAuthority,
  RotationRefused,
  type RotationState,
  readOwnAuthority,
  rotationSteps,
} from '../cluster/root-rotation.ts'
import { agentUnreachable, commandFailed, optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import type { IdentitiesReport } from '../local/control.ts'
import { counted } from '../util/counted.ts'
import { type ClusterFlags, clusterOf } from './cluster-flags.ts'
import type { ExitCode } from './main.ts'
import { installedValues } from './run-install.ts'

/** The options of `mesh identity rotate-root` as they are typed. */
export interface RotateRootFlags extends Pick<ClusterFlags, 'kubeconfig' | 'context'> {
  readonly dryRun?: true
  readonly wait: string
  readonly systemNamespace: string
}

/** How often replicas are asked, ms. */
const everyMs = 500
/** More proxies than this are not named in one line. */
const named = 5

interface Rotation {
  readonly client: ClusterClient
  readonly namespace: string
  readonly agent: AgentClient
  readonly read: () => Promise<OwnAuthority>
  readonly trustDomain: string
  readonly waitMs: number
  /** Proxies that were there once: one that is between two streams must come back, or its pod or machine be gone. */
  readonly seen: Set<string>
}

/**
 * Begins the rotation of a mesh's root, or goes on with it, up to its end.
 *
 * @throws Failure where the root is not ours, no replica answers, or proxies take too long: what was reached stays
 */
export async function runRotateRoot(flags: RotateRootFlags): Promise<ExitCode> {
  const { client } = clusterOf(flags)
  const namespace = flags.systemNamespace
  const values = await installedValues(client, namespace)
  const trustDomain = values.domain
  const source = sourceOf(values)
  const rotation: Rotation = {
    client,
    namespace,
    agent: new AgentClient(client, namespace),
    read: () => readOwnAuthority(client, namespace, { trustDomain, source }).catch(asFailure),
    trustDomain,
    waitMs: waitOf(flags.wait),
    seen: new Set(),
  }
  // Whose the root is comes first: another's is not ours to replace anyway.
  await rotation.read()
  await refusePodKeys(client, values)
  return flags.dryRun === true ? plan(rotation) : rotate(rotation)
}

/** A kubelet renews at half of a certificate's life, and at nobody's word: until then its pod would be trusted no more. */
async function refusePodKeys(client: ClusterClient, values: InstallValues): Promise<void> {
  const isOn = hasPodKeys(values)
  const pods = ((await listOf(client, '/api/v1/pods')) as PodObject[]).filter(pod => hasPodKey(pod) && !hasEnded(pod))
  if (!isOn && pods.length === 0) return
  const names = pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()
  const more = names.length > named ? ` and ${names.length - named} more` : ''
  const which =
    names.length === 0
      ? 'identity.key is pod'
      : `these have keys of their own: ${names.slice(0, named).join(', ')}${more}`
  const what = `the root can't be replaced while pods have keys of their own, for which kubelets ask in their own time; ${which}`
  const first = isOn ? '`mesh upgrade --set identity.key=agent`, then ' : ''
  const remedy = `${first}make such pods anew (kubectl rollout restart) and call it again; afterwards \`mesh upgrade --set identity.key=pod\``
  throw new Failure(commandFailed({}, { what, remedy }))
}

async function rotate(rotation: Rotation): Promise<ExitCode> {
  let authority = await rotation.read()
  say(
    authority.state === 'none'
      ? `the root ${authority.root} is to be replaced`
      : `a rotation is under way: ${reached(authority.state)}`,
  )
  for (let hasBegun = false; ; hasBegun = true) {
    await accepted(rotation, authority)
    if (authority.state === 'none' && hasBegun) break
    const { what } = rotationSteps[authority.state]
    if (await advanceRotation(rotation.client, authority, rotation.trustDomain).catch(asFailure)) say(what)
    authority = await rotation.read()
  }
  say(`the root is ${authority.root} now, for every proxy`)
  return 0
}

/** What would be done from here on. */
async function plan(rotation: Rotation): Promise<ExitCode> {
  const { state, root, fingerprint } = await rotation.read()
  const steps: string[] = []
  for (let at = state; steps.length === 0 || at !== 'none'; at = rotationSteps[at].to)
    steps.push(rotationSteps[at].what)
  const waiting = await laggards(rotation, fingerprint)
  process.stdout.write(
    [
      `the root that signs is ${root}`,
      ...(state === 'none' ? [] : [`a rotation is under way: ${reached(state)}`]),
      ...(waiting.length === 0 ? [] : [`before anything is changed, ${waitingFor(waiting)}`]),
      ...steps.map((what, index) => `${index + 1}. ${what}`),
      `each step has to be accepted by ${counted(rotation.seen.size, 'proxy', 'proxies')}; nothing was changed`,
      '',
    ].join('\n'),
  )
  return 0
}

function reached(state: RotationState): string {
  return Object.values(rotationSteps).find(({ to }) => to === state)!.what
}

/** Resolves once every replica has this authority, and every proxy has accepted it. */
async function accepted(rotation: Rotation, { fingerprint }: OwnAuthority): Promise<void> {
  const deadline = performance.now() + rotation.waitMs
  for (let said = ''; ; ) {
    const waiting = await laggards(rotation, fingerprint)
    if (waiting.length === 0) {
      say(`accepted by ${counted(rotation.seen.size, 'proxy', 'proxies')}`)
      return
    }
    const line = waitingFor(waiting)
    if (performance.now() > deadline) {
      const remedy =
        'look at them (`mesh proxies --cluster`), or delete their pods, and machines that are gone (`mesh join-token delete`); then call it again: it goes on from here'
      throw new Failure(commandFailed({}, { what: `the root is not replaced yet: ${line}`, remedy }))
    }
    if (line !== said) say(line)
    said = line
    await sleep(everyMs)
  }
}

function waitingFor(waiting: readonly string[]): string {
  const more = waiting.length > named ? ` and ${waiting.length - named} more` : ''
  return `waiting for ${waiting.slice(0, named).join(', ')}${more}`
}

/** Whoever has not accepted what is there: replicas that have not read it, proxies that are behind, or away. */
async function laggards({ client, namespace, agent, seen }: Rotation, fingerprint: string): Promise<string[]> {
  // From the API server's memory: it is asked often, and a moment more or less is no matter.
  const pods = (await listOf(client, '/api/v1/pods?resourceVersion=0')) as PodObject[]
  let replicas: { readonly replica: string; readonly answer: IdentitiesReport }[]
  try {
    replicas = await agent.askAll<IdentitiesReport>(inspectPaths.identities)
  } catch (error) {
    if (!(error instanceof AgentUnreachable)) throw error
    // One that starts or ends answers soon, or is no replica any more.
    if (seen.size > 0) return [error.message]
    throw new Failure(agentUnreachable({}, { reason: error.message }))
  }
  const behind = replicas.filter(({ answer }) => answer.fingerprint !== fingerprint).map(({ replica }) => replica)
  const identities = replicas.flatMap(({ answer }) => answer.identities)
  const connected = new Map<string, boolean>()
  for (const { proxy, namespace: own, accepted: isAccepted } of identities) {
    const key = `${proxy}.${own}`
    connected.set(key, isAccepted && connected.get(key) !== false)
  }
  const expected = [...expectedPods(pods, seen), ...(await expectedMachines({ client, namespace }))]
  seen.clear()
  for (const key of [...connected.keys(), ...expected]) seen.add(key)
  const open = [...seen].sort().filter(key => connected.get(key) !== true)
  return [...behind, ...open.map(key => (connected.has(key) ? key : `${key} (not connected)`))]
}

function expectedPods(pods: readonly PodObject[], seen: ReadonlySet<string>): string[] {
  const running = pods.filter(
    ({ metadata, status }) => status?.phase === 'Running' && metadata.deletionTimestamp === undefined,
  )
  const keyOf = ({ metadata }: PodObject) => `${metadata.name}.${metadata.namespace}`
  return running.filter(pod => hasSidecar(pod) || seen.has(keyOf(pod))).map(keyOf)
}

/** Machines may be without a network for days, and come back by what they have: with the old root alone they could not. */
async function expectedMachines({ client, namespace }: Pick<Rotation, 'client' | 'namespace'>): Promise<string[]> {
  const { byNode } = await listMachines(client, namespace)
  const joined = [...byNode.values()].flatMap(({ machine }) => (mayComeBack(machine) ? machine : []))
  return joined.map(({ name = '', namespace: own }) => `${machineNode(name)}.${own}`)
}

function waitOf(text: string): number {
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000
  const problem = `can't be ${text}`
  throw new Failure(optionInvalid({}, { option: '--wait', problem, remedy: 'write a number of seconds' }))
}

function asFailure(error: Error): never {
  if (!(error instanceof RotationRefused || error instanceof AuthorityUnusable)) throw error
  const remedy =
    error instanceof RotationRefused
      ? 'an authority that others make is replaced by them: docs/security.md has the steps'
      : 'mend that first: agents go on with what they have read before'
  throw new Failure(commandFailed({}, { what: error.message, remedy }))
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
