/** How `mesh status` and `mesh down` talk to an instance: JSON over HTTP on a Unix socket that only its user can open. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { ConfigReport, ProxyReport } from '../agent/report.ts'
import type { IdentityReport } from '../agent/workload-secrets.ts'
import type { StateFolder } from './state/state-folder.ts'
import type { InstanceStatus } from './status.ts'

export interface ControlHandlers {
  status(): unknown
  /** What proxies were sent; absent where no xDS server runs. */
  readonly inspect?: Inspection | undefined
  /** Asks the instance to end; returns before it has. */
  stop(): void
}

/** What is known of certificates; never a key. */
export interface IdentitiesReport {
  /** All roots that are trusted, PEM. */
  readonly roots: string
  /** Of the authority that signs now, and of what is trusted; absent on one machine. */
  readonly fingerprint?: string
  readonly identities: readonly IdentityReport[]
}

/** The answers behind `mesh proxies` and `mesh proxy config`. */
export interface Inspection {
  proxies(): readonly ProxyReport[]
  /** Certificates of proxies, and what they trust; absent where proxies have none. */
  identities?(): IdentitiesReport
  /** By `name` or `name.namespace`; undefined where no such proxy is connected. */
  config(proxy: string): readonly ConfigReport[] | undefined
}

/** Serves `GET /proxies` and `GET /config/<proxy>` too, `GET /status` and `POST /stop`. */
export function serveControl(state: StateFolder, handlers: ControlHandlers): Promise<Server> {
  rmSync(state.controlSocket, { force: true })
  const server = createServer((request, response) => {
    const send = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    const called = `${request.method} ${request.url}`
    const asked = /^GET \/config\/([\w.-]+)$/.exec(called)?.[1]
    if (called === 'GET /status') send(200, handlers.status())
    else if (called === 'GET /proxies') send(200, handlers.inspect?.proxies() ?? [])
    else if (called === 'GET /identities') send(200, handlers.inspect?.identities?.() ?? null)
    else if (asked !== undefined) send(200, handlers.inspect?.config(asked) ?? null)
    else if (called === 'POST /stop') {
      send(202, {})
      handlers.stop()
    } else send(404, { error: `nothing answers ${called}` })
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(state.controlSocket, () => {
      chmodSync(state.controlSocket, 0o600)
      resolve(server)
    })
  })
}

/** The status of a running instance; undefined where it does not answer. */
export async function askStatus(state: StateFolder): Promise<InstanceStatus | undefined> {
  const text = await call(state, 'GET', '/status')
  return text === undefined ? undefined : (JSON.parse(text) as InstanceStatus)
}

/** The proxies of a running instance; undefined where it does not answer. */
export async function askProxies(state: StateFolder): Promise<readonly ProxyReport[] | undefined> {
  const text = await call(state, 'GET', '/proxies')
  return text === undefined ? undefined : (JSON.parse(text) as readonly ProxyReport[])
}

/** Certificates of proxies; null where they have none, undefined where nobody answers. */
export async function askIdentities(state: StateFolder): Promise<IdentitiesReport | null | undefined> {
  const text = await call(state, 'GET', '/identities')
  return text === undefined ? undefined : (JSON.parse(text) as IdentitiesReport | null)
}

/** What a proxy was sent; null where no such proxy is connected, undefined where nobody answers. */
export async function askConfig(
  state: StateFolder,
  proxy: string,
): Promise<readonly ConfigReport[] | null | undefined> {
  const text = await call(state, 'GET', `/config/${encodeURIComponent(proxy)}`)
  return text === undefined ? undefined : (JSON.parse(text) as readonly ConfigReport[] | null)
}

/** Asks a running instance to end. Did it hear us? */
export async function askStop(state: StateFolder): Promise<boolean> {
  return (await call(state, 'POST', '/stop')) !== undefined
}

function call(state: StateFolder, method: string, path: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const fail = () => resolve(undefined)
    const sent = request({ socketPath: state.controlSocket, method, path, agent: false, timeout: 5000 }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(response.statusCode === 200 || response.statusCode === 202 ? text : undefined))
      response.on('error', fail)
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('error', fail)
    sent.end()
  })
}
