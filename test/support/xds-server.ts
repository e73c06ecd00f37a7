import type { XdsEvent } from '../../src/xds/events.ts'
import { type XdsOptions, XdsServer, type XdsTarget } from '../../src/xds/server.ts'
import type { Snapshot } from '../../src/xds/snapshot.ts'
import { XdsClient } from './xds-client.ts'

export const nodeId = 'sidecar~127.0.0.1~web-1.default~default.svc.cluster.local'

/** A server that gives every proxy one snapshot, with all that it said. */
export class TestServer {
  snapshot: Snapshot
  readonly events: XdsEvent[] = []
  readonly server: XdsServer
  address: XdsTarget = { host: '127.0.0.1', port: 0 }
  readonly #clients: XdsClient[] = []

  constructor(snapshot: Snapshot, options: Partial<XdsOptions> = {}) {
    this.snapshot = snapshot
    this.server = new XdsServer({
      assign: () => ({ snapshot: this.snapshot }),
      onEvent: event => this.events.push(event),
      ...options,
    })
  }

  static async start(
    snapshot: Snapshot,
    options: Partial<XdsOptions> = {},
    target: XdsTarget = { host: '127.0.0.1', port: 0 },
  ): Promise<TestServer> {
    const started = new TestServer(snapshot, options)
    started.address = await started.server.listen(target)
    return started
  }

  client(protocol: 'sotw' | 'delta', headers: { readonly [name: string]: string } = {}): XdsClient {
    const client = new XdsClient(this.address, protocol, headers)
    this.#clients.push(client)
    return client
  }

  push(snapshot: Snapshot): void {
    this.snapshot = snapshot
    this.server.push()
  }

  of<Kind extends XdsEvent['kind']>(kind: Kind): Extract<XdsEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<XdsEvent, { kind: Kind }> => event.kind === kind)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close()
    await this.server.close()
  }
}

/** Polls until something is there; fails with `what` after `ms`. */
export async function eventually<Value>(
  what: string,
  find: () => Value | Promise<Value>,
  ms = 15_000,
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + ms
  for (;;) {
    const value = await find()
    if (value !== undefined && value !== null && value !== false) return value
    if (performance.now() > deadline) throw new Error(`after ${ms} ms still not: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
