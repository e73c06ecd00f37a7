/** Agents of the sources, against a real API server, with the rights that an installation gives them and no others. */
import { ClusterAgent } from '../../src/agent/cluster-agent.ts'
import { applyAll } from '../../src/cluster/apply.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { manifests } from '../../src/cluster/install/manifests.ts'
import { agentName, type InstallValues, profiles } from '../../src/cluster/install/values.ts'
import type { XdsEvent } from '../../src/xds/events.ts'
import { freePort } from '../support/free-ports.ts'
import { type ApiServer, machineAddress } from './api-server.ts'
import { accountToken } from './objects.ts'

export const values: InstallValues = profiles['minimal']!
export const system = values.namespace

/** Everything that `mesh install` applies. Nothing of it runs here. */
export async function install(admin: ClusterClient, own = values): Promise<void> {
  const entries = await applyAll(admin, manifests(own), { namespace: system, fieldManager: 'test', force: true })
  const failed = entries.find(({ action }) => action === 'failed')
  if (failed !== undefined) throw failed.error ?? new Error(`${failed.resource.kind} failed`)
}

/** Path of a kubeconfig of the agent's own account. */
export async function agentKubeconfig(api: ApiServer, admin: ClusterClient, url = api.url): Promise<string> {
  return api.kubeconfig({ url, token: await accountToken(admin, system, agentName) })
}

export interface RunningAgent extends AsyncDisposable {
  readonly agent: ClusterAgent
  readonly ports: { readonly xds: number; readonly webhook: number; readonly health: number }
  /** What it has logged: level and line. */
  readonly lines: readonly string[]
  readonly events: readonly XdsEvent[]
}

/** Starts one; resolves once it is ready. */
export async function startAgent(
  api: ApiServer,
  admin: ClusterClient,
  options: {
    readonly identity?: string
    readonly url?: string
    readonly lines?: string[]
    readonly values?: InstallValues
    readonly healthPort?: number
  } = {},
): Promise<RunningAgent> {
  const { identity = 'agent-1', url = api.url, lines = [], values: own = values } = options
  const events: XdsEvent[] = []
  const ports = { xds: await freePort(), webhook: await freePort(), health: options.healthPort ?? (await freePort()) }
  const token = await accountToken(admin, system, agentName)
  const agent = await ClusterAgent.start({
    client: api.client({ url, token }),
    values: own,
    identity,
    log: (level, line) => lines.push(`${level} ${line}`),
    onEvent: event => events.push(event),
    ports,
  })
  return { agent, ports, lines, events, [Symbol.asyncDispose]: () => agent.close() }
}

/** Says of a pod that it runs on this machine. */
export function isRunning(admin: ClusterClient, namespace: string, name: string): Promise<unknown> {
  return admin.call('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
    contentType: 'application/merge-patch+json',
    body: { status: { phase: 'Running', podIP: machineAddress, podIPs: [{ ip: machineAddress }] } },
  })
}

/** Makes the pod of the API server's through which people ask an agent that runs here. */
export async function showReplica(
  admin: ClusterClient,
  identity: string,
  { ports }: Pick<RunningAgent, 'ports'>,
): Promise<void> {
  const open = [{ name: 'https-webhook', containerPort: ports.webhook }]
  const body = {
    metadata: { name: identity, labels: { app: agentName } },
    spec: { serviceAccountName: agentName, containers: [{ name: 'agent', image: 'agent', ports: open }] },
  }
  await admin.call('POST', `/api/v1/namespaces/${system}/pods`, { body })
  await isRunning(admin, system, identity)
}

/** Where the API server finds the webhooks: at this port of this machine, in place of pods that a cluster would run. */
export async function leadWebhooksTo(admin: ClusterClient, port: number | undefined): Promise<void> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${system}/endpointslices`
  await admin.call('DELETE', `${path}/${agentName}`).catch(() => {})
  if (port === undefined) return
  const metadata = { name: agentName, labels: { 'kubernetes.io/service-name': agentName } }
  const endpoints = [{ addresses: [machineAddress], conditions: { ready: true } }]
  const ports = [{ name: 'https-webhook', port, protocol: 'TCP' }]
  await admin.call('POST', path, { body: { kind: 'EndpointSlice', metadata, addressType: 'IPv4', endpoints, ports } })
}
