/** Policies that hang on one of several Gateways which one proxy serves at one port: they hold for that Gateway's hosts alone. */
import assert from 'node:assert/strict'
import { type RequestOptions, request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { newIssuer } from '../support/tokens.ts'
import { type Scene, startScene } from './scene.ts'
import { rowHeader, Upstreams } from './upstreams.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'

const gateway = (name: string): Resource => ({
  apiVersion,
  kind: 'Gateway',
  metadata: { name },
  spec: {
    gatewayClassName: 'meshwright',
    listeners: [{ name: 'http', port: 8080, protocol: 'HTTP', hostname: `*.${name}.example` }],
  },
})
const routeAt = (name: string): Resource => ({
  apiVersion,
  kind: 'HTTPRoute',
  metadata: { name },
  spec: { parentRefs: [{ name }], rules: [{ backendRefs: [{ name: 'v1', port: 80 }] }] },
})

const targetRefs = (name: string) => [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name }]
const access = (name: string, at: string, spec: object): Resource => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name },
  spec: { targetRefs: targetRefs(at), ...spec },
})

const policies: readonly Resource[] = [
  access('secret', 'left', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/secret'] } }] }] }),
  access('reading', 'right', { action: 'ALLOW', rules: [{ to: [{ operation: { methods: ['GET'] } }] }] }),
  {
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { name: 'tokens' },
    spec: { targetRefs: targetRefs('left'), jwtRules: [{ issuer: 'shop', jwks: (await newIssuer('shop')).jwks }] },
  },
]

function statusOf(options: RequestOptions): Promise<number | undefined> {
  return new Promise((done, failed) => {
    const asked = request(options, response => {
      response.resume()
      done(response.statusCode)
    })
    asked.on('error', failed)
    asked.end()
  })
}

const rows: readonly [
  does: string,
  host: string,
  ask: { method?: string; path?: string; token?: string },
  status: number,
][] = [
  ['refuses what one Gateway’s policy denies', 'a.left.example', { path: '/secret' }, 403],
  ['lets the rest in', 'a.left.example', { path: '/open' }, 200],
  ['lets it in at another Gateway', 'a.right.example', { path: '/secret' }, 200],
  ['lets in what one Gateway’s policy allows', 'a.right.example', {}, 200],
  ['refuses everything else there', 'a.right.example', { method: 'POST' }, 403],
  ['lets it in where no policy allows anything', 'a.left.example', { method: 'POST' }, 200],
  ['holds for hosts of any case, with a port', 'A.Left.example:80', { path: '/secret' }, 403],
  ['refuses a bad token where tokens are looked at', 'a.left.example', { token: 'x.y.z' }, 401],
  ['lets it in where they are not', 'a.right.example', { token: 'x.y.z' }, 200],
]

describe('policies on one of several Gateways', { skip: withoutEnvoy }, () => {
  let upstreams: Upstreams
  let scene: Scene
  before(async () => {
    upstreams = await Upstreams.start(['v1'])
    const resources = [gateway('left'), gateway('right'), routeAt('left'), routeAt('right'), ...policies]
    scene = await startScene([{ service: 'v1', protocol: 'http', ports: { v1: upstreams.ports['v1']! }, resources }])
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await upstreams?.[Symbol.asyncDispose]()
  })

  for (const [does, host, { method = 'GET', path = '/', token }, status] of rows)
    it(does, async () => {
      const headers = {
        host,
        [rowHeader]: 'policies',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      }
      const options = { host: ownAddress, port: scene.gatewayPortOf(8080), path, method, headers }
      assert.equal(await statusOf(options), status, scene.log())
    })
})
