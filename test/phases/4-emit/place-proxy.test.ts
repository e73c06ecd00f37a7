/** Where a proxy that brings its own address listens, by what a Sidecar says of its ports. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { emitProxy, placeProxy } from '../../../src/phases/4-emit/envoy/index.ts'
import { placed } from '../../kinds/accepted.ts'
import { webDeployment } from '../../support/web-deployment.ts'

const http = (number: number) => ({ number, name: `p${number}`, protocol: 'HTTP' })

const sidecar: Resource = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name: 'web' },
  spec: {
    ingress: [
      { port: http(80) },
      { port: http(81), bind: '10.0.0.8', defaultEndpoint: '127.0.0.1:8081' },
      { port: http(82), defaultEndpoint: '0.0.0.0:8082' },
      { port: http(83), defaultEndpoint: 'unix://@app' },
    ],
  },
}

it('a proxy listens where a Sidecar says, and calls the application where it says', () => {
  const { mesh } = resolve([webDeployment, sidecar].map(placed)).value
  const proxy = placeProxy(mesh, { kind: 'sidecar', ip: '10.0.0.7', name: 'web', namespace: 'default', labels: {} })
  assert.deepEqual(proxy.inbound, [
    { port: 80, listen: { address: '10.0.0.7', port: 80 }, app: { address: '127.0.0.1', port: 10_080 } },
    { port: 81, listen: { address: '10.0.0.8', port: 81 }, app: { address: '127.0.0.1', port: 8081 } },
    { port: 82, listen: { address: '10.0.0.7', port: 82 }, app: { address: '10.0.0.7', port: 8082 } },
    {
      port: 83,
      listen: { address: '10.0.0.7', port: 83 },
      app: { address: '127.0.0.1', port: 10_083 },
      socket: '@app',
    },
  ])
  const { own } = emitProxy(mesh, { proxies: { 'web.default': proxy } }, proxy)
  const cluster = own.find(({ name }) => name === 'inbound|83||')
  assert.ok(JSON.stringify(cluster?.value).includes('{"pipe":{"path":"@app"}}'))
})
