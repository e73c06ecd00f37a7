/**
 * What the one replica that holds the Lease keeps up in a cluster: the trust bundle of each namespace, the CA by which the
 * API server believes the webhooks, and the statuses of the Gateway API's objects. Everything is written again where somebody else has changed it.
 */
import { isApiError } from '../cluster/api-error.ts'
import type { ClusterClient } from '../cluster/client.ts'
import type { StatusToWrite } from '../cluster/gateway-api-status.ts'
import { trustConfigMap, trustFiles } from '../cluster/inject/inject-pod.ts'
import { injectorName, validatorName } from '../cluster/install/values.ts'
import { type ApiObject, Reflector } from '../cluster/reflector.ts'
import { bundlePath, hookPath, lastOtherWriter, writeStatus, writeTrust, writeWebhookCa } from '../cluster/trust.ts'

export interface ClusterWriterOptions {
  readonly client: ClusterClient
  /** Are there proxies of ours? Else nobody needs trust bundles, and nothing is injected. */
  readonly hasProxies: boolean
  /** May this replica write now? Asked before each write. */
  readonly mayWrite: () => boolean
  /** The roots that are trusted now, PEM. */
  readonly roots: () => string
  readonly log: (level: 'info' | 'warning' | 'error', line: string) => void
}

/** Changes are gathered for so long, ms. */
const gatherMs = 50
/** What somebody else has changed is put right after so long, ms: whoever does it again and again is not fought faster. */
const repairMs = 1_000
/** Somebody else is quicker now and then; whoever is so often one after the other is somebody to know about. */
const oddConflicts = 3
/** So long after a failed write the next is tried, ms. */
const retryMs = 5_000

const webhookConfigurations = [
  { resource: 'mutatingwebhookconfigurations', name: injectorName, isForProxies: true },
  { resource: 'validatingwebhookconfigurations', name: validatorName, isForProxies: false },
] as const

/** One object to write. */
interface Task {
  /** For people. */
  readonly what: string
  readonly path: string
  readonly write: () => Promise<void>
}

export class ClusterWriter {
  readonly #options: ClusterWriterOptions
  readonly #bundles: Reflector
  readonly #namespaces = new Set<string>()
  /** By namespace: the roots that its bundle was last written with. */
  readonly #written = new Map<string, string>()
  /** By what could not be written: why, so that it is said once. */
  readonly #failures = new Map<string, string>()
  /** By what somebody else was quicker to write: how often, one after the other. */
  readonly #conflicts = new Map<string, number>()
  #statuses: readonly StatusToWrite[] = []
  /** By path: when a status was written, a moment ago. */
  readonly #statusesAt = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #writing: Promise<void> = Promise.resolve()
  #isRunning = false

  constructor(options: ClusterWriterOptions) {
    this.#options = options
    this.#bundles = new Reflector(options.client, {
      path: '/api/v1/configmaps',
      fieldSelector: `metadata.name=${trustConfigMap}`,
      onChange: (key, object) => this.#bundleChanged(key.split('/')[0] ?? '', object),
      onError: error => options.log('warning', `trust bundles: ${error.message}`),
    })
  }

  start(): void {
    this.#isRunning = true
    if (this.#options.hasProxies) void this.#bundles.start()
    this.soon()
  }

  /** Begins nothing any more; resolves once what was under way is over. */
  async stop(): Promise<void> {
    this.#isRunning = false
    clearTimeout(this.#timer)
    await Promise.all([this.#writing, this.#bundles.stop()])
  }

  namespaceIsThere(name: string, isThere: boolean): void {
    if (isThere && this.#options.hasProxies) this.#namespaces.add(name)
    else {
      this.#namespaces.delete(name)
      this.#written.delete(name)
    }
    this.soon()
  }

  /** These are not as they should be, and no others. */
  statusesAre(statuses: readonly StatusToWrite[]): void {
    this.#statuses = statuses
    if (statuses.length > 0) this.soon()
  }

  /** Another replica may have written before: nothing is known to be right. */
  begin(): void {
    this.#written.clear()
    this.soon()
  }

  /** Writes what is not as it should be, if this replica may. */
  soon(ms = gatherMs): void {
    const at = performance.now() + ms
    if (!this.#isRunning || at >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = at
    this.#timer = setTimeout(() => {
      this.#dueAt = Number.POSITIVE_INFINITY
      this.#writing = this.#writing.then(() => this.#write())
    }, ms)
  }

  #bundleChanged(namespace: string, object: ApiObject | undefined): void {
    const roots = this.#options.roots()
    if (this.#written.get(namespace) !== roots) return
    const data = (object?.['data'] ?? {}) as { readonly [file: string]: string }
    if (Object.entries(trustFiles(roots)).every(([file, text]) => data[file] === text)) return
    this.#written.delete(namespace)
    this.soon(repairMs)
  }

  /** One that can't be written keeps no other one back. */
  async #write(): Promise<void> {
    const { client, hasProxies } = this.#options
    const roots = this.#options.roots()
    const tasks = [
      ...webhookConfigurations
        .filter(({ isForProxies }) => hasProxies || !isForProxies)
        .map(configuration => ({
          what: configuration.name,
          path: hookPath(configuration),
          write: () => writeWebhookCa(client, configuration, roots),
        })),
      ...[...this.#namespaces]
        .filter(name => this.#written.get(name) !== roots)
        .map(name => ({
          what: `the trust bundle of ${name}`,
          path: bundlePath(name),
          write: async () => {
            await writeTrust(client, name, roots)
            this.#written.set(name, roots)
          },
        })),
      ...this.#dueStatuses().map(status => ({
        what: status.what,
        path: status.path,
        write: () => this.#writeStatus(status),
      })),
    ]
    let hasFailed = false
    for (const task of tasks) {
      if (!this.#isRunning || !this.#options.mayWrite()) return
      hasFailed = !(await this.#tried(task)) || hasFailed
    }
    if (hasFailed) this.soon(retryMs)
  }

  /**
   * Once: how it is then, or why it is another one, the watch tells, and what is to be written is judged anew. Others write
   * statuses, too, so that they are quicker now and then is nothing odd.
   */
  async #writeStatus(status: StatusToWrite): Promise<void> {
    try {
      await writeStatus(this.#options.client, status)
      this.#statusesAt.set(status.path, performance.now())
    } catch (error) {
      if (!isApiError(error, 404, 409)) throw error
    }
    this.#statuses = this.#statuses.filter(each => each !== status)
  }

  /** What was written a moment ago, and is not as it should be again, waits a little: nobody is fought faster. */
  #dueStatuses(): StatusToWrite[] {
    const since = performance.now() - repairMs
    for (const [path, at] of this.#statusesAt) if (at < since) this.#statusesAt.delete(path)
    const due = this.#statuses.filter(({ path }) => !this.#statusesAt.has(path))
    if (due.length < this.#statuses.length) this.soon(repairMs)
    return due
  }

  async #tried(task: Task): Promise<boolean> {
    const { what, write } = task
    try {
      await write()
      this.#failures.delete(what)
      this.#conflicts.delete(what)
      return true
    } catch (error) {
      const { message } = error as Error
      if (isApiError(error, 409)) {
        // Somebody else was quicker: what there is to do is seen anew, and whether it is this replica's to do.
        this.soon(repairMs)
        await this.#conflicted(task)
        return false
      }
      if (this.#failures.get(what) !== message) this.#options.log('warning', `${what} can't be written: ${message}`)
      this.#failures.set(what, message)
      return false
    }
  }

  /** Said once for as long as it goes on. */
  async #conflicted({ what, path }: Task): Promise<void> {
    const count = (this.#conflicts.get(what) ?? 0) + 1
    this.#conflicts.set(what, count)
    if (count !== oddConflicts) return
    const { client, log } = this.#options
    const manager = await lastOtherWriter(client, path).catch(() => undefined)
    const who = manager === undefined ? 'somebody' : `the field manager ${manager}`
    log(
      'warning',
      `${what} can't be written: ${who} has written ${path} in between ${count} times, one after the other`,
    )
  }
}
