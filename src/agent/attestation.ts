/**
 * Who calls: the pod or the machine that its token proves it to be, never what it says of itself.
 */
import type { ClusterClient } from '../cluster/client.ts'
import {
  assertAccount,
  assertAddress,
  changeMachines,
  isMachineNode,
  type Machine,
  MachineRefused,
  type Machines,
  machineOf,
  see,
} from '../cluster/machines.ts'
import { hasSidecar, type PodObject } from '../cluster/objects.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import { TokenVerifier } from '../cluster/token-verifier.ts'
import type { SpiffeId } from '../identity/spiffe-id.ts'
import type { XdsNode } from '../xds/node.ts'
import type { Verdict } from '../xds/server.ts'

export interface AttestationOptions {
  readonly client: ClusterClient
  /** Where the Secret of machines is. */
  readonly systemNamespace: string
  readonly audience: string
  readonly domain: string
  /** What the cluster has now, by `namespace/name`. */
  readonly pods: () => ReadonlyMap<string, PodObject>
  readonly accounts: () => ReadonlyMap<string, ApiObject>
  readonly machines: () => Machines
  /** Is this pod, by `namespace/name`, among what is served? */
  readonly isServed: (key: string) => boolean
  readonly onError: (what: string, error: Error) => void
}

/** What a caller shows, whatever he says of himself. */
interface Shown {
  readonly token: string | undefined
  /** Where the stream comes from. */
  readonly remote: string
}

export class Attestation {
  readonly #options: AttestationOptions
  readonly #verifier: TokenVerifier
  /** By machine's id: why it could not be noted down, as it was told last. */
  readonly #told = new Map<string, string>()

  constructor(options: AttestationOptions) {
    this.#options = options
    this.#verifier = new TokenVerifier(options.client, options.audience)
  }

  /** Before anybody calls: what tokens are judged by. */
  async prepare(): Promise<void> {
    await this.#verifier.learnKeys()
  }

  /** The token says which pod calls, and the node's name may not say otherwise. */
  async authenticate({ token, remote }: Shown, node: XdsNode): Promise<Verdict> {
    if (isMachineNode(node.name)) return this.#authenticateMachine({ token, remote }, node)
    const { identity, refuse } = await this.#verifier.verify(token)
    if (identity === undefined) return { refuse }
    const { namespace, pod, serviceAccount, expiresAt } = identity
    if (namespace !== node.namespace || pod.name !== node.name)
      return { refuse: `the token is that of pod ${namespace}/${pod.name}, not of ${node.namespace}/${node.name}` }
    const { pods, accounts, isServed } = this.#options
    const key = `${namespace}/${pod.name}`
    const known = await soon(() => withUid(pods().get(key), pod.uid))
    if (known === undefined) return { refuse: `there is no pod ${key} with this uid` }
    const { name, uid } = serviceAccount
    if ((known.spec?.serviceAccountName ?? 'default') !== name)
      return { refuse: `the pod runs as another account than ${name}` }
    // A token outlives its account by hours, and a new account of that name is another one.
    if ((await soon(() => withUid(accounts().get(`${namespace}/${name}`), uid))) === undefined)
      return { refuse: `there is no service account ${namespace}/${name} with this uid` }
    const mismatch = mismatchOf(known, node)
    if (mismatch !== undefined) return { refuse: mismatch }
    // Changes are gathered: whoever comes meanwhile is not to be taken for a pod without labels.
    await soon(() => isServed(key) || undefined)
    return { expiresAt }
  }

  /** As a pod's: the token says which machine calls; where it is bound to an address, it is good from there alone. */
  async #authenticateMachine({ token = '', remote }: Shown, node: XdsNode): Promise<Verdict> {
    const machines = this.#options.machines()
    const found = machineOf(machines, token)
    if (found === undefined) return { refuse: 'the token is no machine’s, or has expired' }
    const { id, machine, credential } = found
    const isItself = machines.byNode.get(`${node.namespace}/${node.name}`)?.id === id
    if (!isItself || node.kind !== 'sidecar' || node.ip !== machine.ip)
      return { refuse: `the token is that of machine ${machine.namespace}/${machine.name} at ${machine.ip}` }
    try {
      assertAddress(machine, remote)
      assertAccount(machine, key => this.accountUid(key))
      if (machine.invitation.isSeen === false) await this.#see(token)
    } catch (error) {
      if (error instanceof MachineRefused) return { refuse: error.message }
      this.#tell(id, machine, error as Error)
      return { refuse: 'the control plane could not note it down now' }
    }
    this.#told.delete(id)
    return { expiresAt: credential.expiresAt }
  }

  /** Noted down before anything is served: from then on nobody takes the machine's place by its invitation. */
  async #see(token: string): Promise<void> {
    const { client, systemNamespace } = this.#options
    await changeMachines(client, systemNamespace, entries => see(entries, token))
  }

  /** A proxy that is refused comes again every few seconds: what is the same as before is not told again. */
  #tell(id: string, { namespace, name }: Machine, error: Error): void {
    if (this.#told.get(id) === error.message) return
    this.#told.set(id, error.message)
    this.#options.onError(`machine ${namespace}/${name} is refused, for it can't be noted down that it has come`, error)
  }

  /** By `namespace/name`: undefined where there is no such account. */
  accountUid(key: string): string | undefined {
    return this.#options.accounts().get(key)?.metadata.uid
  }

  /** Of the pod or machine that the token was found to be of. */
  identityOf({ namespace, name }: XdsNode): SpiffeId | undefined {
    const { domain: trustDomain, machines, pods } = this.#options
    const machine = machines().byNode.get(`${namespace}/${name}`)?.machine
    if (machine !== undefined) return { trustDomain, namespace, serviceAccount: machine.serviceAccount }
    const pod = pods().get(`${namespace}/${name}`)
    if (pod === undefined) return undefined
    return { trustDomain, namespace, serviceAccount: pod.spec?.serviceAccountName ?? 'default' }
  }
}

/** What a node says of itself besides its name, and its pod does not confirm. */
function mismatchOf(pod: PodObject, { kind, ip }: XdsNode): string | undefined {
  const { metadata, status } = pod
  const name = `${metadata.namespace}/${metadata.name}`
  if (hasSidecar(pod) && kind !== 'sidecar') return `pod ${name} has a sidecar, and calls itself a ${kind}`
  // The kubelet may not have said yet which it has.
  const all = [...(status?.podIPs ?? []).map(each => each.ip), ...(status?.podIP === undefined ? [] : [status.podIP])]
  const ips = [...new Set(all)]
  return ips.length === 0 || ips.includes(ip) ? undefined : `pod ${name} is at ${ips.join(' and ')}, not at ${ip}`
}

function withUid<Item extends ApiObject>(object: Item | undefined, uid: string): Item | undefined {
  return object?.metadata.uid === uid ? object : undefined
}

/** How long a token's objects may take to be told of, and how often they are looked for, ms. */
const [soonMs, lookMs] = [2_000, 20]

/** A token may be here before the watch has told of what it names. */
async function soon<Found>(find: () => Found | undefined): Promise<Found | undefined> {
  for (const until = performance.now() + soonMs; ; ) {
    const found = find()
    if (found !== undefined || performance.now() > until) return found
    await new Promise(resolve => setTimeout(resolve, lookMs))
  }
}
