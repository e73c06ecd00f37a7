import { isIP } from 'node:net'
import { isApiError } from '../cluster/api-error.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { agentName, xdsPort } from '../cluster/install/values.ts'
import { changeMachines, invite, listMachines, type Machine } from '../cluster/machines.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import { commandFailed, objectMissing, optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { type ClusterFlags, clusterOf } from './cluster-flags.ts'
import type { ExitCode } from './main.ts'
import { installedValues } from './run-install.ts'
import { textTable } from './text-table.ts'

/** Options of all of `mesh join-token`. */
export interface JoinTokenFlags extends Pick<ClusterFlags, 'kubeconfig' | 'context'> {
  readonly systemNamespace: string
}

/** The options of `mesh join-token create` as they are typed. */
export interface InviteFlags extends JoinTokenFlags {
  readonly serviceAccount: string
  readonly ttl: string
  readonly address?: string
  readonly agent?: string
}

const units: Readonly<{ [unit: string]: number }> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Longer than this nobody's invitation lies about, ms. */
const longestMs = 7 * 86_400_000

/**
 * Lets one machine in: prints the command line to type there.
 *
 * @throws Failure where there is no such account, or no installation
 */
export async function runInvite(flags: InviteFlags): Promise<ExitCode> {
  const [serviceNamespace = '', serviceAccount = '', ...more] = flags.serviceAccount.split('/')
  if (serviceNamespace === '' || serviceAccount === '' || more.length > 0)
    throw invalid('--service-account', `can't be ${flags.serviceAccount}`, 'write NAMESPACE/NAME')
  const ttlMs = ttlOf(flags.ttl)
  const { address } = flags
  if (address !== undefined && isIP(address) === 0)
    throw invalid('--address', `can't be ${address}`, 'write an IP address')
  const { client } = clusterOf(flags)
  await installedValues(client, flags.systemNamespace)
  const accountUid = await uidOf(client, serviceNamespace, serviceAccount)
  const agent = flags.agent ?? (await loadBalancer(client, flags.systemNamespace))
  const bound = { namespace: serviceNamespace, serviceAccount, accountUid, ttlMs }
  const { id, token } = await changeMachines(client, flags.systemNamespace, entries =>
    invite(entries, address === undefined ? bound : { ...bound, address }),
  )
  process.stdout.write(`mesh join --agent ${agent ?? `HOST:${xdsPort}`} --token ${token} --ca ca.pem\n`)
  const until = new Date(Date.now() + ttlMs).toISOString().slice(0, 19)
  say(`good for one machine until ${until}Z; \`mesh join-token delete ${id}\` takes it back`)
  say('ca.pem is what `mesh identity --cluster --roots` prints')
  if (agent === undefined)
    say(`HOST is where the machine reaches port ${xdsPort} of Service ${agentName}, which has no load balancer`)
  return 0
}

/** Prints who has joined and who may. */
export async function runList(flags: JoinTokenFlags): Promise<ExitCode> {
  const { client } = clusterOf(flags)
  const { byId } = await listMachines(client, flags.systemNamespace)
  const rows = [...byId].map(([id, machine]) => [
    id,
    `${machine.namespace}/${machine.serviceAccount}`,
    machine.name ?? '–',
    machine.ip ?? machine.address ?? '–',
    stateOf(machine),
  ])
  process.stdout.write(textTable([['ID', 'ACCOUNT', 'MACHINE', 'ADDRESS', 'STATE'], ...rows]))
  return 0
}

/** @throws Failure where there is no such entry */
export async function runDelete(id: string, flags: JoinTokenFlags): Promise<ExitCode> {
  const { client } = clusterOf(flags)
  const isThere = await changeMachines(client, flags.systemNamespace, entries => entries.delete(id))
  if (isThere) return 0
  const what = `there is no token or machine ${id}`
  throw new Failure(commandFailed({}, { what, remedy: '`mesh join-token list` shows what there is' }))
}

function stateOf({ invitation, credentials }: Machine): string {
  const ends = invitation.isUsed ? Math.max(0, ...credentials.map(({ expiresAt }) => expiresAt)) : invitation.expiresAt
  const time = new Date(ends).toISOString().slice(0, 19)
  if (ends <= Date.now()) return `expired ${time}Z`
  const { isUsed, isSeen = true } = invitation
  const state = isUsed ? (isSeen ? 'joined' : 'joined, not seen yet') : 'open'
  return `${state}, until ${time}Z`
}

function ttlOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (units[unit ?? ''] ?? Number.NaN)
  if (ms > 0 && ms <= longestMs) return ms
  throw invalid('--ttl', `can't be ${text}`, 'write a time of seven days at most: 90s, 30m, 1h, 2d')
}

function invalid(option: string, problem: string, remedy: string): Failure {
  return new Failure(optionInvalid({}, { option, problem, remedy }))
}

async function uidOf(client: ClusterClient, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}`
  try {
    return ((await client.call('GET', path)) as ApiObject).metadata.uid ?? ''
  } catch (error) {
    if (!isApiError(error, 404)) throw error
    throw new Failure(objectMissing({}, { kind: 'serviceaccount', name, namespace }))
  }
}

async function loadBalancer(client: ClusterClient, namespace: string): Promise<string | undefined> {
  const service = (await client.call('GET', `/api/v1/namespaces/${namespace}/services/${agentName}`)) as ApiObject & {
    readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { ip?: string; hostname?: string }[] } }
  }
  const [first] = service.status?.loadBalancer?.ingress ?? []
  const host = first?.hostname ?? first?.ip
  return host === undefined ? undefined : `${host.includes(':') ? `[${host}]` : host}:${xdsPort}`
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
