/** Traces that proxies tell to whom MeshConfig names, by real Envoys. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askRaw } from '../../support/ask-raw.ts'
import { grpcCollector, httpCollector } from '../../support/authorizers.ts'
import { withoutEnvoy } from '../../support/find-test-envoy.ts'
import { type GuardedWorkload, inboundScene } from '../../support/inbound-scene.ts'
import { eventually } from '../../support/xds-server.ts'

const settings = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: {
    mesh: JSON.stringify({
      defaultProviders: { tracing: ['otel'] },
      extensionProviders: [
        { name: 'otel', opentelemetry: { service: 'collect.example.com', port: 4317 } },
        {
          name: 'otel-http',
          opentelemetry: { service: 'collect.example.com', port: 4318, http: { path: '/v1/traces' } },
        },
        { name: 'zipkin', zipkin: { service: 'collect.example.com', port: 9411 } },
      ],
    }),
  },
}
const host = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'collect', namespace: 'istio-system' },
  spec: {
    hosts: ['collect.example.com'],
    resolution: 'DNS',
    ports: [
      { number: 4317, name: 'grpc', protocol: 'GRPC' },
      { number: 4318, name: 'http', protocol: 'HTTP' },
      { number: 9411, name: 'http-zipkin', protocol: 'HTTP' },
    ],
  },
}

const traced = (provider?: string): GuardedWorkload => ({
  policies: [
    {
      kind: 'Telemetry',
      spec: {
        tracing: [
          {
            ...(provider === undefined ? {} : { providers: [{ name: provider }] }),
            randomSamplingPercentage: 100,
          },
        ],
      },
    },
  ],
})

describe('traces of what a workload is asked', { skip: withoutEnvoy }, () => {
  it('go to whom its Telemetry names, or else where all go, under its name', async () => {
    await using grpc = await grpcCollector()
    await using http = await httpCollector()
    await using zipkin = await httpCollector()
    await using scene = await inboundScene([traced(), traced('otel-http'), traced('zipkin')], {
      more: [settings, host],
      servers: {
        'outbound|4317||collect.example.com': { port: grpc.port, isHttp2: true },
        'outbound|4318||collect.example.com': { port: http.port },
        'outbound|9411||collect.example.com': { port: zipkin.port },
      },
    })
    for (const index of [0, 1, 2])
      assert.equal((await askRaw(scene.port(index), { path: `/of-${index}` }))?.status, 200)
    const collectors = [grpc, http, zipkin]
    const told = () => collectors.map(({ asked }) => asked.join('\n'))
    await eventually('each is told', () => told().every((text, index) => text.includes(`/of-${index}`)), 60_000)
    for (const [index, text] of told().entries()) {
      // The scene's workloads are called alike, and each has a namespace of its own; for Zipkin that is the proxy's to say.
      if (index < 2) assert.ok(text.includes(`app.n${index}`), text)
      for (const other of [0, 1, 2]) if (other !== index) assert.ok(!text.includes(`/of-${other}`), text)
    }
    assert.match(told()[1]!, /^\/v1\/traces /)
    assert.match(told()[2]!, /^\/api\/v2\/spans /)
  })
})
