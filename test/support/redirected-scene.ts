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
  /** By the listener's name: the port that it is bound to. Listeners that are bound anyway stay; all others are left out. */
  readonly sockets: Readonly<{ [listener: string]: number }>
  /** By service host: where it really runs. */
  readonly endpoints?: Placement['endpoints']
  readonly addresses?: Placement['addresses']
  /** Names of listeners that bring a socket of their own. Default: none. */
  readonly bound?: readonly string[]
}

interface ListenerJson {
  readonly name: string
}

export async function redirectedScene(
  resources: readonly Resource[],
  { workload, sockets, endpoints, addresses = {}, bound = [] }: RedirectedOptions,
): Promise<RedirectedScene> {
  const { mesh } = resolve(resources.map(placed)).value
  const name = `${workload}.default`
  const proxy = { ...allocate(mesh).proxies[name]!, outbound: [], interception: 'redirect' as const }
  const placement = { proxies: { [name]: proxy }, addresses, ...(endpoints === undefined ? {} : { endpoints }) }
  const { listeners, clusters } = emitBootstraps(mesh, placement).get(name)!['static_resources'] as {
    readonly listeners: readonly ListenerJson[]
    readonly clusters: readonly object[]
  }
  const placedHere = listeners.flatMap(listener => {
    const port = sockets[listener.name]
    if (port === undefined) return bound.includes(listener.name) ? [listener] : []
    const address = { socket_address: { address: '127.0.0.1', port_value: port } }
    return [{ ...listener, address, bind_to_port: true, use_original_dst: false }]
  })
  const envoy = new TestEnvoy({ statics: { listeners: placedHere, clusters } })
  await envoy.live()
  return { envoy, [Symbol.asyncDispose]: () => envoy[Symbol.asyncDispose]() }
}
