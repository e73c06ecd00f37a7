import type { XdsOptions, XdsTarget } from '../../src/xds/server.ts'
import type { Snapshot } from '../../src/xds/snapshot.ts'
import { get, TestEnvoy, upstream } from './envoy.ts'
import { edsCluster, httpListener, loadAssignment, routeTo } from './envoy-json.ts'
import { freePort } from './free-ports.ts'
import { type Resources, snapshotOf } from './snapshots.ts'
import { eventually, nodeId, TestServer } from './xds-server.ts'

/** One Envoy, one server, two upstreams `red` and `blue`, and a port on which the Envoy listens. */
export interface Scene extends AsyncDisposable {
  readonly server: TestServer
  readonly envoy: TestEnvoy
  readonly address: XdsTarget
  readonly port: number
  readonly red: number
  readonly blue: number
  /** What one request to the Envoy gets: the upstream's name, or the status; undefined where nothing answers. */
  ask(): Promise<string | number | undefined>
  /** Pushes and waits until the proxy has accepted all. */
  settle(snapshot: Snapshot): Promise<void>
  until(answer: string | number): Promise<void>
}

export interface Ground {
  readonly port: number
  readonly red: number
  readonly blue: number
}

/** Everything by the book: clusters red and blue, and the route to one of them. */
export function colours(revision: string, { port, red, blue }: Ground, to: string, more: Resources = {}): Snapshot {
  return snapshotOf(revision, {
    clusters: [edsCluster('red'), edsCluster('blue'), ...(more.clusters ?? [])],
    endpoints: [loadAssignment('red', red), loadAssignment('blue', blue), ...(more.endpoints ?? [])],
    listeners: [httpListener('web', port, { rds: 'web' }), ...(more.listeners ?? [])],
    routes: [routeTo('web', to), ...(more.routes ?? [])],
  })
}

/** Starts everything; `first` makes the snapshot that the Envoy starts with. */
export async function startScene(
  protocol: 'sotw' | 'delta',
  first: (ground: Ground) => Snapshot,
  options: Partial<XdsOptions> = {},
  started: (server: TestServer) => void = () => {},
): Promise<Scene> {
  const stack = new AsyncDisposableStack()
  const red = stack.use(await upstream('red')).port
  const blue = stack.use(await upstream('blue')).port
  const port = await freePort()
  const server = stack.use(await TestServer.start(first({ port, red, blue }), options))
  const { address } = server
  started(server)
  const envoy = stack.use(new TestEnvoy({ protocol, xds: address, nodeId }))
  const ask = async () => {
    const answer = await get({ port, path: '/' })
    return answer?.status === 200 ? answer.body : answer?.status
  }
  return {
    server,
    envoy,
    address,
    port,
    red,
    blue,
    ask,
    settle: async snapshot => {
      server.push(snapshot)
      await eventually(`synced to ${snapshot.revision}`, () =>
        server.of('synced').find(({ revision }) => revision === snapshot.revision),
      )
    },
    until: async answer => {
      await eventually(`the answer ${answer}\n${envoy.log()}`, async () => (await ask()) === answer)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
