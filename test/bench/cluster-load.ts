/** Clients of a cluster's agent, in a process of their own: sidecars that show tokens, and when changes have reached them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { typeUrl } from '../../src/xds/snapshot.ts'
import { type Held, Sidecar } from '../support/sidecar.ts'
import type { ClientTarget, Received } from '../support/xds-client.ts'
import { type BenchPod, callees } from './cluster-mesh.ts'

export type LoadStep =
  | {
      readonly kind: 'open'
      readonly target: ClientTarget
      readonly pods: readonly BenchPod[]
      readonly wantsSecrets: boolean
      readonly services: number
    }
  /** Forgets what it has counted so far. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'report' }
  | { readonly kind: 'close' }

/** What clients have received since they were told to begin. */
export interface LoadReport {
  readonly bytes: number
  readonly responses: number
  /** Connections that ended and were opened again. */
  readonly again: number
  readonly cpuMs: number
  /** By change: how many clients it has reached, and when the last of them. */
  readonly reached: readonly (readonly [change: number, count: number, at: number])[]
}

interface Client {
  sidecar: Sidecar
  /** By cluster: the latest change that it has got. */
  readonly latest: Map<string, number>
}

/** By change, as the address says that came with it. */
const reached = new Map<number, { count: number; at: number }>()
const clients: Client[] = []
let [services, responses, again, bytesOfEnded, bytesBefore] = [0, 0, 0, 0, 0]
let isClosing = false
let cpu = process.cpuUsage()

/** ms since 1970, as exact as it gets: the same clock for all processes. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

/** The address in an assignment that says which change it is of. */
function changeIn(body: Uint8Array): number | undefined {
  const found = /10\.2(\d\d)\.(\d+)\.(\d+)/.exec(Buffer.from(body).toString('latin1'))
  return found === null ? undefined : Number(found[1]) * 65_536 + Number(found[2]) * 256 + Number(found[3])
}

/** A change has reached a client with it or with a later one of the same service, which comes each `services` changes. */
function receive(latest: Map<string, number>, response: Received): void {
  responses += 1
  if (response.typeUrl !== typeUrl.endpoint) return
  for (const { name, body } of response.resources) {
    // Of each service there is a cluster for its subset, too.
    const change = name.includes('||') ? changeIn(body) : undefined
    if (change === undefined) continue
    const before = latest.get(name) ?? -1
    latest.set(name, change)
    for (let each = change; each > before && each >= 0; each -= services) {
      const entry = reached.get(each) ?? { count: 0, at: 0 }
      reached.set(each, { count: entry.count + 1, at: now() })
    }
  }
}

const bytes = () => clients.reduce((sum, { sidecar }) => sum + sidecar.client.bytes, bytesOfEnded)

/** A sidecar that comes again where its connection ends, after half a second to a whole one, as Envoy does. */
function open(
  target: ClientTarget,
  { pod, wantsSecrets }: { readonly pod: BenchPod; readonly wantsSecrets: boolean },
): Client {
  const latest = new Map<string, number>()
  const nodeId = `sidecar~${pod.ip}~${pod.name}.default~default.svc.cluster.local`
  const onResponse = (response: Received) => receive(latest, response)
  const options = { nodeId, token: pod.token, routes: ['80'], wantsSecrets, onResponse }
  const connect = (held?: Held): Sidecar => {
    const sidecar = new Sidecar(target, { ...options, ...(held === undefined ? {} : { held }) })
    void sidecar.client.ended.then(async () => {
      if (isClosing) return
      await sleep(500 * (1 + Math.random()))
      bytesOfEnded += sidecar.client.bytes
      again += 1
      client.sidecar = connect(sidecar.held)
    })
    return sidecar
  }
  const client: Client = { sidecar: connect(), latest }
  return client
}

const steps: { readonly [Kind in LoadStep['kind']]: (step: Extract<LoadStep, { kind: Kind }>) => unknown } = {
  open: async ({ target, pods, wantsSecrets, services: count }) => {
    services = count
    for (const pod of pods) clients.push(open(target, { pod, wantsSecrets }))
    while (!clients.every(({ sidecar }) => isWhole(sidecar))) await sleep(5)
  },
  begin: () => {
    reached.clear()
    responses = 0
    again = 0
    bytesBefore = bytes()
    cpu = process.cpuUsage()
  },
  report: (): LoadReport => {
    const { user, system } = process.cpuUsage(cpu)
    return {
      bytes: bytes() - bytesBefore,
      responses,
      again,
      cpuMs: (user + system) / 1000,
      reached: [...reached].map(([change, { count, at }]) => [change, count, at]),
    }
  },
  close: () => {
    isClosing = true
    for (const { sidecar } of clients.splice(0)) sidecar.client.close()
  },
}

function isWhole(sidecar: Sidecar): boolean {
  // A whole cluster and one for its subset, of each service that is called.
  return sidecar.isComplete && sidecar.count(typeUrl.endpoint) === 2 * callees
}

process.on('message', async (step: LoadStep) => {
  const run = steps[step.kind] as (step: LoadStep) => unknown
  process.send?.((await run(step)) ?? {})
})
process.on('disconnect', () => process.exit(0))
