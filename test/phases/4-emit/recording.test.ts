/** What an installation says of access logs and tracing holds in every proxy, and in a real Envoy. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import type { Recording } from '../../../src/model/recording.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { allResources, emitProxy } from '../../../src/phases/4-emit/envoy/index.ts'
import { get } from '../../support/envoy.ts'
import { findTestEnvoy } from '../../support/find-test-envoy.ts'
import { inboundScene, type SeenRequest } from '../../support/inbound-scene.ts'
import { eventually } from '../../support/xds-server.ts'

const skip = findTestEnvoy() === undefined ? 'no Envoy here' : false

const labels = { app: 'shop' }
const resources: Resource[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop', namespace: 'default' },
    spec: {
      selector: labels,
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'tcp', port: 90, targetPort: 9090 },
        { name: 'any', port: 70, targetPort: 7070 },
      ],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'shop', image: 'shop' }] } },
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'front', namespace: 'default' },
    spec: {
      selector: { istio: 'front' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  },
]

/** Listeners of a pod under interception and of a gateway, as one text. */
function listenersUnder(recording: Recording | undefined): string {
  const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }
  const loaded = resources.map(resource => ({ resource, span, spanAt: () => span }))
  const { mesh } = resolve(loaded, recording === undefined ? {} : { recording }).value
  const base = { namespace: 'default', address: '10.0.0.1', inbound: [], outbound: [] }
  const servers = [{ port: 80, listen: { address: '0.0.0.0', port: 8080 } }]
  const proxies = [
    { ...base, name: 'shop-1', kind: 'sidecar', workload: 'shop', interception: 'redirect', servers: [] },
    { ...base, name: 'front', kind: 'router', servers },
  ] as const
  const placement = { proxies: {}, addresses: { 'shop.default.svc.cluster.local': ['10.96.0.1'] } }
  const all = proxies.flatMap(proxy => allResources(emitProxy(mesh, placement, proxy)))
  return JSON.stringify(all.filter(({ type }) => type === 'listener').map(({ value }) => value))
}

const count = (text: string, part: string) => text.split(part).length - 1

describe('what proxies note down', () => {
  it('is a line for everything where nothing is said, and no trace', () => {
    const text = listenersUnder(undefined)
    assert.ok(count(text, 'StdoutAccessLog') > 8)
    assert.equal(count(text, 'random_sampling'), 0)
  })

  it('is no line anywhere where none is wanted', () => {
    assert.equal(count(listenersUnder({ accessLog: false }), 'access_log'), 0)
  })

  it('marks the same share of requests wherever HTTP comes in', () => {
    const text = listenersUnder({ accessLog: false, traceSampling: 12 })
    assert.equal(
      count(text, '"tracing":{"random_sampling":{"value":12}}'),
      count(text, '"stat_prefix":"inbound_') +
        count(text, '"stat_prefix":"outbound_0') +
        count(text, '"stat_prefix":"outbound_1'),
    )
    assert.ok(count(text, 'random_sampling') >= 4)
  })

  it('is done by Envoy', { skip }, async () => {
    const loud = { accessLog: true, traceSampling: 100 }
    await using logging = await inboundScene([{ policies: [] }], { recording: loud })
    await using silent = await inboundScene([{ policies: [] }], { recording: { accessLog: false, traceSampling: 0 } })
    const seen = async (port: number) => JSON.parse((await get({ port, path: '/seen' }))!.body) as SeenRequest
    // In the 15th place of the request's id Envoy says why it is traced: 9 for a sample, 4 for not at all.
    const decision = ({ headers }: SeenRequest) => String(headers['x-request-id'])[14]
    assert.equal(decision(await seen(logging.port(0))), '9')
    assert.equal(decision(await seen(silent.port(0))), '4')
    await eventually('a line of the request', () => logging.envoy.output().includes('"path":"/seen"'))
    assert.equal(silent.envoy.output(), '')
  })
})
