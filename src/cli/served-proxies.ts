import type { ClusterClient } from '../cluster/client.ts'
import { isOwnGateway, type Served, servedBy } from '../cluster/install/existing.ts'
import { commandFailed } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { counted } from '../util/counted.ts'

/** What is about to be done to whoever is served. */
export interface Leaving {
  /** Namespace of the installation. */
  readonly namespace: string
  /** Does its gateway count as served? Not where the gateway itself is what shall go. */
  readonly hasGateway: boolean
  /** What comes of it. @param within when certificates end */
  readonly whatFollows: (within: string) => string
  readonly remedy: string
}

/**
 * Proxies that nobody serves any more look well until their certificates end, hours later and all at once: no single command
 * should lead there unseen.
 *
 * @returns what is to be said of it; undefined where nobody is served
 */
export async function whoIsLeft(client: ClusterClient, leaving: Leaving): Promise<string | undefined> {
  const { namespace, hasGateway, whatFollows } = leaving
  const { pods: all, machines, ttlSeconds } = await servedBy(client, namespace)
  const pods = hasGateway ? all : all.filter(({ metadata }) => !isOwnGateway(metadata, namespace))
  if (pods.length + machines.length === 0) return undefined
  const proxies = counted(pods.length + machines.length, 'proxy', 'proxies')
  // They were given out under the values that are installed, not under those that come.
  const within = ttlSeconds === undefined ? 'some time' : counted(Math.ceil(ttlSeconds / 3600), 'hour')
  return `the installation in ${namespace} serves ${proxies}, ${placesOf({ pods, machines })}: ${whatFollows(`within ${within}`)}`
}

/** @throws Failure where somebody is served */
export async function assertNoneLeft(client: ClusterClient, leaving: Leaving): Promise<void> {
  const what = await whoIsLeft(client, leaving)
  if (what !== undefined) throw new Failure(commandFailed({}, { what, remedy: leaving.remedy }))
}

function placesOf({ pods, machines }: Pick<Served, 'pods' | 'machines'>): string {
  const namespaces = [...new Set(pods.map(({ metadata }) => metadata.namespace))].sort()
  const names = machines.map(({ namespace, name }) => `${namespace}/${name}`).sort()
  return [
    ...(namespaces.length === 0 ? [] : [`in ${namespaces.join(', ')}`]),
    ...(names.length === 0 ? [] : [`on ${names.length === 1 ? 'the machine' : 'the machines'} ${names.join(', ')}`]),
  ].join(' and ')
}
