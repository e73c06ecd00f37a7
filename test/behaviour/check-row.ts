/** Asks what a row asks, and holds what comes of it against what the row says. */
import assert from 'node:assert/strict'
import { type IncomingHttpHeaders, request } from 'node:http'
import { ownAddress } from '../support/free-ports.ts'
import type { Row, Sees } from './row.ts'
import type { Scene } from './scene.ts'
import { rowHeader, type SeenRequest, type Upstreams } from './upstreams.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly ms: number
}

/** Mirrored requests come in after the answer. */
const settleMs = 100

export async function checkRow(service: string, row: Row, scene: Scene, upstreams: Upstreams): Promise<void> {
  const { times = 1 } = row.ask ?? {}
  const answers = await askAll(service, row, scene)
  await new Promise(done => setTimeout(done, settleMs))
  const seen = upstreams.seen(service)
  const { sees } = row
  if (sees.nothing === true) return assert.deepEqual(answers.filter(Boolean), [])
  const told = JSON.stringify({ answers: answers.slice(0, 3), seen: seen.slice(0, 3) }, undefined, 1)
  for (const answer of answers) checkAnswer(answer, sees, told)
  checkStatuses(
    answers.map(answer => answer?.status ?? 0),
    sees.status ?? 200,
    told,
  )
  checkSeen(seen, sees, { times, told })
}

async function askAll(service: string, row: Row, scene: Scene): Promise<(Answer | undefined)[]> {
  const { times = 1, atOnce } = row.ask ?? {}
  const indices = Array.from({ length: times }, (_, index) => index)
  if (atOnce === true) return Promise.all(indices.map(() => ask(service, row, scene)))
  const answers: (Answer | undefined)[] = []
  let kept = {}
  for (const _ of indices) {
    const answer = await ask(service, { ...row, ask: { ...row.ask, headers: { ...row.ask?.headers, ...kept } } }, scene)
    kept = { ...kept, ...returned(answer, row) }
    answers.push(answer)
  }
  return answers
}

function returned(
  answer: Answer | undefined,
  { ask: { returns = [] } = {} }: Row,
): Readonly<{ [name: string]: string }> {
  const { 'set-cookie': cookies = [], ...headers } = answer?.headers ?? {}
  return Object.fromEntries(
    returns.flatMap(name => {
      if (name !== 'set-cookie') return headers[name] === undefined ? [] : [[name, String(headers[name])]]
      return cookies.length === 0 ? [] : [['cookie', cookies.map(cookie => cookie.split(';')[0]).join('; ')]]
    }),
  )
}

function checkAnswer(answer: Answer | undefined, { headers, body, takes }: Sees, told: string): void {
  assert.ok(answer !== undefined, `no answer: ${told}`)
  for (const [name, value] of Object.entries(headers ?? {}))
    assert.equal(answer.headers[name]?.toString() ?? null, value, `${name} of the answer: ${told}`)
  if (body !== undefined) assert.equal(answer.body, body, told)
  if (takes !== undefined)
    assert.ok(answer.ms >= takes[0] && answer.ms <= takes[1], `${Math.round(answer.ms)} ms, not ${takes.join('–')}`)
}

function checkStatuses(got: readonly number[], wanted: NonNullable<Sees['status']>, told: string): void {
  if (typeof wanted === 'number') for (const status of got) assert.equal(status, wanted, told)
  else withinAll(countsOf(got.map(String)), wanted, told)
}

function checkSeen(
  seen: readonly SeenRequest[],
  { servers, upstream, attempts, isOneServer, connections }: Sees,
  { times, told }: { readonly times: number; readonly told: string },
): void {
  const counts = countsOf(seen.map(({ server }) => server))
  if (typeof servers === 'string') assert.deepEqual([...counts.keys()], [servers], told)
  else if (servers !== undefined) withinAll(counts, servers, told)
  if (isOneServer === true) assert.equal(counts.size, 1, told)
  if (connections !== undefined) assert.equal(new Set(seen.map(({ connection }) => connection)).size, connections, told)
  const wanted = attempts ?? (servers === undefined && upstream === undefined ? undefined : times)
  const [least, most] = typeof wanted === 'number' ? [wanted, wanted] : (wanted ?? [0, Number.POSITIVE_INFINITY])
  assert.ok(
    seen.length >= least && seen.length <= most,
    `${seen.length} requests came in, not ${least}–${most}: ${told}`,
  )
  for (const { method, url, headers } of upstream === undefined ? [] : seen) {
    if (upstream?.method !== undefined) assert.equal(method, upstream.method, told)
    if (upstream?.url !== undefined) assert.equal(url, upstream.url, told)
    for (const [name, value] of Object.entries(upstream?.headers ?? {}))
      assert.equal(headers[name]?.toString() ?? null, value, `${name} of the request: ${told}`)
  }
}

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(names, name => name)].map(([name, all]) => [name, all.length]))
}

function withinAll(
  counts: ReadonlyMap<string, number>,
  bounds: Readonly<{ [name: string]: readonly [number, number] }>,
  told: string,
): void {
  const strange = [...counts.keys()].filter(name => bounds[name] === undefined)
  assert.deepEqual(strange, [], told)
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const count = counts.get(name) ?? 0
    assert.ok(count >= least && count <= most, `${name}: ${count}, not ${least}–${most}`)
  }
}

function ask(service: string, { ask: asked = {}, isEdge }: Row, scene: Scene): Promise<Answer | undefined> {
  const { method = 'GET', path = '/', headers = {}, body } = asked
  const started = performance.now()
  const host = isEdge ? `${service}.example.com` : service
  const options = {
    host: ownAddress,
    port: isEdge ? scene.gatewayPortOf(8080) : scene.portOf(service),
    method,
    path,
    headers: { host, [rowHeader]: service, ...headers },
    agent: false,
    timeout: 10_000,
  }
  return new Promise(resolve => {
    const call = request(options, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('error', () => resolve(undefined))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          ms: performance.now() - started,
        }),
      )
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end(body)
  })
}
