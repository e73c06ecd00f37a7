/** How `mesh status` and `mesh down` talk to an instance: JSON over HTTP on a Unix socket that only its user can open. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { StateFolder } from './state/state-folder.ts'
import type { InstanceStatus } from './status.ts'

export interface ControlHandlers {
  status(): InstanceStatus
  /** Asks the instance to end; returns before it has. */
  stop(): void
}

/** Serves `GET /status` and `POST /stop`. */
export function serveControl(state: StateFolder, handlers: ControlHandlers): Promise<Server> {
  rmSync(state.controlSocket, { force: true })
  const server = createServer((request, response) => {
    const send = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    const called = `${request.method} ${request.url}`
    if (called === 'GET /status') send(200, handlers.status())
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
