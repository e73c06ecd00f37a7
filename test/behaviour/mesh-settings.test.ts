/** What MeshConfig says of all routes and listeners, in a real Envoy. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { type Scene, type SceneRow, startScene } from './scene.ts'
import { rowHeader, Upstreams } from './upstreams.ts'

const route = (service: string, http: readonly object[]) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: service },
  spec: { hosts: [service], http },
})

/** What comes back for bytes that are sent; nothing where the connection is closed. */
function answerTo(port: number, bytes: string): Promise<string> {
  return new Promise(resolve => {
    let answer = ''
    const socket = connect(port, ownAddress, () => socket.write(bytes))
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
    socket.on('error', () => {}).on('close', () => resolve(answer))
    socket.setTimeout(10_000, () => socket.destroy())
  })
}

describe('a gateway behind whoever says whose connections are', { skip: withoutEnvoy }, () => {
  it('believes the PROXY header, and takes in nobody without', async () => {
    await using upstreams = await Upstreams.start(['v1'])
    const edge = {
      ...route('web', [{ route: [{ destination: { host: 'web' } }] }]),
      spec: { hosts: ['web.example'], gateways: ['edge'], http: [{ route: [{ destination: { host: 'web' } }] }] },
    }
    const row: SceneRow = { service: 'web', protocol: 'http', resources: [edge], ports: upstreams.ports }
    await using scene = await startScene([row], {
      settings: { defaultConfig: { gatewayTopology: { proxyProtocol: {} } } },
    })
    const port = scene.gatewayPortOf(8080)
    const ask = `GET / HTTP/1.1\r\nhost: web.example\r\n${rowHeader}: client\r\nconnection: close\r\n\r\n`
    assert.match(await answerTo(port, `PROXY TCP4 198.51.100.7 127.0.0.1 4711 80\r\n${ask}`), /^HTTP\/1\.1 200 /)
    assert.equal(upstreams.seen('client')[0]?.headers['x-forwarded-for'], '198.51.100.7')
    assert.equal(await answerTo(port, ask), '')
  })
})

describe('headers that proxies add', { skip: withoutEnvoy }, () => {
  const disabled = { disabled: true }
  const all = { requestId: disabled, attemptCount: disabled, envoyDebugHeaders: disabled, server: disabled }
  const cases = {
    'are those of Envoy where nothing is said': {
      proxyHeaders: {},
      request: ['x-request-id', 'x-envoy-attempt-count', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-original-path'],
      answer: ['server: envoy', 'x-envoy-upstream-service-time'],
    },
    'are left out where that is said, and names keep their case': {
      proxyHeaders: { ...all, preserveHttp1HeaderCase: true },
      request: ['X-Own'],
      answer: ['Content-Length'],
    },
    'name the server that is named': {
      proxyHeaders: { ...all, server: { value: 'shop' } },
      request: [],
      answer: ['server: shop'],
    },
  } as const
  const added = [...cases['are those of Envoy where nothing is said'].request, 'X-Own']

  for (const [does, { proxyHeaders, request, answer }] of Object.entries(cases))
    it(does, async () => {
      await using upstreams = await Upstreams.start(['v1'])
      const http = [{ rewrite: { uri: '/b' }, timeout: '9s', route: [{ destination: { host: 'web' } }] }]
      const row: SceneRow = {
        ...{ service: 'web', protocol: 'http', resources: [route('web', http)] },
        ports: upstreams.ports,
      }
      await using scene = await startScene([row], { settings: { defaultConfig: { proxyHeaders } } })
      const ask = `GET /a HTTP/1.1\r\nHost: web\r\n${rowHeader}: web\r\nX-Own: 1\r\nConnection: close\r\n\r\n`
      const [head = ''] = (await answerTo(scene.portOf('web'), ask)).split('\r\n\r\n')
      const seen = upstreams.seen('web')[0]?.names ?? []
      assert.deepEqual(
        added.filter(name => seen.includes(name)),
        [...request],
      )
      const shown = ['server: envoy', 'server: shop', 'x-envoy-upstream-service-time', 'Content-Length']
      assert.deepEqual(
        shown.filter(text => head.includes(text)),
        [...answer],
      )
    })
})

describe('a mesh’s settings', { skip: withoutEnvoy, concurrency: true }, () => {
  let upstreams: Upstreams
  let scene: Scene
  before(async () => {
    upstreams = await Upstreams.start(['v1'])
    const to = (host: string) => [{ destination: { host } }]
    const resources = {
      plain: [],
      own: [route('own', [{ retries: { attempts: 1, retryOn: '5xx' }, route: to('own') }])],
      paths: [
        route('paths', [
          { match: [{ uri: { prefix: '/a/b' } }], directResponse: { status: 204 } },
          { route: to('paths') },
        ]),
      ],
    }
    const rows = Object.entries(resources).map(
      ([service, own]): SceneRow => ({ service, protocol: 'http', resources: own, ports: upstreams.ports }),
    )
    scene = await startScene(rows, {
      settings: {
        defaultHttpRetryPolicy: { attempts: 3, retryOn: '5xx', backoff: '1ms' },
        pathNormalization: { normalization: 'DECODE_AND_MERGE_SLASHES' },
      },
    })
  })
  after(async () => {
    await scene?.[Symbol.asyncDispose]()
    await upstreams?.[Symbol.asyncDispose]()
  })
  const ask = (service: string, row: string, path = '/', failing = '') => {
    const headers = { host: service, [rowHeader]: row, 'x-fail-at': failing, 'x-fail-status': '500' }
    return get({ host: ownAddress, port: scene.portOf(service), path, headers })
  }

  for (const [service, attempts] of [
    ['plain', 4],
    ['own', 2],
  ] as const)
    it(`say how often is tried again, where no route says it: ${service}, ${attempts} times`, async () => {
      const answer = await ask(service, service, '/', 'v1')
      assert.equal(answer?.status, 500)
      assert.equal(upstreams.seen(service).length, attempts)
    })

  for (const path of ['/a/b', '/a%2Fb', '/a//b', '/a/%5Cb', '/x/../a/b'])
    it(`say what becomes of a path before routes look at it: ${path}`, async () => {
      assert.equal((await ask('paths', path, path))?.status, 204)
    })
})
