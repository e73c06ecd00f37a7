/** What a real Envoy takes in for a workload, by what a Sidecar says of its ports. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Resource } from '../../src/kinds/resource.ts'
import { makeCertificate, withoutOpenssl } from '../golden/make-certificate.ts'
import { get } from '../support/envoy.ts'
import { withoutEnvoy } from '../support/find-test-envoy.ts'
import { freePorts } from '../support/free-ports.ts'
import { redirectedScene } from '../support/redirected-scene.ts'
import { webDeployment } from '../support/web-deployment.ts'
import { eventually } from '../support/xds-server.ts'

const listeners = ['address', 'socket', 'tls', 'limited', 'bound', 'undeclared'] as const
type Port = (typeof listeners)[number]

const http = (number: number, name: string, protocol = 'HTTP') => ({ number, name, protocol })

describe('ports that a Sidecar declares', { skip: withoutEnvoy || withoutOpenssl }, () => {
  const stack = new AsyncDisposableStack()
  let ports: Readonly<Record<Port, number>>
  /** Requests that wait for their answer, and how to give it. */
  const waiting: (() => void)[] = []

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-ingress-'))
    stack.defer(() => rmSync(folder, { recursive: true }))
    assert.ok(makeCertificate(folder))
    const numbers = await freePorts(listeners.length + 2)
    ports = Object.fromEntries(listeners.map((name, index) => [name, numbers[index]!])) as typeof ports
    const [appPort, ownPort] = numbers.slice(listeners.length) as [number, number]
    const socket = join(folder, 'app.sock')
    for (const [place, name] of [
      [appPort, 'app'],
      [ownPort, 'itself'],
      [socket, 'socket'],
    ] as const) {
      const server = createServer((asked, response) => {
        if (asked.url === '/wait') waiting.push(() => void response.end(name))
        else response.end(name)
      })
      await new Promise<void>(done =>
        typeof place === 'number' ? server.listen(place, '127.0.0.1', done) : server.listen(place, done),
      )
      stack.defer(() => {
        server.closeAllConnections()
        server.close()
      })
    }
    const defaultEndpoint = `127.0.0.1:${appPort}`
    const sidecar: Resource = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'web' },
      spec: {
        ingress: [
          { port: http(ports.address, 'address'), defaultEndpoint },
          { port: http(ports.socket, 'socket'), defaultEndpoint: `unix://${socket}` },
          {
            port: http(ports.tls, 'tls', 'HTTPS'),
            defaultEndpoint,
            tls: {
              mode: 'SIMPLE',
              serverCertificate: join(folder, 'cert.pem'),
              privateKey: join(folder, 'key.pem'),
            },
          },
          {
            port: http(ports.limited, 'limited'),
            defaultEndpoint,
            connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } },
          },
          { port: http(ports.bound, 'bound'), defaultEndpoint, captureMode: 'NONE', bind: '127.0.0.1' },
        ],
      },
    }
    stack.use(
      await redirectedScene([webDeployment, sidecar], {
        workload: 'web',
        sockets: { virtualInbound: listeners.filter(name => name !== 'bound').map(name => ports[name]) },
        bound: [`127.0.0.1_${ports.bound}`],
        passthrough: ownPort,
      }),
    )
  })
  after(() => stack.disposeAsync())

  const bodyAt = async (name: Port, path = '/') => (await get({ port: ports[name], path }).catch(() => undefined))?.body

  it('lead to the address that they name', async () => assert.equal(await bodyAt('address'), 'app'))
  it('lead to a Unix socket', async () => assert.equal(await bodyAt('socket'), 'socket'))
  it('have a socket of their own where nothing is to be redirected', async () =>
    assert.equal(await bodyAt('bound'), 'app'))
  it('lead to where the connection was going where they are not declared', async () =>
    assert.equal(await bodyAt('undeclared'), 'itself'))

  it('end TLS of clients outside the mesh, and take nothing else', async () => {
    const body = await new Promise<string>((done, fail) => {
      const asked = request({ port: ports.tls, host: '127.0.0.1', rejectUnauthorized: false }, response => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => done(text))
      })
      asked.on('error', fail).end()
    })
    assert.equal(body, 'app')
    assert.equal(await bodyAt('tls'), undefined)
  })

  it('let in no more at once than they say', async () => {
    const ask = () =>
      new Promise<number | undefined>(done => {
        const asked = httpRequest({ port: ports.limited, host: '127.0.0.1', path: '/wait' }, response => {
          response.resume().on('end', () => done(response.statusCode))
        })
        asked.on('error', () => done(undefined)).end()
      })
    const first = ask()
    await eventually('the first is with the application', () => waiting.length === 1)
    // One connection is there, and one more request may wait for it.
    const others = [ask(), ask()]
    assert.equal(await Promise.race(others), 503)
    const answering = setInterval(() => {
      for (const answer of waiting.splice(0)) answer()
    }, 20)
    assert.equal(await first, 200)
    await Promise.all(others)
    clearInterval(answering)
  })
})
