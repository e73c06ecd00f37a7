/**
 * A real Envoy with the configuration of a pod whose traffic is redirected. Listeners that only redirected connections reach are
 * given sockets here: connections to those stand for redirected ones.
 */
import type { Resource } from '../../src/kinds/resource.ts'
import type { Placement } from '../../src/model/placement.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { allocate, emitBootstraps } from '../../src/phases/4-emit/envoy/index.ts'
import { placed } from '../kinds/accepted.ts'
import { TestEnvoy } from './envoy.ts'

export interface RedirectedScene extends AsyncDisposable {
  readonly envoy: TestEnvoy
}

export interface RedirectedOptions {
  /** The workload whose pod it is, of namespace `default`. */
  readonly workload: string
  /** By the listener's name: the ports that it is bound to. All others are left out, but for those of `bound`. */
  readonly sockets: Readonly<{ [listener: string]: number | readonly number[] }>
  /** Address of those sockets. Default: 127.0.0.1. */
  readonly address?: string
  /** By service host: where it really runs. */
  readonly endpoints?: Placement['endpoints']
  readonly addresses?: Placement['addresses']
  /** Names of listeners that bring a socket of their own. Default: none. */
  readonly bound?: readonly string[]
  /** Where connections go for which only their own destination is left. Default: nowhere. */
  readonly passthrough?: number
}

interface ListenerJson {
  readonly name: string
}

interface ClusterJson {
  readonly name: string
}

export async function redirectedScene(
  resources: readonly Resource[],
  {
    workload,
    sockets,
    endpoints,
    addresses = {},
    bound = [],
    address: own = '127.0.0.1',
    passthrough,
  }: RedirectedOptions,
): Promise<RedirectedScene> {
  const { mesh } = resolve(resources.map(placed)).value
  const name = `${workload}.default`
  const proxy = { ...allocate(mesh).proxies[name]!, outbound: [], interception: 'redirect' as const }
  const placement = { proxies: { [name]: proxy }, addresses, ...(endpoints === undefined ? {} : { endpoints }) }
  const { listeners, clusters } = emitBootstraps(mesh, placement).get(name)!['static_resources'] as {
    readonly listeners: readonly ListenerJson[]
    readonly clusters: readonly ClusterJson[]
  }
  const placedHere = listeners.flatMap(listener => {
    const [address, ...additional_addresses] = [sockets[listener.name] ?? []].flat().map(port => socketAt(own, port))
    if (address === undefined) return bound.includes(listener.name) ? [listener] : []
    const more = additional_addresses.map(other => ({ address: other }))
    return [{ ...listener, address, additional_addresses: more, bind_to_port: true, use_original_dst: false }]
  })
  const envoy = new TestEnvoy({
    statics: {
      listeners: placedHere,
      clusters: clusters.map(cluster => (cluster.name === passedThrough ? apart(cluster, passthrough) : cluster)),
    },
  })
  await envoy.live()
  return { envoy, [Symbol.asyncDispose]: () => envoy[Symbol.asyncDispose]() }
}

const passedThrough = 'InboundPassthroughCluster'

/**
 * The destination of a connection that nobody redirected is the listener's own socket: Envoy would call itself, and each of those
 * calls itself again, until it has no file left and crashes.
 */
function apart({ name }: ClusterJson, port: number | undefined): ClusterJson & Readonly<Record<string, unknown>> {
  const address = port === undefined ? [] : [{ endpoint: { address: socketAt('127.0.0.1', port) } }]
  return { name, type: 'STATIC', load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: address }] } }
}

const socketAt = (address: string, port: number) => ({ socket_address: { address, port_value: port } })
