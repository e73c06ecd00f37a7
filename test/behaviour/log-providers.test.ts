/** Whom a real Envoy gives lines of what a workload is asked, by the names that MeshConfig has for it. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { grpcCollector, grpcListener } from '../support/authorizers.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { type GuardedWorkload, inboundScene } from '../support/inbound-scene.ts'
import { eventually } from '../support/xds-server.ts'

const host: Resource = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'collect', namespace: 'istio-system' },
  spec: {
    hosts: ['collect.example.com'],
    resolution: 'DNS',
    ports: [
      { number: 4317, name: 'grpc', protocol: 'GRPC' },
      { number: 9090, name: 'grpc-als', protocol: 'GRPC' },
    ],
  },
}

const meshConfig = (mesh: object): Resource => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { mesh: JSON.stringify(mesh) },
})

const asking = (...providers: string[]): GuardedWorkload => ({
  policies: [{ kind: 'Telemetry', spec: { accessLogging: [{ providers: providers.map(name => ({ name })) }] } }],
})

/** Every request has its path from the workload that is asked, so that each line tells whose it is. */
async function askAll(count: number, portOf: (index: number) => number): Promise<void> {
  for (let index = 0; index < count; index++)
    assert.equal(
      (await get({ port: portOf(index), path: `/of-${index}`, headers: { 'x-tenant': `tenant-${index}` } }))?.status,
      200,
    )
}

describe('lines of what a workload is asked', { skip: withoutEnvoy }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-log-providers-'))
  const disk = join(folder, 'access.log')
  const readDisk = () => (existsSync(disk) ? readFileSync(disk, 'utf8') : '')

  it('go to whom its Telemetry names, and else where MeshConfig says', async t => {
    t.after(() => rmSync(folder, { recursive: true }))
    await using otel = await grpcCollector()
    await using als = await grpcListener()
    const settings = meshConfig({
      accessLogFormat: '%REQ(:PATH)% %RESPONSE_CODE% %REQ(X-NOTHING)%',
      extensionProviders: [
        {
          name: 'disk',
          envoyFileAccessLog: {
            path: disk,
            omitEmptyValues: true,
            logFormat: {
              labels: { path: '%REQ(:PATH)%', none: '%REQ(X-NOTHING)%', more: { code: '%RESPONSE_CODE%', version: 1 } },
            },
          },
        },
        {
          name: 'otel',
          envoyOtelAls: {
            ...{ service: 'collect.example.com', port: 4317, logName: 'of-the-mesh' },
            logFormat: { text: 'asked %REQ(:PATH)%', labels: { tenant: 'is %REQ(X-TENANT)%' } },
          },
        },
        {
          name: 'als',
          envoyHttpAls: { service: 'collect.example.com', port: 9090, additionalRequestHeadersToLog: ['x-tenant'] },
        },
        { name: 'tcp', envoyTcpAls: { service: 'collect.example.com', port: 9090, logName: 'of-connections' } },
      ],
    })
    const tcp: GuardedWorkload = { ...asking('als', 'tcp'), protocol: 'tcp' }
    await using scene = await inboundScene([asking('disk'), asking('otel', 'als'), { policies: [] }, tcp], {
      more: [settings, host],
      servers: {
        'outbound|4317||collect.example.com': { port: otel.port, isHttp2: true },
        'outbound|9090||collect.example.com': { port: als.port, isHttp2: true },
      },
    })
    await askAll(4, scene.port)
    const said = () => [readDisk(), otel.asked.join(), als.asked.join(), scene.envoy.output()]
    const wanted = [['/of-0'], ['/of-1'], ['/of-1', 'of-connections'], ['/of-2']]
    await eventually(
      'each is told',
      () => said().every((text, index) => wanted[index]!.every(part => text.includes(part))),
      60_000,
    )
    const [onDisk = '', byOtel = '', byAls = '', out = ''] = said()
    assert.deepEqual(JSON.parse(onDisk), { path: '/of-0', more: { code: 200, version: 1 } })
    for (const part of ['of-the-mesh', 'asked /of-1', 'tenant', 'is tenant-1']) assert.ok(byOtel.includes(part), byOtel)
    for (const part of ['http_envoy_accesslog', 'tenant-1']) assert.ok(byAls.includes(part), byAls)
    // Of a connection that is no HTTP nothing is known but the connection.
    assert.ok(!byAls.includes('/of-3'), byAls)
    assert.match(out, /^\/of-2 200 -$/m)
    for (const [index, text] of said().entries())
      for (const path of ['/of-0', '/of-1', '/of-2'])
        if (!wanted[index]!.includes(path)) assert.ok(!text.includes(path), `${index}: ${text}`)
  })

  const settings: readonly (readonly [does: string, mesh: object, out: RegExp, isSilent?: true])[] = [
    [
      'are Istio’s text where that is asked for',
      { accessLogEncoding: 'TEXT' },
      /^\[[^\]]+\] "GET \/of-0 HTTP\/1.1" 200 - /m,
    ],
    [
      'are what MeshConfig makes of JSON',
      { accessLogEncoding: 'JSON', accessLogFormat: '{"is":"%REQ(:PATH)%"}' },
      /^\{"is":"\/of-0"\}$/m,
    ],
    ['are nowhere where no file is named', { accessLogFile: '' }, /\/of-0/, true],
    ['are on the standard output by its path', { accessLogFile: '/dev/stdout' }, /"path":"\/of-0"/],
    [
      'are where MeshConfig’s default is',
      {
        accessLogFile: '',
        defaultProviders: { accessLogging: ['short'] },
        extensionProviders: [
          { name: 'short', envoyFileAccessLog: { path: '/dev/stdout', logFormat: { text: 'to %REQ(:PATH)%' } } },
        ],
      },
      /^to \/of-0$/m,
    ],
  ]
  for (const [does, mesh, out, isSilent = false] of settings)
    it(does, async () => {
      // The last has a line in any case, and says that all others would have been written.
      const last = asking('last')
      const known = (mesh as { readonly extensionProviders?: readonly object[] }).extensionProviders ?? []
      const marked = { name: 'last', envoyFileAccessLog: { path: '/dev/stdout', logFormat: { text: 'last' } } }
      await using scene = await inboundScene([{ policies: [] }, last], {
        more: [meshConfig({ ...mesh, extensionProviders: [...known, marked] })],
      })
      await askAll(2, scene.port)
      await eventually('the last line', () => /^last$/m.test(scene.envoy.output()), 60_000)
      assert.equal(out.test(scene.envoy.output()), !isSilent, scene.envoy.output())
    })
})
