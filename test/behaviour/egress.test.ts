/** At which addresses a real Envoy lets a workload call others, and whom, by what a Sidecar says of each port. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePorts, ownAddress } from '../support/free-ports.ts'
import { meshSettings } from '../support/mesh-settings.ts'
import { redirectedScene } from '../support/redirected-scene.ts'
import { webDeployment } from '../support/web-deployment.ts'
import { rowHeader, Upstreams } from './upstreams.ts'

const host = 'a.default.svc.cluster.local'
const service: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a' },
  spec: {
    selector: { app: 'a' },
    ports: [
      { name: 'http', port: 80 },
      { name: 'http-more', port: 81 },
    ],
  },
}

/** The first upstream is at its one port, the second at the other. */
function placesOf({ ports }: Upstreams) {
  return {
    [host]: [
      { address: '127.0.0.1', ports: { http: ports['first']!, 'http-more': ports['second']! }, hasSidecar: false },
    ],
  }
}

/** Asks a proxy of HTTP: who answered, or the status. */
function asking(upstreams: Upstreams) {
  return (where: object, row: string, authority: string) =>
    new Promise<number | string | undefined>((done, fail) => {
      const headers = { host: authority, [rowHeader]: row }
      request({ path: `http://${authority}/`, ...where, headers }, response => {
        const { statusCode } = response
        response.resume().on('end', () => done(statusCode === 200 ? upstreams.seen(row).at(-1)?.server : statusCode))
      })
        .on('error', fail)
        .end()
    })
}

describe('a Sidecar’s listeners for what is called', { skip: withoutEnvoy }, () => {
  it('have sockets of their own, and know the hosts of their port alone', async () => {
    await using upstreams = await Upstreams.start(['a', 'b'])
    const [http, tcp, shared] = await freePorts(3)
    const service = (name: string): Resource => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: {
        selector: { app: name },
        ports: [
          { name: 'http', port: http },
          { name: 'tcp', port: tcp },
          { name: 'http-rest', port: 80 },
        ],
      },
    })
    const hosts = (name: string) => [`./${name}.default.svc.cluster.local`]
    const sidecar: Resource = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'web' },
      spec: {
        egress: [
          { port: { number: http, name: 'h', protocol: 'HTTP' }, hosts: hosts('a'), captureMode: 'NONE' },
          {
            port: { number: tcp, name: 't', protocol: 'TCP' },
            hosts: hosts('b'),
            bind: '127.0.0.1',
            captureMode: 'NONE',
          },
          { hosts: hosts('b') },
        ],
        outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      },
    }
    const at = (port: number) => [
      { address: '127.0.0.1', ports: { http: port, tcp: port, 'http-rest': port }, hasSidecar: false },
    ]
    await using _ = await redirectedScene([webDeployment, service('a'), service('b'), sidecar], {
      workload: 'web',
      sockets: { '0.0.0.0_80': shared! },
      bound: [`127.0.0.1_${http}`, `127.0.0.1_${tcp}`],
      endpoints: {
        'a.default.svc.cluster.local': at(upstreams.ports['a']!),
        'b.default.svc.cluster.local': at(upstreams.ports['b']!),
      },
    })
    const ask = async (port: number, host: string, row: string) => {
      const answer = await get({ port, path: '/', headers: { host, [rowHeader]: row } })
      return answer?.status === 200 ? upstreams.seen(row).at(-1)?.server : answer?.status
    }
    assert.equal(await ask(http!, 'a', '1'), 'a')
    assert.equal(await ask(http!, 'b', '2'), 502)
    assert.equal(await ask(tcp!, 'whoever', '3'), 'b')
    assert.equal(await ask(shared!, 'b', '4'), 'b')
    assert.equal(await ask(shared!, 'a', '5'), 502)
  })

  it('are a socket of Unix, and a proxy of HTTP', async t => {
    await using upstreams = await Upstreams.start(['first', 'second'])
    const folder = mkdtempSync(join(tmpdir(), 'mesh-egress-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const [proxy] = await freePorts(1)
    const sidecar: Resource = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'web' },
      spec: {
        egress: [
          { port: { number: proxy, name: 'p', protocol: 'HTTP_PROXY' }, hosts: [`./${host}`] },
          { port: { number: 0, name: 's', protocol: 'HTTP' }, hosts: [`./${host}`], bind: `unix://${folder}/a` },
        ],
        outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      },
    }
    await using _ = await redirectedScene([webDeployment, service, sidecar], {
      workload: 'web',
      sockets: {},
      bound: [`127.0.0.1_${proxy}`, `unix://${folder}/a_0`],
      endpoints: placesOf(upstreams),
    })
    const ask = asking(upstreams)
    const byProxy = { host: '127.0.0.1', port: proxy }
    const bySocket = { socketPath: `${folder}/a`, path: '/' }
    for (const [index, way] of [byProxy, bySocket].entries()) {
      assert.equal(await ask(way, `${index}-80`, 'a'), 'first')
      assert.equal(await ask(way, `${index}-81`, `${host}:81`), 'second')
      assert.equal(await ask(way, `${index}-82`, 'a:82'), 502)
    }
  })
})

describe('a mesh’s proxy of HTTP', { skip: withoutEnvoy }, () => {
  it('knows whom its pod may call, by host and port, and leaves its port to a Sidecar that wants it', async () => {
    await using upstreams = await Upstreams.start(['first', 'second'])
    const [proxy] = await freePorts(1)
    const settings = meshSettings({ proxyHttpPort: proxy, outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } })
    const named = {
      port: { number: proxy, name: 'p', protocol: 'HTTP_PROXY' },
      hosts: ['./b.default.svc.cluster.local'],
    }
    const sidecar: Resource = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'web' },
      spec: { egress: [named, { hosts: ['*/*'] }] },
    }
    const scene = (more: readonly Resource[]) =>
      redirectedScene([webDeployment, service, settings, ...more], {
        workload: 'web',
        sockets: {},
        bound: [`127.0.0.1_${proxy}`],
        endpoints: placesOf(upstreams),
      })
    const ask = asking(upstreams)
    const where = { host: '127.0.0.1', port: proxy }
    {
      await using _ = await scene([])
      assert.equal(await ask(where, '1', 'a'), 'first')
      assert.equal(await ask(where, '2', `${host}:81`), 'second')
      assert.equal(await ask(where, '3', 'elsewhere'), 502)
    }
    await using _ = await scene([sidecar])
    assert.equal(await ask(where, '4', 'a'), 502)
  })
})

describe('applications that listen at 127.0.0.1 alone', { skip: withoutEnvoy || ownAddress === '127.0.0.1' }, () => {
  it('are found where the mesh says so', async () => {
    await using upstreams = await Upstreams.start(['app'])
    const port = upstreams.ports['app']!
    const own: Resource = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: port }] },
    }
    const settings = meshSettings({ inboundTrafficPolicy: { mode: 'LOCALHOST' } })
    await using _ = await redirectedScene([webDeployment, own, settings], {
      workload: 'web',
      sockets: { virtualInbound: port },
      address: ownAddress,
    })
    const answer = await get({ host: ownAddress, port, path: '/', headers: { [rowHeader]: 'app' } })
    assert.deepEqual([answer?.status, upstreams.seen('app').length], [200, 1])
  })
})
