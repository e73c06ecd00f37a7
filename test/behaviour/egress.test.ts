/** At which addresses a real Envoy lets a workload call others, and whom, by what a Sidecar says of each port. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePorts } from '../support/free-ports.ts'
import { redirectedScene } from '../support/redirected-scene.ts'
import { webDeployment } from '../support/web-deployment.ts'
import { rowHeader, Upstreams } from './upstreams.ts'

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
})
