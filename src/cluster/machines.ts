/**
 * Machines outside of Kubernetes that are part of the mesh, and who may become one: entries of one Secret, which hold
 * hashes and no token.
 *
 * Everything that decides is a function of the entries; who writes them compares and swaps the Secret as a whole.
 */
import { isIP } from 'node:net'
import { isSecretOf, newToken, newTokenId, parseToken } from '../identity/machine-token.ts'
import { isObject } from '../util/is-object.ts'
import { isApiError } from './api-error.ts'
import { secretData } from './authority-secret.ts'
import type { ClusterClient } from './client.ts'
import type { ApiObject } from './reflector.ts'

export const machinesSecret = 'mesh-machines'

/** A hash, and until when what it is of is good, in ms since 1970. */
interface Kept {
  readonly hash: string
  readonly expiresAt: number
}

export interface Machine {
  readonly namespace: string
  readonly serviceAccount: string
  /** A new account of that name is another one. */
  readonly accountUid: string
  /** Whoever joins or calls from elsewhere is refused. Absent: from anywhere. */
  readonly address?: string
  /**
   * How it may join. It stays when it has been used, so that whoever uses it again is told so. `isSeen` is false from then on
   * until what the machine was given is shown for the first time: the answer may have been lost, and who asks again under the
   * same name is answered again. Absent: seen.
   */
  readonly invitation: Kept & { readonly isUsed: boolean; readonly isSeen?: boolean }
  /** Once it has joined: its name and its own address, as its node id has them. */
  readonly name?: string
  readonly ip?: string
  /** What it shows now, and what it showed before, until that expires. */
  readonly credentials: readonly Kept[]
}

/** The entries, by id and by `namespace/name` of the proxy's node. */
export interface Machines {
  readonly byId: ReadonlyMap<string, Machine>
  readonly byNode: ReadonlyMap<string, { readonly id: string; readonly machine: Machine }>
}

export const noMachines: Machines = { byId: new Map(), byNode: new Map() }

/** A machine is not let in, for the reason that the message gives. */
export class MachineRefused extends Error {
  override readonly name = 'MachineRefused'
}

/** The mesh does not know the machine any more, and never will by what it shows. */
export class MachineGone extends MachineRefused {}

/** The account that a machine is to run as is gone. */
export class AccountGone extends MachineGone {
  readonly account: Pick<Machine, 'namespace' | 'serviceAccount'>

  constructor(account: Pick<Machine, 'namespace' | 'serviceAccount'>) {
    const { namespace, serviceAccount } = account
    super(`service account ${namespace}/${serviceAccount} is gone, or another one than the token is for`)
    this.account = account
  }
}

/** No pod can be called so: names of theirs have no underscore. */
const nodePrefix = 'machine_'
/** Life of what a machine shows, ms: so long it may be without a network or switched off. */
export const credentialMs = 7 * 86_400_000
const nameForm = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
/** Tries of a write that others are quicker than. */
const writes = 10

export function isMachineNode(name: string): boolean {
  return name.startsWith(nodePrefix)
}

/** How a machine's proxy is called. */
export function machineNode(name: string): string {
  return `${nodePrefix}${name}`
}

/** Entries of the Secret; one that can't be read lets nobody in. */
export function readMachines(secret: unknown): Machines {
  const entries = Object.entries(secretData(secret)).flatMap(([id, text]) => {
    const machine = parseEntry(text)
    return machine === undefined ? [] : [[id, machine] as const]
  })
  const joined = entries.flatMap(([id, machine]) =>
    machine.name === undefined ? [] : [[`${machine.namespace}/${machineNode(machine.name)}`, { id, machine }] as const],
  )
  return { byId: new Map(entries), byNode: new Map(joined) }
}

/** May a machine that has joined come back by what it shows? */
export function mayComeBack({ credentials }: Machine, now = Date.now()): boolean {
  return credentials.some(({ expiresAt }) => expiresAt > now)
}

/** Whose token this is, and until when it is good; undefined where it is nobody's, or has expired. */
export function machineOf(
  { byId }: Pick<Machines, 'byId'>,
  token: string | undefined,
  now = Date.now(),
): { readonly id: string; readonly machine: Machine; readonly credential: Kept } | undefined {
  const { id, secret } = parseToken('machine', token ?? '') ?? {}
  const machine = id === undefined ? undefined : byId.get(id)
  if (id === undefined || secret === undefined || machine === undefined) return undefined
  const credential = machine.credentials.find(({ hash, expiresAt }) => isSecretOf(hash, secret) && expiresAt > now)
  return credential === undefined ? undefined : { id, machine, credential }
}

/** Is this a token by which somebody may join? It is looked at as the watch has told of it. */
export function isInvitation({ byId }: Machines, token: string): boolean {
  const { id, secret } = parseToken('join', token) ?? {}
  const { invitation } = (id === undefined ? undefined : byId.get(id)) ?? {}
  return invitation !== undefined && !isOver(invitation) && isSecretOf(invitation.hash, secret ?? '')
}

/** Has a machine joined by it, and shown that it has its answer? */
function isOver({ isUsed, isSeen }: Machine['invitation']): boolean {
  return isUsed && isSeen !== false
}

export interface Invitation extends Pick<Machine, 'namespace' | 'serviceAccount' | 'accountUid' | 'address'> {
  readonly ttlMs: number
}

/** Adds an entry. @returns the token that lets one machine in, which is kept nowhere */
export function invite(entries: Map<string, Machine>, { ttlMs, ...bound }: Invitation): { id: string; token: string } {
  const id = newTokenId()
  const { token, hash } = newToken('join', id)
  const expiresAt = Date.now() + ttlMs
  entries.set(id, { ...bound, invitation: { hash, expiresAt, isUsed: false }, credentials: [] })
  return { id, token }
}

export interface Joining {
  readonly token: string
  readonly name: string
  readonly ip: string
  /** Where the request comes from. */
  readonly remote: string
  /** Uid of an account, by `namespace/name`; undefined where there is none. */
  readonly accountUid: (key: string) => string | undefined
}

/**
 * Lets a machine in by its one-time token. As long as it has shown nothing of what it was given, the same name gets another
 * answer, and what the earlier one said is good no more: never are two machines in by one token.
 *
 * @throws MachineRefused where the token is wrong, used, expired or for somebody else
 */
export function join(entries: Map<string, Machine>, joining: Joining): { machine: Machine; token: string } {
  const { id, secret } = parseToken('join', joining.token) ?? {}
  const entry = id === undefined ? undefined : entries.get(id)
  // Unknown and wrong are one answer, and told nothing about.
  if (id === undefined || entry === undefined || !isSecretOf(entry.invitation.hash, secret ?? ''))
    throw new MachineRefused('the token is not known')
  const { name } = joining
  if (isOver(entry.invitation) || (entry.invitation.isUsed && entry.name !== name))
    throw new MachineRefused('the token was used already: it is good for one machine')
  if (entry.invitation.expiresAt <= Date.now()) throw new MachineRefused('the token has expired')
  assertAddress(entry, joining.remote)
  assertAccount(entry, joining.accountUid)
  if (!nameForm.test(name)) throw new MachineRefused('the name has to be a DNS label: small letters, digits and dashes')
  const ip = entry.address ?? joining.ip
  if (isIP(ip) === 0) throw new MachineRefused('the address is none')
  const isTaken = [...entries].some(
    ([key, other]) => key !== id && other.name === name && other.namespace === entry.namespace,
  )
  if (isTaken) throw new MachineRefused(`there is a machine ${name} in ${entry.namespace} already`)
  const invitation = { ...entry.invitation, isUsed: true, isSeen: false }
  return withCredential(entries, id, { ...entry, name, ip, invitation, credentials: [] })
}

/**
 * Notes down that a machine has shown what it was given: from now on nobody joins by its invitation.
 *
 * @throws MachineGone where that is not good any more
 */
export function see(entries: Map<string, Machine>, token: string): void {
  const { id, machine } = machineOf({ byId: entries }, token) ?? {}
  if (id === undefined || machine === undefined) throw new MachineGone('the machine is not known any more')
  entries.set(id, { ...machine, invitation: { ...machine.invitation, isSeen: true } })
}

/** Gives a machine another token; the one that it shows is good until it expires. */
export function renew(entries: Map<string, Machine>, id: string): { machine: Machine; token: string } {
  const machine = entries.get(id)
  if (machine === undefined) throw new MachineGone('the machine is not known any more')
  return withCredential(entries, id, machine)
}

/** @throws MachineRefused where the machine may not call from there */
export function assertAddress({ address }: Machine, remote: string): void {
  if (address !== undefined && address !== remote)
    throw new MachineRefused(`the token is for ${address}, and this comes from ${remote}`)
}

/** @throws AccountGone where its account is gone: one of the same name is another one */
export function assertAccount(machine: Machine, accountUid: Joining['accountUid']): void {
  const { namespace, serviceAccount } = machine
  if (accountUid(`${namespace}/${serviceAccount}`) !== machine.accountUid)
    throw new AccountGone({ namespace, serviceAccount })
}

function withCredential(entries: Map<string, Machine>, id: string, machine: Machine) {
  const { token, hash } = newToken('machine', id)
  const now = Date.now()
  const [latest] = machine.credentials.filter(({ expiresAt }) => expiresAt > now)
  const credentials = [{ hash, expiresAt: now + credentialMs }, ...(latest === undefined ? [] : [latest])]
  const renewed = { ...machine, credentials }
  entries.set(id, renewed)
  return { machine: renewed, token }
}

/**
 * Changes the entries in the cluster; where somebody else is quicker, once more from what is there then.
 *
 * @throws whatever `change` throws: then nothing is written
 */
export async function changeMachines<Result>(
  client: ClusterClient,
  namespace: string,
  change: (entries: Map<string, Machine>) => Result,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const secret = await readSecret(client, namespace)
    const entries = new Map(readMachines(secret).byId)
    const result = change(entries)
    try {
      await writeSecret(client, namespace, { secret, entries })
      return result
    } catch (error) {
      if (!isApiError(error, 409) || attempt === writes) throw error
    }
  }
}

/** The entries as they lie in the cluster now. */
export async function listMachines(client: ClusterClient, namespace: string): Promise<Machines> {
  return readMachines(await readSecret(client, namespace))
}

function readSecret(client: ClusterClient, namespace: string): Promise<ApiObject | undefined> {
  return client.find(`/api/v1/namespaces/${namespace}/secrets/${machinesSecret}`)
}

async function writeSecret(
  client: ClusterClient,
  namespace: string,
  { secret, entries }: { readonly secret: ApiObject | undefined; readonly entries: ReadonlyMap<string, Machine> },
): Promise<void> {
  const kept = [...entries].filter(([, machine]) => isAlive(machine))
  // What another version has written is left as it is.
  const unread = Object.entries(secretData(secret)).filter(([, text]) => parseEntry(text) === undefined)
  const texts = [...unread, ...kept.map(([id, machine]) => [id, JSON.stringify(machine)] as const)]
  const data = Object.fromEntries(texts.map(([id, text]) => [id, Buffer.from(text).toString('base64')]))
  const path = `/api/v1/namespaces/${namespace}/secrets`
  const metadata = { name: machinesSecret, namespace, labels: { 'app.kubernetes.io/part-of': 'meshwright' } }
  if (secret !== undefined) await client.call('PUT', `${path}/${machinesSecret}`, { body: { ...secret, data } })
  else await client.call('POST', path, { body: { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data } })
}

/** What nobody can use any more is forgotten, a day after: until then whoever tries is told why. */
function isAlive({ invitation, credentials }: Machine): boolean {
  const ends = [...(invitation.isUsed ? [] : [invitation.expiresAt]), ...credentials.map(({ expiresAt }) => expiresAt)]
  return Math.max(...ends) > Date.now() - 86_400_000
}

function parseEntry(text: string): Machine | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value) || !isObject(value['invitation']) || !Array.isArray(value['credentials'])) return undefined
    const isWhole = ['namespace', 'serviceAccount', 'accountUid'].every(field => typeof value[field] === 'string')
    const kept = [value['invitation'], ...value['credentials']]
    const isKept = kept.every(
      item => isObject(item) && typeof item['hash'] === 'string' && Number.isFinite(item['expiresAt']),
    )
    return isWhole && isKept ? (value as unknown as Machine) : undefined
  } catch {
    return undefined
  }
}
