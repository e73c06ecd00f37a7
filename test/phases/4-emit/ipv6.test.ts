/** A pod with an address of IPv6 is reached there, too: real Envoy, over ::1. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { describe, it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import type { ProxyPlacement } from '../../../src/model/placement.ts'
import { podPorts } from '../../../src/model/placement.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { allResources, type EnvoyResource, emitProxy } from '../../../src/phases/4-emit/envoy/index.ts'
import { get, TestEnvoy } from '../../support/envoy.ts'
import { withoutEnvoy } from '../../support/find-test-envoy.ts'
import { freePort } from '../../support/free-ports.ts'
import { webDeployment, webLabels } from '../../support/web-deployment.ts'

const hasLoopback6 = (networkInterfaces()['lo'] ?? []).some(({ address }) => address === '::1')
const skip = withoutEnvoy || (hasLoopback6 ? false : 'this machine has no ::1')

const resources: Resource[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: webLabels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  },
  webDeployment,
]
const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }
const { mesh } = resolve(resources.map(resource => ({ resource, span, spanAt: () => span }))).value
const host = 'web.default.svc.cluster.local'
const placement = { proxies: {}, addresses: { [host]: ['10.96.0.1', 'fd00:10:96::1'] } }
const pod: ProxyPlacement = {
  name: 'web-1',
  namespace: 'default',
  kind: 'sidecar',
  workload: 'web',
  address: '10.0.0.1',
  interception: 'redirect',
  inbound: [],
  outbound: [],
  servers: [],
}
const emitted = (proxy: ProxyPlacement) => allResources(emitProxy(mesh, placement, proxy))
const listeners = (all: readonly EnvoyResource[]) => all.filter(({ type }) => type === 'listener')
const names = (proxy: ProxyPlacement) =>
  listeners(emitted(proxy))
    .map(({ name }) => name)
    .sort()

describe('a pod that has an address of IPv6', () => {
  it('has each listener on both, and what it had before as it was', () => {
    const before = names(pod)
    assert.deepEqual(before, ['0.0.0.0_80', 'virtualInbound', 'virtualOutbound'])
    const after = names({ ...pod, hasIpv6: true })
    const twins = ['::_80', 'metrics6', 'status6', 'virtualInbound6', 'virtualOutbound6']
    assert.deepEqual(after, [...before, ...twins].sort())
  })

  it('takes services by their addresses of either family', () => {
    const routes = emitted(pod).find(({ type }) => type === 'route')
    assert.match(JSON.stringify(routes), /"10\.96\.0\.1","\[fd00:10:96::1\]"/)
  })

  it('is answered over ::1 as over 127.0.0.1', { skip }, async () => {
    const status = createServer((_, response) => response.end('from the proxy itself'))
    const [port, own] = [await freePort(), await freePort()]
    await new Promise<void>(done => status.listen(own, '127.0.0.1', done))
    // The pod's own ports may be others' on this machine; what listens on IPv6 leads to what listens on IPv4.
    const moved = (resource: EnvoyResource) =>
      JSON.parse(
        JSON.stringify(resource.value)
          .replaceAll(`"::","port_value":${podPorts.status}`, `"::","port_value":${port}`)
          .replaceAll(`"127.0.0.1","port_value":${podPorts.status}`, `"127.0.0.1","port_value":${own}`),
      ) as object
    const all = emitted({ ...pod, hasIpv6: true })
    const wanted = (name: string) => all.filter(resource => resource.name === name).map(moved)
    await using envoy = new TestEnvoy({
      statics: { listeners: wanted('status6'), clusters: wanted('status-of-pod') },
    })
    await envoy.live()
    const answer = await get({ host: '::1', port, path: '/healthz/ready' })
    assert.equal(answer?.body, 'from the proxy itself')
    status.close()
  })
})
