/** What a real Envoy does with calls to hosts that nobody declared, by what a Sidecar or MeshConfig says of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePorts } from '../support/free-ports.ts'
import { redirectedScene } from '../support/redirected-scene.ts'
import { webDeployment } from '../support/web-deployment.ts'
import { rowHeader, Upstreams } from './upstreams.ts'

const proxyHost = 'out.default.svc.cluster.local'

const service = (name: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
})
const sidecar = (outboundTrafficPolicy?: object): Resource => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name: 'all' },
  spec: {
    egress: [{ hosts: ['./known.default.svc.cluster.local'] }],
    ...(outboundTrafficPolicy === undefined ? {} : { outboundTrafficPolicy }),
  },
})
const meshConfig = (mode: string): Resource => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { mesh: JSON.stringify({ outboundTrafficPolicy: { mode } }) },
})
const viaProxy = { mode: 'ALLOW_ANY', egressProxy: { host: proxyHost, port: { number: 80 } } }

interface Row {
  readonly does: string
  readonly resources: readonly Resource[]
  /** What a request for an unknown host gets, and bytes to an unknown address: a status and who answered, or nobody. */
  readonly http: string
  readonly tcp: string
}

const rows: readonly Row[] = [
  { does: 'are refused by a Sidecar', resources: [sidecar({ mode: 'REGISTRY_ONLY' })], http: '502', tcp: 'nothing' },
  { does: 'are refused by a Sidecar’s empty policy', resources: [sidecar({})], http: '502', tcp: 'nothing' },
  {
    does: 'are refused by MeshConfig',
    resources: [sidecar(), meshConfig('REGISTRY_ONLY')],
    http: '502',
    tcp: 'nothing',
  },
  {
    does: 'go to the service that a Sidecar names, whatever MeshConfig says',
    resources: [sidecar(viaProxy), meshConfig('REGISTRY_ONLY')],
    http: '200 out',
    tcp: '200 out',
  },
  {
    does: 'go nowhere where that service is not there',
    resources: [sidecar({ ...viaProxy, egressProxy: { host: proxyHost, port: { number: 81 } } })],
    http: '502',
    tcp: 'nothing',
  },
]

describe('calls to unknown hosts', { skip: withoutEnvoy }, () => {
  for (const [index, { does, resources, http, tcp }] of rows.entries())
    it(does, async () => {
      await using upstreams = await Upstreams.start(['out', 'known'])
      const [port, other] = await freePorts(2)
      const at = (server: string) => [
        { address: '127.0.0.1', ports: { http: upstreams.ports[server]! }, hasSidecar: false },
      ]
      await using _ = await redirectedScene([webDeployment, service('out'), service('known'), ...resources], {
        workload: 'web',
        sockets: { '0.0.0.0_80': port!, virtualOutbound: other! },
        endpoints: { [proxyHost]: at('out'), 'known.default.svc.cluster.local': at('known') },
      })
      const ask = async (to: number, host: string) => {
        const answer = await get({ port: to, path: '/', headers: { host, [rowHeader]: `${index}` } }).catch(
          () => undefined,
        )
        if (answer === undefined) return 'nothing'
        return `${answer.status} ${upstreams.seen(`${index}`).at(-1)?.server ?? ''}`.trim()
      }
      assert.equal(await ask(port!, 'unknown.example'), http)
      assert.equal(await ask(other!, 'unknown.example'), tcp)
      assert.equal(await ask(port!, 'known'), '200 known')
    })
})
