/**
 * Where machines outside of Kubernetes come in: two requests of JSON on the port of xDS, over the same TLS.
 *
 * `join` exchanges a one-time token for what the machine shows from then on, and does so again as long as that has not been
 * shown: an answer may be lost. `refresh` tells it the roots as they are now, and gives it another token when half of the life
 * of its own is over. Nobody is asked whom he wants to be.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { ClusterClient } from '../cluster/client.ts'
import { type Admitted, goneStatus, joinPaths, refusedStatus } from '../cluster/join-client.ts'
import {
  AccountGone,
  assertAccount,
  assertAddress,
  changeMachines,
  credentialMs,
  isInvitation,
  type Joining,
  join,
  listMachines,
  type Machine,
  MachineGone,
  MachineRefused,
  type Machines,
  machineNode,
  machineOf,
  renew,
  see,
} from '../cluster/machines.ts'
import type { ApiObject } from '../cluster/reflector.ts'
import { isObject } from '../util/is-object.ts'
import { remoteAddress } from '../xds/remote-address.ts'

export interface MachineDoorOptions {
  readonly client: ClusterClient
  readonly namespace: string
  readonly domain: string
  readonly roots: () => string
  readonly machines: () => Machines
  readonly accountUid: Joining['accountUid']
  readonly log: (level: 'info' | 'warning', line: string) => void
}

/** A request is small, bytes; and it is waited for so long, ms. */
const [largestBody, bodyMs] = [4096, 5_000]
/** So many vain tries of one address, and of all together, are answered in this time, ms; then none until it is over. */
const [perAddress, perAll, triesMs] = [10, 500, 60_000]

export class MachineDoor {
  readonly #options: MachineDoorOptions
  readonly #tries = new Map<string, number>()
  #all = 0
  #since = performance.now()

  constructor(options: MachineDoorOptions) {
    this.#options = options
  }

  /** Takes a request that is for it. @returns false where it is somebody else's */
  handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    const path = headers[':path']
    if (headers[':method'] !== 'POST' || (path !== joinPaths.join && path !== joinPaths.refresh)) return false
    const remote = remoteAddress(stream)
    void this.#answer(stream, { path, remote, token: /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '' })
    return true
  }

  async #answer(
    stream: ServerHttp2Stream,
    { path, remote, token }: { readonly path: string; readonly remote: string; readonly token: string },
  ): Promise<void> {
    // Whoever guesses keeps nobody out who knows.
    const machines = this.#options.machines()
    const isKnown = machineOf(machines, token) !== undefined || isInvitation(machines, token)
    if (!isKnown && this.#isTooMany(remote))
      return send(stream, 429, { error: 'too many tries: come again in a minute' })
    // Counted before it is looked at: whoever asks many times at once has asked many times.
    this.#count(remote, 1)
    try {
      const body = path === joinPaths.join ? await readBody(stream) : {}
      const admitted = await (path === joinPaths.join
        ? this.#join({ token, remote, ...body })
        : this.#refresh(token, remote))
      this.#count(remote, -1)
      send(stream, 200, admitted)
    } catch (error) {
      const refusal = error instanceof MachineGone ? goneStatus : refusedStatus
      const isRefusal = error instanceof MachineRefused
      const { message } = error as Error
      this.#options.log('warning', `a machine at ${remote} was not let in: ${message}`)
      send(stream, isRefusal ? refusal : 503, { error: isRefusal ? message : 'the control plane could not do it now' })
    }
  }

  async #join(asked: Pick<Joining, 'token' | 'remote'> & { readonly name?: string; readonly ip?: string }) {
    const { client, namespace, log } = this.#options
    const { name = '', ip = asked.remote } = asked
    const { machine, token } = await this.#byAccounts(accountUid =>
      changeMachines(client, namespace, entries => join(entries, { ...asked, name, ip, accountUid })),
    )
    log('info', `machine ${machine.name} of ${machine.namespace}/${machine.serviceAccount} joined from ${asked.remote}`)
    return this.#admitted(machine, token)
  }

  async #refresh(token: string, remote: string): Promise<Admitted> {
    const { client, namespace, machines } = this.#options
    // A machine that hears that it is not known gives up: a watch that lags is no reason to say so.
    const found = machineOf(machines(), token) ?? machineOf(await listMachines(client, namespace), token)
    if (found === undefined)
      throw new MachineGone(
        'the machine is not known any more: it was put out, away for more than a week, or its token was used again before it ran',
      )
    assertAddress(found.machine, remote)
    await this.#byAccounts(async accountUid => assertAccount(found.machine, accountUid))
    if (found.machine.invitation.isSeen === false)
      await changeMachines(client, namespace, entries => see(entries, token))
    const isYoung = found.credential.expiresAt - Date.now() > credentialMs / 2
    const isLatest = found.machine.credentials[0] === found.credential
    if (isYoung && isLatest) return this.#admitted(found.machine, token)
    const renewed = await changeMachines(client, namespace, entries => renew(entries, found.id))
    return this.#admitted(renewed.machine, renewed.token)
  }

  /** By what the watch tells of accounts; before anybody hears that his is gone, by what the API server says. */
  async #byAccounts<Result>(work: (accountUid: Joining['accountUid']) => Promise<Result>): Promise<Result> {
    const { client, accountUid } = this.#options
    try {
      return await work(accountUid)
    } catch (error) {
      if (!(error instanceof AccountGone)) throw error
      const { namespace, serviceAccount } = error.account
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}`
      const uid = (await client.find<ApiObject>(path))?.metadata.uid
      return work(() => uid)
    }
  }

  #admitted({ namespace, serviceAccount, name = '', ip = '' }: Machine, token: string): Admitted {
    const { domain, roots } = this.#options
    return { token, roots: roots(), domain, namespace, serviceAccount, node: machineNode(name), ip }
  }

  #isTooMany(remote: string): boolean {
    if (performance.now() - this.#since > triesMs) {
      this.#since = performance.now()
      this.#all = 0
      this.#tries.clear()
    }
    return this.#all >= perAll || (this.#tries.get(remote) ?? 0) >= perAddress
  }

  #count(remote: string, change: 1 | -1): void {
    // What began before the last minute was over is not counted down in the next one.
    this.#all = Math.max(0, this.#all + change)
    this.#tries.set(remote, Math.max(0, (this.#tries.get(remote) ?? 0) + change))
  }
}

async function readBody(stream: ServerHttp2Stream): Promise<{ name?: string; ip?: string }> {
  const timer = setTimeout(() => stream.destroy(), bodyMs)
  let text = ''
  try {
    // Whoever sends too much is told so: the stream is left open for that.
    for await (const chunk of stream
      .setEncoding('utf8')
      .iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      text += chunk
      if (text.length > largestBody) throw new MachineRefused('the request is too long')
    }
    const value: unknown = JSON.parse(text)
    const { name, ip } = isObject(value) ? value : {}
    return { ...(typeof name === 'string' ? { name } : {}), ...(typeof ip === 'string' ? { ip } : {}) }
  } catch (error) {
    throw error instanceof MachineRefused ? error : new MachineRefused('the request is no JSON')
  } finally {
    clearTimeout(timer)
  }
}

function send(stream: ServerHttp2Stream, status: number, value: object): void {
  if (stream.destroyed || stream.headersSent) return
  stream.respond({ ':status': status, 'content-type': 'application/json' })
  // What may still come of a request that is answered is for nobody.
  stream.end(JSON.stringify(value), () => stream.close())
}
