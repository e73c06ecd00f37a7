/** Which requests a real gateway serves, of its hosts and of the routes that are bound to it. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { ownAddress } from '../support/free-ports.ts'
import { type GatewayServer, type Scene, type SceneRow, startScene } from './scene.ts'

const servers: readonly GatewayServer[] = [
  { port: { number: 8000, name: 'plain', protocol: 'HTTP' }, hosts: ['*'] },
  {
    port: { number: 8001, name: 'moved', protocol: 'HTTP' },
    hosts: ['moved.example', '*.moved.example', 'default/own.example'],
    tls: { httpsRedirect: true },
  },
]

interface Row {
  readonly does: string
  readonly port: number
  readonly host: string
  /** The answer's status, and where it leads or what it says. */
  readonly gets: readonly [status: number, what?: string]
}

const rows: readonly Row[] = [
  { does: 'serves a route that its namespace sees', port: 8000, host: 'shown.example', gets: [200, 'shown'] },
  { does: 'does not serve one that is not exported to it', port: 8000, host: 'hidden.example', gets: [404] },
  {
    does: 'leads to https from a host with a route',
    port: 8001,
    host: 'moved.example',
    gets: [301, 'https://moved.example/'],
  },
  {
    does: 'leads to https from one without',
    port: 8001,
    host: 'a.moved.example',
    gets: [301, 'https://a.moved.example/'],
  },
  {
    does: 'leads to https from a host of one namespace',
    port: 8001,
    host: 'own.example',
    gets: [301, 'https://own.example/'],
  },
  { does: 'does not know other hosts there', port: 8001, host: 'other.example', gets: [404] },
]

/** Answers with its name, for its own host. */
function route(
  name: string,
  { namespace = 'default', exportTo }: { namespace?: string; exportTo?: string[] },
): Resource {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: {
      hosts: [`${name}.example`],
      gateways: ['default/edge'],
      ...(exportTo === undefined ? {} : { exportTo }),
      http: [{ directResponse: { status: 200, body: { string: name } } }],
    },
  }
}

const service: SceneRow = {
  service: 'app',
  protocol: 'http',
  ports: {},
  resources: [
    route('shown', { namespace: 'shop', exportTo: ['.', 'default'] }),
    route('moved', {}),
    route('hidden', { namespace: 'shop', exportTo: ['.'] }),
  ],
}

describe('a gateway', { skip: withoutEnvoy }, () => {
  let scene: Scene
  before(async () => {
    scene = await startScene([service], { servers, isMapped: true })
  })
  after(() => scene?.[Symbol.asyncDispose]())
  for (const { does, port, host, gets } of rows)
    it(does, async () => {
      const answer = await ask(scene.gatewayPortOf(port), host)
      const [status, what] = gets
      assert.equal(answer.status, status)
      if (what !== undefined) assert.equal(answer.what, what)
    })
})

interface Answer {
  readonly status: number | undefined
  /** Where it leads, or what it says. */
  readonly what: string
}

function ask(port: number, host: string): Promise<Answer> {
  return new Promise((done, fail) => {
    const asked = request({ host: ownAddress, port, headers: { host }, agent: false, timeout: 10_000 }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => done({ status: response.statusCode, what: response.headers.location ?? body }))
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', fail).end()
  })
}
