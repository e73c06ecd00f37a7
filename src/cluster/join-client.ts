/** A machine's side of joining: requests to the control plane, which is believed by the mesh's root and by its name alone. */
import { connect } from 'node:http2'
import { isObject } from '../util/is-object.ts'
import { agentName } from './install/values.ts'

/** Where machines come in, on the port of xDS. */
export const joinPaths = { join: '/meshwright/machines/join', refresh: '/meshwright/machines/refresh' } as const

/** HTTP's answers to a machine that is not let in: now, or ever again. */
export const [refusedStatus, goneStatus] = [403, 410] as const

/** What the control plane tells a machine of itself. */
export interface Admitted {
  /** What it shows from now on. A secret: never log it. */
  readonly token: string
  /** The roots that are trusted now, PEM. */
  readonly roots: string
  readonly domain: string
  readonly namespace: string
  readonly serviceAccount: string
  /** Name of its proxy, and its address. */
  readonly node: string
  readonly ip: string
}

/** The control plane does not let the machine in, in its own words; or it can't be reached. */
export class JoinFailed extends Error {
  override readonly name = 'JoinFailed'
  /** Did the control plane say no? Else it was not reached, or could not answer. */
  readonly isRefusal: boolean
  /** Will it say no each time, for it does not know the machine any more? */
  readonly isForGood: boolean

  constructor(message: string, status = 0) {
    super(message)
    this.isForGood = status === goneStatus
    this.isRefusal = status === refusedStatus || this.isForGood
  }
}

export interface AgentAddress {
  readonly host: string
  readonly port: number
  /** Namespace of the control plane, which its name has in it. */
  readonly systemNamespace: string
}

/** A name that the control plane's certificate has, wherever it is reached. */
export function agentServerName(systemNamespace: string): string {
  return `${agentName}.${systemNamespace}.svc`
}

const timeoutMs = 15_000
/** Bytes. */
const largestAnswer = 1024 * 1024

/**
 * @param ca the roots by which the control plane is believed, PEM
 * @throws JoinFailed
 */
export async function askAgent(
  path: string,
  { agent, ca, token, body }: { agent: AgentAddress; ca: string; token: string; body?: object },
): Promise<Admitted> {
  const { status, text } = await post(path, { agent, ca, token, body: JSON.stringify(body ?? {}) })
  const answer = parse(text)
  if (status !== 200) {
    const message = String(answer['error'] ?? `the control plane answers ${status}`)
    throw new JoinFailed(message, status)
  }
  const fields = ['token', 'roots', 'domain', 'namespace', 'serviceAccount', 'node', 'ip']
  const missing = fields.find(field => typeof answer[field] !== 'string')
  if (missing !== undefined) throw new JoinFailed(`the control plane says nothing of ${missing}`)
  return answer as unknown as Admitted
}

function post(
  path: string,
  { agent, ca, token, body }: { agent: AgentAddress; ca: string; token: string; body: string },
): Promise<{ status: number; text: string }> {
  const { host, port, systemNamespace } = agent
  return new Promise((resolve, reject) => {
    const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
    const session = connect(url, { ca, servername: agentServerName(systemNamespace), minVersion: 'TLSv1.2' })
    const fail = (error: Error) => {
      session.destroy()
      reject(new JoinFailed(`${host}:${port} can't be asked: ${error.message}`))
    }
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    session.once('error', fail)
    const stream = session.request({ ':method': 'POST', ':path': path, authorization: `Bearer ${token}` })
    let [status, text] = [0, '']
    stream.setEncoding('utf8')
    stream.on('response', headers => {
      status = headers[':status'] ?? 0
    })
    stream.on('data', (chunk: string) => {
      text += chunk
      if (text.length > largestAnswer) fail(new Error('the answer is too long'))
    })
    stream.once('error', fail)
    stream.once('end', () => {
      if (status === 0) return fail(new Error('the connection has ended without an answer'))
      session.close()
      resolve({ status, text })
    })
    stream.once('close', () => clearTimeout(timer))
    stream.end(body)
  })
}

function parse(text: string): { readonly [field: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
