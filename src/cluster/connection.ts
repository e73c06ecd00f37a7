/**
 * Where a cluster is and who we are there: by kubeconfig as kubectl reads it, or as a pod of the cluster itself.
 *
 * The one file that imports @kubernetes/client-node: its objects drop fields that they do not know and its watches have
 * stopped in silence, so that only its reading of credentials (files, exec plugins, OIDC) is used.
 */
import { Agent, type RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import { noCluster } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { compact } from '../util/compact.ts'

export interface ConnectOptions {
  /** Path of a kubeconfig. Default: KUBECONFIG, `~/.kube/config`, the pod's own account, in this order. */
  readonly kubeconfig?: string
  /** Default: the kubeconfig's current one. */
  readonly context?: string
}

/** A cluster that can be asked. */
export interface Connection {
  readonly server: URL
  /** Name of the context, for people. */
  readonly context: string
  /** The context's namespace, `default` where it names none. */
  readonly namespace: string
  /** Does the context name it? */
  readonly hasNamespace: boolean
  /** Credentials as they are now: they may be renewed from call to call. */
  readonly credentials: () => Promise<RequestOptions>
}

/** @throws Failure where no cluster is configured, or the context does not exist */
export function connect({ kubeconfig, context }: ConnectOptions = {}): Connection {
  const config = new KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
  } catch (error) {
    throw new Failure(noCluster({}, { reason: messageOf(error) }))
  }
  // client-node makes up a server on this machine where it finds no file.
  if (kubeconfig === undefined && config.getCurrentCluster()?.server === 'http://localhost:8080')
    throw new Failure(
      noCluster({}, { reason: 'there is no kubeconfig: KUBECONFIG is not set, and ~/.kube/config does not exist' }),
    )
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name)
    if (!names.includes(context))
      throw new Failure(noCluster({}, { reason: `there is no context ${context}, but ${names.join(', ')}` }))
    config.setCurrentContext(context)
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Failure(noCluster({}, { reason: 'no context is chosen' }))
  const current = config.getContextObject(config.getCurrentContext())
  return {
    server: new URL(cluster.server),
    context: config.getCurrentContext(),
    namespace: current?.namespace ?? 'default',
    hasNamespace: current?.namespace !== undefined,
    credentials: () => credentialsOf(config),
  }
}

/** Agents by what they were made of: connections are kept as long as the credentials of TLS stay the same. */
const agents = new Map<string, Agent>()
/** Clusters and certificates come and go: so many agents are kept. */
const keptAgents = 16

async function credentialsOf(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    throw new Failure(noCluster({}, { reason: `the credentials can't be had: ${messageOf(error)}` }))
  }
  const { ca, cert, key, servername, rejectUnauthorized, headers, auth } = options
  const tls = { ca, cert, key, servername, rejectUnauthorized }
  const name = JSON.stringify(tls)
  const agent = agents.get(name) ?? new Agent({ ...compact(tls), keepAlive: true, timeout: 0 })
  agents.delete(name)
  agents.set(name, agent)
  const oldest = agents.keys().next().value
  if (agents.size > keptAgents && oldest !== undefined) agents.delete(oldest)
  return { agent, ...compact({ headers, auth }) }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
