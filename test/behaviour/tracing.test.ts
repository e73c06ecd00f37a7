/** Which requests a real Envoy traces, and what it says of them to a collector that its own bootstrap names. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { type GuardedPolicy, type GuardedWorkload, inboundScene, type SeenRequest } from '../support/inbound-scene.ts'
import { eventually } from '../support/xds-server.ts'

interface Span {
  readonly tags: Readonly<{ [name: string]: string }>
}

/** A server that keeps what it is told of. */
async function startCollector() {
  const spans: Span[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      spans.push(...(JSON.parse(body) as Span[]))
      response.writeHead(202).end()
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  }
  return { spans, port, [Symbol.asyncDispose]: close }
}

const trace = (tracing: object, spec: object = {}): GuardedPolicy => ({
  kind: 'Telemetry',
  spec: { ...spec, tracing: [tracing] },
})
const own = { selector: { matchLabels: { app: 'app' } } }
const always = { randomSamplingPercentage: 100 }

const workloads: readonly (GuardedWorkload & { readonly name: string })[] = [
  { name: 'nothing', policies: [] },
  { name: 'always', policies: [trace(always)] },
  { name: 'never', policies: [trace({ randomSamplingPercentage: 0 })] },
  { name: 'off', policies: [trace({ ...always, disableSpanReporting: true })] },
  {
    name: 'on again',
    policies: [trace({ ...always, disableSpanReporting: true }), trace({ disableSpanReporting: false }, own)],
  },
  { name: 'as a caller', policies: [trace({ ...always, match: { mode: 'CLIENT' } })] },
  {
    name: 'tagged',
    policies: [
      trace({ ...always, customTags: { wide: { literal: { value: 'x' } } } }),
      trace(
        {
          customTags: {
            fixed: { literal: { value: '100% "so"' } },
            path: { environment: { name: 'PATH' } },
            none: { environment: { name: 'MESH_NO_SUCH', defaultValue: 'nowhere' } },
            agent: { header: { name: 'X-Agent', defaultValue: 'nobody' } },
            kind: { header: { name: 'x-kind', defaultValue: 'plain' } },
            missing: { header: { name: 'x-missing' } },
            line: { formatter: { value: '%REQ(:METHOD)% %REQ(X-AGENT)% 100%%' } },
          },
        },
        own,
      ),
    ],
  },
  { name: 'hidden', policies: [trace({ ...always, disableContextPropagation: true })] },
  { name: 'unmarked', policies: [trace({ ...always, useRequestIdForTraceSampling: false })] },
]

describe('a trace of what a workload is asked', { skip: withoutEnvoy }, () => {
  it('is made as Telemetry says', async () => {
    await using collector = await startCollector()
    await using scene = await inboundScene(workloads, { collector: collector.port })
    const seen = new Map<string, SeenRequest>()
    for (const [index, { name }] of workloads.entries()) {
      const answer = await get({
        port: scene.port(index),
        path: `/${name.replaceAll(' ', '-')}`,
        headers: { 'x-agent': 'me' },
      })
      seen.set(name, JSON.parse(answer!.body) as SeenRequest)
    }
    const pathOf = ({ tags }: Span) => tags['http.url']?.replace(/^.*\//, '') ?? ''
    await eventually('the last span', () => collector.spans.some(span => pathOf(span) === 'unmarked'))
    assert.deepEqual(collector.spans.map(pathOf).sort(), ['always', 'hidden', 'on-again', 'tagged', 'unmarked'])

    const { tags } = collector.spans.find(span => pathOf(span) === 'tagged')!
    const { fixed, none, agent, kind, missing, line, wide, path } = tags
    assert.deepEqual(
      { fixed, none, agent, kind, missing, line, wide },
      {
        ...{ fixed: '100% "so"', none: 'nowhere', agent: 'me', kind: 'plain', line: 'GET me 100%' },
        ...{ missing: undefined, wide: undefined },
      },
    )
    assert.equal(path, process.env['PATH'])

    const tracedBy = (name: string) => seen.get(name)!.headers['x-b3-traceid'] !== undefined
    assert.deepEqual(['always', 'hidden', 'off'].map(tracedBy), [true, false, false])
    // In the 15th place of the request's id Envoy says why it is traced: 9 for a sample, 4 for not at all.
    const markOf = (name: string) => String(seen.get(name)!.headers['x-request-id'])[14]
    assert.deepEqual(['always', 'never', 'unmarked'].map(markOf), ['9', '4', '4'])
  })
})
