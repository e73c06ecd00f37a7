/** The clients' process: N delta streams that behave as sidecars do, and say when all have what they wait for. */
import { typeUrl } from '../../src/xds/snapshot.ts'
import { type Received, XdsClient } from '../support/xds-client.ts'

const target = { host: '127.0.0.1', port: Number(process.argv[2]) }
const streams = Number(process.argv[3])
const isLike = process.argv[4] === 'like'

interface Held {
  readonly client: XdsClient
  readonly resources: Map<string, number>
  readonly routes: Set<string>
  bytes: number
}

const held: Held[] = []
/** What every client waits for: a number of changes of one type. */
let waiting: { readonly type: string; readonly counts: number[]; readonly done: () => void } | undefined

function open(index: number): Held {
  const client = new XdsClient(target, 'delta')
  const state: Held = { client, resources: new Map(), routes: new Set(), bytes: 0 }
  // Alone in its namespace a sidecar shares nothing: its short names, and so its routes, are its own.
  const namespace = isLike ? 'default' : `ns-${index}`
  const name = isLike ? `load-${index}` : `svc-${index % 100}-load-${index}`
  const nodeId = `sidecar~127.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`
  client.onResponse = response => receive(state, response, index)
  client.send({ typeUrl: typeUrl.cluster, nodeId })
  client.send({ typeUrl: typeUrl.listener })
  return state
}

function receive(state: Held, response: Received, index: number): void {
  const { client, resources, routes } = state
  client.ack(response)
  for (const { name, body } of response.resources) {
    resources.set(`${response.typeUrl} ${name}`, body.length)
    state.bytes += body.length
  }
  if (response.typeUrl === typeUrl.cluster) {
    const names = response.resources.map(({ name }) => name).filter(name => name.startsWith('outbound'))
    if (names.length > 0) client.send({ typeUrl: typeUrl.endpoint, names })
  }
  if (response.typeUrl === typeUrl.listener) {
    const wanted = ['80'].filter(name => !routes.has(name))
    for (const name of wanted) routes.add(name)
    if (wanted.length > 0) client.send({ typeUrl: typeUrl.route, names: wanted })
  }
  if (waiting?.type === response.typeUrl) {
    waiting.counts[index] = (waiting.counts[index] ?? 0) + response.resources.length
    if (waiting.counts.every(count => count > 0)) waiting.done()
  }
}

/** Resolves once all clients have got something of a type. */
function allReceive(type: string): Promise<void> {
  return new Promise(resolve => {
    waiting = { type, counts: Array.from({ length: streams }, () => 0), done: resolve }
  })
}

/** Each cluster that has endpoints has got them, and listeners and routes are there. */
function isComplete({ resources }: Held): boolean {
  const count = (type: string) => [...resources.keys()].filter(key => key.startsWith(`${type} `)).length
  const clusters = [...resources.keys()].filter(key => key.startsWith(`${typeUrl.cluster} outbound`)).length
  return clusters > 0 && count(typeUrl.endpoint) === clusters && count(typeUrl.listener) > 0 && count(typeUrl.route) > 0
}

process.on('message', async (step: string) => {
  const started = performance.now()
  if (step === 'connect') {
    const complete = allReceive(typeUrl.route)
    for (let index = 0; index < streams; index += 1) held.push(open(index))
    await complete
    while (!held.every(isComplete)) await new Promise(resolve => setTimeout(resolve, 1))
    const [first] = held
    process.send?.({
      ms: performance.now() - started,
      kb: (first?.bytes ?? 0) / 1024,
      resources: first?.resources.size,
    })
  } else {
    const received = allReceive(step === 'route' ? typeUrl.route : typeUrl.endpoint)
    process.send?.({})
    await received
    process.send?.({ ms: performance.now() - started })
  }
})
process.on('disconnect', () => process.exit(0))
